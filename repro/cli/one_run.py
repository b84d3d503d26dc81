"""The stages of one run in order, and what it ends with: results, the model that predicts, the report.

Of several workers each runs the stages up to the last that trains; the rest is the chief's.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from repro import datasets
from repro.cli.named_data import data_folder
from repro.cli.run_options import RunOptions
from repro.cli.workers import in_turn, require_shared
from repro.experiment.results import Run
from repro.experiment.stage_times import Announcer
from repro.paths import short_path, weights_folder
from repro.types import Row, Split
from repro.video.index import VideoIndex


def run_stages(
    run_options: RunOptions, announce: Announcer, split: Split, index: VideoIndex, rows: tuple[Row, ...]
) -> None:
    """All stages, up to the one that was asked for; each that is finished is passed over."""
    from repro.training import run_folder

    # Many models are built in one process, each traced once; TensorFlow takes that for a loop and warns.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    options = run_options.options
    with ExitStack() as until_done:
        with in_turn(run_options.workers, "the run folder"):
            opened = run_folder.RunFolder(
                run_options.folder, fresh=not options.resume, owned=run_options.chief
            )
            folder = until_done.enter_context(opened)
            experiment = _job(run_options, folder, split, index)
            environment = _begin(run_options, experiment)
            pipeline = run_options.paper.pipeline(experiment, rows)
            if run_options.chief:
                _require(pipeline, announce)
        trained, others = pipeline.stages_of_training()
        goes_on = _through(trained, announce)
        with in_turn(run_options.workers, "the end of a run"):
            if run_options.chief and goes_on and _through(others, announce):
                _evaluate(run_options, announce, pipeline, environment)


def _require(pipeline: Any, announce: Announcer) -> None:
    """InputError at once for what a run would end at after hours: a full disk, boxes that are not there."""
    asked = announce.stages[: announce.stages.index(announce.last) + 1]
    if "features" in asked:
        pipeline.require_room()
    if "score" in asked:
        pipeline.require_boxes()


def _begin(run_options: RunOptions, experiment: Any) -> dict[str, Any]:
    """Note what the run is about; the environment of this session."""
    folder, split, chosen = experiment.folder, experiment.split, run_options.chosen
    if not run_options.chief:
        require_shared(folder.path)
        return {}
    about = {"dataset": run_options.options.dataset, "classes": split.classes}
    folder.write_recipe(chosen.recipe, chosen.base, chosen.preset, **about)
    environment = folder.write_environment(seed=run_options.seed, command=run_options.options.typed)
    if changed := folder.write_videos(experiment.facts(split.train), experiment.facts(split.test)):
        print(f"      test videos since the last call: {', '.join(changed)}; they are scored again")
    return dict(environment)


def _through(stages: Sequence[Any], announce: Announcer) -> bool:
    """Run stages; whether the run goes on behind them."""
    for stage in stages:
        announce.say(stage.name, stage.what)
        print(f"      {stage.run()}")
        if announce.last == stage.name:
            return False
    return True


def _evaluate(
    run_options: RunOptions, announce: Announcer, pipeline: Any, environment: dict[str, Any]
) -> None:
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
        strategy=distribution.strategy(run_options.options.devices, run_options.workers),
        data=data_folder(run_options.options.dataset, run_options.options.data),
        outside=dict(getattr(run_options.options, "scores", None) or ()),
        cluster=run_options.cluster,
    )


def _export_and_report(
    run_options: RunOptions, announce: Announcer, pipeline: Any, written: list[Path]
) -> None:
    """What `predict` uses, of the proposed model or of the first; then table, figures and video."""
    proposed = pipeline.name(run_options.paper.proposed(run_options.chosen.recipe))
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
        recipe=asdict(run_options.chosen.recipe),
    )
