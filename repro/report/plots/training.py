"""What a training run wrote down, epoch by epoch and update by update."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from repro.report.figure import (
    COLOURS,
    FEW_POINTS,
    MARKERS,
    chart,
    check_colours,
    legend_beside,
    new_figure,
    percent_axis,
)
from repro.types import InputError

MANY_EPOCHS = 40  # up to this many, each is marked


def training_curves(path: Path, history: Path, *, title: str) -> None:
    """Losses and accuracies of every epoch in a `history.csv`: training solid, validation dashed and hollow.

    Columns named `val_X` are the validation of `X`; what is neither loss nor accuracy is left out. Raises
    InputError when the file is missing or has no epoch.
    """
    columns = _read_columns(history, "epoch")
    losses = [name for name in columns if name.endswith("loss")]
    accuracies = [name for name in columns if name.endswith("accuracy")]
    panels = [names for names in (losses, accuracies) if names]
    with new_figure(path, 5.2 * max(1, len(panels)), 4.0, title) as figure:
        for position, names in enumerate(panels, start=1):
            axes = figure.add_subplot(1, len(panels), position)
            _plot_history(axes, columns, names, percent=names is accuracies)


def convergence(
    path: Path,
    runs: Mapping[str, Path],
    *,
    steps_per_epoch: int,
    column: str,
    title: str,
) -> None:
    """A loss update by update, thin, and its mean over each epoch, thick (paper 5, Fig. 5).

    runs: what was trained -> its `updates.csv`, whose column `update` counts from 1. column: the loss there.
    steps_per_epoch: updates in an epoch; one that was not finished has no mean. Raises InputError when a file
    is missing, has no update or not that column; ValueError for no runs, more than there are colours, and
    an epoch without updates.
    """
    check_colours(runs)
    if steps_per_epoch < 1:
        raise ValueError(f"epochs of {steps_per_epoch} updates; wanted 1 or more")
    curves = {name: _read_columns(file, "update", column) for name, file in runs.items()}
    with chart(path, 8.0, 4.4, title) as axes:
        for number, (name, columns) in enumerate(curves.items()):
            update, loss = columns["update"], columns[column]
            axes.plot(update, loss, color=COLOURS[number], linewidth=0.6, alpha=0.45)
            x, y = (_epoch_means(values, steps_per_epoch) for values in (update, loss))
            marker = MARKERS[number] if len(x) <= MANY_EPOCHS else None
            axes.plot(x, y, color=COLOURS[number], linewidth=2.2, marker=marker, label=name)
        axes.set_xlim(0, max(columns["update"][-1] for columns in curves.values()))
        axes.set_ylim(bottom=0)
        axes.set_xlabel(f"update ({steps_per_epoch} in an epoch); thick: the mean over each epoch")
        axes.set_ylabel("loss of the LSTM module per clip")
        legend_beside(axes, [line for line in axes.get_lines() if line.get_label() in curves])


def _epoch_means(values: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """The mean over each finished epoch of `steps` updates."""
    epochs = len(values) // steps
    return values[: epochs * steps].reshape(epochs, steps).mean(axis=1)


def _plot_history(
    axes: Axes, columns: Mapping[str, NDArray[np.float64]], names: Sequence[str], *, percent: bool
) -> None:
    epochs = columns["epoch"]
    measures = list(dict.fromkeys(name.removeprefix("val_") for name in names))
    for name in names:
        measure = name.removeprefix("val_")
        turns, number = divmod(measures.index(measure), len(COLOURS))
        validation = name != measure
        axes.plot(
            epochs,
            columns[name] * (100 if percent else 1),
            color=COLOURS[number],
            linestyle="--" if validation else "-",
            linewidth=1.2 if validation else 1.8,
            marker=MARKERS[(number + turns) % len(MARKERS)] if len(epochs) <= FEW_POINTS else None,
            markersize=7 if validation else 4.5,  # around the other where both are in one place
            markerfacecolor="none" if validation else None,
            label=_in_words(measure, len(measures)) + (", validation" if validation else ""),
        )
    axes.set_xlabel("epoch")
    axes.set_xlim(0.5, epochs[-1] + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    if percent:
        percent_axis(axes)
    else:
        axes.set_ylabel("loss")
        highest = max(np.nanmax(columns[name], initial=0) for name in names)
        axes.set_ylim(0, 1.08 * highest if 0 < highest < np.inf else None)
    axes.legend(fontsize=8, handlelength=3)


def _in_words(measure: str, of: int) -> str:
    """`stage1_loss` -> `stage1 loss`, while a layer keeps its name (`conv5_3`). of: how many there are."""
    if measure == "loss" and of > 1:
        return "total loss"
    return re.sub(r"_(?!\d)", " ", measure)


def _read_columns(path: Path, *needed: str) -> dict[str, NDArray[np.float64]]:
    try:
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        columns = {name: np.array([float(row[name]) for row in rows]) for name in (rows[0] if rows else ())}
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"training history {path} cannot be read ({error}); train that stage again"
        ) from error
    for name in needed:
        if name not in columns:
            raise InputError(f"training history {path} has no finished {name}; let the training run one")
    return columns
