"""Figures of a finished run of paper 3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro import score_file
from repro.datasets import intervals_of
from repro.evaluation import accuracy
from repro.evaluation.combination import gains
from repro.experiment.paper import Paper
from repro.experiment.results import load
from repro.paper3 import networks, scoring
from repro.paper3.pipeline import Pipeline
from repro.paper3.recipe import for_row
from repro.paper3.rows import HIGHLIGHTED, VANILLA
from repro.report import plots
from repro.report.filmstrip import Attended, dimmed_strip, extremes
from repro.sampling.windows import distinct, drawn_windows
from repro.types import Frames, VideoRef
from repro.video import decode

NAMES = {"obj": "object", "sce": "scene", "act": "action"}
VIDEOS = 3  # a row of the extremes


def draw(
    paper: Paper, pipeline: Pipeline, heading: str, main: str, results: Sequence[Path]
) -> dict[str, Path]:
    """The figures of a run, in its folder; what was made, by kind.

    main: the model whose confusions are shown. results: the rows' result files.
    """
    pictures = Pictures(pipeline, heading)
    pictures.training()
    pictures.confusion(main)
    pictures.gains()
    pictures.detection([load(path) for path in results])
    looking = pictures.looking()
    if looking:
        pictures.strip(looking)
        pictures.extremes(looking)
        pictures.over_time(looking)
    return {"figures": pictures.folder}


class Pictures:
    """The figures of a run, each from files that are already there."""

    def __init__(self, pipeline: Pipeline, heading: str) -> None:
        self.pipeline, self.heading = pipeline, heading
        self.job = pipeline.job
        self.folder = self.job.folder.path / "figures"
        self.classes = self.job.split.classes

    def training(self) -> None:
        """How every network was trained."""
        for name, trained in self.pipeline.networks.items():
            history = trained.parent / "history.csv"
            if history.exists():
                plots.training_curves(self.folder / f"cnn-{name}.png", history, title=f"fine-tuning {name}")
        for name, path in self.pipeline.trained.items():
            plots.training_curves(self.folder / f"train-{name}.png", path.parent / "history.csv", title=name)

    def confusion(self, name: str) -> None:
        """Which classes a model takes for which, on whole test videos with one class each."""
        path = self.job.folder.path / "scores" / f"{name}.npz"
        scores = score_file.read(path) if path.exists() else None
        if scores is None or any(ref.others for ref in self.job.split.test):
            return
        predicted = accuracy.top1(scores.scores[:, 0])
        matrix = accuracy.confusion_matrix(scores.labels, predicted, len(self.classes))
        plots.confusion(self.folder / "confusion.png", matrix, self.classes, title=f"{name}; {self.heading}")

    def gains(self) -> None:
        """The classes that gain most over the vanilla LSTM (Fig. 5)."""
        before = self._scores(VANILLA)
        found: dict[str, list[plots.ClassGain]] = {}
        for overrides in HIGHLIGHTED:
            scores = self._scores(overrides)
            if before is not None and scores is not None:
                found[f"attention to {NAMES[overrides['attended']]}s"] = [
                    plots.ClassGain(self.classes[g.label], g.accuracy, g.before)
                    for g in gains(scores, before)
                ]
        if found:
            title = f"classes that gain most over LSTM-C3D; {self.heading}"
            plots.class_gains(self.folder / "gains.png", found, title=title)

    def _scores(self, overrides: Mapping[str, Any]) -> Any:
        path = self.job.folder.path / "scores" / f"{self.pipeline.name(overrides)}.npz"
        return score_file.read(path) if path.exists() else None

    def detection(self, results: Sequence[Mapping[str, Any]]) -> None:
        """Attention as a detector of action frames, over all seeds there are."""
        own = {r["row"]: r["own"]["mean"] for r in results if r["metric"] == "highlighting"}
        if own:
            models = [
                plots.Detected(name.removeprefix("attention to "), v["value"], v["low"], v["high"])
                for name, v in own.items()
            ]
            first = next(iter(own.values()))
            plots.detection_bars(
                self.folder / "highlighting.png",
                models,
                uniform=first["uniform"],
                centre=first["centre"],
                title=f"attention as a detector of action frames; {self.heading}",
            )

    def looking(self) -> dict[str, Path]:
        """The attention of the object, scene and action models that were scored, by name."""
        files = {NAMES[o["attended"]]: self.pipeline.attention(o) for o in HIGHLIGHTED}
        return {name: path for name, path in files.items() if path.exists()}

    def strip(self, looking: Mapping[str, Path]) -> None:
        """The attended frames of one window, dimmed by their weights (Fig. 3)."""
        weights = {name: scoring.first_windows(path) for name, path in looking.items()}
        # Where the models prefer most: a window of even weights shows nothing.
        ref = max(
            self.job.split.test,
            key=lambda ref: max(float(w[ref.video_id].mean(axis=0).max()) for w in weights.values()),
        )
        recipe = for_row(self.job.recipe, HIGHLIGHTED[0])
        windows = networks.windows(recipe)
        length = self.job.lengths_frames[ref.video_id]
        plain, _ = drawn_windows(
            ref.video_id,
            length,
            windows,
            random=recipe.random_windows,
            flipped=recipe.flipped_windows,
            seed=self.job.seed,
        )
        numbers = windows.attended_rows(distinct(plain)[0][:1])[0] * windows.grid % length
        dimmed_strip(
            self.folder / "filmstrip.png",
            _frames(ref, numbers),
            numbers,
            {name: w[ref.video_id].mean(axis=0) for name, w in weights.items()},
            title=f"attended frames of one window of {ref.video_id}, darker where the weight is small",
            columns=len(numbers),
        )

    def extremes(self, looking: Mapping[str, Path]) -> None:
        """The frames of the highest and the lowest weight, two classes a model (Fig. 2)."""
        rows = {}
        labels = iter(np.linspace(0, len(self.classes) - 1, 2 * len(looking)).astype(int).tolist())
        for name, path in looking.items():
            attention = scoring.read_attention(path)
            for label in (next(labels), next(labels)):
                refs = [ref for ref in self.job.split.test if ref.label == label][:VIDEOS]
                if refs:
                    rows[f"{self.classes[label]}\n({name})"] = [_attended(ref, attention) for ref in refs]
        extremes(self.folder / "extremes.png", rows, title=f"most and least attended frames; {self.heading}")

    def over_time(self, looking: Mapping[str, Path]) -> None:
        """The weights over one test video, beside the interval of the action where the data say it."""
        attention = {name: scoring.read_attention(path) for name, path in looking.items()}
        job = self.job
        interval, ref = None, job.split.test[0]
        if job.split.dataset == "demo" and job.data is not None:
            intervals = intervals_of("demo", job.data, job.split.test)
            ref = min(job.split.test, key=lambda r: (intervals[r.video_id][0] == 0, r.video_id))
            interval = intervals[ref.video_id]
        plots.attention_over_time(
            self.folder / "attention_over_time.png",
            {name: found[ref.video_id] for name, found in attention.items()},
            interval=interval,
            title=f"attention over {ref.video_id}",
        )


def _frames(ref: VideoRef, numbers: NDArray[np.integer]) -> Frames:
    """Chosen frames in any order, uint8 [n, H, W, 3]: a window that runs over the end begins anew."""
    once, places = np.unique(numbers, return_inverse=True)
    return decode.read_frames(ref.path, once, ref.segment)[places]


def _attended(
    ref: VideoRef, attention: Mapping[str, tuple[NDArray[np.int64], NDArray[np.float64]]]
) -> Attended:
    numbers, weights = attention[ref.video_id]
    return Attended(ref.video_id.split("/")[-1], _frames(ref, numbers), numbers, weights)
