"""Features of videos on disk, read back whole or a few frames at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro.features.entry import SOURCE, Rows, UnusableEntry, read_rows, rows_of
from repro.features.source import Source
from repro.features.video_store import VideoStore
from repro.types import InputError, VideoRef

DTYPES = ("float32", "float16")


class FeatureStore(VideoStore):
    """Features [T_i, ...] of many videos under one key; float32 to who writes and reads them.

    dtype: as what they are kept. "float16" halves the disk (pool5 of UCF101 takes 240 GB in float32) at a
    relative error of 2^-11, and is part of the key.
    """

    holds, stage = "features", "features"

    def __init__(self, folder: Path, key: Mapping[str, Any], dtype: str = "float32") -> None:
        if dtype not in DTYPES:
            raise ValueError(f"dtype {dtype!r}; wanted one of {', '.join(DTYPES)}")
        super().__init__(folder, key if dtype == "float32" else {**key, "dtype": dtype})
        self.dtype = np.dtype(dtype)
        self._rows: dict[str, tuple[tuple[int, int], dict[str, Rows]]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        folder_and_key = self.folder.parent, {k: v for k, v in json.loads(self._key).items() if k != "dtype"}
        return type(self), (*folder_and_key, self.dtype.name)

    def read(self, ref: VideoRef) -> dict[str, NDArray[np.float32]]:
        """The stored arrays by name, float32 [T_i, ...].

        Raises InputError if there are none, if the file is damaged, or if the video has changed since.
        """
        return {name: array.astype(np.float32, copy=False) for name, array in self._read(ref).items()}

    def read_stored(self, ref: VideoRef) -> dict[str, NDArray[np.floating]]:
        """As `read`, in the type that they are stored in."""
        return self._read(ref)

    def read_part(
        self, ref: VideoRef, start: int, stop: int, names: Sequence[str]
    ) -> dict[str, NDArray[np.float32]]:
        """Rows start..stop-1 of the named arrays, float32 [stop - start, ...]; only their bytes are read.

        The file is read whole when this store first meets it (`has`), afterwards by part, without checksums.
        Raises InputError as `read`, ValueError for rows or a name that the entry does not have.
        """
        rows = self._layout(ref)
        missing = [name for name in names if name not in rows]
        if missing:
            raise ValueError(f"no {', '.join(missing)} of {ref.video_id}; stored are {', '.join(rows)}")
        length = _length(rows)
        if not 0 <= start < stop <= length:
            raise ValueError(f"rows {start} to {stop} of {ref.video_id}, which has {length}")
        path = self.path(ref)
        try:
            parts = {name: read_rows(path, rows[name], start, stop) for name in names}
        except (OSError, UnusableEntry) as error:
            raise self._refused(ref, f"cannot be read ({error})") from error
        return {name: part.astype(np.float32, copy=False) for name, part in parts.items()}

    def length(self, ref: VideoRef) -> int:
        """T_i of a stored video, from the head of its file; InputError as `read`."""
        return _length(self._layout(ref))

    def _layout(self, ref: VideoRef) -> dict[str, Rows]:
        if not self.has(ref):
            self._read(ref)  # says why
        state = self._checked[ref.video_id].state
        known = self._rows.get(ref.video_id)
        if known is None or known[0] != state:
            try:
                known = state, rows_of(self.path(ref))
            except UnusableEntry as error:
                raise self._refused(ref, f"cannot be read ({error})") from error
            self._rows[ref.video_id] = known
        return known[1]

    def write(
        self, ref: VideoRef, arrays: Mapping[str, NDArray[np.float32]], source: Source | None = None
    ) -> None:
        """Store the arrays of one video, whole or not at all, replacing an earlier entry.

        arrays: float32 [T_i, ...], the same T_i in all. source: `source_of(ref)` as it was before decoding
        (default: now). Raises InputError where the disk refuses, or where a value is beyond float16.
        """
        lengths = {len(array) for array in arrays.values()}
        kinds = {array.dtype for array in arrays.values()}
        if len(lengths) != 1 or kinds != {np.dtype(np.float32)} or SOURCE in arrays:
            given = {name: (array.dtype.name, array.shape) for name, array in arrays.items()}
            raise ValueError(f"wanted float32 arrays of one length for {ref.video_id}, got {given}")
        # Row by row whatever order they come in, so that a part lies together.
        self._write(ref, {name: self._kept(ref, name, array) for name, array in arrays.items()}, source)

    def _kept(self, ref: VideoRef, name: str, array: NDArray[np.float32]) -> NDArray[np.floating]:
        if self.dtype == np.float32:
            return np.ascontiguousarray(array)
        largest = float(np.abs(array).max(initial=0))
        if largest > float(np.finfo(self.dtype).max):
            raise InputError(
                f"{name} of {ref.video_id} reaches {largest:g}, more than {self.dtype.name} holds; "
                "store it as float32"
            )
        return np.ascontiguousarray(array, self.dtype)


def _length(rows: Mapping[str, Rows]) -> int:
    return next(iter(rows.values())).shape[0]
