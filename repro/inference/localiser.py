"""From the attention map of each frame to a box, one frame after another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from repro.localisation.components import Proposals, components
from repro.localisation.linking import link
from repro.localisation.saliency import saliency
from repro.localisation.tube import LocalisationSettings
from repro.types import InputError

Box = NDArray[np.int64]  # [4], left, top, right, bottom on the saliency grid, half-open


class Localiser:
    """Paper 4's chain from map to box as a stream can have it: its smoothing over time sees the future and is
    left out. Raises InputError for settings that need the whole video.
    """

    def __init__(self, settings: LocalisationSettings) -> None:
        if settings.saliency_norm == "video_max":
            raise InputError("saliency_norm 'video_max' needs the whole video; a stream has max or minmax")
        self._settings = settings

    def box(
        self, attention: NDArray[np.float32], frame_height: int, frame_width: int, box_prev: Box | None
    ) -> tuple[NDArray[np.float64], Box | None]:
        """The box in pixels of the frame, float64 [4], and on the saliency grid for the frame after.

        attention: [h, w]. Without a component the box before stays; where there was none yet it is the whole
        frame.
        """
        settings = self._settings
        (bright,) = saliency(
            attention[np.newaxis], settings.upscale, settings.sigma_px, settings.saliency_norm
        )
        proposals = components(bright, settings.theta)
        if len(proposals.boxes):
            before = [] if box_prev is None else [Proposals(box_prev[np.newaxis], np.ones(1))]
            box_prev = link([*before, proposals])[-1]
        height, width = bright.shape
        edges = np.array([0, 0, width, height]) if box_prev is None else box_prev
        scaled = edges * np.array([frame_width / width, frame_height / height] * 2)
        return np.clip(scaled, 0, [frame_width, frame_height] * 2), box_prev
