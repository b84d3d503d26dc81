"""Frame in, class probabilities out, at a cost that does not grow with the length of the stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.types import Frames, InputError
from repro.video import geometry

Memory = Mapping[str, NDArray[np.float32]]  # the LSTMs' states by name, [1, U] each
Advance = Callable[[Frames, Memory], tuple[NDArray[np.float32], Memory]]


class Prediction(NamedTuple):
    """What is said after a frame.

    t: frames seen since the window began, this one included (1 for its first). probabilities: float32 [K],
    p_t of this frame. averaged: float32 [K], (1/t) sum over s = 1..t of p_s, the rule of paper 2, section
    3.3. label: the class with the highest average, the lower index on a tie. window: windows begun before.
    """

    t: int
    probabilities: NDArray[np.float32]
    averaged: NDArray[np.float32]
    label: int
    window: int


class StreamState(NamedTuple):
    """All that a stream remembers; never changed in place, so a state may be kept and continued twice.

    t: frames seen in the window. total: float64 [K], sum of their probabilities. window: windows before.
    """

    t: int
    total: NDArray[np.float64]
    memory: Memory
    window: int


class Anticipator:
    """A trained frame network and LSTM that label a stream while it arrives.

    advance: one frame, uint8 [1, S, S, 3] RGB, and the memory before it -> float32 [1, K] probabilities and
    the memory after it; `network.one_frame` makes it from the two models. memory: as it is before the first
    frame. classes: K names. size: S.

    The LSTM was trained on the first T frames of clips and knows nothing of longer ones. Therefore a stream
    starts afresh, memory and average, after every `window_frames` = T frames: frames 1..T are treated as in
    the paper, and so is each further window by itself. None never restarts.
    """

    def __init__(
        self,
        advance: Advance,
        memory: Memory,
        classes: Sequence[str],
        size: int,
        window_frames: int | None,
    ) -> None:
        if window_frames is not None and window_frames < 1:
            raise ValueError(f"a window of {window_frames} frames; wanted 1 or more, or None")
        self._advance = advance
        self._memory = dict(memory)
        self.classes = tuple(classes)
        self.size = size
        self.window_frames = window_frames

    def start(self, window: int = 0) -> StreamState:
        """The state before the first frame of a window."""
        return StreamState(0, np.zeros(len(self.classes)), self._memory, window)

    def step(self, frame: NDArray[np.uint8], state: StreamState) -> tuple[Prediction, StreamState]:
        """Label the next frame, uint8 [H, W, 3] RGB of any size; also returns the state for the one after.

        Raises ValueError for another dtype or shape, or a network that gives other than K probabilities;
        InputError for one that gives NaN.
        """
        check_frame(frame)
        if state.t == self.window_frames:
            state = self.start(state.window + 1)
        image = geometry.resize(frame, self.size, self.size)[np.newaxis]
        output, memory = self._advance(image, state.memory)
        probabilities = checked(output, len(self.classes))
        t, total = state.t + 1, state.total + probabilities
        averaged = (total / t).astype(np.float32)
        prediction = Prediction(t, probabilities, averaged, int(np.argmax(averaged)), state.window)
        return prediction, StreamState(t, total, memory, state.window)

    def finish(self, state: StreamState) -> None:
        """At the end of a stream nothing is left to say: every frame was labelled when it came."""


def check_frame(frame: NDArray[np.uint8]) -> None:
    """Raises ValueError for what is no frame, uint8 [H, W, 3]."""
    if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3 or 0 in frame.shape:
        raise ValueError(f"wanted a frame uint8 [H, W, 3], found {frame.dtype} {list(frame.shape)}")


def checked(output: NDArray[np.floating], classes: int) -> NDArray[np.float32]:
    """What a network says of one frame, [1, K] -> float32 [K].

    Raises ValueError for other than K probabilities, InputError for NaN or infinity among them.
    """
    probabilities = np.array(output, np.float32)[0]
    if probabilities.shape != (classes,):
        raise ValueError(f"{classes} classes, but the network gives {list(probabilities.shape)}")
    if not np.isfinite(probabilities).all():
        raise InputError("the network gives NaN or infinite probabilities; check the weights it was given")
    return probabilities
