"""`paperN DATASET`: all stages of a paper in order, each announced, each skipped when it is finished."""

from __future__ import annotations

import argparse
import logging
import time
from pathlib import Path
from typing import Any, NamedTuple

from repro import atomic, datasets
from repro.cli.asked import Chosen, check, chosen_recipe, chosen_rows, last_stage, splits_asked, stages_of
from repro.cli.changed import as_typed
from repro.cli.cluster import cluster_of
from repro.cli.named_data import data_folder, load_split, name_own_data, say_coverage
from repro.cli.usable import copied, usable
from repro.cluster.client import DryRun
from repro.experiment import stage_times
from repro.experiment.paper import Paper
from repro.experiment.results import Run
from repro.experiment.stage_times import Announcer, in_words
from repro.papers import PAPERS
from repro.paths import Paths, default_paths, short_path, weights_folder
from repro.training.settings import digest
from repro.types import Row, Split
from repro.video.index import VideoIndex


class RunOptions(NamedTuple):
    """One run that a command asks for: a paper's recipe on one split with one seed."""

    options: argparse.Namespace
    paper: Paper
    paths: Paths
    chosen: Chosen
    split: str
    seed: int
    cluster: Any = None  # a `Cluster`, where flow and features are made on one

    @property
    def folder(self) -> Path:
        """Everything that this run makes and shares with no other."""
        return self.folder_of(f"split{self.split}-{self.chosen.preset}-seed{self.seed}")

    @property
    def times(self) -> Path:
        """What the stages of such a run took, on any split with any seed, on as many cores."""
        rows, on = digest({"rows": list(self.options.rows)})[:8], stage_times.cores().replace(" ", "-")
        name = f"{self.paper.name}-{self.options.dataset}-{self.chosen.preset}-{rows}-{on}"
        return self.paths.cache / "times" / _named(name, self.chosen, ".json")

    def folder_of(self, what: str) -> Path:
        """A folder for some runs of these options."""
        return self.paths.runs / self.paper.name / _named(f"{self.options.dataset}-{what}", self.chosen)

    def heading(self, what: str = "") -> str:
        """What was run, for tables and figures."""
        recipe = _preset_in_words(self.chosen)
        of = f"paper {self.paper.number} on {self.options.dataset}"
        return f"{of}, {recipe}, {what}" if what else f"{of}, split {self.split}, {recipe}"


def _named(name: str, chosen: Chosen, ending: str = "") -> str:
    """A name with what was changed of the recipe: no run of it mixes with those of another."""
    return atomic.fitting("-".join([name, *as_typed(chosen.changed)]).replace("/", "_"), ending) + ending


def _preset_in_words(chosen: Chosen) -> str:
    return ", ".join([f"{chosen.preset} preset", *chosen.recipe.instead, *as_typed(chosen.changed)])


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
    chosen, paths, cluster = chosen_recipe(paper, options), default_paths(options.out), cluster_of(options)
    return [
        RunOptions(options, paper, paths, chosen, split, seed, cluster)
        for split in splits_asked(options.dataset, options.split)
        for seed in dict.fromkeys(options.seed)
    ]


def run_all(settings: list[RunOptions]) -> None:
    """One run after the other, and of several what they say together."""
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
    if len(settings) > 1 and settings[0].options.stage in ("evaluate", "report"):
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
    split = load_split(options, run_options.split)
    rows = chosen_rows(run_options.paper, options.dataset, options.rows, split)
    say_coverage(options, "      ")
    split, index = usable(split, options, run_options.paths.runs)
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
    if options.stage != "data":
        _run_stages(run_options, announce, split, index, rows)
    stage_times.remember(run_options.times, announce.spent())
    print(announce.took())


def _run_stages(
    run_options: RunOptions, announce: Announcer, split: Split, index: VideoIndex, rows: tuple[Row, ...]
) -> None:
    from repro.training import run_folder

    # Many models are built in one process, each traced once; TensorFlow takes that for a loop and warns.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    options, chosen = run_options.options, run_options.chosen
    with run_folder.RunFolder(run_options.folder, fresh=not options.resume) as folder:
        about = {"dataset": options.dataset, "classes": split.classes}
        folder.write_recipe(chosen.recipe, chosen.base, chosen.preset, **about)
        environment = folder.write_environment(seed=run_options.seed, command=options.typed)
        experiment = _job(run_options, folder, split, index)
        if changed := folder.write_videos(experiment.facts(split.train), experiment.facts(split.test)):
            print(f"      test videos since the last call: {', '.join(changed)}; they are scored again")
        pipeline = run_options.paper.pipeline(experiment, rows)
        if announce.last not in announce.stages[: announce.stages.index("features")]:
            pipeline.require_room()
        for stage in pipeline.stages:
            announce.say(stage.name, stage.what)
            print(f"      {stage.run()}")
            if options.stage == stage.name:
                return
        announce.say("evaluate", "the results")
        written = pipeline.evaluate(_run_of(run_options, environment, pipeline.experiment.data))
        print(f"      {len(written)} results in {short_path(written[0].parent)}")
        if pipeline.models:  # else rows of other methods alone: nothing predicts, nothing is drawn
            _export_and_report(run_options, announce, pipeline, written)


def _job(run_options: RunOptions, folder: Any, split: Split, index: VideoIndex) -> Any:
    """A `Experiment`, which brings TensorFlow."""
    from repro.experiment.experiment import Experiment
    from repro.training import distribution

    return Experiment(
        split=split,
        recipe=run_options.chosen.recipe,
        seed=run_options.seed,
        folder=folder,
        cache=run_options.paths.cache,
        weights=weights_folder(),
        lengths_frames=index.frames,
        strategy=distribution.strategy(run_options.options.devices),
        data=data_folder(run_options.options.dataset, run_options.options.data),
        outside=dict(getattr(run_options.options, "scores", None) or ()),
        cluster=run_options.cluster,
    )


def _export_and_report(
    run_options: RunOptions, announce: Announcer, pipeline: Any, written: list[Path]
) -> None:
    """What `predict` uses, of the proposed model or of the first; then table, figures and video."""
    proposed = pipeline.name(run_options.paper.results.PROPOSED)
    main = proposed if proposed in pipeline.models else next(iter(pipeline.models))
    if main == proposed or not (run_options.folder / "model.json").exists():
        pipeline.export(main)
    if run_options.options.stage == "evaluate":
        return
    announce.say("report", "table, figures, overlay video")
    from repro.cli import reporting

    took_s = {stage: spent.clock_s for stage, spent in announce.spent().items()}
    reporting.report_run(run_options.paper, pipeline, run_options.heading(), written, main, took_s)
    announce.say("report", f"done; everything is in {short_path(run_options.folder)}")


def _run_of(run_options: RunOptions, environment: dict[str, Any], data: Path | None) -> Run:
    options = run_options.options
    return Run(
        split=run_options.split,
        seed=run_options.seed,
        preset=run_options.chosen.preset,
        pretraining=", ".join([run_options.chosen.recipe.pretraining, *run_options.chosen.recipe.instead]),
        dataset=options.dataset,
        revision=environment["revision"],
        device=environment["device"],
        date=environment["date"],
        command=options.typed,
        versions=environment["packages"],
        partial=options.partial or options.skip_broken,
        changed=run_options.chosen.changed,
        renderer=datasets.renderer_version(data),
    )
