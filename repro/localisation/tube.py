"""The whole chain of paper 4, section 4: the attention maps of a video become one tube."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from repro.localisation.components import Proposals, components
from repro.localisation.linking import link
from repro.localisation.saliency import NORMS, PEAK, blocks
from repro.localisation.smoothing import smooth
from repro.types import InputError, Tube


@dataclass(frozen=True, slots=True)
class LocalisationSettings:
    """upscale: grid pixels per position of a map. sigma_px: of the Gaussian, in grid pixels. saliency_norm:
    `max`, `minmax` or `video_max`. theta: the threshold, in (0, 255]. span_frames: window of the smoother."""

    upscale: int = 32
    sigma_px: float = 20.0
    saliency_norm: str = "max"
    theta: float = 100.0
    span_frames: int = 31

    def __post_init__(self) -> None:
        if self.saliency_norm not in NORMS:
            raise InputError(f"saliency_norm is {self.saliency_norm!r}; choose one of {', '.join(NORMS)}")
        if self.upscale < 1 or not self.sigma_px > 0 or not 0 < self.theta <= PEAK or self.span_frames < 1:
            raise InputError(
                f"upscale {self.upscale}, sigma_px {self.sigma_px}, theta {self.theta}, "
                f"span_frames {self.span_frames}; choose >= 1, > 0, in (0, 255] and >= 1"
            )


@dataclass(frozen=True)
class Localised:
    """The tube of a video, over all its frames, as linked (`raw`) and as smoothed over time.

    several: the share of the frames, 0..1, in which there was more than one component to choose from.
    """

    raw: Tube
    smoothed: Tube
    several: float


def tube(
    maps: NDArray[np.floating],
    *,
    frame_height: int,
    frame_width: int,
    settings: LocalisationSettings | None = None,
) -> Localised:
    """One tube over all T frames from the attention maps [T, h, w] of the frames, not negative.

    The maps span the whole frame of `frame_height` x `frame_width` pixels, so boxes are scaled by the ratio
    of the sizes, then clipped. A video in which no frame has a component (flat maps under `minmax`) is all
    frame. Raises ValueError for another shape and for negative or non-finite maps.
    """
    settings = settings or LocalisationSettings()
    runs = blocks(maps, settings.upscale, settings.sigma_px, settings.saliency_norm)
    proposals = [components(saliency, settings.theta) for run in runs for saliency in run]
    counts = np.array([len(frame.boxes) for frame in proposals])
    height, width = (side * settings.upscale for side in maps.shape[1:])
    if not counts.any():
        whole = Proposals(np.array([[0, 0, width, height]]), np.ones(1))
        proposals = [whole] * len(proposals)
    linked = link(proposals)
    smoothed = smooth(linked, settings.span_frames)
    scale = np.array([frame_width / width, frame_height / height] * 2)
    limit = np.array([frame_width, frame_height] * 2, np.float64)
    frames = np.arange(len(maps), dtype=np.int64)
    return Localised(
        raw=Tube(frames, np.clip(linked * scale, 0, limit)),
        smoothed=Tube(frames, np.clip(_ordered(smoothed) * scale, 0, limit)),
        several=float(np.mean(counts > 1)),
    )


def _ordered(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Float64 [T, 4] -> the same, with sides below zero replaced by an empty box at their middle.

    A line that is fitted to a box growing fast can give a negative size at the first or last frames.
    """
    low, high = boxes[:, :2], boxes[:, 2:]
    middle = (low + high) / 2
    return np.concatenate([np.minimum(low, middle), np.maximum(high, middle)], axis=1)
