"""What a training run wrote down, epoch by epoch."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from repro.report.figure import COLOURS, FEW_POINTS, MARKERS, drawing, percent_axis
from repro.types import InputError


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
            marker=MARKERS[number] if len(epochs) <= FEW_POINTS else None,
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
