"""Frames and the fields of flow that lead on from them, in pairs (paper 4, A26).

Field t leads from frame t to frame t + 1, so the last frame has none and is left out of both: a video of F
frames gives F - 1 images of either kind, and one of a single frame that frame with a field of no motion.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from repro.features.extract import Images, Reader, frames_of
from repro.features.flow_store import FlowStore
from repro.flow import coding
from repro.types import VideoRef


def paired_lengths(lengths: Mapping[str, int], grid: int = 1) -> dict[str, int]:
    """Images of each video by video_id, from its decoded frames: what `extract` counts with these readers.

    grid: only those of every `grid`-th frame, from the first on.
    """
    return {video_id: -(-coding.frames_with_flow(frames) // grid) for video_id, frames in lengths.items()}


def paired_frames(ref: VideoRef, size: int, limit: int | None) -> Images:
    """The frames of a video that have flow, resized to size x size: uint8 [max(F - 1, 1), S, S, 3] RGB."""
    frames = frames_of(ref, size, None if limit is None else limit + 1)
    return frames[: coding.frames_with_flow(len(frames))]


def fields_of(store: FlowStore, grid: int = 1) -> Reader:
    """A reader of single fields, uint8 [max(F - 1, 1), S, S, 2], x and y, from the stored flow.

    grid: only those of every `grid`-th frame, from the first on.

    The fields are resized, their displacements are not rescaled.
    """

    return partial(_fields, store, grid)


def _fields(store: FlowStore, grid: int, ref: VideoRef, size: int, limit: int | None) -> Images:
    small = store.resized(ref, size, limit, grid)
    return small if len(small) else np.full((1, size, size, 2), coding.STILL, np.uint8)
