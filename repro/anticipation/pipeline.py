"""Papers 1 and 2 as a run: which networks and features its rows need, made in order, each once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from repro.anticipation import flow_stages, networks, sequence, stages
from repro.anticipation.recipe import Recipe, for_row, frame_settings, model_name
from repro.anticipation.stages import Features
from repro.atomic import link_or_copy, write_json
from repro.backbones import weights
from repro.experiment.job import Job, Stage
from repro.inference.network import one_frame
from repro.inference.stream import Anticipator
from repro.paths import shown
from repro.types import InputError, Row

MODEL = "model.json"
FRAME_WEIGHTS = "frame_network.npz"


class Pipeline:
    """The stages of papers 1 and 2 for some rows.

    `models`: the sequence models that the rows need, name -> recipe. Rows that agree on the frame network
    share it and its features; two rows that ask for the same model share that too.
    """

    def __init__(self, job: Job, rows: Sequence[Row]) -> None:
        self.job = job
        self.rows = [row for row in rows if row.metric != "speed_ratio"]
        self.models: dict[str, Recipe] = {}
        for row in self.rows:
            for overrides in (row.overrides, row.metric_options.get("over_model", row.overrides)):
                self.models[self.name(overrides)] = for_row(job.recipe, overrides)
        self.frame_weights: dict[str, Path] = {}  # by model
        self.flow_weights: Path | None = None
        self._features: dict[str, Features] = {}
        self._trained: dict[str, Path] = {}

    def name(self, overrides: Mapping[str, Any]) -> str:
        """The model of a row with these overrides."""
        return model_name(self.job.recipe, overrides)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """In order; each needs the ones before it."""
        made = (
            Stage("fine-tune", "context and action sub-models on single frames", self._fine_tune),
            Stage("flow", "optical flow and its network, for the rows that use them", self._flow),
            Stage("features", "features of every frame by the trained networks", self._extract),
            Stage("sequence", f"{len(self.models)} LSTMs on stored features", self._train),
            Stage("score", "probabilities of every test frame", self._score),
        )
        return made

    def score_file(self, row: Row, overrides: Mapping[str, Any] | None = None) -> Path:
        """What the row's model (or the one of other overrides) said of the videos the row is about."""
        name = self.name(row.overrides if overrides is None else overrides)
        options = row.metric_options
        return stages.score(
            self.job,
            self._features[name],
            self.models[name],
            name,
            self._trained[name],
            part=options.get("part", "test"),
            seen=options.get("seen", "100%"),
        )

    def _fine_tune(self) -> str:
        done: dict[str, Path] = {}
        for name, recipe in self.models.items():
            key = json.dumps(frame_settings(recipe))
            done[key] = self.frame_weights[name] = done.get(key) or stages.fine_tune(self.job, recipe)
        return "weights in " + ", ".join(sorted({shown(path.parent) for path in done.values()}))

    def _flow(self) -> str:
        with_flow = [recipe for recipe in self.models.values() if "flow" in recipe.features]
        if not with_flow:
            return "no row uses flow"
        self.flow_weights = flow_stages.fine_tune_flow(self.job, with_flow[0])
        return f"weights in {shown(self.flow_weights.parent)}"

    def _extract(self) -> str:
        done: dict[str, Features] = {}
        for name, recipe in self.models.items():
            limit = self.job.recipe.steps if recipe.frames == "first" else None
            with_flow = "flow" in recipe.features
            key = json.dumps([frame_settings(recipe), limit, with_flow])
            if key not in done:
                stores = [stages.extract_features(self.job, recipe, self.frame_weights[name], limit)]
                if with_flow and self.flow_weights:
                    stores.append(flow_stages.extract_features(self.job, recipe, self.flow_weights, limit))
                done[key] = Features(tuple(stores))
            self._features[name] = done[key]
        folders = {shown(store.folder) for features in done.values() for store in features.stores}
        return "features in " + ", ".join(sorted(folders))

    def _train(self) -> str:
        for name, recipe in self.models.items():
            self._trained[name] = stages.train_sequence(self.job, self._features[name], recipe, name)
        return f"models in {shown(self.job.folder.path / 'sequence')}"

    def _score(self) -> str:
        for row in self.rows:
            self.score_file(row)
        return f"score files in {shown(self.job.folder.path / 'scores')}"

    def keep_model(self, paper: int, name: str) -> None:
        """Put the frame network beside an LSTM and write `model.json`, so that the folder predicts alone."""
        job = self.job
        link_or_copy(self.frame_weights[name], job.folder.path / FRAME_WEIGHTS)
        described = {
            "paper": paper,
            "dataset": job.split.dataset,
            "split": job.split.name,
            "seed": job.seed,
            "classes": list(job.split.classes),
            "recipe": asdict(self.models[name]),
            "frame_weights": FRAME_WEIGHTS,
            "lstm_weights": str(self._trained[name].relative_to(job.folder.path)),
        }
        write_json(job.folder.path / MODEL, described)


def load_anticipator(folder: Path, recipes: Mapping[int, type[Recipe]]) -> tuple[Anticipator, dict[str, Any]]:
    """The trained networks of a run folder as a streaming model, and the content of its `model.json`.

    recipes: the recipe class of each paper. InputError if the folder is not a finished run of one of them.
    """
    try:
        described = json.loads((folder / MODEL).read_text())
        content = described["recipe"]
        tuples = {name: tuple(value) for name, value in content.items() if isinstance(value, list)}
        recipe = recipes[described["paper"]](**{**content, **tuples})
    except (OSError, ValueError, KeyError, TypeError) as error:
        papers = " or ".join(f"runs/paper{number}" for number in recipes)
        raise InputError(f"{folder} is not a finished run ({error}); name a folder in {papers}") from error
    classes = tuple(described["classes"])
    frame = stages.fine_tuned(recipe, len(classes), folder / described["frame_weights"])
    lstm = networks.sequence_model(recipe, len(classes))
    weights.load(lstm, folder / described["lstm_weights"])
    advance = one_frame(frame.features, sequence.step_model(lstm), sequence.prediction(recipe.variant))
    return Anticipator(
        advance, sequence.initial_state(lstm), classes, recipe.size_px, recipe.steps
    ), described
