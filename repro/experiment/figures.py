"""What a finished run shows: how its networks were trained, what its main model confuses, the paper's own."""

from __future__ import annotations

import csv
import io
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from repro import score_file
from repro.atomic import write_text
from repro.evaluation import accuracy
from repro.experiment.pipeline import Pipeline
from repro.experiment.results import load
from repro.inference.prediction import USUAL_FPS
from repro.report import plots
from repro.types import Frames, Scores, VideoRef
from repro.video import decode

P = TypeVar("P", bound=Pipeline[Any])
BY_CLASS = "classes.csv"  # in the run folder: class, test_videos, right
TRAINING = "train-"  # how the files of training curves begin


class Figures(ABC, Generic[P]):
    """The figures of a run, each from files that are already there.

    main: the model whose own figures are drawn. results: the rows' result files. of_confusion: what stands
    beside the model's name over its confusions. words: what the paper calls a piece of a model's name.
    """

    of_confusion: ClassVar[str] = ""
    words: ClassVar[Mapping[str, str]] = {}

    def __init__(self, pipeline: P, heading: str, main: str, results: Sequence[Path]) -> None:
        self.pipeline, self.heading, self.main = pipeline, heading, main
        self.experiment = pipeline.experiment
        self.folder = self.experiment.folder.path / "figures"
        self.classes = self.experiment.split.classes
        self.results = [load(path) for path in results]

    def make(self) -> dict[str, Path]:
        """All of them: the folder of the `figures`, and the `video` where there is one."""
        self.training()
        self.confusion()
        video = self.render()
        return {"figures": self.folder} | ({} if video is None else {"video": video})

    @abstractmethod
    def render(self) -> Path | None:
        """The paper's own figures; its video, where there is one."""

    @abstractmethod
    def networks(self) -> Iterable[tuple[str, str, Path]]:
        """The networks below the models: name of the picture, what is trained, weights."""

    def in_words(self, name: str) -> str:
        """`context-single_lstm-ce` -> `context-aware features, LSTM, CE`: a model as its paper calls it."""
        pieces = re.split(r"-(?!\d)", name)  # no minus of a number, as in 1e-05
        return ", ".join(self.words.get(piece, piece.replace("=", " ").replace("_", " ")) for piece in pieces)

    def training(self) -> None:
        """How every network was trained that was not used as it came, and every model."""
        models = [(name, self.in_words(name), path) for name, path in self.pipeline.trained.items()]
        for file, what, trained in (*self.networks(), *models):
            history = trained.parent / "history.csv"
            if history.exists():
                title = f"training of {what}; {self.heading}"
                plots.training_curves(self.folder / f"{TRAINING}{file}.png", history, title=title)

    def confusion(self) -> None:
        """Which classes the main model takes for which, on test videos with one class each, and how many of
        each class it gets right.
        """
        scores = self.scores(self.main)
        if scores is None or any(ref.others for ref in self.experiment.split.test):
            return
        title = f"{self.in_words(self.main)}{self.of_confusion}; {self.heading}"
        matrix = self.matrix(scores)
        plots.confusion(self.folder / "confusion.png", matrix, self.classes, title=title)
        videos, right = matrix.sum(axis=1), matrix.diagonal()
        plots.right_by_class(self.folder / "classes.png", self.classes, right, videos, title=title)
        table = io.StringIO()
        rows = zip(self.classes, videos.tolist(), right.tolist(), strict=True)
        csv.writer(table, lineterminator="\n").writerows([("class", "test_videos", "right"), *rows])
        write_text(self.experiment.folder.path / BY_CLASS, table.getvalue())

    def scores(self, name: str) -> Scores | None:
        """A model's scores of the test videos, where there is a score file."""
        path = self.experiment.folder.path / "scores" / f"{name}.npz"
        return score_file.read(path) if path.exists() else None

    def matrix(self, scores: Scores) -> NDArray[np.int64]:
        """How many videos of a class (row) were called what (column), int64 [K, K]."""
        return accuracy.confusion_matrix(scores.labels, accuracy.top1(scores.scores[:, 0]), len(self.classes))


def frames_of(ref: VideoRef, numbers: NDArray[np.integer]) -> Frames:
    """Chosen frames of a video in any order, which may repeat: uint8 [n, H, W, 3]."""
    distinct, places = np.unique(numbers, return_inverse=True)
    return decode.read_frames(ref.path, distinct, ref.segment)[places]


def fps_of(ref: VideoRef) -> float:
    """At which rate its pictures are played."""
    return decode.probe(ref.path).fps or USUAL_FPS
