"""A paper's rows: read from its data files, adapted to the demo set, chosen by name."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from repro.types import Protocol, Reported, Row

AS_RUN = Protocol(splits=())  # nothing is printed
THREE = ("1", "2", "3")
REGRESSION, REGRESSION_IN_WORDS = "logistic-regression", "logistic regression on mean features"
_FIXED = ("id", "table", "row", "dataset", "protocol", "metric", "printed", "unit", "model")

Model = Callable[[str, str], Mapping[str, Any]]


def read_rows(folder: Path, paper: int, protocols: Mapping[str, Protocol], model: Model) -> tuple[Row, ...]:
    """The rows of `printed.csv` in a paper's folder, in its order; a row without a number has `printed` None.

    protocols: what the words of the column `protocol` mean. model: recipe fields of a word of the column
    `model` on a data set. Columns beyond `_FIXED` are metric options; an empty cell is none.
    """
    return tuple(_row(line, paper, protocols, model) for line in _lines(folder / "printed.csv"))


def _row(line: Mapping[str, str], paper: int, protocols: Mapping[str, Protocol], model: Model) -> Row:
    dataset = line["dataset"]
    options = {k: _option(k, v, dataset, model) for k, v in line.items() if v and k not in _FIXED}
    return Row(
        paper=paper,
        id=line["id"],
        table=line["table"],
        row=line["row"],
        dataset=dataset or None,
        protocol=protocols[line["protocol"]] if line["protocol"] else None,
        metric=line["metric"],
        printed=json.loads(line["printed"] or "null"),
        unit=line.get("unit") or "percent",
        overrides=model(line["model"], dataset) if line["model"] else {},
        metric_options=options,
    )


def _option(name: str, text: str, dataset: str, model: Model) -> Any:
    """A cell's value: models by name, several words, or a number, true or false, a text."""
    if name == "over_model":
        return model(text, dataset)
    if name in ("combined", "product_with"):
        return [model(key, dataset) for key in text.split()]
    if name == "outside":
        return text.split()
    try:
        return json.loads(text)
    except ValueError:
        return text


def read_reported(folder: Path) -> tuple[Reported, ...]:
    """What a paper reports of others, from `reported.csv` in its folder; nothing there is run or checked."""
    return tuple(
        Reported(line["table"], line["method"], line["dataset"], line["value"], json.loads(line["printed"]))
        for line in _lines(folder / "reported.csv")
    )


@cache
def _lines(path: Path) -> tuple[dict[str, str], ...]:
    with path.open(newline="", encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


def on_demo(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Rows on the demo set, which are compared with each other only."""
    return unprinted(rows, "demo")


def unprinted(rows: Iterable[Row], dataset: str) -> tuple[Row, ...]:
    """Rows on a data set for which the paper prints nothing: they are compared with each other only."""
    return tuple(replace(row, dataset=dataset, printed=None, protocol=AS_RUN) for row in rows)


def reading_rows(like: Row, readings: Mapping[str, tuple[str, Mapping[str, Any]]]) -> tuple[Row, ...]:
    """A row for each other reading of the paper, name -> (what it is, recipe fields); run when named.

    like: what they share.
    """
    return tuple(
        replace(like, id=f"readings/{name}", row=what, overrides=fields, on_request=True)
        for name, (what, fields) in readings.items()
    )


def regression_row(like: Row, table: str, reads: Mapping[str, Any], of: str = "") -> Row:
    """Logistic regression beside a table, on the mean features of a clip; nothing is printed of it.

    like: what the rows of the table share. reads: the recipe fields of a model that reads the same features.
    of: which features, where a table has several.
    """
    return replace(
        like,
        id="/".join(part for part in (f"table{table}" if table.isdigit() else table, REGRESSION, of) if part),
        table=table,
        row=f"{REGRESSION_IN_WORDS}{f', {of}' if of else ''}",
        overrides=reads,
        metric_options={"alone": True},
    )


def chosen(rows: Iterable[Row], wanted: Sequence[str]) -> tuple[Row, ...]:
    """Rows whose id begins with one of `wanted`; `all`: those that need not be named."""
    if list(wanted) == ["all"]:
        return tuple(row for row in rows if not row.on_request)
    return tuple(row for row in rows if row.id.startswith(tuple(wanted)))


def is_of(row: Row, classes: Iterable[str]) -> bool:
    """Whether a row can be measured on test videos of these classes: some are of a single one."""
    return row.metric_options.get("class_name") in (None, *classes)


def main_rows(rows: Iterable[Row], recipe: Mapping[str, Any], proposed: Mapping[str, Any]) -> list[Row]:
    """What a model of one's own videos is measured by: the proposed model's accuracy on whole videos, and its
    curve over the observed part where the paper has one.

    recipe: every field of the paper's own. proposed: the fields that make the proposed model of it.
    """
    wanted = {**recipe, **proposed}  # a model may name a value that is the recipe's own
    own = [row for row in rows if all({**recipe, **model} == wanted for model in row.models)]
    whole = [
        row
        for row in own
        if row.metric == "accuracy" and row.metric_options.get("observed", "100%") == "100%" and row.models
    ]
    curves = [
        row
        for row in own
        if row.metric == "accuracy_at_fractions"
        and row.metric_options["pooled"]
        and "stage" not in row.metric_options
    ]
    return [whole[0], *curves]
