"""Paper 4 as a run: which networks and features its rows need, made in order, each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from repro import datasets, score_file
from repro.atomic import link_or_copy, write_json
from repro.datasets import hold_out
from repro.evaluation.fusion import choose_exponents, fuse
from repro.experiment.job import Job, Stage
from repro.features.flow_store import FlowStore
from repro.features.store import FeatureStore
from repro.paper4 import keeping, localise, scoring, stages
from repro.paper4.experiments import FLOW_PART, model
from repro.paper4.recipe import Recipe, for_row, model_name, seen_by_training
from repro.paper4.stages import Start, Streams, streams_of
from repro.paths import shown
from repro.types import InputError, Row, Scores, TubeComparison, VideoRef

TUBE_METRICS = ("recall", "tube_map")
PARTS = (FLOW_PART | {"architecture": "conv_lstm"}, model("rgb", "conv_alstm"))  # 5.4


class Pipeline:
    """The stages of paper 4 for some rows.

    `models`: the models that the rows need, name -> recipe, those that others start from first. Models that
    differ only in how they are tested (segments, localisation) are trained once.
    """

    def __init__(self, job: Job, rows: Sequence[Row]) -> None:
        self.job = job
        self.rows = tuple(rows)
        self.models: dict[str, Recipe] = {}
        for row in rows:
            options = row.metric_options
            for overrides in (row.overrides, options.get("over_model"), *options.get("product_with", ())):
                if overrides is not None:
                    self._add(overrides)
        self.flow: FlowStore | None = None
        self.stream_weights: dict[str, Path] = {}
        self.streams = Streams({})
        self.trained: dict[str, Path] = {}  # by `trained_name`

    def _add(self, overrides: Mapping[str, Any]) -> None:
        recipe = for_row(self.job.recipe, overrides)
        if recipe.start_from == "parts":
            for part in PARTS:
                self._add(part)
        self.models[self.name(overrides)] = recipe

    def name(self, overrides: Mapping[str, Any]) -> str:
        """The model of a row with these overrides."""
        return model_name(self.job.recipe, overrides)

    def trained_name(self, recipe: Recipe) -> str:
        """The training that a model comes from: its name without what only testing sees."""
        return self.name(seen_by_training(self.job.recipe, recipe))

    @property
    def stages(self) -> tuple[Stage, ...]:
        """In order; each needs the ones before it."""
        return (
            Stage("flow", "optical flow between neighbouring frames", self._flow),
            Stage("fine-tune", "VGG-16 on frames and on flow", self._fine_tune),
            Stage("features", "pool5, fc7 and softmax of every frame", self._extract),
            Stage("sequence", f"{len(self._trainings())} recurrent models on snippets", self._train),
            Stage("score", "segments of every test video", self._score),
            Stage("localise", "one tube per test video from the attention maps", self._localise),
        )

    def _streams(self) -> tuple[str, ...]:
        needed = {stream for recipe in self.models.values() for stream in streams_of(recipe)}
        return tuple(stream for stream in ("rgb", "flow") if stream in needed)

    def _flow(self) -> str:
        if "flow" not in self._streams():
            return "no row uses flow"
        self.flow = stages.flow_of(self.job, self.job.recipe)
        return f"flow in {shown(self.flow.folder)}"

    def _fine_tune(self) -> str:
        for stream in self._streams():
            flow = self.flow if stream == "flow" else None
            self.stream_weights[stream] = stages.fine_tune(self.job, self.job.recipe, stream, flow)
        return "weights in " + ", ".join(shown(path.parent) for path in self.stream_weights.values())

    def _extract(self) -> str:
        stores: dict[str, FeatureStore] = {}
        for stream, trained in self.stream_weights.items():
            flow = self.flow if stream == "flow" else None
            stores[stream] = stages.extract_features(self.job, self.job.recipe, stream, trained, flow)
        self.streams = Streams(stores)
        return "features in " + ", ".join(shown(store.folder) for store in stores.values())

    def _trainings(self) -> dict[str, Recipe]:
        recipes = [recipe for recipe in self.models.values() if recipe.architecture != stages.CONVNET]
        return {self.trained_name(recipe): recipe for recipe in recipes}

    def _train(self) -> str:
        for name, recipe in self._trainings().items():
            features = self.streams.only(streams_of(recipe))
            self.trained[name] = stages.train_sequence(self.job, features, recipe, name, self._start(recipe))
        return f"models in {shown(self.job.folder.path / 'sequence')}"

    def _start(self, recipe: Recipe) -> Start | None:
        if recipe.start_from == "scratch":
            return None
        if recipe.start_from == "parts":
            flow, rgb = (self.trained[self.trained_name(for_row(self.job.recipe, part))] for part in PARTS)
            return partial(stages.start_from_parts, bottom=flow, top=rgb)
        path = keeping.sequence_file(Path(recipe.start_from), self.trained_name(recipe))
        return partial(keeping.start_from, path=path, last="scores")

    def _score(self) -> str:
        for row in self.rows:
            if row.metric not in TUBE_METRICS:
                self.score_file(row)
        return f"score files in {shown(self.job.folder.path / 'scores')}"

    def _localise(self) -> str:
        chosen = [row for row in self.rows if row.metric in TUBE_METRICS]
        if not chosen:
            return "no row localises"
        for row in chosen:
            self.tube_file(row)
        return f"tubes in {shown(self.job.folder.path / 'tubes')}"

    def score_file(self, row: Row, overrides: Mapping[str, Any] | None = None) -> Path:
        """What the row's model (or that of other overrides) said of test videos, fused if it says so."""
        own = self._model_scores(row.overrides if overrides is None else overrides, "test")
        others, outside = (row.metric_options.get(key, ()) for key in ("product_with", "outside"))
        if overrides is not None or not (others or outside):
            return own
        path = self.job.folder.path / "scores" / f"{row.id.replace('/', '-')}.npz"
        fused = fuse(
            [score_file.read(own), *(score_file.read(self._model_scores(o, "test")) for o in others)]
        )
        if outside:
            fused = self._with_outside(fused, row.overrides, others, outside)
        score_file.write(path, fused)
        return path

    def _model_scores(self, overrides: Mapping[str, Any], part: str) -> Path:
        name = self.name(overrides)
        recipe = self.models[name]
        trained = self.trained.get(self.trained_name(recipe))
        features = self.streams.only(streams_of(recipe))
        return scoring.score(self.job, features, recipe, name, trained, part=part)

    def _with_outside(
        self,
        ours: Scores,
        overrides: Mapping[str, Any],
        others: Sequence[Mapping[str, Any]],
        outside: Sequence[str],
    ) -> Scores:
        """The product with other methods' scores; exponents by the held-out training videos (10.9)."""
        missing = [name for name in outside if name not in self.job.outside]
        if missing:
            raise InputError(
                f"Table 4 needs scores of {', '.join(missing)}; give each with --scores 'NAME=FILE' "
                "(the form is described in repro/score_file.py), or leave table4 out of --rows"
            )
        held_out = fuse([score_file.read(self._model_scores(o, "validation")) for o in (overrides, *others)])
        _, validation = hold_out(self.job.split.train, self.job.recipe.validation_fraction, self.job.seed)

        def theirs(refs: Sequence[VideoRef]) -> list[Scores]:
            return [score_file.read_csv(self.job.outside[n], refs, self.job.split.classes) for n in outside]

        exponents = choose_exponents([held_out, *theirs(validation)])
        print(f"      exponents of VideoLSTM, {', '.join(outside)}: {exponents}")
        return fuse([ours, *theirs(self.job.split.test)], exponents)

    def tube_file(self, row: Row) -> Path:
        """The tubes that the row's model draws into the test videos."""
        name = self.name(row.overrides)
        recipe = self.models[name]
        features = self.streams.only(streams_of(recipe))
        return localise.localise(self.job, features, recipe, name, self.trained[self.trained_name(recipe)])

    def tubes(self, row: Row) -> TubeComparison:
        """The row's tubes beside the true ones, of the test videos that have boxes."""
        return localise.compared(self.tube_file(row), self.truth(), smoothed=row.metric_options["smoothed"])

    def truth(self) -> dict[str, Any]:
        """The actors of the test videos by video_id; InputError where the data set has no boxes."""
        if self.job.data is None:
            raise InputError("rows about localisation need the folder of the data set")
        return datasets.boxes_of(self.job.split.dataset, self.job.data, self.job.split.test)

    def keep_model(self, paper: int, name: str) -> None:
        """Put the VGG networks into the run folder and write `model.json`, so that it predicts alone."""
        job = self.job
        for stream, trained in self.stream_weights.items():
            link_or_copy(trained, keeping.stream_file(job.folder.path, stream))
        recipe = self.models[name]
        write_json(
            job.folder.path / keeping.MODEL,
            {
                "paper": paper,
                "dataset": job.split.dataset,
                "split": job.split.name,
                "seed": job.seed,
                "classes": list(job.split.classes),
                "recipe": asdict(recipe),
                "model": self.trained_name(recipe),
            },
        )
