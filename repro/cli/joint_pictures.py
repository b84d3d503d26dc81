"""Figures and overlay video of a finished run of paper 5."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro import score_file
from repro.cli.view import looking
from repro.evaluation import accuracy
from repro.experiment.paper import Paper
from repro.inference.predict import USUAL_FPS
from repro.paper5.networks import UPDATE_LOSS
from repro.paper5.pipeline import SHOWN_EPOCHS, Pipeline
from repro.paper5.rows import LATE, NOT_REGULARISED
from repro.report import plots
from repro.report.masks import Grid
from repro.types import Frames, VideoRef
from repro.video import decode
from repro.video.encode import write_video

EXAMPLES = 8  # of Fig. 6, each of another class


def draw(
    paper: Paper, pipeline: Pipeline, heading: str, main: str, results: Sequence[Path]
) -> dict[str, Path]:
    """The figures and `attention.webm` of a run, in its folder; what was made, by kind.

    main: the model that is looked into. results: the rows' result files.
    """
    pictures = Pictures(pipeline, heading)
    pictures.training()
    pictures.confusion(main)
    pictures.convergence()
    pictures.confusions_by_epoch(main)
    pictures.examples(main)
    return {"figures": pictures.folder, "video": pictures.joint_maps(main)}


class Pictures:
    """The figures of a run, each from files that are already there."""

    def __init__(self, pipeline: Pipeline, heading: str) -> None:
        self.pipeline, self.heading = pipeline, heading
        self.job = pipeline.job
        self.folder = self.job.folder.path / "figures"
        self.classes = self.job.split.classes

    def training(self) -> None:
        """How every network was trained."""
        for stream, path in self.pipeline.networks.items():
            history = path.parent / "history.csv"
            if history.exists():
                plots.training_curves(self.folder / f"{stream}_vgg.png", history, title=f"VGG-16 on {stream}")
        for name, path in self.pipeline.trained.items():
            plots.training_curves(self.folder / f"train-{name}.png", path.parent / "history.csv", title=name)

    def confusion(self, name: str) -> None:
        """Which classes a model takes for which, on whole test videos."""
        path = self.job.folder.path / "scores" / f"{name}.npz"
        if path.exists():
            title = f"{name}; {self.heading}"
            plots.confusion(self.folder / "confusion.png", self._matrix(path), self.classes, title=title)

    def _matrix(self, path: Path) -> NDArray[np.int64]:
        scores = score_file.read(path)
        return accuracy.confusion_matrix(scores.labels, accuracy.top1(scores.scores[:, 0]), len(self.classes))

    def convergence(self) -> None:
        """The LSTM's loss with and without the attention regulariser (Fig. 5), where both were trained."""
        names = {
            "with attention regularisation": self.pipeline.name(LATE),
            "without": self.pipeline.name(NOT_REGULARISED),
        }
        if not set(names.values()) <= set(self.pipeline.models):
            return
        folders = {words: self._training(name) for words, name in names.items()}
        plots.convergence(
            self.folder / "convergence.png",
            {words: folder / "updates.csv" for words, folder in folders.items()},
            steps_per_epoch=_steps_per_epoch(next(iter(folders.values()))),
            column=UPDATE_LOSS,
            title=f"loss of the LSTM in training; {self.heading}",
        )

    def _training(self, name: str) -> Path:
        """The folder of the training that a model comes from."""
        return self.pipeline.trained[self.pipeline.trained_name(self.pipeline.models[name])].parent

    def confusions_by_epoch(self, name: str) -> None:
        """Which classes it takes for which after the first and after the third epoch (Fig. 7)."""
        folder = self._training(name)
        if all((folder / f"epoch-{epoch}.npz").exists() for epoch in SHOWN_EPOCHS):
            plots.confusions(
                self.folder / "confusion_by_epoch.png",
                {
                    f"after epoch {epoch}": self._matrix(self.pipeline.scores_at_epoch(name, epoch))
                    for epoch in SHOWN_EPOCHS
                },
                self.classes,
                title=f"{name}; {self.heading}",
            )

    def examples(self, name: str) -> None:
        """A frame of the first test video of eight classes, as bright as it is attended to (Fig. 6)."""
        first = {ref.label: ref for ref in reversed(self.job.split.test)}
        shown = np.linspace(0, len(first) - 1, min(EXAMPLES, len(first))).round().astype(int)
        examples = []
        for label in np.array(sorted(first))[shown].tolist():
            looked = self.pipeline.look(name, first[label])
            middle = len(looked.numbers) // 2
            frame = _frames(first[label], looked.numbers[middle : middle + 1])[0]
            examples.append((frame, looked.attention[middle], self.classes[label]))
        plots.attention_examples(
            self.folder / "attention.png",
            examples,
            grid=self._grid(name),
            title=f"attention of {name}, middle frame of the first clip; {self.heading}",
        )

    def joint_maps(self, name: str) -> Path:
        """What the branches and the LSTM look at in one test video (Fig. 2), and the same as a video."""
        ref = self.job.split.test[0]
        looked = self.pipeline.look(name, ref)
        frames = _frames(ref, looked.numbers)
        plots.joint_maps(
            self.folder / "joint_maps.png",
            frames,
            dict(reversed(list(looked.energies.items()))),  # the deepest level first, as in the paper
            looked.attention,
            grid=self._grid(name),
            numbers=looked.numbers,
            title=f"{name}, {ref.video_id}",
        )
        fps = decode.probe(ref.path).fps or USUAL_FPS
        path = self.job.folder.path / "attention.webm"
        drawn = looking(frames, looked.frame, looked.attention, self.classes, grid=self._grid(name), fps=fps)
        write_video(path, drawn, fps)
        return path

    def _grid(self, name: str) -> Grid:
        return Grid(self.pipeline.models[name].size_px, *self.pipeline.grid_px(name))


def _frames(ref: VideoRef, numbers: NDArray[np.integer]) -> Frames:
    """These frames, which may repeat."""
    distinct, place = np.unique(numbers, return_inverse=True)
    return decode.read_frames(ref.path, distinct, ref.segment)[place]


def _steps_per_epoch(folder: Path) -> int:
    """Updates in an epoch of a training that is finished."""
    updates, epochs = (_rows(folder / name) for name in ("updates.csv", "history.csv"))
    return max(1, len(updates) // max(1, len(epochs)))


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
