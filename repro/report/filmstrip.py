"""What attention makes of frames, as pictures: dimmed by their weight, and the most and least attended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from repro.report.figure import evenly_chosen, new_figure, picture_axes
from repro.report.lettering import Image
from repro.report.marks import check_frames
from repro.types import Frames

FLOOR = 0.15  # the darkest a frame becomes: one that nothing looks at must stay recognisable
HIGHEST, LOWEST = "#00805E", "#B34700"  # the paper's green and red, as colour-blind eyes tell them apart
_WIDTH_IN = 10.4


@dataclass(frozen=True)
class Attended:
    """Frames of a video and how much a network attends to each.

    name: of the video. frames: uint8 [m, H, W, 3] RGB. numbers: int [m], which frames of the video, from 0.
    weights: float [m], 0 or more.
    """

    name: str
    frames: Frames
    numbers: NDArray[np.integer]
    weights: NDArray[np.floating]


def dimmed(frame: Image, share: float) -> Image:
    """The frame at max(share, 0.15) of its brightness; uint8 [H, W, 3], share w_i / max_i w_i in 0..1."""
    if not 0 <= share <= 1:
        raise ValueError(f"share {share}; wanted 0..1")
    return np.rint(frame * max(share, FLOOR)).astype(np.uint8)


def dimmed_strip(
    path: Path,
    frames: Frames,
    numbers: NDArray[np.integer],
    weights: Mapping[str, NDArray[np.floating]],
    *,
    title: str,
    columns: int = 6,
) -> None:
    """Attended frames of one window, as bright as each network attends to them (paper 3, Fig. 3).

    frames: uint8 [T, H, W, 3] RGB, all that the attention chooses from. numbers: int [T], which frames of the
    video, from 0. weights: network -> float [T], w_i of the window, sum 1, printed below each frame. Evenly
    spaced `columns` of the frames are drawn; brightness is relative to the largest of all T weights of a row.
    Raises ValueError for no rows, shapes that do not fit, and weights that are negative, infinite or all 0.
    """
    if not weights:
        raise ValueError("no networks; wanted at least one")
    for name, row in weights.items():
        _check(Attended(name, frames, numbers, row))
    chosen = evenly_chosen(len(frames), columns).tolist()
    line_in = 0.25 + (_WIDTH_IN - 0.5) / max(len(chosen), 3) * frames.shape[1] / frames.shape[2]
    with new_figure(path, _WIDTH_IN, 0.85 + line_in * len(weights), title) as figure:
        grid = figure.subplots(len(weights), len(chosen), squeeze=False)
        for axes, i in zip(grid[0], chosen, strict=True):
            axes.set_title(f"frame {numbers[i] + 1}", fontsize=9)
        for line, (name, row) in zip(grid, weights.items(), strict=True):
            line[0].set_ylabel(name, fontsize=10)
            for axes, i in zip(line, chosen, strict=True):
                axes.imshow(dimmed(frames[i], float(row[i] / row.max())))
                picture_axes(axes)
                axes.set_xlabel(f"{row[i]:.3f}", fontsize=9, labelpad=2)
        uniform = f"attention weight below each frame; uniform attention would give {1 / len(frames):.3f}"
        left_out = "" if len(chosen) == len(frames) else f"; {len(chosen)} of {len(frames)} frames drawn"
        figure.supxlabel(uniform + left_out, fontsize=8)


def extremes(path: Path, rows: Mapping[str, Sequence[Attended]], *, title: str) -> None:
    """The frame with the highest and the one with the lowest weight of each video (paper 3, Fig. 2).

    rows: what stands at the left (class, network) -> its videos, whose weights are in units of uniform
    attention (1 / T). Highest: green and solid; lowest: red and dashed; the earlier of equals. Raises
    ValueError for no rows, rows without videos, and videos whose parts do not fit together.
    """
    if not rows or not all(rows.values()):
        counts = {name: len(videos) for name, videos in rows.items()}
        raise ValueError(f"videos of the rows: {counts}; wanted one row at least, and a video in each")
    every_video = [video for videos in rows.values() for video in videos]
    for video in every_video:
        _check(video)
    count = max(len(videos) for videos in rows.values())
    ratio = max(video.frames.shape[1] / video.frames.shape[2] for video in every_video)
    line_in = 0.6 + (_WIDTH_IN - 0.5) / (2 * max(count, 2)) * ratio
    with new_figure(path, _WIDTH_IN, 0.7 + line_in * len(rows), title) as figure:
        grid = figure.subplots(len(rows), 2 * count, squeeze=False)
        for axes in grid.flat:
            picture_axes(axes)
        for line, (name, videos) in zip(grid, rows.items(), strict=True):
            line[0].set_ylabel(name, fontsize=10)
            for pair, video in zip(line.reshape(count, 2), videos, strict=False):
                pair[0].set_title(video.name, fontsize=8, loc="left")
                _framed(pair[0], video, int(np.argmax(video.weights)), HIGHEST, "-")
                _framed(pair[1], video, int(np.argmin(video.weights)), LOWEST, "--")
        keys = [
            Patch(fill=False, edgecolor=colour, linewidth=2.5, linestyle=style, label=f"{which} weight")
            for colour, style, which in ((HIGHEST, "-", "highest"), (LOWEST, "--", "lowest"))
        ]
        figure.legend(
            handles=keys,
            loc="outside lower left",
            ncols=2,
            fontsize=9,
            title="below each frame: its weight, 1 as large as uniform attention",
            title_fontsize=9,
            alignment="left",
        )


def _framed(axes: Axes, video: Attended, i: int, colour: str, style: str) -> None:
    """Frame i inside a border; the border is no spine because a dashed spine loses its corners."""
    axes.imshow(video.frames[i])
    height, width = video.frames.shape[1:3]
    axes.add_patch(
        Rectangle(
            (-0.5, -0.5), width, height, fill=False, edgecolor=colour, linewidth=3.5, linestyle=style,
            clip_on=False,
        )
    )  # fmt: skip
    axes.set_xlabel(f"frame {video.numbers[i] + 1}: {video.weights[i]:.2f}", fontsize=8, labelpad=3)


def _check(video: Attended) -> None:
    check_frames(video.frames)
    if not video.numbers.shape == video.weights.shape == (len(video.frames),):
        raise ValueError(
            f"{video.name}: numbers {video.numbers.shape}, weights {video.weights.shape}; "
            f"wanted [{len(video.frames)}], one a frame"
        )
    if not (np.isfinite(video.weights).all() and video.weights.min() >= 0 and video.weights.max() > 0):
        raise ValueError(f"{video.name}: a weight is negative or not finite, or all are 0")
