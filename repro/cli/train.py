"""`train FOLDER`: one model of one's own videos, and how to predict with it; also behind `repro.train`."""

from __future__ import annotations

import argparse
import csv
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from repro.cli.arguments import seed
from repro.cli.asked import chosen_recipe, rows_of_own_videos
from repro.cli.called import command
from repro.cli.papers import asked_runs, run_all
from repro.cli.parser import build_parser
from repro.cli.parser_papers import NOT_OF_TRAIN
from repro.cluster.client import DryRun
from repro.experiment.exported import ExportedRun
from repro.experiment.figures import BY_CLASS
from repro.nearest import there_are
from repro.papers import PAPERS
from repro.paths import short_path, weights_folder
from repro.types import InputError

FEW = 20  # held-out videos, below which a precision of 90 % is measured to 20 points at best
MOST_CLASSES = 30  # that are printed; the file has them all
# A dry run prints and makes no model that `train` could return.
NOT_OF_PYTHON = ("command", "paper", "dataset", "dry_run", *NOT_OF_TRAIN)


def run_train(options: argparse.Namespace) -> None:
    """Train, then print what it reaches on the test videos, class by class, and what to type next."""
    try:
        folder = trained(options)
    except DryRun as dry_run:
        print(dry_run.script)
        return
    print("\n" + "\n".join(_reached(folder / BY_CLASS)))
    if remark := _few_held_out(ExportedRun.read(folder)):
        print(remark)
    run = shlex.quote(short_path(folder))
    print(f"\nlabel any video with it: {command()} predict VIDEO --run {run}")
    print(f"curves while it trains, or after: tensorboard --logdir {run}")


def trained(options: argparse.Namespace) -> Path:
    """The folder of the finished run. Raises InputError for data, weights and recipes that it cannot use."""
    paper = PAPERS[options.paper]
    recipe = chosen_recipe(paper, options).recipe
    options.rows = [row.id for row in rows_of_own_videos(paper, recipe)]
    _check_trunk(recipe)
    (run,) = asked_runs(options)
    run_all([run])
    return run.folder


def train(videos: str, paper: int, given: Mapping[str, Any]) -> Path:
    """As `train VIDEOS` with options by name; None is what the command has without the option.

    InputError for a paper or an option that there is not, and for a seed that is none.
    """
    if paper not in PAPERS:
        raise InputError(f"no paper {paper}; there are: {', '.join(map(str, PAPERS))}")
    options = build_parser().parse_args(["train", "."])
    known = sorted(set(vars(options)) - set(NOT_OF_PYTHON))
    for name in given:
        if name not in known:
            raise InputError(f"no option {name!r}{there_are(name, known)}")
    whole = {name: value for name, value in given.items() if value is not None}
    if "out" in whole:
        whole["out"] = Path(whole["out"])
    if "seed" in whole:
        whole["seed"] = [_seed(whole["seed"])]
    if isinstance(whole.get("set"), str):
        whole["set"] = [whole["set"]]
    vars(options).update(whole, dataset=videos, paper=paper, typed=f"repro.train({videos!r})")
    return trained(options)


def _seed(value: Any) -> int:
    """The parser's own check. InputError for what is no seed."""
    try:
        return seed(str(value))
    except argparse.ArgumentTypeError as error:
        raise InputError(str(error)) from error


def _check_trunk(recipe: Any) -> None:
    """InputError, before any video is read, with the command that fetches the backbone's weights."""
    if recipe.lite and recipe.pretraining != "random":
        from repro.backbones import lite_trunk

        lite_trunk.weights_of(recipe.backbone, recipe.pretraining, weights_folder())


def _few_held_out(run: ExportedRun) -> str:
    """What must be known of a threshold that rests on few videos."""
    videos = run.facts.get("certainty", {}).get("videos", FEW)
    if videos >= FEW:
        return ""
    return f"what counts as uncertain rests on {videos} held-out videos alone: do not rely on it"


def _reached(file: Path) -> list[str]:
    """The lines of a run's accuracy: over all test videos, then for each class."""
    with file.open(newline="", encoding="utf-8") as text:
        rows = [(row["class"], int(row["test_videos"]), int(row["right"])) for row in csv.DictReader(text)]
    videos, right = sum(row[1] for row in rows), sum(row[2] for row in rows)
    width = max(len(row[0]) for row in rows)
    lines = [f"{right} of {videos} test videos right: {100 * right / videos:.1f} %"]
    lines += [f"  {name:<{width}}  {each_right} of {each}" for name, each, each_right in rows[:MOST_CLASSES]]
    if len(rows) > MOST_CLASSES:
        lines.append(f"  all {len(rows)} classes: {short_path(file)}")
    return lines
