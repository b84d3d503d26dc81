"""Papers 1 and 2 as a run: two sub-models on frames, a network on flow, LSTMs on their features.

fine-tune   context and action sub-models on single frames   -> cache/networks/NAME/best.npz
flow        the flow network on stacks of optical flow       -> cache/networks/NAME/best.npz
features    fc7 of these networks for every frame            -> cache/features
            and of the network as it was pre-trained, for the rows of logistic regression
sequence    an LSTM on stored features                       -> RUN/sequence/NAME/best.npz
score       its probabilities for every test frame           -> RUN/scores/NAME.npz, NAME-stage1.npz
            and where the maps of its gate lie               -> RUN/places/NAME.npz
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from repro.anticipation import base, certainty, features, networks, places, recipe, regression, scoring
from repro.anticipation.features import Features
from repro.anticipation.recipe import Recipe
from repro.anticipation.rows import INSIDE
from repro.experiment import training, trunk
from repro.experiment.experiment import Experiment, Stage
from repro.experiment.exported import Export
from repro.experiment.features import Storing, flow_of, flow_to_be
from repro.experiment.measure import Measured
from repro.experiment.pipeline import Pipeline as Base
from repro.experiment.recipe import named
from repro.experiment.rows import REGRESSION
from repro.features.flow_store import FlowStore
from repro.features.store import FeatureStore
from repro.paths import short_path
from repro.types import Row


class Pipeline(Base[Recipe]):
    """The stages that both papers share. Rows that agree on the frame network share it and its features.

    frame_weights, features: by model. frozen: what the rows of logistic regression read, by row.
    """

    recipes = recipe

    def __init__(self, experiment: Experiment, rows: Sequence[Row]) -> None:
        self.frame_weights: dict[str, Path] = {}
        self.features: dict[str, Features] = {}
        self.frozen: dict[str, Features] = {}
        self.flow: FlowStore | None = None
        self.flow_weights: Path | None = None
        super().__init__(experiment, rows)

    @property
    def stages(self) -> tuple[Stage, ...]:
        return (
            Stage("fine-tune", "context and action sub-models on single frames", self._fine_tune),
            Stage("flow", "optical flow and its network, for the rows that use them", self._flow),
            Stage("features", "features of every frame by the trained networks", self._extract),
            Stage("sequence", f"{len(self.models)} LSTMs on stored features", self._train),
            Stage("score", "probabilities of every test frame", self.score),
        )

    @cached_property
    def maps(self) -> FeatureStore | None:
        """The stored maps of a smaller backbone, the same for all models; made where a video is missing."""
        chosen = self.experiment.recipe
        return (
            trunk.stored_maps(self.experiment, chosen, base.conv5_2(chosen.backbone)) if chosen.lite else None
        )

    def storings(self) -> Iterator[Storing]:
        experiment = self.experiment
        if experiment.recipe.lite:
            yield trunk.storing(experiment, experiment.recipe, base.conv5_2(experiment.recipe.backbone))
        for chosen in self._by_features().values():
            limit = self._limit(chosen)
            trained = training.fine_tuned_file(experiment, *_decides(chosen))
            yield from features.frame_storings(experiment, chosen, trained, limit)
            if "flow" in chosen.features:
                flow = flow_to_be(experiment, chosen)
                trained = training.fine_tuned_file(experiment, "flow", _flow_network(chosen, flow))
                yield features.flow_storing(experiment, chosen, flow, trained, limit)

        for row in self.regressions:
            chosen = self.recipe_of(row.overrides)
            file = training.untrained_file(experiment, "frozen", {"recipe": recipe.frozen_settings(chosen)})
            yield features.frozen_storing(experiment, chosen, file, self._limit(chosen))

    def _by_features(self) -> dict[str, Recipe]:
        """A model for each kind of features that the models read, by what decides them."""
        return {self._decided(chosen): chosen for chosen in self.models.values()}

    def _decided(self, chosen: Recipe) -> str:
        with_flow = "flow" in chosen.features
        return json.dumps([recipe.frame_settings(chosen), self._limit(chosen), with_flow])

    def _limit(self, chosen: Recipe) -> int | None:
        """How many frames have features; None: all."""
        return self.experiment.recipe.steps if chosen.frames == "first" else None

    def _fine_tune(self) -> str:
        done: dict[str, Path] = {}
        for name, chosen in self.models.items():
            key = json.dumps(recipe.frame_settings(chosen))
            done[key] = self.frame_weights[name] = done.get(key) or self._frame_network(chosen)
        return "weights in " + ", ".join(sorted({short_path(path.parent) for path in done.values()}))

    def _frame_network(self, chosen: Recipe) -> Path:
        """Train both sub-models on single frames: one model with two outputs and the summed loss.

        They share only frozen layers, so no update of one moves the other, and the trunk is computed once.
        Unlike two trainings, which would each keep their own best epoch, this keeps one for both, by the sum
        of the held-out losses. With `cam_from` "context" both train conv5-3 too. Own fc layers are trained
        behind the network that comes of it.
        """
        classes, shared = self.experiment.classes, replace(chosen, own_fc=False)
        build = partial(networks.frame_training_model, shared, classes, self.experiment.weights)
        trained = self._fine_tuned(shared, build, "context and action sub-models")
        if not chosen.own_fc:
            return trained
        build = partial(networks.own_fc_training_model, chosen, classes, trained)
        return self._fine_tuned(chosen, build, "own fc layers")

    def _fine_tuned(self, chosen: Recipe, build: training.Build, what: str) -> Path:
        kind, settings = _decides(chosen)
        return training.fine_tune(
            self.experiment,
            kind,
            build,
            partial(features.frames, self.experiment, chosen, self.maps),
            settings,
            validation_fraction=chosen.validation_fraction,
            epochs=chosen.cnn_epochs,
            describe=f"fine-tuning {what}",
        )

    def _flow(self) -> str:
        """Flow for stage 2 (paper 1, Table 7)."""
        with_flow = [chosen for chosen in self.models.values() if "flow" in chosen.features]
        if not with_flow:
            return "no row uses flow"
        experiment, chosen = self.experiment, with_flow[0]
        self.flow = flow_of(experiment, chosen)
        self.flow_weights = training.fine_tune(
            experiment,
            "flow",
            partial(networks.flow_training_model, chosen, experiment.classes, experiment.weights),
            partial(features.stacks, experiment, chosen, self.flow),
            _flow_network(chosen, self.flow),
            validation_fraction=chosen.validation_fraction,
            epochs=chosen.flow_epochs,
            describe="fine-tuning the flow network",
        )
        return f"weights in {short_path(self.flow_weights.parent)}"

    def _extract(self) -> str:
        done: dict[str, Features] = {}
        for name, chosen in self.models.items():
            key, limit = self._decided(chosen), self._limit(chosen)
            if key not in done:
                trained = self.frame_weights[name]
                stores = [features.frame_features(self.experiment, chosen, self.maps, trained, limit)]
                if "flow" in chosen.features and self.flow and self.flow_weights:
                    flow = self.flow, self.flow_weights
                    stores.append(features.flow_features(self.experiment, chosen, *flow, limit))
                done[key] = Features(tuple(stores))
            self.features[name] = done[key]
        for row in self.regressions:
            self.frozen[row.id] = Features((self._frozen_features(self.recipe_of(row.overrides)),))
        used = (*done.values(), *self.frozen.values())
        folders = {short_path(store.folder) for each in used for store in each.stores}
        return "features in " + ", ".join(sorted(folders))

    def _frozen_features(self, chosen: Recipe) -> FeatureStore:
        experiment = self.experiment
        build = partial(networks.frozen_features, chosen, experiment.weights)
        trained = training.untrained(experiment, "frozen", build, {"recipe": recipe.frozen_settings(chosen)})
        return features.frozen_features(experiment, chosen, self.maps, trained, self._limit(chosen))

    def _train(self) -> str:
        """Each LSTM on stored features; the frame network is not touched."""
        experiment, chosen = self.experiment, self.experiment.recipe
        clips = len(experiment.held_out(chosen.validation_fraction)[0])
        held = (stored.bytes_of(experiment.split.train) for stored in self.features.values())
        self.trained |= training.train_all(
            experiment,
            {name: partial(self._training, name, each) for name, each in self.models.items()},
            side_by_side=recipe.side_by_side(chosen, len(self.models), clips),
            held_bytes=max(held, default=0),
        )
        return f"models in {short_path(experiment.folder.path / 'sequence')}"

    def _training(self, name: str, chosen: Recipe) -> training.Call:
        experiment, stored = self.experiment, self.features[name]
        train, validation = experiment.held_out(chosen.validation_fraction)
        return training.call(
            experiment,
            name,
            partial(networks.sequence_model, chosen, experiment.classes),
            scoring.batches(experiment, stored, chosen, train, shuffle=True),
            {"recipe": recipe.sequence_settings(chosen), "features": stored.digest},
            validation=scoring.batches(experiment, stored, chosen, validation),
            epochs=chosen.lstm_epochs,
        )

    def regression_scores(self, row: Row) -> Path:
        """After every observed frame, of the part of each video that the row is about."""
        chosen, span = self.recipe_of(row.overrides), row.metric_options.get("seen", "100%")
        name = named(REGRESSION, row.overrides, recipe.full_size(chosen))
        return regression.score(self.experiment, self.frozen[row.id], chosen, name, span=span)

    def score(self) -> str:
        """As everywhere; rows about the maps of the gate have a file of their own."""
        for row in self.rows:
            if row.metric == INSIDE:
                self.place_file(row)
        return super().score()

    def scored_rows(self) -> Iterator[Row]:
        return (row for row in self.rows if row.metric != INSIDE)

    def place_file(self, row: Row) -> Path:
        """Where the maps of the row's model lie in the test videos."""
        name = self.name(row.overrides)
        return places.shares_inside(
            self.experiment, self.models[name], name, self.frame_weights[name], self.actors
        )

    def measure(self, row: Row) -> tuple[Measured, int]:
        if row.metric != INSIDE:
            return super().measure(row)
        return places.measure_inside(row, self.place_file(row))

    def model_scores(self, row: Row, overrides: Mapping[str, Any]) -> Path:
        """Of the part of the data set, the part of each video and the stage that the row is about."""
        name, options = self.name(overrides), row.metric_options
        path = scoring.score(
            self.experiment,
            self.features[name],
            self.models[name],
            name,
            self.trained[name],
            subset=options.get("part", "test"),
            span=options.get("seen", "100%"),
        )
        return scoring.of_stage1(path) if options.get("stage") == 1 else path

    def export_of(self, name: str) -> Export:
        parts = {"frame": ("frame_network.npz", self.frame_weights[name])}
        if self.models[name].lite:
            parts["trunk"] = ("trunk.npz", trunk.trained_trunk(self.experiment, self.models[name]))
        facts = certainty.of_held_out(
            self.experiment, self.features[name], self.models[name], name, self.trained[name]
        )
        return Export(name, self.trained[name], parts, facts)


def _decides(chosen: Recipe) -> tuple[str, dict[str, Any]]:
    """The kind of a model's frame network, and what decides it."""
    return "own-fc" if chosen.own_fc else "frame", {"recipe": recipe.training_settings(chosen)}


def _flow_network(chosen: Recipe, flow: FlowStore) -> dict[str, Any]:
    """What decides the flow network besides the videos."""
    return {"recipe": recipe.flow_settings(chosen), "flow": flow.key_digest}
