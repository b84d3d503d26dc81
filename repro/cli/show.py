"""`rows`, `summary` and `report`: what there is and what came out, without running anything."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from repro.atomic import write_text
from repro.cli.registry import PAPERS, paper_named
from repro.experiment.paper import Paper
from repro.experiment.results import load, result_path
from repro.paths import PROJECT, default_places, shown
from repro.types import InputError, Row

SPEED = Path("bench") / "anticipation_speed.json"


def run_rows(options: argparse.Namespace) -> None:
    """Every row that the papers print as their own: printed value, own value, state.

    With --all also what runs beside them (baselines, curves, other readings) and what they only quote.
    """
    rows = [
        _described(paper, row) for paper in PAPERS.values() for row in _rows(paper, everything=options.all)
    ]
    if options.all:
        rows += [reported for paper in PAPERS.values() for reported in _reported(paper)]
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    from repro.report.tables import text_table

    cells = [
        [
            str(r["paper"]),
            r["id"],
            r["dataset"] or "",
            _splits(r["splits"]),
            _number(r["printed"]),
            _own(r["own"]),
            r["state"],
        ]
        for r in rows
    ]
    print(text_table(("paper", "row", "data set", "split", "printed", "own", "state"), cells))


def _rows(paper: Paper, *, everything: bool) -> list[Row]:
    rows = list(paper.results.PRINTED)
    if everything:
        known = {(row.id, row.dataset) for row in rows}
        more = [row for name in paper.dataset_names for row in paper.rows(name)]
        rows += [row for row in more if (row.id, row.dataset) not in known]
    return rows


def _described(paper: Paper, row: Row) -> dict[str, Any]:
    """One row as `rows --json` prints it; `own` holds full-recipe results only."""
    commands = {name: command for command, name in paper.dataset_names.items()}
    dataset = commands.get(row.dataset or "")
    own, state = _speed() if row.metric == "speed_ratio" else _found(row, dataset or "")
    return {
        "paper": row.paper,
        "id": f"{row.id}/{dataset}" if dataset else row.id,
        "table": row.table,
        "row": row.row,
        "dataset": row.dataset,
        "splits": list(row.protocol.splits) if row.protocol else [],
        "note": row.protocol.note if row.protocol else "",
        "metric": row.metric,
        "metric_options": dict(row.metric_options),
        "overrides": dict(row.overrides),
        "printed": row.printed,
        "own": own,
        "state": state,
    }


def _found(row: Row, dataset: str) -> tuple[dict[str, Any] | None, str]:
    """The full recipe's result and its state, or what the small networks gave."""
    results = default_places().results
    full, small = (result_path(results, row, dataset, preset) for preset in ("paper", "demo"))
    if full.exists():
        content = load(full)
        return _value(content), content["state"]
    if small.exists():
        content = load(small)
        value = content["own"]["mean"].get("value")
        return None, "not run; demo preset" + (f" {value:.1f}" if value is not None else "") + (
            f" ({content['state']})"
        )
    return None, "not run"


def _value(content: Mapping[str, Any]) -> dict[str, Any]:
    own = content["own"]
    if "value" not in own["mean"]:
        return {name: own[name] for name in ("mean", "std", "seeds")}
    return {"mean": own["mean"]["value"], "std": own["std"]["value"], "seeds": own["seeds"]}


def _speed() -> tuple[dict[str, Any] | None, str]:
    path = default_places().results / SPEED
    if not path.exists():
        return None, "not run: bash run.sh bench"
    try:
        content = json.loads(path.read_text())
        own = {"mean": content["ratio"], "std": None, "seeds": []}
        return own, f"done on {content['device']}"
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"benchmark result {path} cannot be read ({error}); run it again") from error


def _reported(paper: Paper) -> list[dict[str, Any]]:
    return [
        {
            "paper": paper.number,
            "id": f"quoted/table{r.table}/{r.method}" + (f"/{r.name}" if r.name else ""),
            "table": r.table,
            "row": r.method,
            "dataset": r.dataset,
            "splits": [],
            "note": "",
            "metric": "accuracy",
            "metric_options": {},
            "overrides": {},
            "printed": r.printed,
            "own": None,
            "state": "quoted",
        }
        for r in paper.reported
    ]


def _splits(names: list[str]) -> str:
    return ", ".join(names) if len(names) < 4 else f"{names[0]} to {names[-1]}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _own(own: dict[str, Any] | None) -> str:
    if own is None or isinstance(own["mean"], dict):
        return ""
    return f"{own['mean']:.1f}" + (f" ± {own['std']:.1f}" if own["std"] is not None else "")


def run_summary(options: argparse.Namespace) -> None:
    """Name, Keras summary and parameter count of every network."""
    paper = paper_named(options.paper_name)
    networks = paper.networks(paper.recipe(options.preset), options.classes or paper.classes)
    for name, network in networks.items():
        print(f"\n{name}")
        network.summary(line_length=110)
        print(f"Total params: {network.count_params()}")


def run_report(options: argparse.Namespace) -> None:
    """Tables of every result folder: on the terminal, in REPORT.md, CLAIMS.md and the READMEs."""
    from repro.cli.claims import write_pages
    from repro.cli.readmes import refresh
    from repro.cli.tables import results_markdown

    results = default_places(options.out).results
    if not any(results.glob("paper*/*/*.json")):
        raise InputError(f"{results} holds no results; bash run.sh publish RUN adds those of a finished run")
    text = results_markdown(results)
    write_text(results / "REPORT.md", text)
    print(text)
    for path in (results / "REPORT.md", *write_pages(results)):
        print(f"wrote {shown(path)}")
    if results == PROJECT / "results":
        for path in refresh(results):
            print(f"wrote {shown(path)}")
