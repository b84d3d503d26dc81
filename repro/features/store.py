"""Arrays of videos on disk: one file a video, in a folder named after all that decides their values."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import threading
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from repro.atomic import write_json, write_npz
from repro.features.source import Source, is_current, source_of
from repro.types import InputError, VideoRef

SOURCE = "__source__"  # the entry of a file that says which video it was made from
LONGEST_NAME = 180  # file systems allow 255 bytes; the temporary name of an atomic write is longer
STRAY_AGE_S = 3600.0


Arrays = dict[str, NDArray[Any]]


class VideoStore:
    """Arrays of many videos under one key; what they mean is the subclass's business.

    folder: where stores lie; this one is `folder/<digest of the key>`, with the key itself in `key.json`.
    key: JSON values that decide the arrays (weights checksum, T, size, preprocessing, decoder version,
    network settings). Another key is another folder, so an entry can never be served for other settings.

    An entry is served only if it reads back whole (every array has a CRC-32) and was made from the video as
    it is now: same segment, same size, and same modification time or else same SHA-256. A video whose
    content changed while size and time were both preserved goes unnoticed.
    """

    holds: ClassVar[str]  # a plural, for messages
    stage: ClassVar[str]  # which stage makes them

    def __init__(self, folder: Path, key: Mapping[str, Any], what: str = "features") -> None:
        self._what = what  # for messages
        self._key = _canonical(key)
        self.key_digest = hashlib.sha256(self._key.encode()).hexdigest()
        self.folder = folder / self.key_digest[:20]
        self._describing = threading.Lock()
        self._checked: dict[str, tuple[tuple[int, int], Source]] = {}

    def path(self, ref: VideoRef) -> Path:
        """The video's file. Different ids have different names (up to letter case, see `_load`)."""
        return self.folder / f"{_file_name(ref.video_id)}.npz"

    def has(self, ref: VideoRef) -> bool:
        """Whether the video can be read from here. Reads its file once to check it; asking again is cheap."""
        path = self.path(ref)
        try:
            state = path.stat()
            now = (state.st_size, state.st_mtime_ns)
            seen, source = self._checked.get(ref.video_id, (None, None))
            if source is None or seen != now:
                source, _ = _load(path, ref)
        except (FileNotFoundError, UnusableEntry):
            return False
        self._checked[ref.video_id] = (now, source)
        return is_current(source, ref)

    def _read(self, ref: VideoRef) -> Arrays:
        """The stored arrays; InputError if there are none, if damaged, or if the video has changed since."""
        path = self.path(ref)
        try:
            source, arrays = _load(path, ref)
        except FileNotFoundError:
            reason = "are not stored"
        except UnusableEntry as error:
            reason = f"cannot be read ({error})"
        else:
            if is_current(source, ref):
                return arrays
            reason = f"were made from an earlier {ref.path.name}"
        raise InputError(f"{self.holds} of {ref.video_id} {reason}: {path}; run the {self.stage} stage again")

    def _write(self, ref: VideoRef, arrays: Mapping[str, NDArray[Any]], source: Source | None) -> None:
        """Store the arrays whole or not at all, replacing an earlier entry; InputError if that fails."""
        note = json.dumps(
            {"video_id": ref.video_id, "names": sorted(arrays), **(source or source_of(ref))._asdict()}
        )
        path = self.path(ref)
        try:
            self._describe()
            write_npz(path, {SOURCE: np.frombuffer(note.encode(), np.uint8), **arrays})
        except OSError as error:
            size = sum(array.nbytes for array in arrays.values())
            raise InputError(
                f"{self.holds} of {ref.video_id} ({size} bytes) cannot be written to {path}: "
                f"{error.strerror}; make room there, or choose another folder, and run again"
            ) from error

    def _describe(self) -> None:
        with self._describing:  # threads of one process would share the temporary name
            if not (self.folder / "key.json").exists():
                write_json(self.folder / "key.json", json.loads(self._key))

    def remove_strays(self) -> None:
        """Delete what killed writers left behind; younger files may belong to a writer at work."""
        for stray in self.folder.glob(".*.part"):
            if time.time() - stray.stat().st_mtime > STRAY_AGE_S:
                stray.unlink(missing_ok=True)


class FeatureStore(VideoStore):
    """Features [T_i, ...] float32 of many videos under one key."""

    holds, stage = "features", "features"

    def read(self, ref: VideoRef) -> dict[str, NDArray[np.float32]]:
        """The stored arrays by name, float32 [T_i, D].

        Raises InputError if there are none, if the file is damaged, or if the video has changed since.
        """
        return self._read(ref)

    def write(
        self, ref: VideoRef, arrays: Mapping[str, NDArray[np.float32]], source: Source | None = None
    ) -> None:
        """Store the arrays of one video, whole or not at all, replacing an earlier entry.

        arrays: float32 [T_i, ...], the same T_i in all. source: `source_of(ref)` as it was before decoding
        (default: now). Raises InputError where the disk refuses.
        """
        lengths = {len(array) for array in arrays.values()}
        kinds = {array.dtype for array in arrays.values()}
        if len(lengths) != 1 or kinds != {np.dtype(np.float32)} or SOURCE in arrays:
            found = {name: (array.dtype.name, array.shape) for name, array in arrays.items()}
            raise ValueError(f"wanted float32 arrays of one length for {ref.video_id}, found {found}")
        self._write(ref, arrays, source)


class UnusableEntry(Exception):
    """A file of a store that is damaged or belongs to another video."""


def _load(path: Path, ref: VideoRef) -> tuple[Source, Arrays]:
    """Everything in a file. An entry's CRC-32 is compared before its bytes are given any meaning.

    The id inside must be the one asked for: where letter case is ignored two ids can share a file name.
    """
    try:
        arrays = {}
        with zipfile.ZipFile(path) as entries:
            for entry in entries.infolist():
                if entry.compress_type != zipfile.ZIP_STORED:
                    raise zipfile.BadZipFile(f"{entry.filename} is compressed")
                content = io.BytesIO(entries.read(entry))
                name = entry.filename.removesuffix(".npy")
                arrays[name] = np.lib.format.read_array(content, allow_pickle=False)
        note = json.loads(arrays.pop(SOURCE).tobytes())
        if note.pop("video_id") != ref.video_id:
            raise UnusableEntry("it holds another video")
        if note.pop("names") != sorted(arrays):  # the zip directory has no checksum of its own
            raise UnusableEntry("arrays are missing")
        segment = note.pop("segment")
        return Source(**note, segment=None if segment is None else tuple(segment)), arrays
    except FileNotFoundError:
        raise
    except _DAMAGE as error:
        raise UnusableEntry(str(error) or type(error).__name__) from error


# What zipfile and the array reader raise on damaged bytes; RuntimeError: a flipped bit claims encryption.
_DAMAGE = (
    zipfile.BadZipFile,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    KeyError,
    RuntimeError,
    NotImplementedError,
)


def _canonical(key: Mapping[str, Any]) -> str:
    """One text for equal keys, whatever their order."""
    try:
        return json.dumps(key, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"a store's key holds JSON values only: {error}") from error


def _file_name(video_id: str) -> str:
    """A file name for an id: odd characters as %XX; long ones cut, with a digest after `=`.

    Different ids get different names, since a short name never contains a bare `=`.
    """
    name = quote(video_id, safe="", errors="surrogateescape")
    if len(name) > LONGEST_NAME:
        digest = hashlib.sha256(name.encode()).hexdigest()
        return f"{name[: LONGEST_NAME - 65]}={digest}"
    return name
