"""Arrays of videos on disk: one file a video, in a folder named after all that decides their values."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from numpy.typing import NDArray

from repro.atomic import write_json, write_npz
from repro.features.entry import SOURCE, Arrays, UnusableEntry, file_name, load, note_of
from repro.features.source import Source, is_current, source_of
from repro.types import InputError, VideoRef

STRAY_AGE_S = 3600.0


class Checked(NamedTuple):
    """A file that was read whole and is right: its size and time then, and what it was made from."""

    state: tuple[int, int]
    source: Source


class VideoStore:
    """Arrays of many videos under one key; what they mean is the subclass's business.

    folder: where stores lie; this one is `folder/<digest of the key>`, with the key itself in `key.json`.
    key: JSON values that decide the arrays (weights checksum, T, size, preprocessing, decoder version,
    network settings). Another key is another folder, so an entry can never be served for other settings.

    An entry is served only if it reads back whole (every array has a CRC-32) and was made from the video as
    it is now: the same segment of the same content.
    """

    holds: ClassVar[str]  # a plural, for messages
    stage: ClassVar[str]  # which stage makes them

    def __init__(self, folder: Path, key: Mapping[str, Any]) -> None:
        self._key = _canonical(key)
        self.key_digest = hashlib.sha256(self._key.encode()).hexdigest()
        self.folder = folder / self.key_digest[:20]
        self._describing = threading.Lock()
        self._tidied = False
        self._checked: dict[str, Checked] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Where it lies and its key: another process reads the files itself."""
        return type(self), (self.folder.parent, json.loads(self._key))

    def path(self, ref: VideoRef) -> Path:
        """The video's file. Different ids have different names (up to letter case, see `entry.load`)."""
        return self.folder / f"{file_name(ref.video_id)}.npz"

    def has(self, ref: VideoRef) -> bool:
        """Whether the video can be read from here. Reads its file once to check it; asking again is cheap."""
        path = self.path(ref)
        try:
            status = path.stat()
            state = (status.st_size, status.st_mtime_ns)
            checked = self._checked.get(ref.video_id)
            if checked is None or checked.state != state:
                checked = self._checked[ref.video_id] = Checked(state, load(path, ref)[0])
        except (OSError, UnusableEntry):
            return False
        return is_current(checked.source, ref)

    def _read(self, ref: VideoRef) -> Arrays:
        """The stored arrays; InputError if there are none, if damaged, or if the video has changed since."""
        path = self.path(ref)
        try:
            source, arrays = load(path, ref)
        except FileNotFoundError:
            raise self._refused(ref, "are not stored") from None
        except UnusableEntry as error:
            raise self._refused(ref, f"cannot be read ({error})") from error
        if not is_current(source, ref):
            raise self._refused(ref, f"were made from an earlier {ref.path.name}")
        return arrays

    def _refused(self, ref: VideoRef, reason: str) -> InputError:
        path = self.path(ref)
        return InputError(
            f"{self.holds} of {ref.video_id} {reason}: {path}; run the {self.stage} stage again"
        )

    def _write(self, ref: VideoRef, arrays: Mapping[str, NDArray[Any]], source: Source | None) -> None:
        """Store the arrays whole or not at all, replacing an earlier entry; InputError if that fails."""
        note = note_of(ref, list(arrays), source or source_of(ref))
        path = self.path(ref)
        try:
            self.describe()
            write_npz(path, {SOURCE: note, **arrays})
        except OSError as error:
            size = sum(array.nbytes for array in arrays.values())
            raise InputError(
                f"{self.holds} of {ref.video_id} ({size} bytes) cannot be written to {path}: "
                f"{error.strerror}; make room there, or choose another folder, and run again"
            ) from error

    def describe(self) -> None:
        """Let the folder say what it holds, before there is anything in it."""
        with self._describing:  # threads of one process would share the temporary name
            if not (self.folder / "key.json").exists():
                write_json(self.folder / "key.json", json.loads(self._key))

    def remove_strays(self) -> None:
        """Delete what killed writers left behind; younger files may belong to a writer at work.

        Once: to look through a folder of a million files for each video would take longer than the video.
        """
        if self._tidied:
            return
        self._tidied = True
        for stray in self.folder.glob(".*.part"):
            with suppress(FileNotFoundError):  # its writer, another process, has just finished it
                if time.time() - stray.stat().st_mtime > STRAY_AGE_S:
                    stray.unlink()


def _canonical(key: Mapping[str, Any]) -> str:
    """One text for equal keys, whatever their order."""
    try:
        return json.dumps(key, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"a store's key holds JSON values only: {error}") from error
