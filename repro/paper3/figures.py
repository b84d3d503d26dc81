"""What a run of paper 3 shows: the classes that gain, and which frames its decoders attend to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from repro.datasets import intervals_of
from repro.evaluation.combination import gains
from repro.experiment import figures
from repro.paper3 import networks, scoring
from repro.paper3.pipeline import Pipeline
from repro.paper3.recipe import for_row
from repro.paper3.rows import HIGHLIGHTED, VANILLA
from repro.report import plots
from repro.report.filmstrip import Attended, dimmed_strip, extremes
from repro.sampling.windows import distinct
from repro.types import VideoRef

NAMES = {"obj": "object", "sce": "scene", "act": "action"}
WORDS = {  # of the pieces of a model's name
    "c3d": "C3D",
    "alstm": "aLSTM",
    "lstm": "LSTM",
    **{short: f"attention to {name}s" for short, name in NAMES.items()},
}
VIDEOS = 3  # a row of the extremes


class Figures(figures.Figures[Pipeline]):
    """Figs. 2, 3 and 5, attention as a detector, and attention over time; there is no video."""

    words: ClassVar = WORDS

    def networks(self) -> Iterator[tuple[str, str, Path]]:
        return (
            (f"cnn-{name}", f"the {NAMES.get(name, self.words.get(name))} network", path)
            for name, path in self.pipeline.networks.items()
        )

    def render(self) -> None:
        self.gains()
        self.detection()
        files = {NAMES[o["attended"]]: self.pipeline.attention(o) for o in HIGHLIGHTED}
        looking = {name: path for name, path in files.items() if path.exists()}
        if looking:
            self.strip(looking)
            self.extremes(looking)
            self.over_time(looking)

    def gains(self) -> None:
        """The classes that gain most over the vanilla LSTM (Fig. 5)."""
        before = self.scores(self.pipeline.name(VANILLA))
        of_attention: dict[str, list[plots.ClassGain]] = {}
        for overrides in HIGHLIGHTED:
            scores = self.scores(self.pipeline.name(overrides))
            if before is not None and scores is not None:
                of_attention[f"attention to {NAMES[overrides['attended']]}s"] = [
                    plots.ClassGain(self.classes[g.label], g.accuracy, g.before)
                    for g in gains(scores, before)
                ]
        if of_attention:
            title = f"classes that gain most over LSTM-C3D; {self.heading}"
            plots.class_gains(self.folder / "gains.png", of_attention, title=title)

    def detection(self) -> None:
        """Attention as a detector of action frames, over all seeds there are."""
        own = {r["row"]: r["own"]["mean"] for r in self.results if r["metric"] == "highlighting"}
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

    def strip(self, looking: Mapping[str, Path]) -> None:
        """The attended frames of one window, dimmed by their weights (Fig. 3)."""
        weights = {name: scoring.first_windows(path) for name, path in looking.items()}
        # Where the models prefer most: a window of even weights shows nothing.
        ref = max(
            self.experiment.split.test,
            key=lambda ref: max(float(w[ref.video_id].mean(axis=0).max()) for w in weights.values()),
        )
        recipe = for_row(self.experiment.recipe, HIGHLIGHTED[0])
        windows = networks.windows(recipe)
        length = self.experiment.lengths_frames[ref.video_id]
        plain, _ = networks.test_windows(recipe, ref.video_id, length, self.experiment.seed)
        numbers = windows.attended_rows(distinct(plain)[0][:1])[0] * windows.grid % length
        dimmed_strip(
            self.folder / "filmstrip.png",
            figures.frames_of(ref, numbers),
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
                refs = [ref for ref in self.experiment.split.test if ref.label == label][:VIDEOS]
                if refs:
                    rows[f"{self.classes[label]}\n({name})"] = [_attended(ref, attention) for ref in refs]
        extremes(self.folder / "extremes.png", rows, title=f"most and least attended frames; {self.heading}")

    def over_time(self, looking: Mapping[str, Path]) -> None:
        """The weights over one test video, beside the interval of the action where the data say it."""
        attention = {name: scoring.read_attention(path) for name, path in looking.items()}
        experiment = self.experiment
        interval, ref = None, experiment.split.test[0]
        if experiment.split.dataset == "demo" and experiment.data is not None:
            intervals = intervals_of("demo", experiment.data, experiment.split.test)
            ref = min(experiment.split.test, key=lambda r: (intervals[r.video_id][0] == 0, r.video_id))
            interval = intervals[ref.video_id]
        plots.attention_over_time(
            self.folder / "attention_over_time.png",
            {name: of_video[ref.video_id] for name, of_video in attention.items()},
            interval=interval,
            title=f"attention over {ref.video_id}",
        )


def _attended(
    ref: VideoRef, attention: Mapping[str, tuple[NDArray[np.int64], NDArray[np.float64]]]
) -> Attended:
    numbers, weights = attention[ref.video_id]
    return Attended(ref.video_id.split("/")[-1], figures.frames_of(ref, numbers), numbers, weights)
