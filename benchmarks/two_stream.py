"""What a two-stream method does to a video besides running its networks: flow, stacks, crops.

Simonyan and Zisserman 2014, [28] of paper 2. Feichtenhofer et al. 2016, [8], has the same two inputs and two
VGG-16 towers and fuses them in convolutions, which costs more, not less.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from repro.flow import coding, tvl1
from repro.types import Frames

Corner = tuple[int, int]  # top, left
T = TypeVar("T", bound=np.generic)


def flow_on_all_cores(frames: Frames, settings: tvl1.TVL1Settings = tvl1.DEFAULT) -> NDArray[np.float32]:
    """`tvl1.flow_between`, the pairs shared among the cores: uint8 [T, H, W, 3] -> float32 [T-1, H, W, 2].

    TensorFlow runs the networks on all cores, and so the flow may have them too.
    """
    workers = max(1, min(os.cpu_count() or 1, len(frames) - 1))
    edges = np.linspace(0, len(frames) - 1, workers + 1).astype(int).tolist()
    with ThreadPoolExecutor(workers) as pool:
        runs = pool.map(lambda a, b: tvl1.flow_between(frames[a : b + 1], settings), edges, edges[1:])
        return np.concatenate(list(runs))


def centre(height: int, width: int, size: int) -> Corner:
    """The corner of the square of `size` in the middle. Raises ValueError where it does not fit."""
    if min(height, width) < size:
        raise ValueError(f"no square of {size} fits into {height} x {width}")
    return (height - size) // 2, (width - size) // 2


def five_corners(height: int, width: int, size: int) -> list[Corner]:
    """The squares in the four corners and in the middle."""
    middle = centre(height, width, size)
    down, right = height - size, width - size
    return [(0, 0), (0, right), (down, 0), (down, right), middle]


def cut(images: NDArray[T], corner: Corner, size: int) -> NDArray[T]:
    """The square of each image: [..., H, W, C] -> [..., size, size, C], no copy."""
    top, left = corner
    return images[..., top : top + size, left : left + size, :]


def once(frames: Frames, flow: NDArray[np.float32], size: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The middle of every frame and of the stack before it: uint8 [T, S, S, 3] and [T, S, S, 20]."""
    height, width = frames.shape[1:3]
    corner = centre(height, width, size)
    coded = coding.quantise(cut(flow, corner, size))
    return np.ascontiguousarray(cut(frames, corner, size)), coding.stacks(coded, range(len(frames)))


def ten_crops(
    frames: Frames, flow: NDArray[np.float32], chosen: Sequence[int] | NDArray[np.integer], size: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Corners and middle of n chosen frames and their stacks, plain and mirrored (the papers' own test).

    uint8 [10 n, S, S, 3] and [10 n, S, S, 20], crop by crop; x of mirrored flow is turned round as well.
    """
    height, width = frames.shape[1:3]
    corners = five_corners(height, width, size)
    rgb_frames, moved = frames[chosen], coding.stacks(coding.quantise(flow), chosen)
    rgb = [cut(rgb_frames, corner, size) for corner in corners]
    stacks = [cut(moved, corner, size) for corner in corners]
    return (
        np.concatenate([*rgb, *(crop[..., ::-1, :] for crop in rgb)]),
        np.concatenate([*stacks, *(coding.mirror(crop) for crop in stacks)]),
    )
