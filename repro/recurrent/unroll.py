"""The one loop over time, for cells whose state may have any shape: vectors, maps, or several of them.

`keras.layers.RNN` takes only cells with flat states; where it fits (`PeepholeLSTMCell`) it is the choice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops, tree

State = Any  # a tensor, or any nest of tensors
Step = Callable[[Any, State], tuple[Any, State]]


def unroll(step: Step, inputs: Any, state: State) -> tuple[Any, State]:
    """Apply `step(x_t, state) -> (output_t, new state)` at t = 1..T.

    inputs: tensor [B, T, ...] or a nest of them, T known. state: what the first step sees. Returns (outputs
    [B, T, ...], last state). Raises ValueError if T is unknown, 0, or not the
    same for all inputs.

    Under JAX `keras.ops.scan`, whose compilation does not grow with T. Elsewhere a Python loop, so the graph
    does: under TensorFlow `scan` (3.15) works only for cells with as many outputs as states.
    """
    lengths = {tensor.shape[1] for tensor in tree.flatten(inputs)}
    if len(lengths) != 1 or not all(lengths):
        raise ValueError(
            f"inputs of T = {sorted(lengths, key=str)} frames; wanted one known length of 1 or more"
        )
    over_time = _scanned if keras.config.backend() == "jax" else _looped
    return over_time(step, inputs, state)


def _looped(step: Step, inputs: Any, state: State) -> tuple[Any, State]:
    # Taken apart in one piece: the gradient of a slice at t is a tensor of all T frames, T times over.
    frames = [ops.unstack(tensor, axis=1) for tensor in tree.flatten(inputs)]
    outputs = []
    for frame in zip(*frames, strict=True):
        output, state = step(tree.pack_sequence_as(inputs, frame), state)
        outputs.append(output)
    return tree.map_structure(lambda *frames: ops.stack(frames, axis=1), *outputs), state


def _scanned(step: Step, inputs: Any, state: State) -> tuple[Any, State]:
    def turned(state: State, frame: Any) -> tuple[State, Any]:
        output, new = step(frame, state)
        return tree.map_structure(lambda old, new: ops.cast(new, old.dtype), state, new), output

    start = tree.map_structure(ops.convert_to_tensor, state)
    last, outputs = ops.scan(turned, start, tree.map_structure(_time_first, inputs))
    return tree.map_structure(_time_first, outputs), last


def _time_first(x: Any) -> Any:
    """[B, T, ...] -> [T, B, ...], and back."""
    return ops.swapaxes(x, 0, 1)
