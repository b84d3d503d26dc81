"""What recurrent networks look at and remember, frame by frame: attention over frames, cell states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro.report.figure import evenly_chosen, new_figure, picture_axes
from repro.report.marks import check_frames, check_maps, heat
from repro.types import Frames

_RIGHT, _WRONG = "#00805E", "#B34700"  # the green and the orange of the curves, dark enough for small text


@dataclass(frozen=True)
class AttentionRow:
    """What one network says of every frame of a video, and where it looks.

    labels: T class names, the most probable one at each frame. probabilities: [T], theirs. maps: float
    [T, h, w], 0 or more, or None for a network without attention.
    """

    labels: Sequence[str]
    probabilities: Sequence[float] | NDArray[np.floating]
    maps: NDArray[np.floating] | None = None


def attention_grid(
    path: Path,
    frames: Frames,
    rows: Mapping[str, AttentionRow],
    *,
    title: str,
    true_label: str | None = None,
    numbers: Sequence[int] | NDArray[np.integer] | None = None,
    columns: int = 6,
) -> None:
    """A row for each network over evenly spaced frames of a video: its attention as heat, its class below.

    frames: uint8 [T, H, W, 3] RGB. rows: network -> what it says of these T frames; one without maps shows
    the frames alone. Each map is scaled from 0 to its own maximum. true_label: classes are green where they
    equal it and orange elsewhere; black without one. numbers: of the frames in their video, from 0;
    by default these frames are all. Raises ValueError for no rows and shapes that do not fit.
    """
    check_frames(frames)
    _check_rows(rows, len(frames))
    chosen = evenly_chosen(len(frames), columns).tolist()
    tile_in = 9.8 / max(len(chosen), 3)
    line_in = 0.2 + tile_in * frames.shape[1] / frames.shape[2]
    with new_figure(path, 10.4, 0.85 + line_in * len(rows), title) as figure:
        grid = figure.subplots(len(rows), len(chosen), squeeze=False)
        for axes, t in zip(grid[0], chosen, strict=True):
            axes.set_title(f"frame {(t if numbers is None else int(numbers[t])) + 1}", fontsize=9)
        for line, (name, row) in zip(grid, rows.items(), strict=True):
            line[0].set_ylabel(name, fontsize=10)
            for axes, t in zip(line, chosen, strict=True):
                axes.imshow(frames[t] if row.maps is None else heat(frames[t], row.maps[t]))
                picture_axes(axes)
                colour = "black" if true_label is None else _RIGHT if row.labels[t] == true_label else _WRONG
                label = f"{row.labels[t]} {100 * row.probabilities[t]:.0f} %"
                axes.set_xlabel(label, fontsize=8, color=colour, labelpad=2)
        figure.supxlabel("each map from 0 to its own maximum (bright)", fontsize=8)


def _check_rows(rows: Mapping[str, AttentionRow], count: int) -> None:
    if not rows:
        raise ValueError("no networks; wanted at least one")
    for name, row in rows.items():
        if not len(row.labels) == len(row.probabilities) == count:
            counts = f"{len(row.labels)} labels and {len(row.probabilities)} probabilities"
            raise ValueError(f"{name}: {counts} of {count} frames")
        if row.maps is not None:
            check_maps(row.maps, count, name)


def cell_states(
    path: Path,
    frames: Frames,
    cells: NDArray[np.floating],
    *,
    title: str,
    columns: int = 6,
    channels: int = 6,
) -> None:
    """The maps C_t of a convolutional LSTM: evenly spaced frames, below each its most active channels.

    frames: uint8 [T, H, W, 3] RGB. cells: float [T, h, w, C]. The channels are those of largest variance over
    the whole video and all places, the largest first; one scale for all, symmetric about 0. Raises ValueError
    for shapes that do not fit and numbers that are not finite.
    """
    check_frames(frames)
    if cells.ndim != 4 or len(cells) != len(frames) or not cells.size or not np.isfinite(cells).all():
        raise ValueError(f"cells {cells.shape}; wanted finite [{len(frames)}, h, w, C]")
    if channels < 1:
        raise ValueError(f"{channels} channels; wanted at least one")
    chosen = evenly_chosen(len(frames), columns).tolist()
    active = np.argsort(-cells.var(axis=(0, 1, 2), dtype=np.float64), kind="stable")[:channels].tolist()
    limit = float(np.abs(cells[chosen][..., active]).max()) or 1.0
    scale: dict[str, Any] = {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit, "interpolation": "nearest"}
    height, width = frames.shape[1:3]
    line_in = 8.8 / max(len(chosen), 3) * height / width
    of_frame = (-0.5, width - 0.5, height - 0.5, -0.5)  # the same pixels as the frame above
    with new_figure(path, 10.4, 0.9 + line_in * (1 + len(active)), title) as figure:
        grid = figure.subplots(1 + len(active), len(chosen), squeeze=False)
        grid[0, 0].set_ylabel("frame", fontsize=9)
        for axes, t in zip(grid[0], chosen, strict=True):
            axes.imshow(frames[t])
            axes.set_title(f"{t + 1}", fontsize=9)
        for line, channel in zip(grid[1:], active, strict=True):
            line[0].set_ylabel(f"channel {channel}", fontsize=9)
            for axes, t in zip(line, chosen, strict=True):
                image = axes.imshow(cells[t, :, :, channel], extent=of_frame, **scale)
        for axes in grid.flat:
            picture_axes(axes)
        figure.colorbar(image, ax=grid, shrink=0.5, pad=0.02, label="cell state")
