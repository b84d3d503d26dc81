"""Result files: one per row, data set and preset, with every run of it and what they say together."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repro.atomic import write_json
from repro.runner.measure import Measured
from repro.runner.summary import state, summary
from repro.types import InputError, Row


@dataclass(frozen=True)
class Run:
    """What made a value: printed in the result file beside it.

    partial: some of the data set's videos were left out, so the value is no result of the data set.
    """

    split: str
    seed: int
    preset: str
    pretraining: str
    dataset: str
    revision: str
    device: str
    date: str
    command: str
    versions: Mapping[str, str]
    partial: bool = False


def result_path(results: Path, row: Row, dataset: str, preset: str) -> Path:
    """`results/paper2/jhmdb21-demo/table1_..._latest.json`: one file per row, data set and preset."""
    name = re.sub(r"[^A-Za-z0-9+.-]", "_", row.id)
    return results / f"paper{row.paper}" / f"{dataset}-{preset}" / f"{name}.json"


def record(results: Path, row: Row, run: Run, measured: Measured, clips: int) -> Path:
    """Add a run's values to the row's file; the same split and seed again replaces the earlier run."""
    path = result_path(results, row, run.dataset, run.preset)
    entries = load(path)["runs"] if path.exists() else []
    entries = [e for e in entries if (e["split"], e["seed"]) != (run.split, run.seed)]
    entries.append(
        {
            "split": run.split,
            "seed": run.seed,
            "values": {name: round(value, 4) for name, value in measured.values.items()},
            "hits": measured.hits,
            "test_clips": clips,
            "partial": run.partial,
            "pretraining": run.pretraining,
            "revision": run.revision,
            "device": run.device,
            "date": run.date,
            "command": run.command,
            "versions": dict(run.versions),
        }
    )
    entries.sort(key=lambda e: (int(e["split"]), e["seed"]))
    content = {
        "paper": row.paper,
        "id": row.id,
        "table": row.table,
        "row": row.row,
        "dataset": row.dataset,
        "run_on": run.dataset,
        "preset": run.preset,
        "metric": row.metric,
        "metric_options": dict(row.metric_options),
        "overrides": dict(row.overrides),
        "unit": row.unit,
        "printed": row.printed,
        "printed_is": "the paper's full recipe" if row.printed is not None else None,
        "state": state(row, entries),
        "own": summary(entries, row.split or ""),
        "runs": entries,
    }
    write_json(path, content)
    return path


def load(path: Path) -> dict[str, Any]:
    """A result file; InputError if it is not one."""
    try:
        content: dict[str, Any] = json.loads(path.read_text())
        content["runs"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"result file {path} cannot be read ({error}); delete it and run the row again"
        ) from error
    return content
