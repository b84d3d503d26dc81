"""Paper 3 as a run: which networks, features and decoders its rows need, made in order, each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from repro import datasets, score_file
from repro.atomic import link_or_copy, write_json
from repro.evaluation import combination
from repro.experiment.job import Job, Stage
from repro.features.store import FeatureStore
from repro.paper3 import keeping, scoring, stages
from repro.paper3.recipe import Recipe, for_row, model_name
from repro.paper3.stages import Features, Start, Trained
from repro.paths import shown
from repro.types import Highlights, InputError, Row

OWN_CNN = "c3d-hollywood2"  # C3D fine-tuned for several classes, for its own row alone


def _origin(recipe: Recipe) -> Recipe:
    """The ActivityNet model that a decoder on Hollywood2 starts from: of variant (a) and T = N, as Table 1's.

    Neither the variant nor T changes a weight, so each decoder can start from one of Table 1.
    """
    return replace(recipe, task="activitynet", variant="a", attended_frames=recipe.steps)


class Pipeline:
    """The stages of paper 3 for some rows.

    `models`: the models that the rows need, name -> recipe, those that others start from first.
    """

    def __init__(self, job: Job, rows: Sequence[Row]) -> None:
        self.hollywood2 = job.split.dataset == "hollywood2"
        if self.hollywood2:
            job = replace(job, recipe=replace(job.recipe, task="hollywood2"))
            if job.recipe.start_from == keeping.WITHIN:
                raise InputError(
                    "on Hollywood2 the decoders start from those of ActivityNet: name a finished run with "
                    "--start-from runs/paper3/RUN, or start from drawn weights with --start-from scratch"
                )
        else:
            job = stages.long_enough(job, job.recipe.window_frames)
        self.job = job
        self.rows = tuple(rows)
        self.models: dict[str, Recipe] = {}
        for row in rows:
            options = row.metric_options
            for overrides in (row.overrides, options.get("over_model"), *options.get("combined", ())):
                if overrides is not None:
                    self._add(for_row(job.recipe, overrides))
        self.networks: dict[str, Trained] = {}
        self.features = Features({}, {})
        self.trained: dict[str, Path] = {}

    def _add(self, recipe: Recipe) -> None:
        if self._starts_within(recipe):
            self._add(_origin(recipe))
        self.models[model_name(recipe)] = recipe

    def _starts_within(self, recipe: Recipe) -> bool:
        """Whether the model starts from one that this run trains too."""
        own = recipe.task == "hollywood2" and recipe.architecture != "cnn"
        return own and recipe.start_from == keeping.WITHIN

    def name(self, overrides: Mapping[str, Any]) -> str:
        """The model of a row with these overrides."""
        return model_name(for_row(self.job.recipe, overrides))

    @property
    def stages(self) -> tuple[Stage, ...]:
        """In order; each needs the ones before it."""
        decoders = sum(recipe.architecture != "cnn" for recipe in self.models.values())
        return (
            Stage("fine-tune", "C3D on chunks, VGG-19 on frames", self._prepare),
            Stage("features", "fc6 and fc8 of chunks and frames, as filmed and mirrored", self._extract),
            Stage("sequence", f"{decoders} LSTMs on windows", self._train),
            Stage("score", "windows of every test video", self._score),
        )

    def _wanted(self) -> tuple[str, ...]:
        """The networks that the models read; C3D for its own row on Hollywood2's recipe is another one."""
        found: list[str] = []
        for recipe in self.models.values():
            own = recipe.architecture == "cnn" and recipe.task == "hollywood2"
            found += [OWN_CNN] if own else stages.read_by(recipe)
        return tuple(dict.fromkeys(found))

    def _prepare(self) -> str:
        recipe = self.job.recipe
        for name in self._wanted():
            if name == OWN_CNN:
                several = replace(recipe, task="hollywood2")
                self.networks[name] = stages.prepare(self.job, several, "c3d")
            elif self.hollywood2 and recipe.start_from != "scratch":
                self.networks[name] = keeping.kept_network(Path(recipe.start_from), name)
            else:
                self.networks[name] = stages.prepare(self.job, recipe, name)
        return "weights in " + ", ".join(shown(one.weights.parent) for one in self.networks.values())

    def _extract(self) -> str:
        stores: dict[str, FeatureStore] = {}
        for name, trained in self.networks.items():
            kind = "c3d" if name == OWN_CNN else name
            stores[name] = stages.extract_features(self.job, self.job.recipe, kind, trained)
        self.features = Features(stores, {name: one.outputs for name, one in self.networks.items()})
        return "features in " + ", ".join(shown(store.folder) for store in stores.values())

    def _train(self) -> str:
        for name, recipe in self.models.items():
            if recipe.architecture != "cnn":
                start = self._start(recipe)
                self.trained[name] = stages.train_decoder(self.job, self.features, recipe, name, start)
        return f"models in {shown(self.job.folder.path / 'sequence')}"

    def _start(self, recipe: Recipe) -> Start | None:
        if recipe.task == "activitynet" or recipe.start_from == "scratch":
            return None
        name = model_name(_origin(recipe))
        if self._starts_within(recipe):
            return partial(keeping.start_from, path=self.trained[name])
        folder = Path(recipe.start_from)
        path = keeping.decoder_file(folder, name, keeping.recipe_in(keeping.described(folder)))
        return partial(keeping.start_from, path=path)

    def _score(self) -> str:
        for row in self.rows:
            self.score_file(row)
        counts = scoring.evaluations(self.job, self.job.recipe)
        for name, n in counts.items():
            print(
                f"      {name} ran {n.computed} times for the test videos (every row of the grid once); "
                f"the drawn windows touch {n.least}, one by one they would take {n.naive}"
            )
        return f"score files in {shown(self.job.folder.path / 'scores')}"

    def score_file(self, row: Row, overrides: Mapping[str, Any] | None = None) -> Path:
        """What the row's model (or that of other overrides) said, averaged with others if it says so."""
        own = self._model_scores(row.overrides if overrides is None else overrides)
        others = row.metric_options.get("combined", ())
        if overrides is not None or not others:
            return own
        path = self.job.folder.path / "scores" / f"{row.id.replace('/', '-')}.npz"
        files = (own, *(self._model_scores(other) for other in others))
        score_file.write(path, combination.mean([score_file.read(file) for file in files]))
        return path

    def _model_scores(self, overrides: Mapping[str, Any]) -> Path:
        name = self.name(overrides)
        recipe = self.models[name]
        features = self.features
        if recipe.architecture == "cnn" and recipe.task == "hollywood2":
            features = Features({"c3d": features.stores[OWN_CNN]}, {"c3d": features.outputs[OWN_CNN]})
        return scoring.score(self.job, features, recipe, name, self.trained.get(name))

    def attention(self, overrides: Mapping[str, Any]) -> Path:
        """Where a scored model looked."""
        return scoring.attention_file(self.job, self.name(overrides))

    def highlights(self, row: Row) -> Highlights:
        """The attention of the row's model beside the intervals of the action, in the test videos."""
        if self.job.data is None:
            raise InputError("rows about highlighting need the folder of the data set")
        refs = self.job.split.test
        return Highlights(
            scoring.read_attention(self.attention(row.overrides)),
            datasets.intervals_of(self.job.split.dataset, self.job.data, refs),
            {ref.video_id: self.job.lengths_frames[ref.video_id] for ref in refs},
        )

    def keep_model(self, paper: int, name: str) -> None:
        """Put the networks into the run folder and write `model.json`, so that it predicts alone."""
        job = self.job
        kept = {n: one for n, one in self.networks.items() if n != OWN_CNN}
        for network, one in kept.items():
            if one.weights != keeping.network_file(job.folder.path, network):
                link_or_copy(one.weights, keeping.network_file(job.folder.path, network))
        write_json(
            job.folder.path / keeping.MODEL,
            {
                "paper": paper,
                "dataset": job.split.dataset,
                "split": job.split.name,
                "seed": job.seed,
                "classes": list(job.split.classes),
                "recipe": asdict(self.models[name]),
                "model": name,
                "outputs": {network: one.outputs for network, one in kept.items()},
            },
        )
