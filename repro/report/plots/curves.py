"""Lines over what was observed: accuracy and other metrics, and when videos are decided."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from repro.report.figure import (
    COLOURS,
    FEW_POINTS,
    MARKERS,
    chart,
    check_colours,
    legend_beside,
    percent_axis,
)

_METRICS = {"mAP": "mean average precision", "ECE": "expected calibration error"}


@dataclass(frozen=True)
class Curve:
    """One line: how much was observed (frames, percent or names in order) and the accuracy there, in percent.

    label: curves with the same label share a colour. averaged: with averaging over frames 1..t (solid) or
    without (dashed).
    """

    label: str
    observed: Sequence[float] | Sequence[str]
    percent: Sequence[float]
    averaged: bool = True


def accuracy_curves(
    path: Path, curves: Sequence[Curve], *, title: str, x_label: str, chance_percent: float
) -> None:
    """Accuracy against what was observed, as in paper 2's Figs. 5 and 6.

    title: says data set, preset and split. chance_percent: drawn as a dotted line. The legend lists the
    labels from best to worst at the right end. Raises ValueError for no curves, lists of unequal length, and
    more labels than there are colours to tell apart.
    """
    for curve in curves:
        if not len(curve.observed) == len(curve.percent) > 0:
            raise ValueError(
                f"curve {curve.label!r}: {len(curve.observed)} places, {len(curve.percent)} accuracies"
            )
    labels = list(dict.fromkeys(curve.label for curve in curves))
    check_colours(labels)
    with chart(path, 8.0, 4.4, title) as axes:
        for curve in curves:
            _plot_curve(axes, curve, labels.index(curve.label))
        percent_axis(axes)
        axes.set_xlim(0, max(float(x) for curve in curves for x in curve.observed) * 1.01)
        axes.axhline(chance_percent, color="#777777", linestyle=":", linewidth=1.2)
        place = (0.005, chance_percent + 1)
        axes.annotate("chance", place, xycoords=("axes fraction", "data"), color="#777777", size=8)
        axes.set_xlabel(x_label)
        legend_beside(axes, _legend(curves, labels))


def _plot_curve(axes: Axes, curve: Curve, number: int) -> None:
    colour = COLOURS[number]
    x, y = np.asarray(curve.observed), np.asarray(curve.percent, dtype=float)
    marker = MARKERS[number] if len(x) <= FEW_POINTS else None
    axes.plot(x, y, color=colour, linestyle="-" if curve.averaged else "--", marker=marker)


def _legend(curves: Sequence[Curve], labels: Sequence[str]) -> list[Line2D]:
    last = {label: max(c.percent[-1] for c in curves if c.label == label) for label in labels}
    few = all(len(c.observed) <= FEW_POINTS for c in curves)
    handles = []
    for label in sorted(labels, key=lambda name: -last[name]):
        i = labels.index(label)
        marker = MARKERS[i] if few else None
        handles.append(Line2D([], [], color=COLOURS[i], marker=marker, label=label))
    if len({c.averaged for c in curves}) == 2:
        handles.append(Line2D([], [], color="#555555", label="averaged over frames 1..t"))
        handles.append(Line2D([], [], color="#555555", linestyle="--", label="frame t alone"))
    return handles


def profile_curves(path: Path, curves: Mapping[str, Mapping[str, float]], *, metric: str, title: str) -> None:
    """One metric of several models after each observed part, as `evaluation.anticipation.profile` gives it.

    curves: model -> {part: value in 0..1}, the same parts in the same order for all models. metric: its name
    there. The legend lists the models from the highest to the lowest at the right end. Raises ValueError for
    another metric, no curves, different parts, and more curves than there are colours to tell apart.
    """
    check_colours(curves)
    parts = [list(values) for values in curves.values()]
    if metric not in _METRICS or not parts[0] or any(other != parts[0] for other in parts):
        raise ValueError(f"{metric!r} over {parts}; wanted one of {list(_METRICS)} over the same parts")
    lines = [
        Curve(name, parts[0], [100 * value for value in values.values()]) for name, values in curves.items()
    ]
    with chart(path, 8.0, 4.4, f"{_METRICS[metric]}; {title}") as axes:
        for number, line in enumerate(lines):
            _plot_curve(axes, line, number)
        percent_axis(axes, f"{_METRICS[metric]} (%)")
        if metric == "ECE":  # an error of some points, where 100 is no goal; still from 0
            highest = max(value for line in lines for value in line.percent)
            axes.set_ylim(0, 10 * max(1, math.ceil(highest / 10)))
            axes.yaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10]))
        axes.set_xlabel("observed part of the video")
        legend_beside(axes, _legend(lines, list(curves)))


def time_to_action(path: Path, times: Mapping[str, NDArray[np.float64]], *, title: str) -> None:
    """The share of videos that each observed part decides: their class is first by then and stays so.

    times: model -> `evaluation.anticipation.time_to_action`, [V] in (0, 1], infinite for those never decided,
    which leave a gap up to 100 %. Raises ValueError for no models, a model without videos, a time outside
    (0, 1], and more models than there are colours.
    """
    check_colours(times)
    for name, values in times.items():
        possible = (values > 0) & ((values <= 1) | (values == np.inf))
        if not len(values) or not possible.all():
            raise ValueError(f"times of {name!r}; wanted at least one, each in (0, 1] or infinite")
    at_the_end = {name: float(np.isfinite(values).mean()) for name, values in times.items()}
    with chart(path, 8.0, 4.4, title) as axes:
        for name in sorted(times, key=lambda name: -at_the_end[name]):
            decided = np.sort(times[name][np.isfinite(times[name])])
            share = 100 * np.arange(len(decided) + 1) / len(times[name])
            axes.plot(
                100 * np.concatenate(([0.0], decided, [1.0])),
                np.append(share, share[-1]),
                drawstyle="steps-post",
                color=COLOURS[list(times).index(name)],
                label=f"{name}: {100 * at_the_end[name]:.0f} % at the end",
            )
        percent_axis(axes, "videos named rightly from there on (%)")
        axes.set_xlim(0, 100)
        axes.set_xlabel("observed part of the video (%)")
        legend_beside(axes, axes.get_lines())
