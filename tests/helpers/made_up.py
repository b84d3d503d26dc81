"""A paper's pipeline whose models were never trained: a scenario says what each says of which video.

perfect: all say the right class, look where the action is, draw the true tubes. hopeless: none does.
each its own: every model is right on other videos, or from another frame on.
"""

import zlib
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from helpers.experiments import experiment_of
from repro import datasets, score_file
from repro.anticipation.rows import MAPS
from repro.anticipation.scoring import of_stage1
from repro.atomic import write_npz
from repro.datasets import hold_out
from repro.evaluation import bootstrap
from repro.experiment.experiment import Experiment
from repro.localisation import tube_file
from repro.localisation.tube import Localised
from repro.papers import PAPERS
from repro.types import Row, Scores, Split, Tube, VideoRef

# Those that paper 2 has rows of, and two more, so that a top-5 can miss.
CLASSES = ("BaseballPitch", "Basketball", "CricketShot", "IceDancing", "Archery", "Bowling")
K, STEPS, LENGTH = len(CLASSES), 10, 400
ACTION = (0, 100)  # first frame, one past the last
BOX, BESIDE = np.array([0, 0, 20, 10.0]), np.array([10, 0, 30, 10.0])  # they share a third


def _refs(subset: str, each: int) -> tuple[VideoRef, ...]:
    """Every second video has a second class, two further."""
    names = [(label, number) for label in range(K) for number in range(each)]
    return tuple(
        VideoRef(
            f"{CLASSES[label]}/{subset}{number}",
            Path("none.avi"),
            label,
            f"{CLASSES[label]}/{subset}{number}",
            others=((label + 2) % K,) if number % 2 else (),
        )
        for label, number in names
    )


