"""How far the truth of the frames decides the class, over time: with each frame for itself, and in order.

Both oracles are the same classifier on `truth_of` and random ReLU features of it: the *frame-wise* one of
each frame, the *sequence* one of each frame with how it differs from the one `APART` frames on. Their
log-probabilities are averaged over the frames so far, so neither knows at which moment a frame was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from repro.demo.probe import Floats, Ints
from repro.demo.truth import COLUMNS
from repro.evaluation.logistic_regression import Samples, fit

UNITS, APART = 512, 3
DECAY, EVERY = 1e-3, 3  # one frame in three trains
Frames = Sequence[Floats]  # the truth of each clip, [T, COLUMNS]


@dataclass(frozen=True)
class Clips:
    """truth: of each clip [T, COLUMNS]. labels, groups: int64 [n]. tested: bool [n], the rest trains."""

    truth: Frames
    labels: Ints
    groups: Ints
    tested: NDArray[np.bool_]

    @property
    def training(self) -> list[int]:
        """Which clips train."""
        return np.flatnonzero(~self.tested).tolist()


def alone(truth: Floats) -> Floats:
    """Each frame for itself: [T, COLUMNS] as it is."""
    return truth


def in_order(truth: Floats) -> Floats:
    """[T, COLUMNS] -> [T, 2 COLUMNS]: each frame, and twice its difference to `APART` frames on."""
    ahead = truth[np.minimum(np.arange(len(truth)) + APART, len(truth) - 1)]
    return np.concatenate([truth, 2 * (ahead - truth)], axis=1)


def log_probabilities(clips: Clips, classes: int, describe: Callable[[Floats], Floats]) -> list[Floats]:
    """Of every frame of the tested clips, [T, K].

    describe: the truth of a clip -> what the oracle is given of it, `alone` or `in_order`.
    """
    known = np.concatenate([clips.truth[i] for i in clips.training])
    mean, deviation = known.mean(axis=0), known.std(axis=0) + 0.05
    width = describe(np.zeros((1, COLUMNS))).shape[1]
    rng = np.random.default_rng(0)
    kernel = 1.5 * rng.normal(size=(width, UNITS)) / np.sqrt(width)
    bias = 0.5 * rng.normal(size=UNITS)

    def hidden(truth: Floats) -> Floats:
        given = describe((truth - mean) / deviation)
        return np.concatenate([given, np.maximum(given @ kernel + bias, 0.0)], axis=1)

    train = [(hidden(clips.truth[i])[i % EVERY :: EVERY], clips.labels[i]) for i in clips.training]
    labels = np.concatenate([np.full(len(frames), label) for frames, label in train])
    given = np.concatenate([frames for frames, _ in train])
    fitted = fit(Samples(given, labels, np.ones(len(labels))), classes, DECAY)
    tested = np.flatnonzero(clips.tested).tolist()
    return [fitted.log_probabilities(hidden(clips.truth[i])) for i in tested]


def classes_after(logs: Sequence[Floats], share: float) -> Ints:
    """The class of each clip from the mean of [T, K] over its first `share` of frames, at least one: [n]."""
    counts = [max(1, round(share * len(frames))) for frames in logs]
    return np.array(
        [frames[:count].mean(axis=0).argmax() for frames, count in zip(logs, counts, strict=True)]
    )
