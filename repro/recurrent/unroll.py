"""The one loop over time, for cells whose state may have any shape: vectors, maps, or several of them.

`keras.layers.RNN` takes only cells with flat states; where it fits (`PeepholeLSTMCell`) it is the choice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import KerasTensor, ops, tree

State = Any  # a tensor, or any nest of tensors
Step = Callable[[Any, State], tuple[Any, State]]


def unroll(step: Step, inputs: Any, state: State, *, reverse: bool = False) -> tuple[Any, State]:
    """Apply `step(x_t, state) -> (output_t, new state)` at t = 1..T; `reverse` goes t = T..1.

    inputs: tensor [B, T, ...] or a nest of them. state: what the first step sees; each step must keep its
    shapes and dtypes. Returns (outputs [B, T, ...] in the order of the inputs, last state).

    The loop is one `scan`, so the graph does not grow with T and T may be unknown when it is built.
    """

    def body(carried: State, x: Any) -> tuple[State, Any]:
        output, carried = step(x, carried)
        return carried, output

    last, outputs = ops.scan(body, state, tree.map_structure(_time_and_batch, inputs), reverse=reverse)
    return tree.map_structure(_time_and_batch, outputs), last


def _time_and_batch(tensor: KerasTensor) -> KerasTensor:
    """[B, T, ...] <-> [T, B, ...]."""
    return ops.swapaxes(tensor, 0, 1)
