"""Accuracy over observed frames, confusion matrices and training curves as PNG files."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from repro.report.figure import COLOURS, MARKERS, drawing, percent_axis
from repro.types import InputError

_NUMBERED_CLASSES = 30  # up to this many, the percentages are written into the confusion matrix
_FEW_POINTS = 15  # up to this many, each is marked


@dataclass(frozen=True)
class Curve:
    """One line: what was seen (frames or percent, or names in order) and the accuracy there, in percent.

    label: curves with the same label share a colour. averaged: with averaging over frames 1..t (solid) or
    without (dashed). std: over seeds, drawn as a band.
    """

    label: str
    seen: Sequence[float] | Sequence[str]
    percent: Sequence[float]
    averaged: bool = True
    std: Sequence[float] | None = None


def accuracy_curves(
    path: Path, curves: Sequence[Curve], *, title: str, x_label: str, chance_percent: float | None = None
) -> None:
    """Accuracy against what was observed, as in paper 2's Figs. 5 and 6.

    title: says data set, preset and split. chance_percent: drawn as a dotted line. The legend lists the
    labels from best to worst at the right end. Raises ValueError for no curves, lists of unequal length, and
    more labels than there are colours to tell apart.
    """
    if not curves:
        raise ValueError("no curves; wanted at least one")
    for curve in curves:
        std = curve.percent if curve.std is None else curve.std
        if not len(curve.seen) == len(curve.percent) == len(std) > 0:
            raise ValueError(
                f"curve {curve.label!r}: {len(curve.seen)} places, {len(curve.percent)} accuracies"
            )
    labels = list(dict.fromkeys(curve.label for curve in curves))
    if len(labels) > len(COLOURS):
        raise ValueError(f"{len(labels)} labels; wanted at most {len(COLOURS)} in one figure")
    with drawing(path, 8.0, 4.4) as figure:
        axes = figure.add_subplot()
        for curve in curves:
            _draw_curve(axes, curve, labels.index(curve.label))
        percent_axis(axes)
        if not isinstance(curves[0].seen[0], str):
            axes.set_xlim(0, max(float(x) for curve in curves for x in curve.seen) * 1.01)
        if chance_percent is not None:
            axes.axhline(chance_percent, color="#777777", linestyle=":", linewidth=1.2)
            axes.annotate(
                "chance",
                (0.005, chance_percent + 1),
                xycoords=("axes fraction", "data"),
                color="#777777",
                size=8,
            )
        axes.set_xlabel(x_label)
        axes.set_title(title, loc="left")
        axes.legend(handles=_legend(curves, labels), loc="center left", bbox_to_anchor=(1.0, 0.5))


def _draw_curve(axes: Axes, curve: Curve, number: int) -> None:
    colour = COLOURS[number]
    x, y = np.asarray(curve.seen), np.asarray(curve.percent, dtype=float)
    marker = MARKERS[number] if len(x) <= _FEW_POINTS else None
    axes.plot(x, y, color=colour, linestyle="-" if curve.averaged else "--", marker=marker)
    if curve.std is not None:
        std = np.asarray(curve.std, dtype=float)
        axes.fill_between(x, y - std, y + std, color=colour, alpha=0.15, linewidth=0)


def _legend(curves: Sequence[Curve], labels: Sequence[str]) -> list[Line2D]:
    last = {label: max(c.percent[-1] for c in curves if c.label == label) for label in labels}
    few = all(len(c.seen) <= _FEW_POINTS for c in curves)
    handles = []
    for label in sorted(labels, key=lambda name: -last[name]):
        i = labels.index(label)
        marker = MARKERS[i] if few else None
        handles.append(Line2D([], [], color=COLOURS[i], marker=marker, label=label))
    if len({c.averaged for c in curves}) == 2:
        handles.append(Line2D([], [], color="#555555", label="averaged over frames 1..t"))
        handles.append(Line2D([], [], color="#555555", linestyle="--", label="frame t alone"))
    return handles


def confusion(path: Path, matrix: NDArray[np.integer], classes: Sequence[str], *, title: str) -> None:
    """A confusion matrix, counts [K, K] with the true class in the row, coloured by the share of its row.

    With up to 30 classes every filled cell carries its percentage and every class its number of videos; a
    class without videos stays grey. The picture grows with K, so that 101 names can still be read.
    """
    count = len(classes)
    if matrix.shape != (count, count) or not count:
        raise ValueError(f"a matrix {matrix.shape} of {count} classes; wanted [K, K], K >= 1")
    videos = matrix.sum(axis=1)
    share = np.ma.masked_invalid(np.full((count, count), np.nan))
    share[videos > 0] = 100 * matrix[videos > 0] / videos[videos > 0, None]
    numbered = count <= _NUMBERED_CLASSES
    side = 3.2 + (0.36 if numbered else 0.125) * count
    small = 8 if numbered else 6.5
    with drawing(path, side + 0.6, side) as figure:
        axes = figure.add_subplot()
        axes.grid(False)
        axes.set_facecolor("#cccccc")
        image = axes.imshow(share, cmap="Blues", vmin=0, vmax=100, interpolation="nearest")
        names = [f"{name} ({n})" for name, n in zip(classes, videos, strict=True)] if numbered else classes
        axes.set_yticks(range(count), labels=names, fontsize=small)
        axes.set_xticks(range(count), labels=classes, fontsize=small, rotation=90)
        axes.tick_params(length=2)
        if numbered:
            for i, j in zip(*np.nonzero(matrix), strict=True):
                colour = "white" if share[i, j] > 55 else "black"
                axes.text(j, i, f"{share[i, j]:.0f}", ha="center", va="center", fontsize=7, color=colour)
        axes.set_xlabel("predicted class")
        axes.set_ylabel("true class" + (" (test videos)" if numbered else ""))
        axes.set_title(title, loc="left")
        bar = figure.colorbar(image, ax=axes, shrink=0.5, aspect=25, pad=0.02)
        bar.set_label("share of the true class's videos (%)")


def training_curves(path: Path, history: Path, *, title: str) -> None:
    """Losses and accuracies of every epoch in a `history.csv`, training solid and validation dashed.

    Columns named `val_X` are the validation of `X`; what is neither loss nor accuracy is left out. Raises
    InputError when the file is missing or has no epoch.
    """
    columns = _read_history(history)
    losses = [name for name in columns if name.endswith("loss")]
    accuracies = [name for name in columns if name.endswith("accuracy")]
    panels = [names for names in (losses, accuracies) if names]
    with drawing(path, 5.2 * max(1, len(panels)), 4.0) as figure:
        for position, names in enumerate(panels, start=1):
            axes = figure.add_subplot(1, len(panels), position)
            _draw_history(axes, columns, names, percent=names is accuracies)
        figure.suptitle(title, x=0.01, ha="left", fontsize=11)


def _draw_history(
    axes: Axes, columns: Mapping[str, NDArray[np.float64]], names: Sequence[str], *, percent: bool
) -> None:
    epochs = columns["epoch"]
    measures = list(dict.fromkeys(name.removeprefix("val_") for name in names))
    for name in names:
        measure = name.removeprefix("val_")
        number = measures.index(measure) % len(COLOURS)
        axes.plot(
            epochs,
            columns[name] * (100 if percent else 1),
            color=COLOURS[number],
            linestyle="-" if name == measure else "--",
            marker=MARKERS[number] if len(epochs) <= _FEW_POINTS else None,
            label=measure.replace("_", " ") + ("" if name == measure else ", validation"),
        )
    axes.set_xlabel("epoch")
    axes.locator_params(axis="x", integer=True)
    if percent:
        percent_axis(axes)
    else:
        axes.set_ylabel("loss")
        axes.set_ylim(bottom=0)
    axes.legend(fontsize=8)


def _read_history(path: Path) -> dict[str, NDArray[np.float64]]:
    try:
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        columns = {name: np.array([float(row[name]) for row in rows]) for name in (rows[0] if rows else ())}
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"training history {path} cannot be read ({error}); train that stage again"
        ) from error
    if "epoch" not in columns:
        raise InputError(f"training history {path} has no finished epoch; let the training run one")
    return columns
