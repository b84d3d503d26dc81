"""`rows`, `summary` and `report`: what there is and what came out, without running anything."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from repro import runner
from repro.paper2 import experiments as paper2
from repro.paths import default_places
from repro.types import Row

COMMAND_NAMES = {name: command for command, name in paper2.DATASETS.items()}


def run_rows(options: argparse.Namespace) -> None:
    """Every row of the papers that are in: printed value, own value, state."""
    rows = [_described(row) for row in paper2.PRINTED]
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    from repro.report.tables import text_table

    cells = [
        [r["id"], r["dataset"], r["split"], _number(r["printed"]), _own(r["own"]), r["state"]] for r in rows
    ]
    print(text_table(("row", "data set", "split", "printed", "own", "state"), cells))


def _described(row: Row) -> dict[str, Any]:
    """One row as `rows --json` prints it; `own` holds full-recipe results only."""
    results = default_places().results
    dataset = COMMAND_NAMES[row.dataset]
    full = runner.result_path(results, row, dataset, "paper")
    small = runner.result_path(results, row, dataset, "demo")
    own, state = None, "not run"
    if full.exists():
        content = runner.load(full)
        own = {k: content["own"][k] for k in ("mean", "std", "seeds")}
        own = {**own, "mean": own["mean"]["value"], "std": own["std"]["value"]}
        state = content["state"]
    elif small.exists():
        content = runner.load(small)
        state = f"not run; demo preset {content['own']['mean']['value']:.1f} ({content['state']})"
    return {
        "paper": row.paper,
        "id": f"{row.id}/{dataset}",
        "table": row.table,
        "row": row.row,
        "dataset": row.dataset,
        "split": row.split,
        "metric": row.metric,
        "metric_options": dict(row.metric_options),
        "overrides": dict(row.overrides),
        "printed": row.printed,
        "own": own,
        "state": state,
    }


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _own(own: dict[str, Any] | None) -> str:
    if own is None:
        return ""
    return f"{own['mean']:.1f}" + (f" ± {own['std']:.1f}" if own["std"] is not None else "")


def run_summary(options: argparse.Namespace) -> None:
    """Name, Keras summary and parameter count of every network."""
    from repro.paper2.model import networks
    from repro.paper2.recipe import recipe

    for name, network in networks(recipe(options.preset), options.classes).items():
        print(f"\n{name}")
        network.summary(line_length=110)
        print(f"Total params: {network.count_params()}")


def run_report(options: argparse.Namespace) -> None:
    """Tables of every result folder, on the terminal and as results/REPORT.md."""
    from repro.cli.reporting import results_markdown

    results = default_places(options.out).results
    text = results_markdown(results)
    (results / "REPORT.md").write_text(text)
    print(text)
    print(f"wrote {Path(results / 'REPORT.md')}")
