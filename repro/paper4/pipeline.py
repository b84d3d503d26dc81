"""Paper 4 as a run: a network on frames and one on flow, recurrent models on their maps, segments, tubes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import keras

from repro.backbones import weights
from repro.experiment import regression, training, trunk
from repro.experiment.experiment import Stage
from repro.experiment.exported import Export, ExportedRun
from repro.experiment.features import Storing, flow_to_be
from repro.experiment.measure import Measured
from repro.experiment.measure_tubes import METRICS as TUBE_METRICS
from repro.experiment.measure_tubes import measure_tubes
from repro.experiment.rows import REGRESSION
from repro.experiment.start import of_start, start_from
from repro.experiment.streams import StreamPipeline, Streams
from repro.features.store import FeatureStore
from repro.input_pipeline import SnippetBatches
from repro.paper4 import features, fusion, localise, model, networks, recipe, scoring
from repro.paper4.networks import CONVNET, feeds, streams_of
from repro.paper4.recipe import Recipe
from repro.paper4.rows import FLOW_PART
from repro.paper4.rows import model as named
from repro.paths import short_path
from repro.types import Row, TubeComparison, VideoRef

FROZEN = ("fc7",)  # of a network as it was pre-trained
PARTS = (FLOW_PART | {"architecture": "conv_lstm"}, named("rgb", "conv_alstm"))  # A27: bottom, top


class Pipeline(StreamPipeline[Recipe]):
    """The stages of paper 4. Models that differ only in how they are tested are trained once."""

    number = 4
    recipes = recipe

    def __init__(self, experiment: Any, rows: Sequence[Row]) -> None:
        self.stores: dict[str, FeatureStore] = {}
        self.frozen: dict[str, FeatureStore] = {}  # what the regressions read
        super().__init__(experiment, rows)

    def add(self, overrides: Mapping[str, Any]) -> None:
        """A model, after those that it starts from."""
        if self.recipe_of(overrides).start_from == "parts":
            for part in PARTS:
                self.add(part)
        super().add(overrides)

    def streams_of(self, chosen: Recipe) -> tuple[str, ...]:
        return streams_of(chosen)

    @property
    def stages(self) -> tuple[Stage, ...]:
        return (
            Stage("flow", "optical flow between neighbouring frames", self.compute_flow),
            Stage(
                "fine-tune", f"{self.experiment.recipe.backbone} on frames and on flow", self.fine_tune_all
            ),
            Stage("features", "pool5, fc7 and softmax of every frame", self._extract),
            Stage("sequence", f"{len(self._trainings())} recurrent models on snippets", self._train),
            Stage("score", "segments of every test video", self.score),
            Stage("localise", "one tube per test video from the attention maps", self._localise),
        )

    def fine_tune(self, name: str) -> Path:
        """Train all that is trained of a stream's network on single frames or fields (A25)."""
        return features.fine_tuned(self.experiment, name, self.flow_of(name))

    def storings(self) -> Iterator[Storing]:
        experiment = self.experiment
        for stream in self.needed():
            flow = flow_to_be(experiment, experiment.recipe) if stream == "flow" else None
            if (maps := features.below(experiment, flow)) is not None:
                yield maps
            if stream in self.network_names():
                trained = features.fine_tuned_file(experiment, stream, flow)
                yield features.storing(experiment, stream, flow, trained)
            if stream in self._regressed():
                before = features.pretrained_file(experiment, stream, flow)
                yield features.storing(experiment, stream, flow, before, FROZEN)

    def network_names(self) -> tuple[str, ...]:
        """A network for each stream that a model reads; a regression takes it as it was pre-trained."""
        read = {stream for chosen in self.models.values() for stream in streams_of(chosen)}
        return tuple(stream for stream in self.needed() if stream in read)

    def _regressed(self) -> set[str]:
        """The streams that a regression reads."""
        return {stream for row in self.regressions for stream in streams_of(self.recipe_of(row.overrides))}

    def _extract(self) -> str:
        """pool5, fc7 and softmax of every frame (or field) that has a field."""
        for stream, trained in self.networks.items():
            self.stores[stream] = features.stored(self.experiment, stream, self.flow_of(stream), trained)
        for stream in self._regressed():
            self.frozen[stream] = self._as_pretrained(stream)
        return "features in " + ", ".join(short_path(store.folder) for store in self.stores.values())

    def _as_pretrained(self, stream: str) -> FeatureStore:
        flow = self.flow_of(stream)
        before = features.pretrained(self.experiment, stream, flow)
        return features.stored(self.experiment, stream, flow, before, FROZEN)

    def features(self, chosen: Recipe) -> Streams:
        """What a model reads."""
        return Streams({stream: self.stores[stream] for stream in streams_of(chosen)}, feeds(chosen))

    def _trainings(self) -> dict[str, Recipe]:
        recurrent = [chosen for chosen in self.models.values() if chosen.architecture != CONVNET]
        return {self.trained_name(chosen): chosen for chosen in recurrent}

    def _train(self) -> str:
        """Each model on one random snippet of each video an epoch (5.2)."""
        for name, chosen in self._trainings().items():
            self.trained[name] = training.train(self.experiment, self._training(name, chosen))
        return f"models in {short_path(self.experiment.folder.path / 'sequence')}"

    def _training(self, name: str, chosen: Recipe) -> training.Call:
        streams = self.features(chosen)
        train, validation = self.experiment.held_out(chosen.validation_fraction)
        return training.call(
            self.experiment,
            name,
            partial(self._started, chosen),
            self._snippets(streams, chosen, train, shuffle=True),
            {
                "recipe": recipe.sequence_settings(chosen),
                "features": streams.digest,
                **of_start(self._before(chosen)),
            },
            validation=self._snippets(streams, chosen, validation, shuffle=False),
            epochs=chosen.lstm_epochs,
        )

    def _snippets(
        self, streams: Streams, chosen: Recipe, refs: tuple[VideoRef, ...], *, shuffle: bool
    ) -> SnippetBatches:
        """Random snippets where `shuffle`, else the middle one of each video."""
        return SnippetBatches(
            refs,
            streams.read,
            streams.frames,
            steps=chosen.steps,
            batch=chosen.lstm_batch,
            seed=self.experiment.seed,
            shuffle=shuffle,
        )

    def _started(self, chosen: Recipe) -> keras.Model:
        """A new model, filled from trained ones where the recipe says so (A27, 5.2)."""
        network = networks.sequence_network(chosen, self.experiment.classes)
        if chosen.start_from == "parts":
            bottom, top = (self.trained[self.trained_name(self.recipe_of(part))] for part in PARTS)
            model.init_from_parts(network, rgb=weights.read(top), flow=weights.read(bottom))
        elif before := self._before(chosen):
            start_from(network, before, last="scores")
        return network

    def _before(self, chosen: Recipe) -> Path | None:
        """The weights of another run that a model starts from (5.2)."""
        if not networks.starts_from_run(chosen):
            return None
        run = ExportedRun.read(Path(chosen.start_from), self.number)
        return run.sequence_file(self.trained_name(chosen))

    def scored_rows(self) -> Iterator[Row]:
        return (row for row in self.rows if row.metric not in TUBE_METRICS)

    def model_scores(self, row: Row, overrides: Mapping[str, Any], subset: str = "test") -> Path:
        name = self.name(overrides)
        chosen = self.models[name]
        trained = self.trained.get(self.trained_name(chosen))
        return scoring.score(self.experiment, self.features(chosen), chosen, name, trained, subset=subset)

    def regression_scores(self, row: Row) -> Path:
        """On fc7 of the streams that the row's model reads, as these networks were pre-trained."""
        chosen = self.recipe_of(row.overrides)
        stores = {stream: self.frozen[stream] for stream in streams_of(chosen)}
        read = Streams(stores, {stream: (stream, *FROZEN) for stream in stores})
        name, fraction = f"{REGRESSION}-{'+'.join(stores)}", chosen.validation_fraction
        return regression.score(self.experiment, read.whole, read.digest, name, fraction=fraction)

    def combined(self, row: Row, own: Path) -> Path:
        """Fused with the row's other models and with other methods' scores (Tables 3, 4)."""
        if not {"product_with", "outside"} & set(row.metric_options):
            return own
        return fusion.fused(self.experiment, row, own, partial(self.model_scores, row))

    def score_file(self, row: Row, overrides: Mapping[str, Any] | None = None) -> Path:
        """As everywhere; a row of other methods alone (Table 4) has no model."""
        if row.is_outside and overrides is None:
            return fusion.fused(self.experiment, row, None, partial(self.model_scores, row))
        return super().score_file(row, overrides)

    def _localise(self) -> str:
        chosen = [row for row in self.rows if row.metric in TUBE_METRICS]
        if not chosen:
            return "no row localises"
        for row in chosen:
            self.tube_file(row)
        return f"tubes in {short_path(self.experiment.folder.path / 'tubes')}"

    def tube_file(self, row: Row) -> Path:
        """The tubes that the row's model, or what it is compared with, draws into the test videos."""
        name = self.name(row.overrides)
        chosen = self.models[name]
        trained = self.trained[self.trained_name(chosen)]
        maps = row.metric_options.get("maps", localise.TRAINED)
        return localise.localise(self.experiment, self.features(chosen), chosen, name, trained, maps)

    def tubes(self, row: Row) -> TubeComparison:
        """The row's tubes beside the true ones, of the test videos that have boxes."""
        return localise.compared(self.tube_file(row), self.actors, smoothed=row.metric_options["smoothed"])

    def measure(self, row: Row) -> tuple[Measured, int]:
        if row.metric not in TUBE_METRICS:
            return super().measure(row)
        compared, chosen = self.tubes(row), self.recipe_of(row.overrides)
        return measure_tubes(row, compared, chosen.tube_overlap), len(compared.tubes)

    def export_of(self, name: str) -> Export:
        chosen = self.models[name]
        base = self.experiment.recipe
        kind = "lite" if base.lite else "vgg"
        kept = {stream: (f"{stream}_{kind}.npz", path) for stream, path in self.networks.items()}
        if base.lite:
            kept["trunk"] = ("trunk.npz", trunk.trained_trunk(self.experiment, base))
        if chosen.architecture == CONVNET:
            return Export(name, self.experiment.folder.path / kept[chosen.stream][0], kept)
        trained = self.trained_name(chosen)
        return Export(trained, self.trained[trained], kept)
