"""`paperN DATASET`: all stages of a paper in order, each announced, each skipped when it is finished."""

from __future__ import annotations

import argparse
import copy
import logging
import time
from dataclasses import replace
from typing import Any, NamedTuple

from repro import datasets, runner
from repro.cli.data import data_folder, index_of, load_split, name_own_data
from repro.cli.registry import PAPERS, Paper
from repro.paths import Places, default_places, shown, weights_folder
from repro.types import InputError, Row, Split
from repro.video.index import VideoIndex, settled

_NEED_ANNOTATION = ("recall", "tube_map", "highlighting")


class Announcer:
    """Numbers the stages and says how long it took to get to each."""

    def __init__(self, stages: tuple[str, ...], last: str) -> None:
        self.stages, self.last, self.started = stages, last, time.monotonic()

    def say(self, stage: str, what: str) -> None:
        number, total = (self.stages.index(name) + 1 for name in (stage, self.last))
        print(f"[{number}/{total}] {time.monotonic() - self.started:6.1f} s  {what}", flush=True)


class Setting(NamedTuple):
    """One run that a command asks for: a paper's recipe on one split with one seed."""

    options: argparse.Namespace
    paper: Paper
    places: Places
    preset: str
    recipe: Any
    split: str
    seed: int

    @property
    def heading(self) -> str:
        """What was run, for tables and figures."""
        options = self.options
        return f"paper {self.paper.number} on {options.dataset}, split {self.split}, {self.preset} preset"


def run_paper(options: argparse.Namespace) -> int:
    """From video files to tables, figures and an overlay video, for each split and seed asked for."""
    paper = PAPERS[options.paper]
    name_own_data(options)
    options.stage = _last_stage(options, paper)
    preset = options.preset or ("demo" if options.dataset == "demo" else "paper")
    recipe = paper.module("recipe").recipe(preset)
    if options.pretraining:
        recipe = replace(recipe, pretraining=options.pretraining)
    if getattr(options, "start_from", None):
        recipe = replace(recipe, start_from=str(options.start_from))
    splits = _splits(options)
    places = default_places(options.out)
    for split in splits:
        for seed in options.seed:
            if len(splits) * len(options.seed) > 1:
                print(f"\nsplit {split}, seed {seed}")
            _run(Setting(copy.copy(options), paper, places, preset, recipe, split, seed))
    return 0


def _splits(options: argparse.Namespace) -> tuple[str, ...]:
    there = datasets.splits_of(options.dataset)
    if options.split == ["all"]:
        return there
    for split in options.split:
        if split not in there:
            raise InputError(f"{options.dataset} has no split {split!r}; there are: {', '.join(there)}, all")
    return tuple(options.split)


def _last_stage(options: argparse.Namespace, paper: Paper) -> str:
    stages = stages_of(paper)
    if options.stage is None:
        return stages[-1]
    if options.stage not in stages:
        raise InputError(f"no stage {options.stage!r} in {paper.name}; there are: {', '.join(stages)}")
    return str(options.stage)


def stages_of(paper: Paper) -> tuple[str, ...]:
    """All stages of a run, in order."""
    return ("data", *paper.stages, "evaluate", "report")


def _run(setting: Setting) -> None:
    options = setting.options
    announce = Announcer(stages_of(setting.paper), options.stage)
    announce.say("data", f"data: {options.dataset}, split {setting.split}")
    split = load_split(options, setting.split)
    rows = chosen_rows(setting.paper, options.dataset, options.rows, split)
    if options.dataset == "activitynet":
        _say_coverage(options)
    split, index = _decodable(setting, split)
    print(
        f"      {len(split.train)} training and {len(split.test)} test videos of {len(split.classes)} classes"
    )
    if options.dataset not in setting.paper.datasets:
        groups = len({ref.group for ref in (*split.train, *split.test)})
        print(f"      they are of {groups} source groups, none of which is on both sides")
    if options.stage != "data":
        _run_stages(setting, announce, split, index, rows)


def chosen_rows(paper: Paper, dataset: str, wanted: list[str], split: Split) -> tuple[Row, ...]:
    """The rows of a paper on a split whose ids begin with one of `wanted`, or those of `all`."""
    experiments = paper.module("experiments")
    rows = experiments.rows(dataset) if dataset in paper.datasets else _rows_of_own_data(paper, dataset)
    usable = [
        row
        for row in rows
        if row.metric_options.get("class_name") in (None, *split.classes)
        and row.metric_options.get("only_split") in (None, split.name)
    ]
    for beginning in wanted if wanted != ["all"] else []:
        if not any(r.id.startswith(beginning) for r in usable):
            beginnings = sorted({r.id.split("/")[0] for r in usable})
            raise InputError(
                f"no row begins with {beginning!r} on {dataset}; there are: {', '.join(beginnings)}"
            )
    chosen: tuple[Row, ...] = experiments.chosen(usable, wanted)
    return chosen


