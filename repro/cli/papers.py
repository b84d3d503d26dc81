"""`paperN DATASET`: all stages of a paper in order, each announced, each skipped when it is finished."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from typing import Any

from repro import runner
from repro.cli.data import index_of, load_split
from repro.cli.parser import STAGES
from repro.paths import Places, default_places, shown, weights_folder
from repro.types import InputError, Row, Split
from repro.video.index import VideoIndex


@dataclass(frozen=True)
class Announcer:
    """Numbers the stages and says how long each took."""

    last: str
    started: float

    def say(self, stage: str, what: str) -> None:
        number = STAGES.index(stage) + 1
        total = STAGES.index(self.last) + 1
        print(f"[{number}/{total}] {time.monotonic() - self.started:6.1f} s  {what}", flush=True)


def run_paper(options: argparse.Namespace) -> int:
    """From video files to tables, figures and an overlay video."""
    from repro.paper2.recipe import recipe as paper2_recipe

    announce = Announcer(options.stage, time.monotonic())
    places = default_places(options.out)
    preset = options.preset or ("demo" if options.dataset == "demo" else "paper")
    recipe = paper2_recipe(preset)
    if options.pretraining:
        recipe = replace(recipe, pretraining=options.pretraining)
    announce.say("data", f"data: {options.dataset}, split {options.split}")
    split = load_split(options, options.split)
    rows = _chosen_rows(options, split)
    split, index = _decodable(options, split, places)
    print(
        f"      {len(split.train)} training and {len(split.test)} test videos of {len(split.classes)} classes"
    )
    if options.stage == "data":
        return 0
    return _run_stages(options, announce, places, preset, recipe, split, index, rows)


def _chosen_rows(options: argparse.Namespace, split: Split) -> tuple[Row, ...]:
    from repro.paper2 import experiments

    rows = experiments.rows(options.dataset)
    usable = [r for r in rows if r.metric_options.get("class_name") in (None, *split.classes)]
    if options.rows == ["all"]:
        return tuple(usable)
    chosen = [r for r in usable if any(r.id.startswith(wanted) for wanted in options.rows)]
    unknown = [wanted for wanted in options.rows if not any(r.id.startswith(wanted) for r in usable)]
    if unknown:
        beginnings = sorted({r.id.split("/")[0] for r in usable})
        raise InputError(
            f"no row begins with {unknown[0]!r} on {options.dataset}; there are: {', '.join(beginnings)}"
        )
    return tuple(chosen)


def _decodable(options: argparse.Namespace, split: Split, places: Places) -> tuple[Split, VideoIndex]:
    """Every video decoded and counted once; broken ones stop the run unless --skip-broken."""
    index = index_of(split.dataset, (*split.train, *split.test), options.out)
    if not index.broken:
        return split, index
    listing = places.runs / f"broken-{split.dataset}.txt"
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
    return replace(split, train=train, test=test), index


def _run_stages(
    options: argparse.Namespace,
    announce: Announcer,
    places: Places,
    preset: str,
    recipe: Any,
    split: Split,
    index: VideoIndex,
    rows: tuple[Row, ...],
) -> int:
    from repro.paper2 import experiments, pipeline
    from repro.paper2.recipe import sequence_name
    from repro.training import distribution, run_folder
    from repro.training.job import Job

    strategy = distribution.strategy(options.devices)
    name = f"{options.dataset}-split{options.split}-{preset}-seed{options.seed}"
    path = places.runs / f"paper{options.paper}" / name
    with run_folder.RunFolder(path, fresh=not options.resume) as folder:
        folder.write_recipe(recipe, preset=preset, dataset=options.dataset, classes=split.classes)
        environment = folder.write_environment(seed=options.seed, command=options.typed)
        job = Job(split, recipe, options.seed, folder, places.cache, weights_folder(), index.frames, strategy)

        announce.say("fine-tune", "context and action sub-models on single frames")
        trained = pipeline.fine_tune(job)
        print(f"      weights in {shown(trained)}")
        if options.stage == "fine-tune":
            return 0
        announce.say("features", f"context- and action-aware features of the first {recipe.steps} frames")
        store = pipeline.extract_features(job, trained)
        print(f"      features in {shown(store.folder)}")
        if options.stage == "features":
            return 0
        announce.say("sequence", "the LSTMs of the chosen rows")
        models = {sequence_name(replace(recipe, **row.overrides)): row.overrides for row in rows}
        weights = {name: pipeline.train_sequence(job, store, fields) for name, fields in models.items()}
        print(f"      {len(weights)} models in {shown(path / 'sequence')}")
        if options.stage == "sequence":
            return 0
        announce.say("evaluate", "probabilities of every test frame, and the rows")
        scores = {name: pipeline.score(job, store, fields, weights[name]) for name, fields in models.items()}
        written = runner.evaluate(
            rows,
            lambda overrides: scores[sequence_name(replace(recipe, **overrides))],
            split.classes,
            _run_of(options, preset, recipe, environment),
            places.results,
        )
        print(f"      {len(written)} rows in {shown(written[0].parent)}")
        main = next(
            (name for name, fields in models.items() if fields == experiments.PROPOSED), next(iter(models))
        )
        pipeline.describe_model(job, models[main], trained, weights[main])
        if options.stage == "evaluate":
            return 0
        announce.say("report", "table, figures, overlay video")
        from repro.cli import reporting

        heading = f"paper {options.paper} on {options.dataset}, split {options.split}, {preset} preset"
        reporting.report_run(job, heading, written, scores, trained)
    announce.say("report", f"done; everything is in {shown(path)}")
    return 0


def _run_of(options: argparse.Namespace, preset: str, recipe: Any, environment: dict[str, Any]) -> runner.Run:
    return runner.Run(
        split=options.split,
        seed=options.seed,
        preset=preset,
        pretraining=recipe.pretraining,
        dataset=options.dataset,
        revision=environment["revision"],
        device=environment["device"],
        date=environment["date"],
        command=options.typed,
        versions=environment["packages"],
        partial=options.partial or options.skip_broken,
    )
