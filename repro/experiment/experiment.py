"""One run: a paper's recipe on one split of a data set with one seed, where it works, and its stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from repro.cluster.client import Cluster
from repro.datasets import hold_out
from repro.training.identity import Facts, described, facts
from repro.training.run_folder import RunFolder
from repro.training.settings import digest
from repro.training.workers import Workers, workers_of
from repro.types import Scores, Split, VideoRef


class Stage(NamedTuple):
    """One step of a run. `run` does it, or finds it done, and says where the result is."""

    name: str
    what: str
    run: Callable[[], str]


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """What every stage of a paper is given.

    lengths_frames: decoded frames of each usable video, by video_id. cache: features shared by runs.
    weights: the folder of pre-trained weights. strategy: where the models live. data: the folder of the data
    set, for what lies beside its videos (boxes). outside: score files of other methods, by name. cluster: the
    machines that fill stores, where it is not this process alone.
    """

    split: Split
    recipe: Any
    seed: int
    folder: RunFolder
    cache: Path
    weights: Path
    lengths_frames: Mapping[str, int]
    strategy: tf.distribute.Strategy
    data: Path | None = None
    outside: Mapping[str, Path] = field(default_factory=dict)
    cluster: Cluster | None = None

    def trained_on(self) -> dict[str, Any]:
        """What decides a trained model besides its recipe; the test videos do not."""
        return {**self._asked(), "train": described(self.facts(self.split.train))}

    def scored_on(self, refs: Sequence[VideoRef]) -> dict[str, Any]:
        """What decides a model's word on these videos besides the model."""
        return {**self._asked(), "videos": described(self.facts(refs))}

    def facts(self, refs: Sequence[VideoRef]) -> Facts:
        """What a result answers for, by video."""
        return facts(refs, self.lengths_frames)

    def _asked(self) -> dict[str, Any]:
        split = self.split
        return {
            "dataset": split.dataset,
            "split": split.name,
            "classes": list(split.classes),
            "seed": self.seed,
        }

    @property
    def videos(self) -> tuple[VideoRef, ...]:
        """Of both sides of the split."""
        return (*self.split.train, *self.split.test)

    @property
    def workers(self) -> Workers:
        """The processes that train together: this one alone, or those of the strategy."""
        return workers_of(self.strategy)

    @property
    def classes(self) -> int:
        """K."""
        return len(self.split.classes)

    def held_out(self, fraction: float) -> tuple[tuple[VideoRef, ...], tuple[VideoRef, ...]]:
        """The training videos, and apart from them those that select an epoch: whole groups, drawn."""
        return hold_out(self.split.train, fraction, self.seed)

    def subset(self, name: str, fraction: float) -> tuple[VideoRef, ...]:
        """The videos of the `test` subset, or of `validation`: the training videos that are held out."""
        return self.split.test if name == "test" else self.held_out(fraction)[1]

    def artifact(
        self,
        name: str,
        settings: Mapping[str, Any],
        path: Path,
        make: Callable[[Path], None],
        beside: Path | None = None,
    ) -> Path:
        """`path`, made by `make` unless it lies there, finished with exactly these settings.

        name: of the step, unique in the run. beside: another file that `make` writes.
        """
        with self.workers.in_turn(name):
            there = path.exists() and (beside is None or beside.exists())
            if self.workers.chief and not (there and self.folder.finished(name, settings)):
                self.folder.begin(name)  # else an old mark would vouch for a new file if this is interrupted
                make(path)
                self.folder.finish(name, settings)
        return path

    def scores_of(
        self,
        refs: Sequence[VideoRef],
        scores: NDArray[np.floating],
        positive: NDArray[np.bool_] | None = None,
    ) -> Scores:
        """What a model says of whole videos, [V, K], as scores with one observation of each.

        positive: as in `Scores`.
        """
        return Scores(
            video_ids=tuple(ref.video_id for ref in refs),
            labels=np.array([ref.label for ref in refs], dtype=np.int64),
            lengths_frames=np.array([self.lengths_frames[ref.video_id] for ref in refs], dtype=np.int64),
            observed_frames=np.ones(len(refs), dtype=np.int64),
            scores=scores[:, None].astype(np.float32),
            positive=positive,
        )

    def network_folder(self, kind: str, settings: Mapping[str, Any]) -> Path:
        """`cache/networks/frame-jhmdb21-split1-seed0-3f2a...`: one for all who want that network."""
        split = self.split
        name = f"{kind}-{split.dataset}-split{split.name}-seed{self.seed}-{digest(settings)[:12]}"
        return self.cache / "networks" / name
