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
from repro.cli.named_data import data_folder, load_split, name_own_data, say_coverage
from repro.cli.usable import copied, usable
from repro.experiment.paper import Paper
from repro.experiment.results import Run
from repro.papers import PAPERS
from repro.paths import Places, default_places, short_path, weights_folder
from repro.types import Row, Split
from repro.video.index import VideoIndex


class Announcer:
    """Numbers the stages and says how long it took to get to each."""

    def __init__(self, stages: tuple[str, ...], last: str) -> None:
        self.stages, self.last, self.started = stages, last, time.monotonic()

    def say(self, stage: str, what: str) -> None:
        number, total = (self.stages.index(name) + 1 for name in (stage, self.last))
        print(f"[{number}/{total}] {time.monotonic() - self.started:6.1f} s  {what}", flush=True)


class RunOptions(NamedTuple):
    """One run that a command asks for: a paper's recipe on one split with one seed."""

    options: argparse.Namespace
    paper: Paper
    paths: Places
    chosen: Chosen
    split: str
    seed: int

    @property
    def folder(self) -> Path:
        """Everything that this run makes and shares with no other."""
        return self.folder_of(f"split{self.split}-{self.chosen.preset}-seed{self.seed}")

    def folder_of(self, what: str) -> Path:
        """A folder for some runs of these options."""
        return self.paths.runs / self.paper.name / _named(f"{self.options.dataset}-{what}", self.chosen)

    def heading(self, what: str = "") -> str:
        """What was run, for tables and figures."""
        recipe = _preset_in_words(self.chosen)
        of = f"paper {self.paper.number} on {self.options.dataset}"
        return f"{of}, {recipe}, {what}" if what else f"{of}, split {self.split}, {recipe}"


def _named(name: str, chosen: Chosen) -> str:
    """A folder's name with what was changed of the recipe: no run of it mixes with those of another."""
    return atomic.fitting("-".join([name, *as_typed(chosen.changed)]).replace("/", "_"), "")


def _preset_in_words(chosen: Chosen) -> str:
    return ", ".join([f"{chosen.preset} preset", *chosen.recipe.instead, *as_typed(chosen.changed)])


def run_paper(options: argparse.Namespace) -> int:
    """From video files to tables, figures and an overlay video, for each split and seed asked for."""
    paper = PAPERS[options.paper]
    name_own_data(options)
    check(paper, options)
    _check_devices(options.devices)
    options.stage = last_stage(paper, options.stage)
    chosen, paths = chosen_recipe(paper, options), default_places(options.out)
    settings = [
        RunOptions(options, paper, paths, chosen, split, seed)
        for split in splits_asked(options.dataset, options.split)
        for seed in dict.fromkeys(options.seed)
    ]
    for setting in settings:
        if len(settings) > 1:
            print(f"\nsplit {setting.split}, seed {setting.seed}")
        _run(setting)
    if len(settings) > 1 and options.stage in ("evaluate", "report"):
        _report_together(settings)
    return 0


def _check_devices(devices: int | None) -> None:
    """Before anything is drawn or decoded; one device is everywhere, and TensorFlow takes seconds to load."""
    if devices is not None and devices > 1:
        from repro.training import distribution

        distribution.check(devices)


def _report_together(settings: list[RunOptions]) -> None:
    """The mean over the splits and seeds of one command."""
    from repro.cli import reporting

    splits = ", ".join(sorted({setting.split for setting in settings}, key=int))
    seeds = ", ".join(map(str, sorted({setting.seed for setting in settings})))
    heading = settings[0].heading(f"splits {splits}, seeds {seeds} together")
    folder = settings[0].folder_of(f"{settings[0].chosen.preset}-together")
    reporting.report_together(settings[0].paper, heading, [setting.folder for setting in settings], folder)


