"""What there is of every row: what the paper prints, what came out here, its state."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from repro.experiment.paper import Paper
from repro.experiment.results import load, published_files
from repro.types import InputError, Row

SPEED = Path("bench") / "anticipation_speed.json"
OwnResult = tuple[Mapping[str, Any] | None, str]  # the full recipe's values, and in which state they are


def listed(papers: Iterable[Paper], results: Path, *, everything: bool) -> list[dict[str, Any]]:
    """The rows that the papers print as their own, with what lies in `results`: `own` of full recipes only.

    everything: also what runs beside them (baselines, curves, other readings), then the reported ones.
    """
    papers = tuple(papers)
    rows = [_described(paper, row, results) for paper in papers for row in _rows(paper, everything)]
    return rows + [row for paper in papers if everything for row in _reported(paper)]


def _rows(paper: Paper, everything: bool) -> list[Row]:
    known = {(row.id, row.dataset) for row in paper.results.PRINTED}
    more = [row for name in paper.dataset_names if everything for row in paper.rows(name)]
    return [*paper.results.PRINTED, *(row for row in more if (row.id, row.dataset) not in known)]


def _described(paper: Paper, row: Row, results: Path) -> dict[str, Any]:
    commands = {name: command for command, name in paper.dataset_names.items()}
    dataset = commands.get(row.dataset or "")
    own, state = _speed(results) if row.metric == "speed_ratio" else _own_result(row, results, dataset or "")
    return _entry(row, f"{row.id}/{dataset}" if dataset else row.id, own, state)


def _entry(row: Row, id: str, own: Mapping[str, Any] | None, state: str) -> dict[str, Any]:
    splits = list(row.protocol.splits) if row.protocol else []
    return {
        "paper": row.paper,
        "id": id,
        "table": row.table,
        "row": row.row,
        "dataset": row.dataset,
        "split": ", ".join(splits),
        "splits": splits,
        "note": row.protocol.note if row.protocol else "",
        "metric": row.metric,
        "metric_options": dict(row.metric_options),
        "overrides": dict(row.overrides),
        "printed": row.printed,
        "own": own,
        "state": state,
    }


def _own_result(row: Row, results: Path, dataset: str) -> OwnResult:
    """The full recipe's result and its state, or what smaller networks gave, by preset."""
    own, state, small = None, "", []
    for path in published_files(results, row, dataset):
        content = load(path)
        if content["preset"] != "paper":
            small.append(" ".join((f"{content['preset']} preset", *_value(content), f"({content['state']})")))
            continue
        own = {name: content["own"][name] for name in ("mean", "std", "seeds")}
        if "value" in own["mean"]:
            own |= {"mean": own["mean"]["value"], "std": own["std"]["value"]}
        state = content["state"]
    return own, state if own else "; ".join(("not run", *small))


def _value(content: Mapping[str, Any]) -> tuple[str, ...]:
    mean = content["own"]["mean"].get("value")
    return () if mean is None else (f"{mean:.1f}",)


def _speed(results: Path) -> OwnResult:
    path = results / SPEED
    if not path.exists():
        return None, "not run: bash run.sh bench"
    try:
        content = json.loads(path.read_text())
        return {"mean": content["ratio"], "std": None, "seeds": []}, f"done on {content['device']}"
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"benchmark result {path} cannot be read ({error}); run it again") from error


def _reported(paper: Paper) -> list[dict[str, Any]]:
    rows = [
        Row(
            paper=paper.number,
            id=f"reported/table{r.table}/{r.method}" + (f"/{r.name}" if r.name else ""),
            table=r.table,
            row=r.method,
            dataset=r.dataset,
            protocol=None,
            printed=r.printed,
        )
        for r in paper.reported
    ]
    return [_entry(row, row.id, None, "reported") for row in rows]
