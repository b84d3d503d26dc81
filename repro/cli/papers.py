"""`paperN DATASET`: all stages of a paper in order, each announced, each skipped when it is finished."""

from __future__ import annotations

import argparse
import time

from repro import datasets
from repro.cli.asked import check, chosen_recipe, chosen_rows, last_stage, splits_asked, stages_of
from repro.cli.cluster import cluster_of
from repro.cli.named_data import data_folder, load_split, name_own_data, say_coverage
from repro.cli.one_run import run_stages
from repro.cli.run_options import RunOptions
from repro.cli.usable import copied, usable
from repro.cli.workers import in_turn, taking_part, workers_asked
from repro.cluster.client import DryRun
from repro.experiment import stage_times
from repro.experiment.stage_times import Announcer, in_words
from repro.papers import PAPERS
from repro.paths import default_paths
from repro.types import Row, Split
from repro.video.index import VideoIndex


def run_paper(options: argparse.Namespace) -> int:
    """From video files to tables, figures and an overlay video, for each split and seed asked for."""
    try:
        run_all(asked_runs(options))
    except DryRun as dry_run:
        print(dry_run.script)
    return 0


def asked_runs(options: argparse.Namespace) -> list[RunOptions]:
    """Every run that the words ask for; InputError for words that none can follow."""
    paper = PAPERS[options.paper]
    name_own_data(options)
    check(paper, options)
    _check_devices(options.devices)
    options.stage = last_stage(paper, options.stage)
    chosen, paths = chosen_recipe(paper, options), default_paths(options.out)
    workers, cluster = workers_asked(options), cluster_of(options)
    return [
        RunOptions(options, paper, paths, chosen, split, seed, cluster, workers)
        for split in splits_asked(options.dataset, options.split)
        for seed in dict.fromkeys(options.seed)
    ]


def run_all(settings: list[RunOptions]) -> None:
    """One run after the other, and of several what they say together."""
    with taking_part(settings[0].workers):
        _run_each(settings)


def _run_each(settings: list[RunOptions]) -> None:
    began_s = time.monotonic()
    for done, run_options in enumerate(settings):
        if len(settings) > 1:
            each_s = (time.monotonic() - began_s) / max(1, done)
            left = f", about {in_words(each_s * (len(settings) - done))} to go" if done else ""
            print(
                f"\nsplit {run_options.split}, seed {run_options.seed}: "
                f"run {done + 1} of {len(settings)}{left}"
            )
        _run(run_options)
    if len(settings) > 1 and settings[0].chief and settings[0].options.stage in ("evaluate", "report"):
        _report_together(settings)


def _check_devices(devices: int | None) -> None:
    """Before anything is drawn or decoded; one device is everywhere, and TensorFlow takes seconds to load."""
    if devices is not None and devices > 1:
        from repro.training import distribution

        distribution.check(devices)


def _report_together(settings: list[RunOptions]) -> None:
    """The mean over the splits and seeds of one command."""
    from repro.cli import reporting

    splits = ", ".join(sorted({run_options.split for run_options in settings}, key=int))
    seeds = ", ".join(map(str, sorted({run_options.seed for run_options in settings})))
    heading = settings[0].heading(f"splits {splits}, seeds {seeds} together")
    folder = settings[0].folder_of(f"{settings[0].chosen.preset}-together")
    reporting.report_together(
        settings[0].paper, heading, [run_options.folder for run_options in settings], folder
    )


def _run(run_options: RunOptions) -> None:
    options = run_options.options
    announce = Announcer(stages_of(run_options.paper), options.stage)
    announce.longest_s = stage_times.longest(run_options.times)
    announce.say("data", f"data: {options.dataset}, split {run_options.split}")
    with in_turn(run_options.workers, "the data"):
        split, index, rows = _data(run_options)
    if options.stage != "data":
        run_stages(run_options, announce, split, index, rows)
    if run_options.chief:
        stage_times.remember(run_options.times, announce.spent())
    print(announce.took())


def _data(run_options: RunOptions) -> tuple[Split, VideoIndex, tuple[Row, ...]]:
    """The videos and the rows of a run; what is to be known of the videos is printed."""
    options = run_options.options
    split = load_split(options, run_options.split)
    say_coverage(options, "      ")
    split, index = usable(split, options, run_options.paths.runs)
    rows = chosen_rows(run_options.paper, options.dataset, options.rows, split)
    train, test = split.train, split.test
    print(f"      {len(train)} training and {len(test)} test videos of {len(split.classes)} classes")
    if options.dataset not in run_options.paper.datasets:
        groups = len({ref.group for ref in (*train, *test)})
        print(f"      they are of {groups} source groups, none of which is on both sides")
    if copies := copied(split, index):
        one, other = copies[0]
        print(f"      {len(copies)} test videos are copies of training videos, first {one}, of {other}")
    for remark in datasets.remarks(options.dataset, data_folder(options.dataset, options.data)):
        print(f"      {remark}")
    return split, index, rows
