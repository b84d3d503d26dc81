"""Where paper 5's branches have their energy and where its LSTM looks: maps over a clip, frames masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from repro.report.figure import evenly_chosen, new_figure, picture_axes
from repro.report.marks import check_frames, check_maps
from repro.report.masks import Grid, masked, over_frame
from repro.types import Frames

_WIDTH_IN = 10.4


def joint_maps(
    path: Path,
    frames: Frames,
    energies: Mapping[str, NDArray[np.floating]],
    attention: NDArray[np.floating],
    *,
    grid: Grid,
    title: str,
    numbers: NDArray[np.integer],
    columns: int = 6,
) -> None:
    """Energy of every branch, attention, and the frames below, evenly spread over a clip (paper 5, Fig. 2).

    frames: uint8 [T, H, W, 3] RGB. energies: branch -> e, float [T, h, w], the share of a frame's activation
    at each place. attention: float [T, h, w]. grid: where the places of all maps lie. numbers: int [T], which
    frames of the video they are, from 0. All maps of a row share a scale from 0 to the row's maximum, which
    its label says. Raises ValueError for shapes that do not fit, and maps that hold a negative number.
    """
    check_frames(frames)
    rows = {**{f"{name}\nenergy": maps for name, maps in energies.items()}, "attention": attention}
    for name, maps in rows.items():
        check_maps(maps, len(frames), name.replace("\n", " "))
    if len(numbers) != len(frames):
        raise ValueError(f"{len(numbers)} numbers of {len(frames)} frames; wanted one each")
    chosen = evenly_chosen(len(frames), columns).tolist()
    height, width = frames.shape[1:3]
    line_in = 0.08 + (_WIDTH_IN - 0.6) / max(len(chosen), 3) * height / width
    with new_figure(path, _WIDTH_IN, 0.9 + line_in * (len(rows) + 1), title) as figure:
        lines = figure.subplots(len(rows) + 1, len(chosen), squeeze=False)
        for axes, t in zip(lines[0], chosen, strict=True):
            axes.set_title(f"frame {numbers[t] + 1}", fontsize=9)
        for line, (name, maps) in zip(lines, rows.items(), strict=False):
            _row(line, name, float(maps.max()), [over_frame(maps[t], grid, height, width) for t in chosen])
        lines[-1, 0].set_ylabel("RGB frame", fontsize=8)
        for axes, t in zip(lines[-1], chosen, strict=True):
            axes.imshow(frames[t])
        for axes in lines.flat:
            picture_axes(axes)
        uniform = f"a uniform map would be {1 / attention[0].size:.3g} at every place"
        figure.supxlabel(f"one scale for each row, dark is 0; {uniform}", fontsize=8)


def _row(line: Sequence[Axes], name: str, top: float, maps: Sequence[NDArray[np.floating]]) -> None:
    """The maps of a row on one scale from 0 to `top`."""
    line[0].set_ylabel(f"{name}\n0 to {top:.3g}", fontsize=8)
    for axes, enlarged in zip(line, maps, strict=True):
        axes.imshow(enlarged, cmap="magma", vmin=0, vmax=top if top > 0 else 1)


def attention_examples(
    path: Path,
    examples: Sequence[tuple[NDArray[np.uint8], NDArray[np.floating], str]],
    *,
    grid: Grid,
    title: str,
    columns: int = 8,
) -> None:
    """Frames as bright as they are attended to, and below each the frame itself (paper 5, Fig. 6).

    examples: (frame uint8 [H, W, 3] RGB, attention float [h, w], words for above it). grid: where the places
    of the maps lie in the network's square. More than `columns` examples go on in further pairs of rows.
    Raises ValueError for no examples and shapes that do not fit.
    """
    if not examples or columns < 1:
        raise ValueError(f"{len(examples)} examples in {columns} columns; wanted one of each at least")
    across = min(columns, len(examples))
    down = -(-len(examples) // across)
    ratio = max(frame.shape[0] / frame.shape[1] for frame, _, _ in examples)
    pair_in = 0.3 + 2 * (_WIDTH_IN - 0.6) / max(across, 3) * ratio
    with new_figure(path, _WIDTH_IN, 0.75 + pair_in * down, title) as figure:
        lines = figure.subplots(2 * down, across, squeeze=False)
        for axes in lines.flat:
            picture_axes(axes)
        for place, (frame, attention, words) in enumerate(examples):
            line, column = divmod(place, across)
            above, below = lines[2 * line, column], lines[2 * line + 1, column]
            above.imshow(masked(frame, attention, grid))
            below.imshow(frame)
            above.set_title(words, fontsize=8)
        figure.supxlabel("above: brightness is attention, from 0 to the maximum of each map", fontsize=8)
