"""What `paperN DATASET` asks for: splits, stage, rows and files, refused before anything is drawn or decoded.

The standard library is enough here, so that `before_install` can ask too.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from repro import datasets
from repro.cli.changed import changed
from repro.experiment.paper import Paper
from repro.experiment.rows import chosen, is_of, main_rows
from repro.nearest import did_you_mean, there_are
from repro.provenance import changes
from repro.types import InputError, Row, Split

_PRETRAINING = ("imagenet", "standin", "random")


class Chosen(NamedTuple):
    """A recipe, and that of its preset alone. changed: what `--set` made other than in the preset."""

    preset: str
    base: Any
    recipe: Any
    changed: dict[str, Any]


def check(paper: Paper, options: argparse.Namespace) -> None:
    """Raises InputError for a stage, split, row, weight, run, change or score file that there is not.

    Rows of single classes pass: only the loaded split tells which it tests (`chosen_rows`).
    """
    last_stage(paper, options.stage)
    for split in splits_asked(options.dataset, options.split):
        usable = [row for row in _rows(paper, options.dataset) if row.runs_on(split)]
        _check_rows(usable, f"{options.dataset}, split {split}", options.rows)
    chosen_recipe(paper, options)
    for name, path in getattr(options, "scores", None) or ():
        if not path.is_file():
            raise InputError(f"no file {path} with scores of {name}; --scores takes NAME=FILE")


def chosen_recipe(paper: Paper, options: argparse.Namespace) -> Chosen:
    """The recipe asked for: a preset, the weights and the run to start from, then every `--set`.

    Raises InputError for a change that cannot be, and for weights or a run that there are not.
    """
    preset = options.preset or ("demo" if options.dataset == "demo" else "paper")
    base = recipe_of(paper, preset)
    given = {name: getattr(options, name, None) for name in ("pretraining", "start_from")}
    started = replace(base, **{name: str(value) for name, value in given.items() if value})
    recipe = changed(started, options.set)
    different = changes(base, recipe)
    if "pretraining" in different:
        _check_pretraining(paper, recipe.pretraining)
    if "start_from" in different:
        _check_start(paper, Path(recipe.start_from))
    return Chosen(preset, base, recipe, changes(base, changed(base, options.set)))


def recipe_of(paper: Paper, preset: str) -> Any:
    """The recipe of a preset. InputError, with those of this paper, where it has none of that name."""
    if preset not in paper.presets:
        raise InputError(f"no preset {preset!r} in {paper.name}{there_are(preset, list(paper.presets))}")
    return paper.recipe(preset)


def stages_of(paper: Paper) -> tuple[str, ...]:
    """All stages of a run, in order."""
    return ("data", *paper.stages, "evaluate", "report")


def last_stage(paper: Paper, asked: str | None) -> str:
    """The stage to stop after: the one asked for, else the last. InputError for an unknown one."""
    stages = stages_of(paper)
    if asked is not None and asked not in stages:
        raise InputError(f"no stage {asked!r} in {paper.name}{there_are(asked, stages)}")
    return asked or stages[-1]


def splits_asked(dataset: str, asked: Sequence[str]) -> tuple[str, ...]:
    """The names of the splits asked for, each once, or of `all`. InputError for one that there is not."""
    there = datasets.splits_of(dataset)
    if "all" in asked:
        return there
    for split in asked:
        if split not in there:
            raise InputError(f"{dataset} has no split {split!r}; there are: {', '.join(there)}, all")
    return tuple(dict.fromkeys(asked))


def chosen_rows(paper: Paper, dataset: str, wanted: Sequence[str], split: Split) -> tuple[Row, ...]:
    """The rows of a paper on a split whose ids begin with one of `wanted`, or those of `all`.

    Of a partial copy a class may have no test video, and then no accuracy.
    """
    tested = {split.classes[ref.label] for ref in split.test}
    usable = [row for row in _rows(paper, dataset) if row.runs_on(split.name) and is_of(row, tested)]
    _check_rows(usable, f"{dataset}, split {split.name}", wanted)
    return chosen(usable, wanted)


def rows_of_own_videos(paper: Paper, recipe: Any) -> list[Row]:
    """Those by which a model of one's own videos is measured. recipe: the one that is asked for."""
    return main_rows(_rows(paper, ""), vars(paper.Recipe()), paper.proposed(recipe))


def _rows(paper: Paper, dataset: str) -> Sequence[Row]:
    """All rows on a data set. On own data those of the demo set that need neither boxes nor intervals."""
    if dataset in paper.datasets:
        return paper.rows(dataset)
    usable = (row for row in paper.rows("demo") if not row.needs_annotation)
    return [replace(row, dataset=dataset) for row in usable]


def _check_rows(usable: Iterable[Row], where: str, wanted: Sequence[str]) -> None:
    ids = [row.id for row in usable]
    for beginning in wanted if list(wanted) != ["all"] else ():
        if not any(id.startswith(beginning) for id in ids):
            tables = sorted({id.split("/")[0] for id in ids})
            near = did_you_mean(beginning, ids if "/" in beginning else tables) or ";"
            raise InputError(
                f"no row begins with {beginning!r} on {where}{near} there are: {', '.join(tables)}"
            )


def _check_pretraining(paper: Paper, asked: str) -> None:
    words = list(dict.fromkeys((*_PRETRAINING, paper.Recipe().pretraining)))
    if asked not in words and not Path(asked).is_file():
        raise InputError(f"no pre-trained weights at {asked}{there_are(asked, words)}, or name a file")


def _check_start(paper: Paper, folder: Path) -> None:
    if str(folder) in paper.starts:
        return
    try:
        of = json.loads((folder / "model.json").read_text())["paper"]
        if of != paper.number:
            raise ValueError(f"it is of paper {of}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(
            f"--start-from {folder} is not a finished run of {paper.name} ({reason}); "
            f"name a folder in runs/{paper.name}"
        ) from error