def _run(setting: RunOptions) -> None:
    options = setting.options
    announce = Announcer(stages_of(setting.paper), options.stage)
    announce.say("data", f"data: {options.dataset}, split {setting.split}")
    split = load_split(options, setting.split)
    rows = chosen_rows(setting.paper, options.dataset, options.rows, split)
    say_coverage(options, "      ")
    split, index = usable(split, options, setting.paths.runs)
    train, test = split.train, split.test
    print(f"      {len(train)} training and {len(test)} test videos of {len(split.classes)} classes")
    if options.dataset not in setting.paper.datasets:
        groups = len({ref.group for ref in (*train, *test)})
        print(f"      they are of {groups} source groups, none of which is on both sides")
    if copies := copied(split, index):
        one, other = copies[0]
        print(f"      {len(copies)} test videos are copies of training videos, first {one}, of {other}")
    for remark in datasets.remarks(options.dataset, data_folder(options.dataset, options.data)):
        print(f"      {remark}")
    if options.stage != "data":
        _run_stages(setting, announce, split, index, rows)


def _run_stages(
    setting: RunOptions, announce: Announcer, split: Split, index: VideoIndex, rows: tuple[Row, ...]
) -> None:
    from repro.training import run_folder

    # Many models are built in one process, each traced once; TensorFlow takes that for a loop and warns.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    options, chosen = setting.options, setting.chosen
    with run_folder.RunFolder(setting.folder, fresh=not options.resume) as folder:
        about = {"dataset": options.dataset, "classes": split.classes}
        folder.write_recipe(chosen.recipe, chosen.base, chosen.preset, **about)
        environment = folder.write_environment(seed=setting.seed, command=options.typed)
        job = _job(setting, folder, split, index)
        if changed := folder.write_videos(job.facts(split.train), job.facts(split.test)):
            print(f"      test videos since the last call: {', '.join(changed)}; they are scored again")
        pipeline = setting.paper.pipeline(job, rows)
        if announce.last not in announce.stages[: announce.stages.index("features")]:
            pipeline.require_room()
        for stage in pipeline.stages:
            announce.say(stage.name, stage.what)
            print(f"      {stage.run()}")
            if options.stage == stage.name:
                return
        announce.say("evaluate", "the results")
        written = pipeline.evaluate(_run_of(setting, environment, pipeline.job.data))
        print(f"      {len(written)} results in {short_path(written[0].parent)}")
        if pipeline.models:  # else rows of other methods alone: nothing predicts, nothing is drawn
            _export_and_report(setting, announce, pipeline, written)


def _job(setting: RunOptions, folder: Any, split: Split, index: VideoIndex) -> Any:
    """A `Job`, which brings TensorFlow."""
    from repro.experiment.job import Job
    from repro.training import distribution

    return Job(
        split=split,
        recipe=setting.chosen.recipe,
        seed=setting.seed,
        folder=folder,
        cache=setting.paths.cache,
        weights=weights_folder(),
        lengths_frames=index.frames,
        strategy=distribution.strategy(setting.options.devices),
        data=data_folder(setting.options.dataset, setting.options.data),
        outside=dict(getattr(setting.options, "scores", None) or ()),
    )


def _export_and_report(setting: RunOptions, announce: Announcer, pipeline: Any, written: list[Path]) -> None:
    """What `predict` uses, of the proposed model or of the first; then table, figures and video."""
    proposed = pipeline.name(setting.paper.results.PROPOSED)
    main = proposed if proposed in pipeline.models else next(iter(pipeline.models))
    if main == proposed or not (setting.folder / "model.json").exists():
        pipeline.export(main)
    if setting.options.stage == "evaluate":
        return
    announce.say("report", "table, figures, overlay video")
    from repro.cli import reporting

    reporting.report_run(setting.paper, pipeline, setting.heading(), written, main)
    announce.say("report", f"done; everything is in {short_path(setting.folder)}")


def _run_of(setting: RunOptions, environment: dict[str, Any], data: Path | None) -> Run:
    options = setting.options
    return Run(
        split=setting.split,
        seed=setting.seed,
        preset=setting.chosen.preset,
        pretraining=", ".join([setting.chosen.recipe.pretraining, *setting.chosen.recipe.instead]),
        dataset=options.dataset,
        revision=environment["revision"],
        device=environment["device"],
        date=environment["date"],
        command=options.typed,
        versions=environment["packages"],
        partial=options.partial or options.skip_broken,
        changed=setting.chosen.changed,
        drawn=datasets.drawn_version(data),
    )
