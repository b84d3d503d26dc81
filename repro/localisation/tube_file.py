"""Tube files: the tubes of all test videos with their scores, kept on disk between the chain and the metric.

One uncompressed `.npz` a file, never pickled, written atomically; the boxes of all videos stand one after the
other. Reading takes no more memory than the file is long.
"""

from __future__ import annotations

import io
import math
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.atomic import write_npz
from repro.localisation.tube import Localised
from repro.types import InputError, Tube

_FIELDS = {  # name -> kind of number, shape after the first axis (None: any one number)
    "video_ids": ("U", ()),
    "frames": ("i", ()),
    "several": ("f", ()),
    "scores": ("f", (None,)),
    "raw": ("f", (4,)),
    "smoothed": ("f", (4,)),
}
_DAMAGE = (OSError, EOFError, KeyError, ValueError, RuntimeError, struct.error, zipfile.BadZipFile)


class Entry(NamedTuple):
    """One video: its tube, raw and smoothed, and the tube's confidence for each class, float32 [K]."""

    tubes: Localised
    scores: NDArray[np.float32]


def write(path: Path, entries: Mapping[str, Entry]) -> None:
    """Write the entries of V >= 1 videos, by video_id, to `path`, complete or not at all.

    Raises ValueError where a tube does not cover the frames 0, 1, 2, ... or the scores differ in length.
    """
    if not entries:
        raise ValueError("no video; wanted the tubes of one at least")
    tubes = [entry.tubes for entry in entries.values()]
    for video_id, entry in entries.items():
        covered = np.arange(len(entry.tubes.raw.frames))
        for one in (entry.tubes.raw, entry.tubes.smoothed):
            if not np.array_equal(one.frames, covered):
                raise ValueError(
                    f"{video_id}: a tube has gaps; wanted a box in each of {len(covered)} frames"
                )
    write_npz(
        path,
        {
            "video_ids": np.array(list(entries), dtype=np.str_),
            "frames": np.array([len(one.raw.frames) for one in tubes], np.int64),
            "several": np.array([one.several for one in tubes], np.float64),
            "scores": np.stack([entry.scores for entry in entries.values()]).astype(np.float32),
            "raw": np.concatenate([one.raw.boxes for one in tubes]),
            "smoothed": np.concatenate([one.smoothed.boxes for one in tubes]),
        },
    )


def read(path: Path) -> dict[str, Entry]:
    """The entries in `path`, in their order; InputError if it is missing, damaged or of another kind."""
    try:
        return _entries(_arrays(path))
    except _DAMAGE as error:
        raise InputError(f"tube file {path} cannot be read ({error}); delete it to localise again") from error


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays in the file. Each is read whole, with its CRC-32 compared, before its header is believed."""
    arrays = {}
    with zipfile.ZipFile(path) as file:
        for name, (kind, shape) in _FIELDS.items():
            stored = file.getinfo(f"{name}.npy")
            if stored.compress_type != zipfile.ZIP_STORED:  # a few bytes could unpack to terabytes
                raise ValueError(f"{name} is compressed")
            array = _array(name, file.read(stored))
            wanted = (len(array), *(array.shape[1:] if None in shape else shape)) if array.ndim else None
            if array.shape != wanted or array.ndim != 1 + len(shape) or array.dtype.kind != kind:
                raise ValueError(f"{name} is {array.dtype} {array.shape}")
            arrays[name] = array
    return arrays


def _array(name: str, content: bytes) -> NDArray[Any]:
    """The array in the bytes of a `.npy`; ValueError before memory is set aside for more than they hold."""
    stream = io.BytesIO(content)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError(f"{name} has another version of the format")
    shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    if math.prod(shape) * max(dtype.itemsize, 1) > len(content):
        raise ValueError(f"{name} has fewer bytes than its shape {shape} needs")
    stream.seek(0)
    array: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
    return array


def _entries(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Entry]:
    """ValueError where the arrays contradict each other."""
    names, frames = [str(name) for name in arrays["video_ids"]], arrays["frames"].astype(np.int64)
    several, scores = arrays["several"], arrays["scores"].astype(np.float32)
    videos, boxes = {len(names), len(frames), len(several), len(scores)}, len(arrays["raw"])
    if len(videos) > 1 or len(set(names)) != len(names):
        raise ValueError(f"{len(set(names))} names for {len(frames)} videos")
    if (frames > boxes).any() or {frames.sum(), len(arrays["smoothed"])} != {boxes}:
        raise ValueError(f"{frames.sum()} frames, {boxes} raw and {len(arrays['smoothed'])} smoothed boxes")
    if not ((several >= 0) & (several <= 1)).all() or not np.isfinite(scores).all():
        raise ValueError("a share of frames lies outside 0..1, or a score is not finite")
    entries = {}
    stop = np.cumsum(frames)
    for v, name in enumerate(names):
        part = slice(stop[v] - frames[v], stop[v])
        raw, smoothed = (
            Tube(np.arange(frames[v]), arrays[which][part].astype(np.float64))
            for which in ("raw", "smoothed")
        )
        entries[name] = Entry(Localised(raw, smoothed, float(several[v])), scores[v])
    return entries
