"""What a training step of VideoLSTM works on and how much arithmetic it is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.paper4.networks import STRIDE
from repro.paper4.recipe import Recipe

CLASSES = 101


class Sizes(NamedTuple):
    """Of one training step: B snippets of T frames, maps h x w of D channels, U of the states, A to match."""

    batch: int
    steps: int
    grid: tuple[int, int]
    channels: int
    units: int
    attention_units: int
    head_units: int
    classes: int


def sizes_of(numbers: Recipe, batch: int) -> Sizes:
    """The recipe's sizes as the peer and the counting need them."""
    side, channels = numbers.size_px // STRIDE[numbers.pool5], round(512 * numbers.width)
    own = (numbers.channels, numbers.attention_units, numbers.head_units)
    return Sizes(batch, numbers.steps, (side, side), channels, *own, CLASSES)


def sampled_batch(sizes: Sizes) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.int32]]:
    """{"pool5", "motion"}: float32 [B, T, h, w, D], half of them zero as after a ReLU; labels int32 [B]."""
    rng = np.random.default_rng(0)
    shape = (sizes.batch, sizes.steps, *sizes.grid, sizes.channels)
    names = ("pool5", "motion")
    inputs = {name: np.maximum(rng.standard_normal(shape, np.float32), 0) for name in names}
    return inputs, rng.integers(0, sizes.classes, sizes.batch).astype(np.int32)


def multiply_adds(sizes: Sizes) -> dict[str, int]:
    """Multiplications with addition of one forward pass by part, for one snippet; borders counted as full.

    A convolution k x k from D to N channels on h x w places takes k k D N h w of them.
    """
    places = sizes.grid[0] * sizes.grid[1]
    d, u, a, t = sizes.channels, sizes.units, sizes.attention_units, sizes.steps
    return {
        "bottom layer": t * places * 9 * (d + u + u) * 4 * u,
        "top layer": t * places * 9 * (d + u) * 4 * u,
        "attention": t * places * (d * a + u * a + a),
        "start states": 2 * places * 9 * d * 2 * u,
        "head": t * (places * u * sizes.head_units + sizes.head_units * sizes.classes),
    }


def training_flop(sizes: Sizes) -> int:
    """Operations of forward and backward: two a multiply-add, and the backward pass has two products for one.

    The stored features need no gradient: W^m_x * M_t, W_xa * X_t and both start states have one product less.
    """
    forward = sum(multiply_adds(sizes).values())
    places, d, u = sizes.grid[0] * sizes.grid[1], sizes.channels, sizes.units
    of_inputs = (
        sizes.steps * places * (9 * d * 4 * u + d * sizes.attention_units) + 2 * places * 9 * d * 2 * u
    )
    return 2 * sizes.batch * (3 * forward - of_inputs)
