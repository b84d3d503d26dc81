"""What a run of paper 5 shows: where its branches and its LSTM look, and what the regulariser does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np

from repro import score_file
from repro.experiment import figures
from repro.paper5 import levels, networks
from repro.paper5.pipeline import SHOWN_EPOCHS, Pipeline
from repro.paper5.rows import LATE, NOT_REGULARISED
from repro.report import plots
from repro.report.figure import OURS
from repro.report.live import attention_overlay
from repro.report.masks import Grid
from repro.training.results import epoch_file
from repro.video.encode import write_video

EXAMPLES = ("eat", "clap", "catch", "run", "jump", "kiss", "smile", "turn")  # of Fig. 6, classes of HMDB51


class Figures(figures.Figures[Pipeline]):
    """Figs. 2, 5, 6 and 7; what the main model looks at in one test video, as a video."""

    words: ClassVar = {
        "late": "late fusion",
        "early": "early fusion",
        "rgb": "RGB",
        "lambda_att=0.0": "without attention regularisation",
    }

    def networks(self) -> Iterator[tuple[str, str, Path]]:
        return (
            (f"{s}_vgg", f"{self.experiment.recipe.network} on {self.words.get(s, s)}", path)
            for s, path in self.pipeline.networks.items()
        )

    def render(self) -> Path:
        self.convergence()
        self.confusions_by_epoch()
        self.examples()
        return self.joint_maps()

    def convergence(self) -> None:
        """The LSTM's loss with and without the attention regulariser (Fig. 5), where both were trained."""
        names = {
            f"with attention regularisation{OURS}": self.pipeline.name(LATE),
            "without": self.pipeline.name(NOT_REGULARISED),
        }
        if not set(names.values()) <= set(self.pipeline.models):
            return
        folders = {words: self._training(name) for words, name in names.items()}
        plots.convergence(
            self.folder / "convergence.png",
            {words: folder / "updates.csv" for words, folder in folders.items()},
            steps_per_epoch=_steps_per_epoch(next(iter(folders.values()))),
            column=networks.UPDATE_LOSS,
            title=f"loss of the LSTM in training; {self.heading}",
        )

    def _training(self, name: str) -> Path:
        """The folder of the training that a model comes from."""
        return self.pipeline.trained[self.pipeline.trained_name(self.pipeline.models[name])].parent

    def confusions_by_epoch(self) -> None:
        """Which classes it takes for which after the first and after the third epoch (Fig. 7)."""
        folder = self._training(self.main)
        if all((folder / epoch_file(epoch)).exists() for epoch in SHOWN_EPOCHS):
            plots.confusions(
                self.folder / "confusion_by_epoch.png",
                {
                    f"after epoch {epoch}": self.matrix(
                        score_file.read(self.pipeline.scores_at_epoch(self.main, epoch))
                    )
                    for epoch in SHOWN_EPOCHS
                },
                self.classes,
                title=f"{self.in_words(self.main)}; {self.heading}",
            )

    def examples(self) -> None:
        """A frame of the first test video of eight classes, as bright as it is attended to (Fig. 6).

        The classes are the paper's where the data set has them, else eight from its first to its last.
        """
        first = {ref.label: ref for ref in reversed(self.experiment.split.test)}
        labels = [label for label in sorted(first) if self.classes[label] in EXAMPLES]
        if len(labels) == len(EXAMPLES):
            labels.sort(key=lambda label: EXAMPLES.index(self.classes[label]))
        else:
            spaced = np.linspace(0, len(first) - 1, min(len(EXAMPLES), len(first))).round().astype(int)
            labels = np.array(sorted(first))[spaced].tolist()
        examples = []
        for label in labels:
            outputs = self.pipeline.look(self.main, first[label])
            middle = len(outputs.numbers) // 2
            frame = figures.frames_of(first[label], outputs.numbers[middle : middle + 1])[0]
            examples.append((frame, outputs.attention[middle], self.classes[label]))
        plots.attention_examples(
            self.folder / "attention.png",
            examples,
            grid=self.grid,
            title=f"attention, {self.in_words(self.main)}, middle frame of the first clip; {self.heading}",
        )

    def joint_maps(self) -> Path:
        """What the branches and the LSTM look at in one test video (Fig. 2), and the same as a video.

        The energies are of the model without the regulariser, or where it was not trained of the maps as
        stored: it pulls them to the attention, and of the regularised one the figure would show only that.
        """
        ref = self.experiment.split.test[0]
        outputs = self.pipeline.look(self.main, ref)
        free = self.pipeline.name(NOT_REGULARISED)
        words = self.in_words(free)
        if free in self.pipeline.models:
            energies = (outputs if free == self.main else self.pipeline.look(free, ref)).energies
        else:
            words, energies = self.experiment.recipe.network, self.pipeline.responses(self.main, ref)
        frames = figures.frames_of(ref, outputs.numbers)
        plots.joint_maps(
            self.folder / "joint_maps.png",
            frames,
            # The deepest level first, as in the paper.
            dict(reversed(list(energies.items()))),
            outputs.attention,
            grid=self.grid,
            numbers=outputs.numbers,
            title=f"energies: {words}; attention: {self.in_words(self.main)}; {ref.video_id}",
        )
        fps = figures.fps_of(ref)
        path = self.experiment.folder.path / "attention.webm"
        drawn = attention_overlay(
            frames, outputs.frame, outputs.attention, self.classes, grid=self.grid, fps=fps
        )
        write_video(path, drawn, fps)
        return path

    @property
    def grid(self) -> Grid:
        """The places of the main model's maps in the square frame."""
        recipe = self.pipeline.models[self.main]
        return Grid(recipe.size_px, *levels.grid_px(recipe))


def _steps_per_epoch(folder: Path) -> int:
    """Updates in an epoch of a training that is finished."""
    lines = ((folder / name).read_text().splitlines() for name in ("updates.csv", "history.csv"))
    updates, epochs = (len(each) - 1 for each in lines)  # below their header
    return max(1, updates // max(1, epochs))
