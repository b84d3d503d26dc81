"""One row from score file to result file: computes its values and keeps them with all that made them.

It is handed the paper's rows and score files and imports no paper. A result file gathers the runs of one
row (splits and seeds); the figure that is reported is their mean, never a hand-picked run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repro import score_file
from repro.atomic import write_json
from repro.evaluation import accuracy, anticipation
from repro.evaluation.repeats import mean_and_std, mean_over_splits
from repro.types import InputError, Row, Scores

SPLITS_OF = {"mean_of_3": ("1", "2", "3")}


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


def values_of(row: Row, scores: Scores, classes: tuple[str, ...]) -> dict[str, float]:
    """A row's numbers in percent, by name; one number is called `value`."""
    options = row.metric_options
    if row.metric == "accuracy":
        return {
            "value": 100 * anticipation.accuracy_after(scores, options["observed"], pooled=options["pooled"])
        }
    if row.metric == "accuracy_at_fractions":
        parts = anticipation.at_fractions(scores, options["observed"], pooled=options["pooled"])
        return {name: 100 * value for name, value in parts.items()}
    if row.metric == "class_accuracy":
        predicted = anticipation.predictions_after(scores, options["observed"], pooled=options["pooled"])
        matrix = accuracy.confusion_matrix(scores.labels, predicted, len(classes))
        return {"value": 100 * float(accuracy.per_class(matrix)[classes.index(options["class_name"])])}
    raise ValueError(f"row {row.id}: unknown metric {row.metric!r}")


def evaluate(
    rows: Iterable[Row],
    score: Callable[[Mapping[str, Any]], Path],
    classes: tuple[str, ...],
    run: Run,
    results: Path,
) -> list[Path]:
    """Every row's score file (made by `score` from its overrides, or found), its values, its result file."""
    written = []
    for row in rows:
        scores = score_file.read(score(row.overrides))
        written.append(record(results, row, run, values_of(row, scores, classes), len(scores.video_ids)))
    return written


def result_path(results: Path, row: Row, dataset: str, preset: str) -> Path:
    """`results/paper2/jhmdb21-demo/table1_..._latest.json`: one file per row, data set and preset."""
    name = re.sub(r"[^A-Za-z0-9+.-]", "_", row.id)
    return results / f"paper{row.paper}" / f"{dataset}-{preset}" / f"{name}.json"


def record(results: Path, row: Row, run: Run, values: Mapping[str, float], clips: int) -> Path:
    """Add a run's values to the row's file; the same split and seed again replaces the earlier run."""
    path = result_path(results, row, run.dataset, run.preset)
    entries = load(path)["runs"] if path.exists() else []
    entries = [e for e in entries if (e["split"], e["seed"]) != (run.split, run.seed)]
    entries.append(
        {
            "split": run.split,
            "seed": run.seed,
            "values": {name: round(value, 4) for name, value in values.items()},
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
    entries.sort(key=lambda e: (e["split"], e["seed"]))
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
        "state": _state(row, entries),
        "own": summary(entries),
        "runs": entries,
    }
    write_json(path, content)
    return path


def _state(row: Row, entries: list[dict[str, Any]]) -> str:
    if any(entry["partial"] for entry in entries):
        return f"partial copy, {min(entry['test_clips'] for entry in entries)} test clips"
    wanted = next((splits for name, splits in SPLITS_OF.items() if row.split.startswith(name)), None)
    done = sorted({e["split"] for e in entries})
    if wanted is None or set(wanted) <= set(done):
        return "done"
    return f"split {', '.join(done)} of {len(wanted)}"


def summary(entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Mean and standard deviation over seeds (each seed's value being its mean over splits), by value name.

    std is null with one seed. Seeds that lack a split others have are still averaged over what they have.
    """
    by_seed: dict[int, list[Mapping[str, float]]] = {}
    for entry in entries:
        by_seed.setdefault(entry["seed"], []).append(entry["values"])
    names = list(next(iter(by_seed.values()))[0])
    out: dict[str, Any] = {"seeds": sorted(by_seed), "mean": {}, "std": {}}
    for name in names:
        per_seed = [mean_over_splits([v[name] for v in values]) for values in by_seed.values()]
        mean, std = mean_and_std(per_seed)
        out["mean"][name] = round(mean, 2)
        out["std"][name] = None if std is None else round(std, 2)
    return out


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
