"""What was written, against the network in Keras: every output and every state, call by call, on real frames.

Both run by themselves: each gets back the states that came out of it. What two ways of float32 to the same
array may differ by comes from the scale of the whole array. A sum of n terms is rounded n times, each time by
up to half of 2^-23 of a partial sum: independent errors of deviation 0.29. A network whose units have n1, n2,
... inputs, layer after layer, has N = n1 + n2 + ... of them on the way to an output, and once its memory has
run t times t N. Two ways have twice as many, so that their difference has the deviation 0.29 sqrt(2 t N) =
0.41 sqrt(t N) of 2^-23 times the largest value. One value of a million is beyond five of these: 2 sqrt(t N).
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from repro.deploy.deployable import Arrays, Deployable, Frame
from repro.deploy.formats import Call, keras_call
from repro.types import InputError

EPSILON = 2.0**-23
WIDEST = 0.01  # of the scale: a wider tolerance would tell nothing apart


class Differs(Exception):
    """A file that does not compute what Keras computes; the text is one line."""


class Agreement(NamedTuple):
    """calls: how many were compared. worst: the largest difference of each output or state over all calls, in
    units of what is allowed, 0..1. ms: the median of a call as written, and in Keras.
    """

    calls: int
    worst: dict[str, float]
    ms: float
    keras_ms: float


def rounded_terms(model: keras.Model) -> float:
    """N: the inputs of a unit, added up over all layers; those side by side count one after the other."""
    return float(sum(np.prod(weight.shape[:-1]) for weight in model.weights if weight.shape))


def agreement(of: Deployable, written: Call, frames: Iterable[Frame], calls: int) -> Agreement:
    """Run both on the first `calls` calls of a video.

    Raises Differs with the first call and array that is too far, InputError for a video without a whole call.
    """
    inputs = list(islice(of.calls(frames), calls))
    if not inputs:
        raise InputError(f"the video is too short to check the network on: one call takes {of.frames} frames")
    ours, ms = _run(of, written, inputs)
    theirs, keras_ms = _run(of, keras_call(of.model), inputs)
    number = np.arange(len(inputs))
    steps = (1 + (number if of.window is None else number % of.window)) if of.states else of.unrolled
    share = 2 * np.sqrt(rounded_terms(of.model) * steps * np.ones(len(inputs))) * EPSILON
    worst = {}
    for name in of.model.output:
        got, wanted = (np.stack([each[name] for each in outputs]) for outputs in (ours, theirs))
        worst[name] = _worst(name, got, wanted, share)
    return Agreement(len(inputs), worst, ms, keras_ms)


def _run(of: Deployable, call: Call, inputs: list[Arrays]) -> tuple[list[Arrays], float]:
    """The outputs of each call, and the median milliseconds of a call once it is compiled."""
    call({**inputs[0], **of.start()})
    outputs, ms, beside = [], [], of.start()
    for number, given in enumerate(inputs):
        if of.window and number % of.window == 0:
            beside = of.start()
        started = time.perf_counter()
        outputs.append({name: np.asarray(array) for name, array in call({**given, **beside}).items()})
        ms.append(1000 * (time.perf_counter() - started))
        beside = of.after(outputs[-1])
    return outputs, float(np.median(ms))


def _worst(
    name: str, got: NDArray[np.floating], wanted: NDArray[np.floating], share: NDArray[np.float64]
) -> float:
    """The largest difference of arrays [calls, 1, ...] in units of what is allowed: `share` [calls] of the
    largest |wanted|. Raises Differs above 1, ValueError for a share that would tell nothing apart.
    """
    if share.max() >= WIDEST:
        raise ValueError(f"a tolerance of {share.max():.2g} of the scale; wanted under {WIDEST}")
    if got.shape != wanted.shape or not np.isfinite([got, wanted]).all():
        raise Differs(f"{name} is {list(got.shape)} or not finite; wanted {list(wanted.shape)}")
    apart = np.abs(got.astype(np.float64) - wanted).reshape(len(wanted), -1).max(axis=1)
    allowed = share * float(np.abs(wanted).max())
    far = apart > allowed
    if far.any():
        call = int(far.argmax())
        raise Differs(
            f"{name} differs by {apart[call]:.3g} at call {call + 1}; float32 explains {allowed[call]:.3g}"
        )
    return float(np.divide(apart, allowed, out=np.zeros_like(apart), where=allowed > 0).max())