class MadeUp:
    """One split of a data set, its rows, and the pipeline that measures them."""

    def __init__(self, paper: int, dataset: str, split: str, scenario: str, folder: Path) -> None:
        self.paper, self.scenario, self.folder = paper, scenario, folder / split
        self.split = Split(dataset, split, CLASSES, _refs("train", 4), _refs("test", 2))
        recipe = PAPERS[paper].recipe("tiny")
        if dataset == "hollywood2":
            recipe = replace(recipe, start_from="scratch")
        lengths = {ref.video_id: LENGTH for ref in (*self.split.train, *self.split.test)}
        run: Any = SimpleNamespace(path=self.folder)
        experiment = experiment_of(
            folder, run, self.split, recipe, lengths, data=folder, outside=self._outside()
        )
        rows = [row for row in PAPERS[paper].rows(dataset) if row.runs_on(split)]
        self.pipeline = PAPERS[paper].pipeline(experiment, rows)
        self.rows: tuple[Row, ...] = tuple(self.pipeline.rows)

    def _outside(self) -> dict[str, Path]:
        """Other methods' scores, which are always right and surer than any model of ours."""
        path = self.folder / "outside.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [",".join(("video_id", *CLASSES))]
        for ref in (*self.split.train, *self.split.test):
            said = ["0.999" if k == ref.label else "0.0002" for k in range(K)]
            lines.append(",".join((ref.video_id, *said)))
        path.write_text("\n".join(lines))
        return dict.fromkeys(("iDT(FV)", "iDT(SFV)", "Objects"), path)

    def seed(self, *words: str) -> int:
        return zlib.crc32(" ".join((self.split.name, *words)).encode())

    def is_good(self, model: str) -> bool:
        """Whether a model looks where the action is."""
        return self.scenario == "perfect" or (self.scenario != "hopeless" and self.seed(model) % 2 == 0)

    def probabilities(
        self, refs: tuple[VideoRef, ...], model: str, subset: str, span: str
    ) -> NDArray[np.float32]:
        """Probabilities [V, T, K]: from a frame of its own on, a model is right about a video."""
        rng = np.random.default_rng(self.seed(model, subset, span))
        steps = STEPS if self.paper < 3 else 1
        several = self.split.dataset == "hollywood2"
        first = {"perfect": 0, "hopeless": steps}.get(self.scenario)
        probabilities = 0.05 + rng.dirichlet(np.ones(K), (len(refs), steps)) / 10  # no two are equal
        for video, ref in enumerate(refs):
            from_on = rng.integers(steps + 1) if first is None else first
            right = sorted({ref.label, *ref.others}) if several else [ref.label]
            wrong = [k for k in range(K) if k not in right] if several else [(ref.label + 1) % K]
            probabilities[video, from_on:, right] += 0.7
            probabilities[video, :from_on, wrong] += 0.7
        return (
            probabilities if several else probabilities / probabilities.sum(axis=-1, keepdims=True)
        ).astype(np.float32)

    def score(
        self,
        experiment: Experiment,
        features: Any,
        recipe: Any,
        name: str,
        trained: Any,
        views: Any = None,
        *,
        subset: str = "test",
        span: str = "100%",
    ) -> Path:
        """In the place of every paper's `score`."""
        path = self.folder / "scores" / f"{name}-{subset}-{span}.npz"
        if not path.exists():
            refs = experiment.split.test
            if subset == "validation":
                _, refs = hold_out(experiment.split.train, recipe.validation_fraction, experiment.seed)
            probabilities = self.probabilities(refs, name, subset, span)
            positive = positives(refs) if experiment.split.dataset == "hollywood2" else None
            lengths = np.full(len(refs), probabilities.shape[1])
            ids, labels = tuple(ref.video_id for ref in refs), np.array([ref.label for ref in refs])
            score_file.write(path, Scores(ids, labels, lengths, lengths, probabilities, positive))
            if self.paper < 3 and recipe.variant == "ms_lstm":
                first = self.probabilities(refs, f"{name}-stage1", subset, span)
                score_file.write(of_stage1(path), Scores(ids, labels, lengths, lengths, first))
        return path

    def regression_of_clips(
        self, experiment: Experiment, read: Any, features: str, name: str, *, fraction: float
    ) -> Path:
        """In the place of the other papers' `regression.score`."""
        return self.score(experiment, features, None, name, None)

    def regression(self, experiment: Experiment, features: Any, recipe: Any, name: str, *, span: str) -> Path:
        """In the place of papers 1 and 2's `regression.score`."""
        return self.score(
            experiment, features, replace(recipe, variant="concatenation"), name, None, span=span
        )

    def attention(self, path: Path) -> dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """In the place of `read_attention`: most at the start of the video, or at its end."""
        frames = np.arange(0, LENGTH, 20)
        weight = frames[::-1] if self.is_good(path.stem) else frames
        return {ref.video_id: (frames, weight.astype(np.float64)) for ref in self.split.test}

    def localise(
        self, experiment: Experiment, streams: Any, recipe: Any, name: str, trained: Any, maps: str
    ) -> Path:
        """In the place of `localise`: smoothed the true box, raw half of it beside; or both elsewhere."""
        path = self.folder / "tubes" / f"{name}-{maps}.npz"
        boxes = (BESIDE, BOX) if self.is_good(name) else (BOX + 100, BOX + 100)
        tubes = Localised(*(Tube(np.arange(4), np.tile(box, (4, 1))) for box in boxes), 0.0)
        sure = np.eye(K, dtype=np.float32)
        tube_file.write(
            path, {r.video_id: tube_file.Entry(tubes, sure[r.label]) for r in experiment.split.test}
        )
        return path

    def shares_inside(
        self, experiment: Experiment, recipe: Any, name: str, trained: Any, actors: Any
    ) -> Path:
        """In the place of `shares_inside`: all of each map, or a quarter, lies within the box."""
        path = self.folder / "places" / f"{name}.npz"
        share = np.full(len(actors), 1.0 if self.is_good(name) else 0.25)
        write_npz(path, {"video_ids": np.array(list(actors)), **dict.fromkeys(MAPS, share)})
        return path

    def stand_in(self, patch: pytest.MonkeyPatch) -> None:
        """Put the made-up models where the pipeline looks for trained ones."""
        found, models = self.pipeline, self.pipeline.models
        refs = self.split.test
        patch.setattr(bootstrap, "RESAMPLES", 100)
        patch.setattr(datasets, "intervals_of", lambda *_: {ref.video_id: ACTION for ref in refs})
        true = Tube(np.arange(4), np.tile(BOX, (4, 1)))
        patch.setattr(datasets, "boxes_of", lambda *_: {ref.video_id: [(ref.label, true)] for ref in refs})
        if self.paper < 3:
            patch.setattr("repro.anticipation.scoring.score", self.score)
            patch.setattr("repro.anticipation.regression.score", self.regression)
            patch.setattr("repro.anticipation.places.shares_inside", self.shares_inside)
            found.frozen = defaultdict(lambda: None)
            found.frame_weights = dict.fromkeys(models)
            found.features, found.trained = dict.fromkeys(models), dict.fromkeys(models)
            return
        patch.setattr(f"repro.paper{self.paper}.scoring.score", self.score)
        patch.setattr("repro.experiment.regression.score", self.regression_of_clips)
        stores = defaultdict(lambda: SimpleNamespace(key_digest="made up"))
        if self.paper == 3:
            patch.setattr("repro.paper3.scoring.read_attention", self.attention)
            found.features = found.features._replace(stores=stores, outputs=defaultdict(lambda: None))
            return
        found.trained = dict.fromkeys(found._trainings())
        found.stores = stores
        if self.paper == 4:
            found.frozen = stores
            patch.setattr("repro.paper4.localise.localise", self.localise)


def positives(refs: tuple[VideoRef, ...]) -> NDArray[np.bool_]:
    """All classes of each video, [V, K]."""
    return np.array([[k in (ref.label, *ref.others) for k in range(K)] for ref in refs])
