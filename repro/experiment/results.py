"""Result files. A run writes one for each of its rows, into its own folder; what is published of a row, a
data set and a preset gathers several runs, with what they say together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from repro.atomic import write_json
from repro.experiment.measure import Measured
from repro.experiment.paired import stored_groups
from repro.experiment.summary import state, summary
from repro.types import InputError, Protocol, Row

_OF_OLDER_FILES = {"splits": ["1"], "sets": {}, "note": "", "recipe": {}, "overrides": {}}


@dataclass(frozen=True)
class Run:
    """What made a value: printed in the result file beside it.

    partial: some of the data set's videos were left out, so the value is no result of the data set. changed:
    fields of the recipe that a user set otherwise, so that the value is none of the recipe. renderer: version
    of the demo set, None for videos that were filmed. recipe: its values by name.
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
    changed: Mapping[str, Any] = field(default_factory=dict)
    renderer: int | None = None
    recipe: Mapping[str, Any] = field(default_factory=dict)


def file_name(row_id: str) -> str:
    """`table1_..._latest.json`: a row's file in the folder of a run or of a data set."""
    return re.sub(r"[^A-Za-z0-9+.-]", "_", row_id) + ".json"


def published_folder(results: Path, paper: int, dataset: str, preset: str) -> Path:
    """`results/paper2/jhmdb21-demo`: where the published rows of a paper lie."""
    return results / f"paper{paper}" / f"{dataset}-{preset}"


def result_path(results: Path, row: Row, dataset: str, preset: str) -> Path:
    """`results/paper2/jhmdb21-demo/table1_..._latest.json`: what was published of a row."""
    return published_folder(results, row.paper, dataset, preset) / file_name(row.id)


def published_files(results: Path, row: Row, dataset: str = "*") -> list[Path]:
    """What was published of a row: a file for each preset, on one data set or on each."""
    return sorted((results / f"paper{row.paper}").glob(f"{dataset}-*/{file_name(row.id)}"))


def require_published(results: Path) -> None:
    """InputError for a folder in which nothing was published."""
    if not any(results.glob("paper*/*/*.json")):
        raise InputError(f"{results} holds no results; bash run.sh publish RUN adds those of a finished run")


def record(
    folder: Path, row: Row, run: Run, measured: Measured, clips: int, groups: Mapping[str, str]
) -> Path:
    """Write a row's result of one run into the run's own folder. groups: the source group of each video."""
    entry = {
        "split": run.split,
        "seed": run.seed,
        "values": {name: round(value, 4) for name, value in measured.values.items()},
        "hits": measured.hits,
        **stored_groups([groups[clip] for clip in measured.clips]),
        "test_clips": clips,
        "partial": run.partial,
        "renderer": run.renderer,
        "changed": dict(run.changed),
        "pretraining": run.pretraining,
        "revision": run.revision,
        "device": run.device,
        "date": run.date,
        "command": run.command,
        "versions": dict(run.versions),
    }
    path = folder / file_name(row.id)
    write_json(path, _summed_up(_about(row, run), [entry]))
    return path


def _about(row: Row, run: Run) -> dict[str, Any]:
    """What a result file says of its row, the same for all its runs."""
    protocol = row.protocol or Protocol()
    return {
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
        "recipe": dict(run.recipe),
        "unit": row.unit,
        "printed": row.printed,
        "printed_is": "the paper's full recipe" if row.printed is not None else None,
        "splits": list(protocol.splits),
        "sets": {name: list(folds) for name, folds in protocol.sets.items()},
        "note": protocol.note,
    }


def gather(files: Iterable[Path], folder: Path) -> list[Path]:
    """Add result files of runs to those of the same rows in `folder`.

    The same split and seed again replaces the earlier run. A file there that cannot be read, and one of runs
    on another version of the drawn data, from other pre-trained weights or by another recipe, is an
    InputError before anything is written.
    """
    gathered: dict[Path, dict[str, Any]] = {}
    for path in files:
        content = load(path)
        target = folder / path.name
        before = gathered.get(target) or (load(target) if target.exists() else content)
        _check_alike([*before["runs"], *content["runs"]], f"{target} and {path}")
        _check_recipes(before, content, f"{target} and {path}")
        runs = {(run["split"], run["seed"]): run for run in (*before["runs"], *content["runs"])}
        known = {"recipe": content["recipe"] or before["recipe"]}  # a run's file may be older than the field
        gathered[target] = _summed_up({**content, **known}, list(runs.values()))
    for target, content in gathered.items():
        write_json(target, content)
    return list(gathered)


def _check_alike(runs: Iterable[Mapping[str, Any]], files: str) -> None:
    """InputError unless a mean over these runs is of one thing."""
    found: dict[str, set[str]] = {"versions of the drawn data": set(), "pre-trained weights": set()}
    for run in runs:
        found["versions of the drawn data"].add(str(run.get("renderer")))
        found["pre-trained weights"].add(run["pretraining"].partition(",")[0])  # `imagenet, A for B`
    for what, values in found.items():
        if len(values) > 1:
            raise _Different(files, what, sorted(values))


def _check_recipes(before: Mapping[str, Any], content: Mapping[str, Any], files: str) -> None:
    """InputError where a preset or a row's changes of it were edited between two files.

    A field that one of them lacks is of a newer recipe, in which it starts as what was done before.
    """
    found = [{**each["recipe"], **each["overrides"]} for each in (before, content) if each["recipe"]]
    if len(found) == 2:
        names = sorted(name for name in found[0].keys() & found[1].keys() if found[0][name] != found[1][name])
        if names:
            values = [f"{name} {found[0][name]} and {found[1][name]}" for name in names]
            raise _Different(files, "recipes", values)


class _Different(InputError):
    """Two files of which no mean is to be taken."""

    def __init__(self, files: str, what: str, values: Iterable[str]) -> None:
        super().__init__(
            f"{files} are of different {what} ({', '.join(values)}); delete the older file, and run its rows "
            "again"
        )


def publish(runs: Iterable[Path], results: Path) -> dict[Path, list[Path]]:
    """Gather the rows of some runs in `results`: folder of a paper and data set -> its files.

    Raises InputError for a run without results and for one of a recipe that a user changed.
    """
    of_folder: dict[Path, list[Path]] = {}
    for run in runs:
        files = sorted((run / "results").glob("*.json"))
        if not files:
            raise InputError(f"{run} holds no results; name run folders that were evaluated")
        for path in files:
            content = load(path)
            if names := sorted({name for entry in content["runs"] for name in entry.get("changed", ())}):
                raise InputError(
                    f"{run} has another recipe (--set {', '.join(names)}); publish runs of the recipe itself"
                )
            folder = published_folder(results, content["paper"], content["run_on"], content["preset"])
            of_folder.setdefault(folder, []).append(path)
    return {folder: gather(files, folder) for folder, files in of_folder.items()}


def _summed_up(content: Mapping[str, Any], runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The content with these runs, and what they say together."""
    runs = sorted(runs, key=lambda run: (int(run["split"]), run["seed"]))
    splits, sets = content["splits"], content["sets"]
    computed = {"state": state(runs, splits), "own": summary(runs, splits, sets), "runs": runs}
    return {**{name: value for name, value in content.items() if name not in computed}, **computed}


def load(path: Path) -> dict[str, Any]:
    """A result file; InputError if it is not one. What is older than `splits` is of the first split."""
    try:
        content: dict[str, Any] = {**_OF_OLDER_FILES, **json.loads(path.read_text())}
        content["runs"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"result file {path} cannot be read ({error}); delete it and run the row again"
        ) from error
    return content
