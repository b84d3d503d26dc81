"""What a training step of paper 5 works on and how much arithmetic it is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.paper5 import levels
from repro.paper5.recipe import Recipe

CLASSES = 101
QUADRANTS = 4


class Sizes(NamedTuple):
    """Of one training step: B clips of T frames, stored maps h x w x D, C channels, U units, K classes."""

    batch: int
    steps: int
    grid: tuple[int, int]
    inputs: int
    channels: int
    units: int
    layers: int
    fc_units: int
    branches: tuple[str, ...]
    classes: int


def sizes_of(numbers: Recipe, batch: int) -> Sizes:
    """The recipe's sizes as the peer and the counting need them."""
    *grid, inputs = levels.map_shapes(numbers)["pool4"]
    return Sizes(
        batch,
        numbers.clip_len,
        (grid[0], grid[1]),
        inputs,
        numbers.channels,
        numbers.units,
        numbers.layers,
        numbers.fc_units,
        numbers.branches,
        CLASSES,
    )


def sampled_batch(sizes: Sizes) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.int32]]:
    """{branch: float32 [B, T, h, w, D]}, half of them zero as after a ReLU; labels int32 [B]."""
    rng = np.random.default_rng(0)
    shape = (sizes.batch, sizes.steps, *sizes.grid, sizes.inputs)
    inputs = {name: np.maximum(rng.standard_normal(shape, np.float32), 0) for name in sizes.branches}
    return inputs, rng.integers(0, sizes.classes, sizes.batch).astype(np.int32)


def multiply_adds(sizes: Sizes) -> dict[str, int]:
    """Multiplications with addition of one forward pass by part, for one clip; borders counted as full.

    A 3-d convolution of C to C channels takes 27 C C of them at each of the T h w places.
    """
    frame_places = sizes.grid[0] * sizes.grid[1]
    c, u, f, k = sizes.channels, sizes.units, sizes.fc_units, sizes.classes
    t, m = sizes.steps, len(sizes.branches)
    d = (1 + QUADRANTS) * c  # of x^k
    sub_gates = (d + u) * (d + 2 * u)
    final_gates = (d + 2 * u) * u
    return {
        "reduction": m * t * frame_places * sizes.inputs * c,
        "3-d convolutions": m * 2 * t * frame_places * 27 * c * c,
        "FC1": m * t * frame_places * c * f,
        "FC2 and scores": m * t * (f * f + f * k),
        "start states": sizes.layers * m * c * 2 * u,
        "attention": t * u * frame_places,
        "pyramids": m * t * frame_places * d,
        "joint layer": t * (m * (sub_gates + final_gates + d * u) + u * u),
        "other layers": (sizes.layers - 1) * t * 8 * u * u,
        "prediction": t * u * k,
    }


def training_flop(sizes: Sizes) -> dict[str, int]:
    """Operations of forward and backward by part: two a multiply-add, and backward has two products for one.

    The stored maps need no gradient, and none goes from the LSTM into the 3-d networks: the reduction, the
    pyramids and the start states have one product less.
    """
    products = dict.fromkeys(("reduction", "pyramids", "start states"), 2)
    counted = multiply_adds(sizes).items()
    return {part: 2 * sizes.batch * products.get(part, 3) * count for part, count in counted}
