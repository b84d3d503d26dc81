"""What a run of papers 1 and 2 shows: how early models know the class, and what the gate does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from repro import score_file
from repro.anticipation.features import gate_maps
from repro.anticipation.pipeline import Pipeline
from repro.anticipation.rows import FRACTIONS, GATES, Models
from repro.evaluation import accuracy, anticipation, calibration, pooling
from repro.experiment import figures
from repro.report import maps, overlays, plots
from repro.types import Scores
from repro.video import decode, encode

GATE_CLASSES = 6
WORDS = {  # of the pieces of a model's name; the losses are each paper's own
    "context": "context-aware features",
    "action": "action-aware features",
    "context+action": "context-aware and action-aware features",
    "action+context": "action-aware and context-aware features",
    "context+action+flow": "context-aware and action-aware features and flow",
    "ms_lstm": "multi-stage LSTM",
    "single_lstm": "LSTM",
}


class Figures(figures.Figures[Pipeline]):
    """What both papers show. Rows that look at training clips only give no scores of test clips.

    curves: file -> (title, models by label). by_class: the models that are compared class by class. The
    labels are the paper's words, and of its own model they end as `report.figure.OURS`.
    """

    curves: ClassVar[Mapping[str, tuple[str, Models]]]
    by_class: ClassVar[Models]
    of_confusion = ", whole clips"

    def __init__(self, pipeline: Pipeline, heading: str, main: str, results: Sequence[Path]) -> None:
        super().__init__(pipeline, heading, main, results)
        self.of_model: dict[str, Scores] = {}
        for row in pipeline.rows:
            name = pipeline.name(row.overrides)
            if name not in self.of_model and not {"part", "seen", "alone"} & set(row.metric_options):
                self.of_model[name] = score_file.read(pipeline.score_file(row))
        if self.of_model and main not in self.of_model:
            self.main = next(iter(self.of_model))

    def networks(self) -> Iterator[tuple[str, str, Path]]:
        yield (
            "fine_tune",
            "both sub-models on single frames",
            next(iter(self.pipeline.frame_weights.values())),
        )
        if self.pipeline.flow_weights:
            yield "fine_tune_flow", "the flow network", self.pipeline.flow_weights

    def scores(self, name: str) -> Scores | None:
        return self.of_model.get(name)

    def matrix(self, scores: Scores) -> NDArray[np.int64]:
        predicted = anticipation.predictions_after(scores, "100%", pooled=True)
        return accuracy.confusion_matrix(scores.labels, predicted, len(self.classes))

    def render(self) -> Path | None:
        for file, (what, models) in self.curves.items():
            self._curves(file, what, self._present(models))
        self._gates()
        self._decisions(self._present(self.curves["losses.png"][1]))
        self._per_class()
        if not self.of_model:
            return None
        self._gate()
        return self._early_warning(self.of_model[self.main])

    def _present(self, models: Models) -> dict[str, Scores]:
        """label -> scores, of the models that this run has."""
        names = {label: self.pipeline.name(overrides) for label, overrides in models.items()}
        return {label: self.of_model[name] for label, name in names.items() if name in self.of_model}

    def _curves(self, file: str, what: str, scores: Mapping[str, Scores]) -> None:
        """Accuracy after t = 1..T frames (paper 1 Fig. 4, paper 2 Figs. 5 and 6)."""
        step = self.experiment.recipe.frame_step
        curves = [
            plots.Curve(
                label=label,
                observed=list(range(1, step * each.scores.shape[1] + 1, step)),
                percent=list(100 * anticipation.curve(each, pooled=averaged)),
                averaged=averaged,
            )
            for label, each in scores.items()
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

    def _gates(self) -> None:
        """What a leak of the label would be worth (A3), where a run has the model with several gates."""
        gates = self._present(GATES)
        if len(gates) > 1:
            self._curves("gates.png", "whose map is the gate", gates)

    def _decisions(self, scores: Mapping[str, Scores]) -> None:
        """When the right class becomes first for good, and whether probabilities mean what they say."""
        if not scores:
            return
        profiles = {
            label: anticipation.profile(each, FRACTIONS, pooled=True) for label, each in scores.items()
        }
        for metric, file in (("mAP", "mean_average_precision.png"), ("ECE", "calibration_error.png")):
            plots.profile_curves(
                self.folder / file,
                {label: profile[metric] for label, profile in profiles.items()},
                metric=metric,
                title=self.heading,
            )
        times = {label: anticipation.time_to_action(each, pooled=True) for label, each in scores.items()}
        plots.time_to_action(
            self.folder / "time_to_action.png", times, title=f"time to the right class; {self.heading}"
        )
        bins = {
            label: calibration.reliability(each.labels, anticipation.scores_after(each, "50%", pooled=True))
            for label, each in scores.items()
        }
        plots.reliability_diagram(
            self.folder / "reliability.png", bins, title=f"after half of the clip; {self.heading}"
        )

    def _per_class(self) -> None:
        """Paper 2, 4.4.2: where action-aware features help, and where context-aware ones do."""
        shares = {
            label: accuracy.per_class(self.matrix(each))
            for label, each in self._present(self.by_class).items()
        }
        if len(shares) == 2:
            title = f"accuracy by class; {self.heading}"
            plots.per_class(self.folder / "per_class.png", self.classes, shares, title=title)

    def _gate(self) -> None:
        """conv5-3 before and after the gate for one test video of several classes, evenly spread."""
        last = len(self.classes) - 1
        labels = sorted({round(i * last / (GATE_CLASSES - 1)) for i in range(GATE_CLASSES)})
        first = {ref.label: ref for ref in reversed(self.experiment.split.test)}
        refs = [first[label] for label in labels if label in first]
        recipe, weights = self.pipeline.models[self.main], self.pipeline.frame_weights[self.main]
        gates: list[dict[str, Any]] = gate_maps(self.experiment, recipe, weights, refs)
        rows = [
            maps.FrameMaps(
                self.classes[ref.label], gated["frame"], gated["conv5_3"], gated["gated"], gated["map"]
            )
            for ref, gated in zip(refs, gates, strict=True)
        ]
        maps.activation_maps(self.folder / "gate.png", rows, title=f"the gate on conv5-3; {self.heading}")

    def _early_warning(self, scores: Scores) -> Path:
        """A test clip with the averaged probabilities drawn in: one that becomes clear about half-way.

        Of the clips it gets right, the one whose class is first for good nearest to the middle. The label
        chooses the clip and is written into the picture; the network never had it.
        """
        step = self.experiment.recipe.frame_step
        averaged = np.repeat(
            pooling.cumulative_mean(scores.scores), step, axis=1
        )  # until the next one scored
        decided = anticipation.time_to_action(scores, pooled=True)  # infinite where it never is
        index = int(np.argmin(np.abs(decided - 0.5)))
        ref = next(ref for ref in self.experiment.split.test if ref.video_id == scores.video_ids[index])
        frames = min(step * int(scores.observed_frames[index]), self.experiment.lengths_frames[ref.video_id])
        fps = figures.fps_of(ref)
        clip = islice(decode.frames(ref.path, ref.segment), frames)
        label = self.classes[ref.label]
        drawn = overlays.overlay_frames(
            clip, averaged[index, :frames], self.classes, fps=fps, true_label=label
        )
        path = self.experiment.folder.path / "early_warning.webm"
        encode.write_video(path, drawn, fps)
        return path
