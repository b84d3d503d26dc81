"""Where the networks look: feature maps before and after the gate, as in paper 2's Fig. 7."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from repro.report.figure import new_figure, picture_axes
from repro.types import Frames


@dataclass(frozen=True)
class FrameMaps:
    """One frame and what the frame network made of it; the fields are its `maps` outputs without the batch.

    frame: uint8 [H, W, 3] RGB. conv5_3, gated: float [h, w, C]. class_map: M_k, float [h, w] or [h, w, 1].
    """

    class_name: str
    frame: Frames
    conv5_3: NDArray[np.floating]
    gated: NDArray[np.floating]
    class_map: NDArray[np.floating]


_COLUMNS = (
    "frame",
    "context-aware:\nmean of conv5-3",
    "class activation map\nReLU(M)",
    "action-aware:\nmean of gated conv5-3",
)


def activation_maps(path: Path, rows: Sequence[FrameMaps], *, title: str) -> None:
    """A row for each frame: itself, the channel mean of conv5-3, the map, the channel mean of the gated one.

    Maps are drawn over the pixels they cover, smoothly enlarged, each scaled from 0 to its own maximum: they
    show where, not how much. A map that is 0 everywhere stays dark. ValueError for no rows or other shapes.
    """
    if not rows:
        raise ValueError("no frames; wanted at least one")
    for row in rows:
        _check(row)
    ratio = max(row.frame.shape[0] / row.frame.shape[1] for row in rows)
    with new_figure(path, 9.6, 0.75 + 2.3 * ratio * len(rows), title) as figure:
        grid = figure.subplots(len(rows), len(_COLUMNS), squeeze=False)
        for line, row in zip(grid, rows, strict=True):
            line[0].imshow(row.frame)
            line[0].set_ylabel(row.class_name, rotation=90, fontsize=10)
            for axes, heat in zip(line[1:], _heat(row), strict=True):
                _plot(axes, row.frame, heat)
        for axes in grid.flat:
            picture_axes(axes)
        for axes, text in zip(grid[0], _COLUMNS, strict=True):
            axes.set_title(text, fontsize=9)
        figure.supxlabel("each map from 0 (dark) to its own maximum (bright)", fontsize=8)


def _check(row: FrameMaps) -> None:
    height, width = row.conv5_3.shape[:2]
    fits = row.conv5_3.ndim == 3 and row.gated.shape == row.conv5_3.shape
    if not fits or row.class_map.shape not in ((height, width), (height, width, 1)):
        shapes = f"conv5_3 {row.conv5_3.shape}, gated {row.gated.shape}, map {row.class_map.shape}"
        raise ValueError(f"{row.class_name}: {shapes}; wanted [h, w, C] twice and [h, w]")
    if row.frame.ndim != 3 or row.frame.shape[2] != 3 or row.frame.dtype != np.uint8:
        raise ValueError(
            f"{row.class_name}: frame is {row.frame.dtype} {row.frame.shape}; wanted uint8 [H, W, 3]"
        )


def _heat(row: FrameMaps) -> tuple[NDArray[np.floating], ...]:
    class_map = np.maximum(row.class_map.reshape(row.conv5_3.shape[:2]), 0)
    return row.conv5_3.mean(axis=-1), class_map, row.gated.mean(axis=-1)


def _plot(axes: Axes, frame: Frames, heat: NDArray[np.floating]) -> None:
    height, width = frame.shape[:2]
    top = float(heat.max())
    axes.imshow(
        heat,
        cmap="magma",
        vmin=0,
        vmax=top if top > 0 else 1,
        interpolation="bicubic",
        extent=(-0.5, width - 0.5, height - 0.5, -0.5),  # the same pixels as the frame beside it
    )
