"""Paper 5 as a run: which networks and maps its rows need, made in order, each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras

from repro.atomic import link_or_copy, write_json
from repro.experiment.job import Job, Stage
from repro.features.flow_store import FlowStore
from repro.features.store import FeatureStore
from repro.paper5 import keeping, networks, scoring, stages
from repro.paper5.experiments import PROPOSED
from repro.paper5.recipe import Recipe, for_row, model_name, seen_by_training, streams_of
from repro.paper5.scoring import Looked
from repro.paper5.stages import Streams
from repro.paths import shown
from repro.types import Row, VideoRef


class Pipeline:
    """The stages of paper 5 for some rows.

    `models`: the models that the rows need, name -> recipe. Models that differ only in how clips and videos
    are decided are trained once.
    """

    def __init__(self, job: Job, rows: Sequence[Row]) -> None:
        self.job = job
        self.rows = tuple(rows)
        self.models: dict[str, Recipe] = {}
        for row in rows:
            for overrides in (row.overrides, row.metric_options.get("over_model")):
                if overrides is not None:
                    self.models[self.name(overrides)] = for_row(job.recipe, overrides)
        self.flow: FlowStore | None = None
        self.vgg: dict[str, Path] = {}  # weights by stream
        self.stores: dict[str, FeatureStore] = {}
        self._viewing: dict[str, keras.Model] = {}
        self.trained: dict[str, Path] = {}  # by `trained_name`

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
            Stage("fine-tune", "VGG-16 on single frames", self._fine_tune),
            Stage("features", "pool4 and conv5_3 of every frame", self._extract),
            Stage("sequence", f"{len(self._trainings())} joint models on clips", self._train),
            Stage("score", "clips of every test video", self._score),
        )

    def _needed(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(stream for r in self.models.values() for stream in streams_of(r)))

    def _flow(self) -> str:
        if "flow" not in self._needed():
            return "no row uses flow"
        self.flow = stages.flow_of(self.job, self.job.recipe)
        return f"flow in {shown(self.flow.folder)}"

    def _fine_tune(self) -> str:
        for stream in self._needed():
            self.vgg[stream] = stages.fine_tune(self.job, self.job.recipe, stream, self._fields(stream))
        return "weights in " + ", ".join(shown(path.parent) for path in self.vgg.values())

    def _fields(self, stream: str) -> FlowStore | None:
        return self.flow if stream == "flow" else None

    def _extract(self) -> str:
        stores = self.stores
        for reduce in dict.fromkeys(recipe.reduce for recipe in self.models.values()):
            recipe = for_row(self.job.recipe, {"reduce": reduce})
            for stream, trained in self.vgg.items():
                stores[self._store(stream, reduce)] = stages.extract_maps(
                    self.job, recipe, stream, trained, self._fields(stream)
                )
        return "maps in " + ", ".join(dict.fromkeys(shown(store.folder) for store in stores.values()))

    @staticmethod
    def _store(stream: str, reduce: str) -> str:
        """Convolutional reductions read VGG's maps as they are: one store for both."""
        return f"{stream} pooled" if reduce == "pool_conv1x1" else stream

    def _streams(self, recipe: Recipe) -> Streams:
        """What a model reads."""
        return Streams({s: self.stores[self._store(s, recipe.reduce)] for s in streams_of(recipe)})

    def _trainings(self) -> dict[str, Recipe]:
        return {self.trained_name(recipe): recipe for recipe in self.models.values()}

    def _train(self) -> str:
        for name, recipe in self._trainings().items():
            self.trained[name] = stages.train_sequence(
                self.job, self._streams(recipe), recipe, name, shown=name == self.name(PROPOSED)
            )
        return f"models in {shown(self.job.folder.path / 'sequence')}"

    def _score(self) -> str:
        for row in self.rows:
            self.score_file(row)
        return f"score files in {shown(self.job.folder.path / 'scores')}"

    def score_file(self, row: Row, overrides: Mapping[str, Any] | None = None) -> Path:
        """What the row's model (or that of other overrides) said of test videos."""
        name = self.name(row.overrides if overrides is None else overrides)
        recipe = self.models[name]
        trained = self.trained[self.trained_name(recipe)]
        return scoring.score(self.job, self._streams(recipe), recipe, name, trained)

    def scores_at_epoch(self, name: str, epoch: int) -> Path:
        """What a model said of the test videos as it was after an epoch of its training (Fig. 7)."""
        recipe = self.models[name]
        weights = self.trained[self.trained_name(recipe)].parent / f"epoch-{epoch}.npz"
        return scoring.score(self.job, self._streams(recipe), recipe, f"{name}-epoch-{epoch}", weights)

    def look(self, name: str, ref: VideoRef) -> Looked:
        """The first clip of a video as a model sees it."""
        recipe = self.models[name]
        streams = self._streams(recipe)
        if name not in self._viewing:
            trained = self.trained[self.trained_name(recipe)]
            self._viewing[name] = scoring.viewing(self.job, streams, recipe, trained)
        return scoring.look(self._viewing[name], streams, recipe, ref)

    def grid_px(self, name: str) -> tuple[float, float]:
        """(distance, first centre) of the places of a model's grid in the square frame, in pixels."""
        return networks.grid_px(self.models[name])

    def keep_model(self, paper: int, name: str) -> None:
        """Put the VGG networks into the run folder and write `model.json`, so that it predicts alone."""
        job, recipe = self.job, self.models[name]
        for stream in streams_of(recipe):
            link_or_copy(self.vgg[stream], keeping.vgg_file(job.folder.path, stream))
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
                "scales": stages.feature_scales(job, self._streams(recipe), recipe),
            },
        )
