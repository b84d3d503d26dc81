"""Paper 3 as a run: C3D on chunks and VGG-19 on frames, decoders on their features, windows, attention."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

import keras

from repro import datasets, score_file
from repro.evaluation import combination
from repro.experiment import regression, training
from repro.experiment.experiment import Experiment, Stage
from repro.experiment.exported import Export, ExportedRun
from repro.experiment.features import Storing
from repro.experiment.measure import Measured
from repro.experiment.measure_highlights import METRIC, measure_highlights
from repro.experiment.pipeline import Pipeline as Base
from repro.experiment.rows import REGRESSION
from repro.experiment.start import of_start
from repro.input_pipeline import WindowBatches
from repro.paper3 import frames, networks, recipe, scoring
from repro.paper3.features import Features, read_by, scale_of, standardises, write_scale
from repro.paper3.recipe import Recipe
from repro.paper3.schedule import schedule
from repro.paper3.starts import origin, started_decoder
from repro.paths import short_path
from repro.training.seeding import seed_of
from repro.types import Highlights, InputError, Row, VideoRef

OWN_CNN = "c3d-hollywood2"  # C3D fine-tuned for several classes, for its own row alone
NETWORK = {OWN_CNN: "c3d"}  # what a network of another name is
REPEATED = ("jhmdb21",)  # short clips, all of which the splits count: repeated until they fill a window
WITHIN = "activitynet"  # `start_from`: decoders of the same run
Prepare = Callable[[Experiment, Recipe, str], tuple[Path, int]]


class Pipeline(Base[Recipe]):
    """The stages of paper 3. networks: each one's weights, and the number of its classes."""

    number = 3
    recipes = recipe

    def __init__(self, experiment: Experiment, rows: Sequence[Row]) -> None:
        self.hollywood2 = experiment.split.dataset == "hollywood2"
        if self.hollywood2:
            experiment = replace(experiment, recipe=replace(experiment.recipe, task="hollywood2"))
            if experiment.recipe.start_from == WITHIN:
                raise InputError(
                    "on Hollywood2 the decoders start from those of ActivityNet: name a finished run with "
                    "--start-from runs/paper3/RUN, or start from drawn weights with --start-from scratch"
                )
        elif experiment.split.dataset not in REPEATED:
            experiment = _long_enough(experiment, experiment.recipe.window_frames)
        self.networks: dict[str, Path] = {}
        self.features = Features({}, {})
        super().__init__(experiment, rows)

    def add(self, overrides: Mapping[str, Any]) -> None:
        """A model, after the one that it starts from."""
        chosen = self.recipe_of(overrides)
        recipe.check_backbone(chosen)
        if self._starts_within(chosen):
            before = origin(chosen)
            self.models[recipe.model_name(before)] = before
        self.models[recipe.model_name(chosen)] = chosen

    def _starts_within(self, chosen: Recipe) -> bool:
        """Whether the model starts from one that this run trains too."""
        own = chosen.task == "hollywood2" and chosen.architecture != "cnn"
        return own and chosen.start_from == WITHIN

    @property
    def stages(self) -> tuple[Stage, ...]:
        lite = self.experiment.recipe.lite
        network = self.experiment.recipe.network
        tuned = f"{network}, as pre-trained" if lite else "C3D on chunks, VGG-19 on frames"
        decoders = sum(chosen.architecture != "cnn" for chosen in self.models.values())
        return (
            Stage("fine-tune", tuned, self._prepare),
            Stage("features", "fc6 and fc8 of chunks and frames, as filmed and mirrored", self._extract),
            Stage("sequence", f"{decoders} LSTMs on windows", self._train),
            Stage("score", "windows of every test video", self.score),
        )

    def _wanted(self) -> tuple[str, ...]:
        """The networks that the models read; C3D for its own row on Hollywood2's recipe is another one."""
        wanted: list[str] = []
        for chosen in self.readers():
            own = chosen.architecture == "cnn" and chosen.task == "hollywood2"
            wanted += [OWN_CNN] if own else read_by(chosen)
        return tuple(dict.fromkeys(wanted))

    def _prepare(self) -> str:
        outputs = {}
        for name in self._wanted():
            self.networks[name], outputs[name] = self._prepared(name, frames.prepared)
        self.features = Features({}, outputs)
        return "weights in " + ", ".join(short_path(path.parent) for path in self.networks.values())

    def _prepared(self, name: str, by: Prepare) -> tuple[Path, int]:
        """The weights of a network and how many classes it has."""
        if name == OWN_CNN:
            own = replace(self.experiment.recipe, task="hollywood2")
            return by(self.experiment, own, NETWORK[name])
        if run := self._start():
            return run.network_file(name), run.fact("outputs")[name]
        return by(self.experiment, self.experiment.recipe, name)

    def storings(self) -> Iterator[Storing]:
        for name in self._wanted():
            prepared = self._prepared(name, frames.to_be_prepared)
            yield frames.storing(self.experiment, NETWORK.get(name, name), *prepared)

    def _start(self) -> ExportedRun | None:
        """The run on ActivityNet that a run on Hollywood2 starts from."""
        if not self.hollywood2 or self.experiment.recipe.start_from == "scratch":
            return None
        return ExportedRun.read(Path(self.experiment.recipe.start_from), self.number)

    def _extract(self) -> str:
        outputs = self.features.outputs
        stores = {
            name: frames.stored(self.experiment, NETWORK.get(name, name), trained, outputs[name])
            for name, trained in self.networks.items()
        }
        self.features = self.features._replace(stores=stores)
        scaled = dict.fromkeys(each.attended for each in self.models.values() if standardises(each))
        self.features = self.features._replace(scales={name: self._scale(name) for name in scaled})
        return "features in " + ", ".join(short_path(store.folder) for store in stores.values())

    def _scale(self, name: str) -> Path:
        """The scale of a network's fc8 over the training videos, or that of the run decoders start from."""
        if run := self._start():
            return run.network_file(scale_of(name))
        store, refs = self.features.stores[name], self.experiment.split.train
        settings = {**self.experiment.trained_on(), "features": store.key_digest}
        path = self.experiment.folder.path / f"{scale_of(name)}.npz"
        return self.experiment.artifact(scale_of(name), settings, path, partial(write_scale, store, refs))

    def _train(self) -> str:
        """Each decoder on one random window of each video an epoch."""
        for name, chosen in self.models.items():
            if chosen.architecture != "cnn":
                self.trained[name] = training.train(self.experiment, self._training(name, chosen))
        return f"models in {short_path(self.experiment.folder.path / 'sequence')}"

    def _training(self, name: str, chosen: Recipe) -> training.Call:
        train, validation = self.experiment.held_out(chosen.validation_fraction)
        plan = schedule(chosen)
        if plan.patience is None:  # nothing is held out where nothing is selected
            train = self.experiment.split.train
        batches = self._windows(chosen, train, shuffle=True)
        return training.call(
            self.experiment,
            name,
            partial(self._new_decoder, name, chosen),
            batches,
            {
                "recipe": recipe.decoder_settings(chosen),
                "features": self.features.digest(chosen),
                **of_start(self._before(chosen)),
            },
            validation=self._windows(chosen, validation, shuffle=False),
            epochs=max(1, ceil(plan.updates / batches.steps_per_epoch)),
            select_best=plan.patience is not None,
            patience=plan.patience,
            patience_from=ceil(plan.patience_from / batches.steps_per_epoch),
        )

    def _windows(self, chosen: Recipe, refs: tuple[VideoRef, ...], *, shuffle: bool) -> WindowBatches:
        plan = schedule(chosen)
        return WindowBatches(
            refs,
            self.features.sources(chosen),
            self.experiment.lengths_frames,
            networks.windows(chosen),
            batch=plan.batch,
            seed=self.experiment.seed,
            shuffle=shuffle,
            flip_probability=plan.flip_probability if shuffle else 0.0,
            multi_label=recipe.several(chosen, self.experiment.classes),
        )

    def _new_decoder(self, name: str, chosen: Recipe) -> keras.Model:
        """A new decoder; on Hollywood2's recipe filled from a trained one (supplement)."""
        sizes = chosen, self.experiment.classes, self.features.attended(chosen)
        if chosen.task == "activitynet" or chosen.start_from == "scratch":
            return networks.training_decoder(*sizes)
        trained = self._before(chosen) or self.trained[recipe.model_name(origin(chosen))]
        return started_decoder(*sizes, trained, seed_of(self.experiment.seed, name))

    def _before(self, chosen: Recipe) -> Path | None:
        """The weights of another run that a decoder starts from (supplement)."""
        if chosen.task == "activitynet" or chosen.start_from in ("scratch", WITHIN):
            return None
        run = ExportedRun.read(Path(chosen.start_from), self.number)
        return run.sequence_file(recipe.model_name(origin(chosen)))

    def score(self) -> str:
        where = super().score()
        if not self.experiment.recipe.lite:
            print(*scoring.evaluations(self.experiment), sep="\n")
        return where

    def model_scores(self, row: Row, overrides: Mapping[str, Any]) -> Path:
        name = self.name(overrides)
        chosen, features = self.models[name], self.features
        if chosen.architecture == "cnn" and chosen.task == "hollywood2":
            features = Features({"c3d": features.stores[OWN_CNN]}, {"c3d": features.outputs[OWN_CNN]})
        return scoring.score(self.experiment, features, chosen, name, self.trained.get(name))

    def regression_scores(self, row: Row) -> Path:
        """On what the row's LSTM reads."""
        chosen = self.recipe_of(row.overrides)
        read, digest = self.features.of_video(chosen), self.features.digest(chosen)
        fraction = chosen.validation_fraction
        return regression.score(self.experiment, read, digest, REGRESSION, fraction=fraction)

    def combined(self, row: Row, own: Path) -> Path:
        """The mean with the row's other models (Tables 2, 5)."""
        others = row.metric_options.get("combined", ())
        if not others:
            return own
        path = self.experiment.folder.path / "scores" / f"{row.id.replace('/', '-')}.npz"
        files = (own, *(self.model_scores(row, other) for other in others))
        score_file.write(path, combination.mean([score_file.read(file) for file in files]))
        return path

    def measure(self, row: Row) -> tuple[Measured, int]:
        if row.metric != METRIC:
            return super().measure(row)
        highlights = self.highlights(row)
        return measure_highlights(highlights), len(highlights.attention)

    def attention(self, overrides: Mapping[str, Any]) -> Path:
        """The attention file of a scored model."""
        return scoring.attention_file(self.experiment, self.name(overrides))

    def highlights(self, row: Row) -> Highlights:
        """The attention of the row's model beside the intervals of the action, in the test videos."""
        if self.experiment.data is None:
            raise InputError("rows about highlighting need the folder of the data set")
        refs = self.experiment.split.test
        return Highlights(
            scoring.read_attention(self.attention(row.overrides)),
            datasets.intervals_of(self.experiment.split.dataset, self.experiment.data, refs),
            {ref.video_id: self.experiment.lengths_frames[ref.video_id] for ref in refs},
        )

    def export_of(self, name: str) -> Export:
        kept = {n: (f"{n}.npz", path) for n, path in self.networks.items() if n != OWN_CNN}
        scales = {scale_of(n): (f"{scale_of(n)}.npz", p) for n, p in self.features.scales.items()}
        trained = self.trained.get(name, self.experiment.folder.path / "c3d.npz")  # of C3D's own row, C3D
        return Export(name, trained, kept | scales, {"outputs": {n: self.features.outputs[n] for n in kept}})


def _long_enough(experiment: Experiment, frames: int) -> Experiment:
    """The experiment without videos shorter than a window, left out of ActivityNet in the paper (4.1)."""
    train, test = (
        tuple(ref for ref in part if experiment.lengths_frames[ref.video_id] >= frames)
        for part in (experiment.split.train, experiment.split.test)
    )
    return replace(experiment, split=replace(experiment.split, train=train, test=test))
