"""What attention is worth: which classes gain by it, when it looks, how well it finds the action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from repro.report.figure import COLOURS, MARKERS, chart, check_colours, new_figure, percent_axis, picture_axes
from repro.report.marks import check_frames
from repro.types import Frames

_MOMENT = "#E69F00"


class ClassGain(NamedTuple):
    """A class and the share of its videos, 0..1, that two models name first."""

    name: str
    accuracy: float
    before: float


def class_gains(path: Path, models: Mapping[str, Sequence[ClassGain]], *, title: str) -> None:
    """The classes that gain most by attention, a panel for each model (paper 3, Fig. 5).

    models: name -> its classes, the largest gain first. Raises ValueError for none.
    """
    if not models or not all(models.values()):
        raise ValueError("no classes; wanted one of each model at least")
    longest = max(len(gains) for gains in models.values())
    with new_figure(path, 10.4, 1.5 + 0.36 * longest, title) as figure:
        panels = figure.subplots(1, len(models), squeeze=False)[0]
        for axes, (name, gains) in zip(panels, models.items(), strict=True):
            y = np.arange(len(gains))
            axes.barh(y - 0.2, [100 * g.before for g in gains], height=0.38, color=COLOURS[5], label="LSTM")
            axes.barh(
                y + 0.2, [100 * g.accuracy for g in gains], height=0.38, color=COLOURS[0], label="aLSTM"
            )
            for place, gain in zip(y, gains, strict=True):
                axes.annotate(  # with a blank behind it, before the class names of the next panel
                    f"{100 * (gain.accuracy - gain.before):+.0f}   ",
                    (1.01, place),
                    xycoords=("axes fraction", "data"),
                    va="center",
                    size=8,
                )
            axes.set_yticks(y, labels=[gain.name for gain in gains], fontsize=8)
            axes.set_ylim(longest - 0.4, -0.6)
            axes.set_xlim(0, 100)
            axes.set_xlabel("accuracy (%)")
            axes.grid(False, axis="y")
            axes.set_title(name, loc="left", fontsize=10)
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)


class Detected(NamedTuple):
    """Mean average precision of attention as a detector of action frames, 0..100, and its interval."""

    name: str
    value: float
    low: float
    high: float


def detection_bars(
    path: Path, models: Sequence[Detected], *, uniform: float, centre: float, title: str
) -> None:
    """How well each model's attention finds the frames of the action, beside highlighting without looking.

    uniform, centre: the mean average precision of equal weights and of a bell around the middle, 0..100.
    Raises ValueError for no model.
    """
    if not models:
        raise ValueError("no models; wanted one at least")
    with chart(path, 8.0, 4.2, title) as axes:
        x = np.arange(len(models))
        values = np.array([each.value for each in models])
        ends = np.array([[each.value - each.low, each.high - each.value] for each in models]).T
        axes.bar(x, values, width=0.6, color=COLOURS[0])
        axes.errorbar(x, values, yerr=ends, fmt="none", ecolor="black", capsize=4, linewidth=1.2)
        for level, colour, name, style in (
            (uniform, COLOURS[1], "uniform", "--"),
            (centre, COLOURS[2], "centre of the video", ":"),
        ):
            axes.axhline(level, color=colour, linestyle=style, label=f"{name}: {level:.1f}")
        for place, value, end in zip(x, values, ends[1], strict=True):
            axes.annotate(
                f"{value:.1f}",
                (float(place), float(value + end)),
                (0, 5),
                textcoords="offset points",
                ha="center",
                size=9,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},  # the two lines run behind it
            )
        axes.set_xticks(x, labels=[each.name for each in models])
        axes.grid(False, axis="x")
        percent_axis(axes, "mean average precision (%)")
        axes.figure.legend(loc="outside lower center", ncols=2)


def attention_over_time(
    path: Path,
    curves: Mapping[str, tuple[NDArray[np.integer], NDArray[np.floating]]],
    *,
    interval: tuple[int, int] | None,
    title: str,
) -> None:
    """The weight of every attended frame of one video by several models, and when the action is.

    curves: model -> (frames [m] from 0, weights [m], 1 as uniform); the picture numbers frames from 1.
    interval: first frame of the action and one past its last, shaded. Raises ValueError for no curve, or more
    than there are colours.
    """
    check_colours(curves)
    with chart(path, 8.0, 4.0, title) as axes:
        if interval is not None:
            # Pictures number frames from 1; each takes half a place to either side of its number.
            first, stop = (edge + 0.5 for edge in interval)
            axes.axvspan(first, stop, color=_MOMENT, alpha=0.25, linewidth=0, label="the action")
        axes.axhline(1, color="#777777", linestyle="--", linewidth=1.2, label="uniform")
        for number, (name, (frames, weights)) in enumerate(curves.items()):
            axes.plot(frames + 1, weights, color=COLOURS[number], marker=MARKERS[number], label=name)
        axes.set_xlabel("frame")
        axes.set_ylabel("weight over uniform")
        axes.set_ylim(bottom=0)
        axes.figure.legend(loc="outside lower center", ncols=3)


def reel_timeline(
    path: Path,
    curve: NDArray[np.floating],
    moments: Sequence[tuple[int, int]],
    thumbnails: Frames,
    *,
    fps: float,
    title: str,
) -> None:
    """What every frame of a video is worth, the chosen moments marked, a picture of each above.

    curve: [n]. moments: first frame and one past the last, the best first. thumbnails: uint8 [moments, H, W,
    3] RGB. fps: frames per second. Raises ValueError for no moment, one outside the curve, and for another
    number of pictures.
    """
    check_frames(thumbnails)
    if len(moments) != len(thumbnails):
        raise ValueError(f"{len(thumbnails)} pictures of {len(moments)} moments")
    if not all(0 <= start < stop <= len(curve) for start, stop in moments):
        raise ValueError(f"moments {list(moments)} of {len(curve)} frames; wanted them inside")
    in_time = sorted(range(len(moments)), key=lambda number: moments[number][0])
    tile_in = min(2.2, 9.4 / len(moments)) * thumbnails.shape[1] / thumbnails.shape[2]
    with new_figure(path, 10.4, 3.2 + tile_in, title) as figure:
        upper, lower = figure.subfigures(2, 1, height_ratios=[tile_in + 0.5, 2.7])
        for axes, number in zip(upper.subplots(1, len(moments), squeeze=False)[0], in_time, strict=True):
            axes.imshow(thumbnails[number])
            picture_axes(axes)
            start, stop = moments[number]
            axes.set_title(f"{number + 1}: {start / fps:.1f} to {stop / fps:.1f} s", fontsize=9)
        _mark_moments(lower.add_subplot(), curve, moments, fps)


def _mark_moments(
    axes: Axes, curve: NDArray[np.floating], moments: Sequence[tuple[int, int]], fps: float
) -> None:
    axes.plot(np.arange(len(curve)) / fps, curve, color=COLOURS[0])
    for number, (start, stop) in enumerate(moments, start=1):
        axes.axvspan(start / fps, stop / fps, color=_MOMENT, alpha=0.35, linewidth=0)
        middle = (start + stop) / 2 / fps
        axes.annotate(
            f"{number}", (middle, 1.02), xycoords=("data", "axes fraction"), ha="center", va="bottom"
        )
    axes.set_xlim(0, len(curve) / fps)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("time (s)")
    axes.set_ylabel("attention x probability")
