"""Paper 5 as a run: VGG-16 on frames and, for the extension, on flow; joint models on its maps; clips."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from repro.atomic import write_json
from repro.experiment import regression, training
from repro.experiment.experiment import Experiment, Stage
from repro.experiment.exported import Export
from repro.experiment.features import Storing, flow_to_be
from repro.experiment.rows import REGRESSION
from repro.experiment.streams import StreamPipeline, Streams
from repro.features.store import FeatureStore
from repro.input_pipeline.stored_clips import StoredClips
from repro.paper5 import levels, maps, networks, recipe, scoring
from repro.paper5.networks import Scales
from repro.paper5.recipe import Recipe
from repro.paper5.rows import PROPOSED
from repro.paper5.scoring import Outputs
from repro.paths import short_path
from repro.training.results import epoch_file
from repro.types import Row, VideoRef

SHOWN_EPOCHS = (1, 3)  # Figure 7


class Pipeline(StreamPipeline[Recipe]):
    """The stages of paper 5. Models that differ only in how clips and videos are decided are trained once."""

    number = 5
    recipes = recipe

    def __init__(self, experiment: Experiment, rows: Sequence[Row]) -> None:
        self.stores: dict[tuple[str, tuple[str, ...]], FeatureStore] = {}  # by stream and names of its maps
        self._viewing: dict[str, keras.Model] = {}
        super().__init__(experiment, rows)

    def add(self, overrides: Mapping[str, Any]) -> None:
        recipe.check_backbone(self.recipe_of(overrides))
        super().add(overrides)

    def streams_of(self, chosen: Recipe) -> tuple[str, ...]:
        return recipe.streams_of(chosen)

    @property
    def stages(self) -> tuple[Stage, ...]:
        trained = ", as pre-trained" if self.experiment.recipe.lite else " on single frames"
        return (
            Stage("flow", "optical flow between neighbouring frames", self.compute_flow),
            Stage("fine-tune", f"{self.experiment.recipe.network}{trained}", self.fine_tune_all),
            Stage("features", "pool4 and conv5_3 of the frames", self._extract),
            Stage("sequence", f"{len(self._trainings())} joint models on clips", self._train),
            Stage("score", "clips of every test video", self.score),
        )

    def network_names(self) -> tuple[str, ...]:
        return tuple(self._networks())

    def _networks(self) -> dict[str, tuple[Recipe, str]]:
        """The networks that the models read, by name: a recipe that has it, and its stream (C27)."""
        return {
            levels.network_name(chosen, stream): (chosen, stream)
            for chosen in self.readers()
            for stream in self.streams_of(chosen)
        }

    def fine_tune(self, name: str) -> Path:
        chosen, stream = self._networks()[name]
        return maps.fine_tuned(self.experiment, chosen, stream, self.flow_of(stream))

    def storings(self) -> Iterator[Storing]:
        for (stream, _), chosen in self._stored().items():
            flow = flow_to_be(self.experiment, self.experiment.recipe) if stream == "flow" else None
            trained = maps.fine_tuned_file(self.experiment, chosen, stream, flow)
            yield maps.storing(self.experiment, chosen, stream, trained, flow)

    def _stored(self) -> dict[tuple[str, tuple[str, ...]], Recipe]:
        """A recipe for each stream and names of its maps; reductions of the same maps share a store."""
        readers = reversed(self.readers())  # the first one of a store decides
        return {(s, levels.map_names(chosen)): chosen for chosen in readers for s in self.streams_of(chosen)}

    def _extract(self) -> str:
        """pool4 and conv5_3 of every frame (or field)."""
        for (stream, names), chosen in self._stored().items():
            trained = self.networks[levels.network_name(chosen, stream)]
            self.stores[stream, names] = maps.stored(
                self.experiment, chosen, stream, trained, self.flow_of(stream)
            )
        return "maps in " + ", ".join(
            dict.fromkeys(short_path(store.folder) for store in self.stores.values())
        )

    def features(self, chosen: Recipe) -> Streams:
        """What a model reads."""
        names = levels.map_names(chosen)
        stores = {stream: self.stores[stream, names] for stream in recipe.streams_of(chosen)}
        return Streams(stores, levels.feeds(chosen))

    def scales(self, chosen: Recipe) -> Scales:
        """The root mean square of each branch's maps over the training videos (C3); 1 for `none`."""
        branches = chosen.branches
        if chosen.feature_scale == "none":
            return dict.fromkeys(branches, 1.0)
        streams = self.features(chosen)

        def make(path: Path) -> None:
            squares, counts = dict.fromkeys(branches, 0.0), dict.fromkeys(branches, 0)
            for ref in tqdm(
                self.experiment.split.train, desc="scale of the maps", unit="video", mininterval=0.5
            ):
                for branch, read in streams.read(ref, 0, streams.frames(ref)).items():
                    squares[branch] += float(np.square(read, dtype=np.float64).sum())
                    counts[branch] += read.size
            write_json(path, {b: float(np.sqrt(squares[b] / counts[b])) or 1.0 for b in branches})

        settings = {**self.experiment.trained_on(), "features": streams.digest, "branches": list(branches)}
        name = f"scales {'+'.join(branches)}"
        path = self.experiment.folder.path / f"{name.replace(' ', '-')}.json"
        scales: Scales = json.loads(self.experiment.artifact(name, settings, path, make).read_text())
        return scales

    def _trainings(self) -> dict[str, Recipe]:
        return {self.trained_name(chosen): chosen for chosen in self.models.values()}

    def _train(self) -> str:
        """Each model on all clips of the training videos; the last epoch is kept, and those of Figure 7."""
        for name, chosen in self._trainings().items():
            self.trained[name] = training.train(self.experiment, self._training(name, chosen))
        return f"models in {short_path(self.experiment.folder.path / 'sequence')}"

    def _training(self, name: str, chosen: Recipe) -> training.Call:
        streams, outputs = self.features(chosen), networks.outputs_of(chosen)
        return training.call(
            self.experiment,
            name,
            partial(networks.sequence_network, chosen, self.experiment.classes, self.scales(chosen)),
            StoredClips(
                self.experiment.split.train,
                streams.read,
                streams.frames,
                clip_len=chosen.clip_len,
                stride=chosen.stride,
                batch=chosen.batch,
                seed=self.experiment.seed,
                shuffle=True,
                outputs=outputs,
            ),
            {"recipe": recipe.sequence_settings(chosen), "features": streams.digest},
            epochs=chosen.epochs,
            select_best=False,
            keep_epochs=SHOWN_EPOCHS if name == self.name(PROPOSED) else (),
            each_update=(networks.UPDATE_LOSS,) if len(outputs) > 1 else (),  # one loss has no parts
        )

    def model_scores(self, row: Row, overrides: Mapping[str, Any]) -> Path:
        name = self.name(overrides)
        return self._scores(name, name, self.trained[self.trained_name(self.models[name])])

    def regression_scores(self, row: Row) -> Path:
        """On the maps that the row's model reads, each level's mean over places and frames."""
        chosen = self.recipe_of(row.overrides)
        streams, fraction = self.features(chosen), chosen.validation_fraction
        return regression.score(self.experiment, streams.whole, streams.digest, REGRESSION, fraction=fraction)

    def scores_at_epoch(self, name: str, epoch: int) -> Path:
        """A model's scores of the test videos as it was after an epoch of its training (Fig. 7)."""
        folder = self.trained[self.trained_name(self.models[name])].parent
        return self._scores(f"{name}-epoch-{epoch}", name, folder / epoch_file(epoch))

    def _scores(self, file: str, name: str, trained: Path) -> Path:
        chosen = self.models[name]
        return scoring.score(
            self.experiment, self.features(chosen), chosen, file, trained, partial(self._views, name, trained)
        )

    def _views(self, name: str, trained: Path) -> keras.Model:
        """A model as at test time: {branch: [B, T, h, w, C]} -> frame, attention, energies."""
        chosen = self.models[name]
        return networks.trained_views(chosen, self.experiment.classes, trained, self.scales(chosen))

    def look(self, name: str, ref: VideoRef) -> Outputs:
        """The first clip of a video as a model sees it."""
        chosen = self.models[name]
        if name not in self._viewing:
            self._viewing[name] = self._views(name, self.trained[self.trained_name(chosen)])
        return scoring.look(self._viewing[name], self.features(chosen), chosen, ref)

    def responses(self, name: str, ref: VideoRef) -> dict[str, NDArray[np.float32]]:
        """Where VGG-16 itself responds in that clip."""
        chosen = self.models[name]
        return scoring.responses(self.features(chosen), chosen, ref)

    def export_of(self, name: str) -> Export:
        chosen = self.models[name]
        trained = self.trained_name(chosen)
        kept = {
            stream: (
                f"{stream}_{'trunk' if chosen.lite else 'vgg'}.npz",
                self.networks[levels.network_name(chosen, stream)],
            )
            for stream in self.streams_of(chosen)
        }
        return Export(trained, self.trained[trained], kept, {"scales": self.scales(chosen)})
