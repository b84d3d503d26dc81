"""Figures and overlay video of a finished run of papers 1 or 2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from repro import score_file
from repro.anticipation.features import gate_maps
from repro.anticipation.pipeline import Pipeline
from repro.anticipation.rows import FRACTIONS
from repro.evaluation import accuracy, anticipation, calibration, pooling
from repro.experiment.paper import Paper
from repro.paper1 import rows as rows1
from repro.paper2 import rows as rows2
from repro.report import maps, overlays, plots
from repro.types import Scores, VideoRef
from repro.video import decode, encode

GATE_CLASSES = 6
FIGURES = {1: rows1.FIGURES, 2: rows2.FIGURES}


def draw(
    paper: Paper, pipeline: Pipeline, heading: str, main: str, results: Sequence[Path]
) -> dict[str, Path]:
    """The figures and `early_warning.webm` of a run, in its folder; what was made, by kind.

    main: the model whose confusions and overlay are shown. results: not looked at, score files say more.
    """
    pictures = Pictures(paper, pipeline, heading)
    pictures.draw()
    made = {"figures": pictures.folder}
    if not pictures.scores:  # rows that look at training clips only
        return made
    main = main if main in pictures.scores else next(iter(pictures.scores))
    pictures.draw_one(main)
    video = pipeline.job.folder.path / "early_warning.webm"
    return {**made, "video": early_warning(video, pipeline, pictures.scores[main])}


class Pictures:
    """The figures of a run, each from score files and histories that are already there."""

    def __init__(self, paper: Paper, pipeline: Pipeline, heading: str) -> None:
        self.figures = FIGURES[paper.number]
        self.pipeline, self.heading = pipeline, heading
        self.folder = pipeline.job.folder.path / "figures"
        self.classes = pipeline.job.split.classes
        plain = [row for row in pipeline.rows if not {"part", "seen"} & set(row.metric_options)]
        self.scores: dict[str, Scores] = {}
        for row in plain:
            name = pipeline.name(row.overrides)
            if name not in self.scores:
                self.scores[name] = score_file.read(pipeline.score_file(row))

    def draw(self) -> None:
        """Those that compare models, and how each was trained."""
        for file, (what, models) in self.figures.curves.items():
            self._curves(file, what, self._present(models))
        self._decisions()
        self._per_class()
        self._training()

    def draw_one(self, name: str) -> None:
        """Those of one model: its confusions, and what its gate does."""
        self._confusion(name)
        self._gate(name)

    def _present(self, models: Mapping[str, Mapping[str, Any]]) -> dict[str, Scores]:
        """label -> scores, of the models that this run has."""
        names = {label: self.pipeline.name(overrides) for label, overrides in models.items()}
        return {label: self.scores[name] for label, name in names.items() if name in self.scores}

    def _curves(self, file: str, what: str, scores: Mapping[str, Scores]) -> None:
        """Accuracy after t = 1..T frames (paper 1 Fig. 4, paper 2 Figs. 5 and 6)."""
        curves = [
            plots.Curve(
                label=label,
                seen=list(range(1, said.scores.shape[1] + 1)),
                percent=list(100 * anticipation.curve(said, pooled=averaged)),
                averaged=averaged,
            )
            for label, said in scores.items()
            for averaged in (True, False)
        ]
        if curves:
            plots.accuracy_curves(
                self.folder / file,
                curves,
                title=f"{what}; {self.heading}",
                x_label="observed frames",
                chance_percent=100 / len(self.classes),
            )

    def _confusion(self, name: str) -> None:
        scores = self.scores[name]
        predicted = anticipation.predictions_after(scores, "100%", pooled=True)
        matrix = accuracy.confusion_matrix(scores.labels, predicted, len(self.classes))
        title = f"{name}, whole clips; {self.heading}"
        plots.confusion(self.folder / "confusion.png", matrix, self.classes, title=title)

    def _decisions(self) -> None:
        """When the right class becomes first for good, and whether probabilities mean what they say."""
        _, models = self.figures.curves["losses.png"]
        scores = self._present(models)
        if not scores:
            return
        profiles = {
            label: anticipation.profile(said, FRACTIONS, pooled=True) for label, said in scores.items()
        }
        for metric in ("mAP", "ECE"):
            plots.profile_curves(
                self.folder / f"{metric}.png",
                {label: profile[metric] for label, profile in profiles.items()},
                metric=metric,
                title=f"{metric}; {self.heading}",
            )
        times = {label: anticipation.time_to_action(said, pooled=True) for label, said in scores.items()}
        plots.time_to_action(
            self.folder / "time_to_action.png", times, title=f"time to the right class; {self.heading}"
        )
        bins = {
            label: calibration.reliability(said.labels, anticipation.scores_after(said, "50%", pooled=True))
            for label, said in scores.items()
        }
        plots.reliability_diagram(
            self.folder / "reliability.png", bins, title=f"after half of the clip; {self.heading}"
        )

    def _per_class(self) -> None:
        """Paper 2, 4.4.2: where action-aware features help, and where context-aware ones do."""
        shares = {}
        for label, said in self._present(self.figures.per_class).items():
            predicted = anticipation.predictions_after(said, "100%", pooled=True)
            matrix = accuracy.confusion_matrix(said.labels, predicted, len(self.classes))
            shares[f"{label}-aware"] = accuracy.per_class(matrix)
        if len(shares) == 2:
            title = f"accuracy by class; {self.heading}"
            plots.per_class(self.folder / "per_class.png", self.classes, shares, title=title)

    def _training(self) -> None:
        networks = {"fine_tune": self.pipeline.frame_weights[next(iter(self.pipeline.models))]}
        if self.pipeline.flow_weights:
            networks["fine_tune_flow"] = self.pipeline.flow_weights
        for name, path in networks.items():
            history = path.parent / "history.csv"
            plots.training_curves(self.folder / f"{name}.png", history, title=name.replace("_", " "))
        for name in self.pipeline.models:
            history = self.pipeline.job.folder.path / "sequence" / name / "history.csv"
            plots.training_curves(self.folder / f"train-{name}.png", history, title=name)

    def _gate(self, main: str) -> None:
        """conv5-3 before and after the gate for one test video of several classes, evenly spread."""
        job, count = self.pipeline.job, len(self.classes)
        labels = sorted({round(i * (count - 1) / (GATE_CLASSES - 1)) for i in range(GATE_CLASSES)})
        refs = [ref for ref in (_first_of(job.split.test, label) for label in labels) if ref is not None]
        recipe, weights = self.pipeline.models[main], self.pipeline.frame_weights[main]
        rows = [
            maps.FrameMaps(
                class_name=self.classes[ref.label],
                frame=gated["frame"],
                conv5_3=gated["conv5_3"],
                gated=gated["gated"],
                class_map=gated["map"],
            )
            for ref, gated in zip(refs, gate_maps(job, recipe, weights, refs), strict=True)
        ]
        maps.activation_maps(self.folder / "gate.png", rows, title=f"the gate on conv5-3; {self.heading}")


def _first_of(refs: Sequence[VideoRef], label: int) -> VideoRef | None:
    return next((ref for ref in refs if ref.label == label), None)


def early_warning(path: Path, pipeline: Pipeline, scores: Scores) -> Path:
    """A test clip with the averaged probabilities drawn in: one that becomes clear about half-way.

    Of the clips it gets right, the one whose class is first for good nearest to the middle. The label
    chooses the clip and is written into the picture; the prediction has never seen it.
    """
    split = pipeline.job.split
    said = pooling.cumulative_mean(scores.scores)
    decided = anticipation.time_to_action(scores, pooled=True)  # infinite where it never is
    index = int(np.argmin(np.abs(decided - 0.5)))
    ref = next(r for r in split.test if r.video_id == scores.video_ids[index])
    frames = int(scores.observed_frames[index])
    clip = islice(decode.frames(ref.path, ref.segment), frames)
    fps = decode.probe(ref.path).fps or 25.0
    drawn = overlays.overlay_frames(
        clip, said[index, :frames], split.classes, fps=fps, true_label=split.classes[ref.label]
    )
    encode.write_video(path, drawn, fps)
    return path
