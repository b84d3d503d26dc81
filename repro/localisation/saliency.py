"""From attention maps to saliency maps (paper 4, section 4): upscaled, smoothed, scaled to [0, 255]."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

NORMS = ("max", "minmax", "video_max")
PEAK = 255.0
BLOCK_FRAMES = 64  # a long video at 224 x 224 would fill gigabytes at once
ROUNDING = 1e-9  # of the peak: variation below this is arithmetic, not attention


def saliency(
    maps: NDArray[np.floating], factor: int = 32, sigma_px: float = 20.0, norm: str = "max"
) -> NDArray[np.float64]:
    """S_t from A_t: [T, h, w], not negative -> float64 [T, h * factor, w * factor] in [0, 255].

    Bilinear upscaling with half-pixel centres (output pixel i reads (i + 0.5) / factor - 0.5; beyond the
    border the map is mirrored at its outermost sample), then a Gaussian of `sigma_px` output pixels, cut at
    4 sigma (the border is mirrored with its outermost pixel repeated), then scaling. These are the rules of
    scikit-image's pyramid_expand.

    norm: `max` makes the largest value of each frame 255, `video_max` the largest of the video; `minmax` also
    makes the smallest of each frame 0. A frame of zeros stays zero; under `minmax` a flat frame becomes zero.
    Raises ValueError for another shape or norm, no frames, negative or non-finite maps, factor < 1 and
    sigma <= 0.
    """
    return np.concatenate([*blocks(maps, factor, sigma_px, norm)])


def blocks(
    maps: NDArray[np.floating], factor: int, sigma_px: float, norm: str
) -> Iterator[NDArray[np.float64]]:
    """`saliency` by runs of consecutive frames: what a whole video needs where no map is kept."""
    if norm not in NORMS or factor < 1 or not sigma_px > 0:
        raise ValueError(
            f"norm {norm!r}, factor {factor}, sigma {sigma_px}; wanted one of {NORMS}, >= 1, > 0"
        )
    if maps.ndim != 3 or not maps.size:
        raise ValueError(f"attention maps have shape {maps.shape}; wanted [T, h, w] with a frame at least")
    if not (np.isfinite(maps) & (maps >= 0)).all():
        raise ValueError("attention maps hold negative, infinite or NaN values; wanted finite values >= 0")
    rows, columns = (expansion(side, factor, sigma_px) for side in maps.shape[1:])
    runs = [maps[at : at + BLOCK_FRAMES].astype(np.float64) for at in range(0, len(maps), BLOCK_FRAMES)]
    peak = None
    if norm == "video_max":
        peak = max(float((rows @ run @ columns.T).max()) for run in runs)
    for run in runs:
        yield _scaled(rows @ run @ columns.T, norm, peak)


def expansion(samples: int, factor: int, sigma_px: float) -> NDArray[np.float64]:
    """Upscaling and Gaussian along one axis as a matrix: float64 [samples * factor, samples].

    Both steps are linear and act on rows and columns alike, so a map becomes R A C^T; that is some hundred
    times faster than filtering the upscaled maps.
    """
    at = np.abs((np.arange(samples * factor) + 0.5) / factor - 0.5)
    at = np.clip(np.minimum(at, 2 * (samples - 1) - at), 0, samples - 1)
    upscaled = np.maximum(1 - np.abs(at[:, None] - np.arange(samples)), 0)
    smoothed: NDArray[np.float64] = ndimage.gaussian_filter1d(
        upscaled, sigma_px, axis=0, mode="reflect", truncate=4.0
    )
    return smoothed


def _scaled(expanded: NDArray[np.float64], norm: str, video_peak: float | None) -> NDArray[np.float64]:
    """Float64 [T, H, W], not negative -> [T, H, W] in [0, 255]; frames without a value to show become 0."""
    frame_peak = expanded.max(axis=(1, 2), keepdims=True)
    floor = expanded.min(axis=(1, 2), keepdims=True) if norm == "minmax" else np.zeros_like(frame_peak)
    peak = frame_peak if video_peak is None else np.full_like(frame_peak, video_peak)
    varies = peak - floor > ROUNDING * peak
    return np.divide(expanded - floor, peak - floor, out=np.zeros_like(expanded), where=varies) * PEAK
