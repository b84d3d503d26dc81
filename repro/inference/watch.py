"""Frame in; label, attention map and box out, at a cost that does not grow with the length of the stream.

Paper 4's networks as a stream sees them. One that reads optical flow needs the next frame to look at a frame
(section 2.1: field t leads from frame t to t + 1), so its answers come one frame late.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.flow.coding import STILL
from repro.inference.stream import Memory, check_frame, checked
from repro.localisation.components import Proposals, components
from repro.localisation.linking import link
from repro.localisation.saliency import saliency
from repro.localisation.tube import LocalisationSettings
from repro.types import InputError
from repro.video import geometry

Images = Mapping[str, NDArray[np.uint8]]  # "rgb" [1, S, S, 3] and, where there is flow, "flow" [1, S, S, 2]
Said = Mapping[
    str, NDArray[np.float32]
]  # "frame" [1, K] and, where there is attention, "attention" [1, h, w]
Advance = Callable[[Images, Memory | None], tuple[Said, Memory]]
Motion = Callable[[NDArray[np.uint8], NDArray[np.uint8]], NDArray[np.uint8]]


class Seen(NamedTuple):
    """What is said of a frame.

    frame: which one, from 0. t: the place of this frame in its window, from 1. probabilities: float32 [K],
    p_t of this frame. averaged: float32 [K], their mean over the window so far. label: the class with the
    highest average, the lower index on a tie. window: windows begun before. attention: float32 [h, w], A_t
    (Eq. 8), sums to 1. box: float64 [4], left, top, right, bottom in pixels of this frame, half-open.
    Attention and box are None where the network has no attention.
    """

    frame: int
    t: int
    probabilities: NDArray[np.float32]
    averaged: NDArray[np.float32]
    label: int
    window: int
    attention: NDArray[np.float32] | None
    box: NDArray[np.float64] | None


class WatchState(NamedTuple):
    """All that a stream remembers; never changed in place, so a state may be kept and continued twice.

    frame: frames answered. t: of them in this window. total: float64 [K], sum of the window's probabilities.
    memory: None before a window's first frame. window: windows before. box: int64 [4], the last box on the
    saliency grid. last: what was said last. waiting: uint8 [H, W, 3], the frame that waits for the next one.
    """

    frame: int
    t: int
    total: NDArray[np.float64]
    memory: Memory | None
    window: int
    box: NDArray[np.int64] | None
    last: Seen | None
    waiting: NDArray[np.uint8] | None


class Watcher:
    """A trained network of paper 4 that labels and localises while a stream arrives.

    advance: the images of one frame and the memory before it, None at the start of a window -> what the
    network says and the memory after it. classes: K names. size: S. motion: two frames uint8 [H, W, 3] -> the
    coded field between them, uint8 [H', W', 2]; None where the network reads no flow. localisation: numbers
    of the chain from map to box, by default the paper's; its smoothing over time sees the future and is left
    out.

    The networks were trained on snippets of T frames. Therefore memory and average start afresh after every
    `window_frames` = T frames (paper 4, A10); None never restarts. The first memory depends on the first
    frame alone (A2), and each box on the one before it, across windows.
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
    ) -> None:
        if window_frames is not None and window_frames < 1:
            raise ValueError(f"a window of {window_frames} frames; wanted 1 or more, or None")
        self._localisation = localisation or LocalisationSettings()
        if self._localisation.saliency_norm == "video_max":
            raise InputError("saliency_norm 'video_max' needs the whole video; a stream has max or minmax")
        self._advance, self._motion = advance, motion
        self.classes = tuple(classes)
        self.size = size
        self.window_frames = window_frames

    def start(self) -> WatchState:
        """The state before the first frame of a stream."""
        return WatchState(0, 0, np.zeros(len(self.classes)), None, 0, None, None, None)

    def step(self, frame: NDArray[np.uint8], state: WatchState) -> tuple[Seen | None, WatchState]:
        """Take the next frame, uint8 [H, W, 3] RGB of any size; also returns the state for the one after.

        Says something of this frame, or with flow of the one before it: None at the first. Raises ValueError
        for another dtype or shape, or a network that gives other than K probabilities; InputError for NaN.
        """
        check_frame(frame)
        if self._motion is None:
            return self._look(frame, None, state)
        before, state = state.waiting, state._replace(waiting=frame.copy())  # a camera may reuse its frame
        if before is None:
            return None, state
        return self._look(before, self._motion(before, frame), state)

    def finish(self, state: WatchState) -> Seen | None:
        """What is said of the frame that still waits at the end of a stream; None where none does.

        There is no field that leads on from it, so the network says of it what it said of the frame before
        (A10); of a frame that is alone, what it says where nothing moves.
        """
        if state.waiting is None:
            return None
        if state.last is None:
            still = np.full((self.size, self.size, 2), STILL, np.uint8)
            return self._look(state.waiting, still, state)[0]
        last = state.last
        return self._tell(state.waiting, last.probabilities, last.attention, state)[0]

    def _look(
        self, frame: NDArray[np.uint8], field: NDArray[np.uint8] | None, state: WatchState
    ) -> tuple[Seen, WatchState]:
        if state.t == self.window_frames:
            fresh = self.start()
            state = state._replace(t=fresh.t, total=fresh.total, memory=None, window=state.window + 1)
        seen = {"rgb": frame} if field is None else {"rgb": frame, "flow": field}
        images = {n: geometry.resize(image, self.size, self.size)[np.newaxis] for n, image in seen.items()}
        said, memory = self._advance(images, state.memory)
        attention = np.array(said["attention"][0], np.float32) if "attention" in said else None
        probabilities = checked(said["frame"], len(self.classes))
        return self._tell(frame, probabilities, attention, state._replace(memory=memory))

    def _tell(
        self,
        frame: NDArray[np.uint8],
        probabilities: NDArray[np.float32],
        attention: NDArray[np.float32] | None,
        state: WatchState,
    ) -> tuple[Seen, WatchState]:
        t, total = state.t + 1, state.total + probabilities
        averaged = (total / t).astype(np.float32)
        edges, box = None, state.box
        if attention is not None:
            edges, box = self._box(attention, frame.shape[0], frame.shape[1], state.box)
        label = int(np.argmax(averaged))
        seen = Seen(state.frame, t, probabilities, averaged, label, state.window, attention, edges)
        return seen, state._replace(frame=state.frame + 1, t=t, total=total, box=box, last=seen)

    def _box(
        self,
        attention: NDArray[np.float32],
        frame_height: int,
        frame_width: int,
        box_prev: NDArray[np.int64] | None,
    ) -> tuple[NDArray[np.float64], NDArray[np.int64] | None]:
        """The box in pixels of the frame, and on the saliency grid for the frame after.

        Without a component the box before stays; where there was none yet it is the whole frame.
        """
        how = self._localisation
        (bright,) = saliency(attention[np.newaxis], how.upscale, how.sigma_px, how.saliency_norm)
        found = components(bright, how.theta)
        if len(found.boxes):
            before = [] if box_prev is None else [Proposals(box_prev[np.newaxis], np.ones(1))]
            box_prev = link([*before, found])[-1]
        height, width = bright.shape
        edges = np.array([0, 0, width, height]) if box_prev is None else box_prev
        scaled = edges * np.array([frame_width / width, frame_height / height] * 2)
        return np.clip(scaled, 0, [frame_width, frame_height] * 2), box_prev