def _rows_of_own_data(paper: Paper, dataset: str) -> list[Row]:
    """The rows of the demo set, but for those that need boxes or intervals: own data has neither."""
    rows = paper.module("experiments").rows("demo")
    return [replace(row, dataset=dataset) for row in rows if row.metric not in _NEED_ANNOTATION]


def _say_coverage(options: argparse.Namespace) -> None:
    """How many of the annotated samples are there: a score means little without it."""
    folder = data_folder(options.dataset, options.data)
    for subset, annotated, there in datasets.coverage(folder, options.lists):
        print(f"      {subset}: {there} of {annotated} annotated samples are on disk")


def _decodable(setting: Setting, split: Split) -> tuple[Split, VideoIndex]:
    """Every video decoded and counted once; broken ones stop the run unless --skip-broken."""
    options = setting.options
    index = index_of(split.dataset, (*split.train, *split.test), options.out)
    if index.overrun_frames:
        print(f"      {len(index.overrun_frames)} annotated segments are cut at the end of their files")
    if not index.broken:
        return _settled(split, index), index
    listing = setting.places.runs / f"broken-{split.dataset}.txt"
    listing.parent.mkdir(parents=True, exist_ok=True)
    listing.write_text("".join(f"{video}\t{reason}\n" for video, reason in index.broken.items()))
    first, reason = next(iter(index.broken.items()))
    if not options.skip_broken:
        raise InputError(
            f"{len(index.broken)} of {len(split.train) + len(split.test)} videos do not decode, first "
            f"{first}: {reason}; all are listed in {listing}; replace them, or use --skip-broken"
        )
    print(f"      left out {len(index.broken)} broken videos, listed in {shown(listing)}")
    train, test = (
        tuple(ref for ref in part if ref.video_id not in index.broken) for part in (split.train, split.test)
    )
    return _settled(replace(split, train=train, test=test), index), index


def _settled(split: Split, index: VideoIndex) -> Split:
    """The split with frames where its annotation has seconds."""
    return replace(split, train=settled(split.train, index), test=settled(split.test, index))


def _run_stages(
    setting: Setting, announce: Announcer, split: Split, index: VideoIndex, rows: tuple[Row, ...]
) -> None:
    from repro.training import distribution, run_folder
    from repro.training.job import Job

    # Many models are built in one process, each traced once; TensorFlow takes that for a loop and warns.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    options, recipe, seed = setting.options, setting.recipe, setting.seed
    strategy = distribution.strategy(options.devices)
    name = f"{options.dataset}-split{setting.split}-{setting.preset}-seed{seed}"
    path = setting.places.runs / setting.paper.name / name
    with run_folder.RunFolder(path, fresh=not options.resume) as folder:
        folder.write_recipe(recipe, preset=setting.preset, dataset=options.dataset, classes=split.classes)
        environment = folder.write_environment(seed=seed, command=options.typed)
        cache = setting.places.cache
        job = Job(
            split,
            recipe,
            seed,
            folder,
            cache,
            weights_folder(),
            index.frames,
            strategy,
            data_folder(options.dataset, options.data),
            dict(getattr(options, "scores", None) or ()),
        )
        pipeline = setting.paper.module("pipeline").Pipeline(job, rows)
        for stage in pipeline.stages:
            announce.say(stage.name, stage.what)
            print(f"      {stage.run()}")
            if options.stage == stage.name:
                return
        announce.say("evaluate", "the rows")
        written = runner.evaluate(
            pipeline.rows,
            pipeline.score_file,
            split.classes,
            _run_of(setting, environment),
            setting.places.results,
            tubes_of=getattr(pipeline, "tubes", None),
            highlights_of=getattr(pipeline, "highlights", None),
        )
        print(f"      {len(written)} rows in {shown(written[0].parent)}")
        proposed = pipeline.name(setting.paper.module("experiments").PROPOSED)
        main = proposed if proposed in pipeline.models else next(iter(pipeline.models))
        if main == proposed or not (path / "model.json").exists():  # what `predict` uses
            pipeline.keep_model(setting.paper.number, main)
        if options.stage == "evaluate":
            return
        announce.say("report", "table, figures, overlay video")
        from repro.cli import reporting

        reporting.report_run(setting.paper, pipeline, setting.heading, written, main)
    announce.say("report", f"done; everything is in {shown(path)}")


def _run_of(setting: Setting, environment: dict[str, Any]) -> runner.Run:
    options = setting.options
    return runner.Run(
        split=setting.split,
        seed=setting.seed,
        preset=setting.preset,
        pretraining=setting.recipe.pretraining,
        dataset=options.dataset,
        revision=environment["revision"],
        device=environment["device"],
        date=environment["date"],
        command=options.typed,
        versions=environment["packages"],
        partial=options.partial or options.skip_broken,
    )
