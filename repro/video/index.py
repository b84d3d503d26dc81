"""Decodes every video of a data set once and keeps the counts; only changed files are decoded again."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from repro.atomic import write_json
from repro.types import VideoRef
from repro.video import decode

SAVE_EVERY_S = 5.0


@dataclass(frozen=True)
class VideoIndex:
    """frames: video_id -> decoded frames (of its segment, if it has one). fps: video_id -> frames per second.

    broken: video_id -> why it cannot be used; such a video is in neither of the other two.
    """

    frames: Mapping[str, int]
    fps: Mapping[str, float]
    broken: Mapping[str, str]


def count_frames(refs: Iterable[VideoRef], index_file: Path, workers: int | None = None) -> VideoIndex:
    """Probe the files of `refs` that `index_file` does not hold yet, in parallel; show progress.

    An entry holds while size and modification time of the file and the decoder's version stay the same. The
    index file is written every few seconds, so an interrupted pass goes on where it stopped. A damaged or
    foreign index file is made anew.
    """
    refs = tuple(refs)
    entries = _load(index_file)
    paths = sorted({ref.path.resolve() for ref in refs})
    stamps = {path: _stamp(path) for path in paths}
    stale = [path for path in paths if entries.get(str(path), {}).get("stamp") != stamps[path]]
    if stale:
        _probe_all(stale, stamps, entries, index_file, workers or os.cpu_count() or 1)
    return _by_video(refs, entries)


def _stamp(path: Path) -> list[int]:
    try:
        status = path.stat()
    except OSError:
        return []
    return [status.st_size, status.st_mtime_ns]


def _probe(path: Path) -> dict[str, Any]:
    try:
        return asdict(decode.probe(path))
    except decode.BrokenVideo as error:
        return {"broken": error.reason}


def _probe_all(
    paths: list[Path],
    stamps: Mapping[Path, list[int]],
    entries: dict[str, Any],
    index_file: Path,
    workers: int,
) -> None:
    saved = time.monotonic()
    pool = ThreadPoolExecutor(workers)
    try:
        waiting = {pool.submit(_probe, path): path for path in paths}
        progress = tqdm(
            as_completed(waiting),
            total=len(paths),
            desc="counting frames",
            unit="video",
            mininterval=0.5,
            dynamic_ncols=True,
        )
        for done in progress:
            path = waiting[done]
            entries[str(path)] = {"stamp": stamps[path], **done.result()}
            if time.monotonic() - saved > SAVE_EVERY_S:
                _save(index_file, entries)
                saved = time.monotonic()
    finally:
        pool.shutdown(cancel_futures=True)
        _save(index_file, entries)


def _load(index_file: Path) -> dict[str, Any]:
    try:
        content = json.loads(index_file.read_text())
        if content["decoder"] == decode.VERSION:
            return {path: entry for path, entry in content["videos"].items() if isinstance(entry, dict)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass  # absent, damaged, or another program's: everything is counted again
    return {}


def _save(index_file: Path, entries: Mapping[str, Any]) -> None:
    write_json(index_file, {"decoder": decode.VERSION, "videos": dict(sorted(entries.items()))})


def _by_video(refs: Iterable[VideoRef], entries: Mapping[str, Any]) -> VideoIndex:
    index = VideoIndex({}, {}, {})
    for ref in refs:
        entry = entries[str(ref.path.resolve())]
        reason = entry.get("broken")
        if not reason and ref.segment and ref.segment.stop_frames > entry["frames"]:
            reason = f"has {entry['frames']} frames, its segment ends at {ref.segment.stop_frames}"
        if reason:
            index.broken[ref.video_id] = reason  # type: ignore[index]
            continue
        cut = ref.segment
        frames = cut.stop_frames - cut.start_frames if cut else entry["frames"]
        index.frames[ref.video_id] = frames  # type: ignore[index]
        index.fps[ref.video_id] = entry["fps"]  # type: ignore[index]
    return index
