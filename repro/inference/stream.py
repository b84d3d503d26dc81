"""Frame in; label, and where the model has them attention map and box out, at a cost that does not grow with
the length of the stream.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.flow.coding import STILL
from repro.inference.localiser import Box, Localiser
from repro.localisation.tube import LocalisationSettings
from repro.types import InputError
from repro.video import geometry

Images = Mapping[str, NDArray[np.uint8]]  # "rgb" [1, S, S, 3] and, where there is flow, "flow" [1, S, S, 2]
Memory = Mapping[str, NDArray[np.float32]]  # the states of the recurrence by name, [1, ...] each
# "frame" [1, K] and, where there is attention, "attention" [1, h, w]
Outputs = Mapping[str, NDArray[np.float32]]
Advance = Callable[[Images, Memory | None], tuple[Outputs, Memory]]
Motion = Callable[[NDArray[np.uint8], NDArray[np.uint8]], NDArray[np.uint8]]


class FramePrediction(NamedTuple):
    """The prediction at a frame.

    frame: which one, from 0. t: its place in its window, from 1. probabilities: float32 [K], p_t of this
    frame. averaged: float32 [K], (1/t) sum over s = 1..t of p_s, the rule of paper 2, 3.2.2. label: the
    class with the highest average, the lower index on a tie. window: windows begun before. attention:
    float32 [h, w], A_t (paper 4, Eq. 8), sums to 1. box: float64 [4], left, top, right, bottom in pixels of
    this frame, half-open. Attention and box are None where the network has no attention.
    """

    frame: int
    t: int
    probabilities: NDArray[np.float32]
    averaged: NDArray[np.float32]
    label: int
    window: int
    attention: NDArray[np.float32] | None
    box: NDArray[np.float64] | None


class StreamState(NamedTuple):
    """All that a stream remembers; never changed in place, so a state may be kept and continued twice.

    frame: frames predicted. t: of them in this window. total: float64 [K], sum of the window's probabilities.
    memory: None before a window's first frame. window: windows before. box: the last one on the saliency
    grid. last: the last prediction. waiting: uint8 [H, W, 3], the frame that waits for the next one.
    """

    frame: int
    t: int
    total: NDArray[np.float64]
    memory: Memory | None
    window: int
    box: Box | None
    last: FramePrediction | None
    waiting: NDArray[np.uint8] | None


class Stream:
    """Trained networks that label, and with attention localise, while a stream arrives.

    advance: the images of one frame and the memory before it, None at the start of a window -> outputs and
    the memory after it. classes: K names. size: S. motion: two frames uint8 [H, W, 3] -> the coded field
    between them, uint8 [H', W', 2]; None where the network reads no flow. localisation: numbers of the chain
    from map to box, by default paper 4's.

    The networks were trained on the first T frames of clips (papers 1, 2) or on snippets of T frames (paper
    4, A10) and know nothing of longer ones. Therefore memory and average start afresh after every
    `window_frames` = T frames; None never restarts. Each box depends on the one before it, across windows.

    A network that was trained on every n-th frame reads every n-th (`every`): in between the last prediction
    stays, at no cost, and a window is of n T frames of the video.

    A network that reads flow needs the next frame to look at a frame (paper 4, A26: field t leads from frame
    t to t + 1), so its predictions come one frame late. The last frame of all has none: with nothing of its
    own to begin a window with, it stays in the one before, even a full one.
    """

    def __init__(
        self,
        advance: Advance,
        classes: Sequence[str],
        size: int,
        window_frames: int | None,
        *,
        motion: Motion | None = None,
        localisation: LocalisationSettings | None = None,
        every: int = 1,
    ) -> None:
        if window_frames is not None and window_frames < 1:
            raise ValueError(f"a window of {window_frames} frames; wanted 1 or more, or None")
        self.advance, self._motion = advance, motion
        self._localiser = Localiser(localisation or LocalisationSettings())
        self.classes = tuple(classes)
        self.size = size
        self.window_frames, self.every = window_frames, every

    @property
    def reads_flow(self) -> bool:
        """Whether a frame is looked at together with the one after it."""
        return self._motion is not None

    def sharing(self, advance: Advance) -> Stream:
        """The same, whose frames go through another `advance`."""
        other = copy(self)
        other.advance = advance
        return other

    def start(self) -> StreamState:
        """The state before the first frame of a stream."""
        return StreamState(0, 0, np.zeros(len(self.classes)), None, 0, None, None, None)

    def step(
        self, frame: NDArray[np.uint8], state: StreamState
    ) -> tuple[FramePrediction | None, StreamState]:
        """Take the next frame, uint8 [H, W, 3] RGB of any size; also returns the state for the one after.

        The prediction is of this frame, or with flow of the one before it: None at the first. Raises
        ValueError for another dtype or shape, or a network that gives other than K probabilities; InputError
        for NaN.
        """
        _check_frame(frame)
        if state.last is not None and state.frame % self.every:
            last = state.last._replace(frame=state.frame)
            waiting = None if self._motion is None else frame.copy()
            return last, state._replace(frame=state.frame + 1, last=last, waiting=waiting)
        if self._motion is None:
            return self._predict(frame, None, state)
        before, state = state.waiting, state._replace(waiting=frame.copy())  # a camera may reuse its frame
        if before is None:
            return None, state
        return self._predict(before, self._motion(before, frame), state)

    def finish(self, state: StreamState) -> FramePrediction | None:
        """The prediction of the frame that still waits at the end of a stream; None where none does.

        There is no field that leads on from it, so it gets the outputs of the frame before (paper 4, A10); a
        frame that is alone those of no motion.
        """
        if state.waiting is None:
            return None
        if state.last is None:
            still = np.full((self.size, self.size, 2), STILL, np.uint8)
            return self._predict(state.waiting, still, state)[0]
        last = state.last
        if state.frame % self.every:
            return last._replace(frame=state.frame)
        return self._after(state.waiting, last.probabilities, last.attention, state)[0]

    def _predict(
        self, frame: NDArray[np.uint8], field: NDArray[np.uint8] | None, state: StreamState
    ) -> tuple[FramePrediction, StreamState]:
        if state.t == self.window_frames:
            fresh = self.start()
            state = state._replace(t=fresh.t, total=fresh.total, memory=None, window=state.window + 1)
        inputs = {"rgb": frame} if field is None else {"rgb": frame, "flow": field}
        images = {n: geometry.resize(image, self.size, self.size)[np.newaxis] for n, image in inputs.items()}
        outputs, memory = self.advance(images, state.memory)
        attention = np.array(outputs["attention"][0], np.float32) if "attention" in outputs else None
        probabilities = _checked(outputs["frame"], len(self.classes))
        return self._after(frame, probabilities, attention, state._replace(memory=memory))

    def _after(
        self,
        frame: NDArray[np.uint8],
        probabilities: NDArray[np.float32],
        attention: NDArray[np.float32] | None,
        state: StreamState,
    ) -> tuple[FramePrediction, StreamState]:
        """The prediction from the outputs for a frame, and the state after it."""
        t, total = state.t + 1, state.total + probabilities
        averaged = (total / t).astype(np.float32)
        edges, box = None, state.box
        if attention is not None:
            edges, box = self._localiser.box(attention, frame.shape[0], frame.shape[1], state.box)
        label = int(np.argmax(averaged))
        last = FramePrediction(state.frame, t, probabilities, averaged, label, state.window, attention, edges)
        return last, state._replace(frame=state.frame + 1, t=t, total=total, box=box, last=last)


def _check_frame(frame: NDArray[np.uint8]) -> None:
    """Raises ValueError for what is no frame, uint8 [H, W, 3]."""
    if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3 or 0 in frame.shape:
        raise ValueError(f"wanted a frame uint8 [H, W, 3], got {frame.dtype} {list(frame.shape)}")


def _checked(output: NDArray[np.floating], classes: int) -> NDArray[np.float32]:
    """A network's output for one frame, [1, K] -> float32 [K].

    Raises ValueError for other than K probabilities, InputError for NaN or infinity among them.
    """
    probabilities = np.array(output, np.float32)[0]
    if probabilities.shape != (classes,):
        raise ValueError(f"{classes} classes, but the network gives {list(probabilities.shape)}")
    if not np.isfinite(probabilities).all():
        raise InputError("the network gives NaN or infinite probabilities; check the weights it was given")
    return probabilities
