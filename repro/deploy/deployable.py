"""What every paper hands over: one network with its memory in the open, and how frames become its inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import KerasTensor
from numpy.typing import NDArray

NEXT = "next_"  # before the name of a state that comes out: ONNX has one namespace for both sides
FIRST = "first"  # the input that is true at the first frame of a window
PROBABILITIES, ATTENTION = "probabilities", "attention"
Arrays = dict[str, NDArray[Any]]
Frame = NDArray[np.uint8]  # [H, W, 3], RGB


@dataclass(frozen=True)
class Deployable:
    """A finished run as one network.

    model: inputs and outputs by name, each with B in front; nothing is hidden in it. states: inputs that are
    zeros [B, ...] at the first call of a window, and what came out as next_NAME at the others; none where a
    call takes a whole window. what: in words, each other input, every output and the rule of a
    video's prediction ("rule").
    calls: the frames of a video one by one -> the inputs of each call, [1, ...], without states and `first`.
    frames: of the video from one call to the next. every: of these it reads every `every`-th. window: calls
    after which the states start afresh; None without states. unrolled: steps of its memory within a call.
    """

    classes: tuple[str, ...]
    model: keras.Model
    states: tuple[str, ...]
    what: Mapping[str, str]
    calls: Callable[[Iterable[Frame]], Iterator[Arrays]]
    frames: int
    every: int
    window: int | None = None
    unrolled: int = 1

    @property
    def starts_itself(self) -> bool:
        """Whether the network makes its first states of the first frame: it then has the input `first`."""
        return FIRST in self.model.input

    def start(self) -> Arrays:
        """What goes in beside the frame at the first call of a window: states [1, ...], and `first`."""
        zeros: Arrays = {
            name: np.zeros((1, *self.model.input[name].shape[1:]), np.float32) for name in self.states
        }
        return {**zeros, FIRST: np.ones(1, bool)} if self.starts_itself else zeros

    def after(self, outputs: Mapping[str, NDArray[Any]]) -> Arrays:
        """What goes in beside the next frame of the window."""
        states: Arrays = {name: np.asarray(outputs[NEXT + name]) for name in self.states}
        return {**states, FIRST: np.zeros(1, bool)} if self.starts_itself else states

    def interface(self) -> dict[str, Any]:
        """All that a caller must know, for a JSON file beside the network; shapes are of one sample."""
        return {
            "classes": list(self.classes),
            "inputs": {name: self._described(name, tensor) for name, tensor in self.model.input.items()},
            "outputs": {name: self._described(name, tensor) for name, tensor in self.model.output.items()},
            "states": {name: [1, *self.model.input[name].shape[1:]] for name in self.states},
            "frames_a_call": self.frames,
            "reads_every": self.every,
            "calls_a_window": self.window,
            "rule": self.what["rule"],
        }

    @property
    def calls_to_check(self) -> int:
        """A window and the first call of the next one; of whole windows two."""
        return 2 if self.window is None else self.window + 1

    def _described(self, name: str, tensor: KerasTensor) -> dict[str, Any]:
        state = name.removeprefix(NEXT)
        words = self.what.get(name) or f"a state: zeros at first, then what came out as {NEXT}{state}"
        dtype = keras.backend.standardize_dtype(tensor.dtype)
        return {"shape": [1, *tensor.shape[1:]], "dtype": dtype, "what": words}
