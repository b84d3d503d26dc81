"""Decodes every video of a data set once and keeps the counts; only changed files are decoded again."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from repro.atomic import write_json
from repro.types import Segment, TimeSpan, VideoRef
from repro.video import decode

SAVE_EVERY_S = 5.0


@dataclass(frozen=True)
class VideoIndex:
    """frames: video_id -> decoded frames (of its segment, if it has one). fps: video_id -> frames per second.

    broken: video_id -> why it cannot be used; such a video is in none of the others. segments: video_id ->
    the frames of its time span, if it has one. overrun_frames: how far such a span reaches beyond the end of
    its file, where it does.
    """

    frames: Mapping[str, int]
    fps: Mapping[str, float]
    broken: Mapping[str, str]
    segments: Mapping[str, Segment] = field(default_factory=dict)
    overrun_frames: Mapping[str, int] = field(default_factory=dict)


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


def settled(refs: Iterable[VideoRef], index: VideoIndex) -> tuple[VideoRef, ...]:
    """The same videos, every time span replaced by its frames: `segment` is set and `span` is None.

    Raises ValueError for a span that `index` does not hold, so for one of a broken video.
    """
    return tuple(ref if ref.span is None else _settled(ref, index) for ref in refs)


def _settled(ref: VideoRef, index: VideoIndex) -> VideoRef:
    if ref.video_id not in index.segments:
        raise ValueError(f"{ref.video_id} has a time span; wanted one that was counted and is not broken")
    return replace(ref, segment=index.segments[ref.video_id], span=None)


def _stamp(path: Path) -> list[int]:
    try:
        status = path.stat()
    except OSError:
        return []
    return [status.st_size, status.st_mtime_ns]


def _probe(path: Path) -> dict[str, Any]:
    try:
        info = asdict(decode.probe(path))
    except decode.BrokenVideo as error:
        return {"broken": error.reason}
    # A rate that is no number cannot be kept in JSON.
    return info if math.isfinite(info["fps"]) else {**info, "fps": 0.0}


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
    frames: dict[str, int] = {}
    fps: dict[str, float] = {}
    broken: dict[str, str] = {}
    segments: dict[str, Segment] = {}
    overrun_frames: dict[str, int] = {}
    for ref in refs:
        entry = entries[str(ref.path.resolve())]
        if reason := entry.get("broken") or _unfit(ref, entry["frames"], entry["fps"]):
            broken[ref.video_id] = reason
            continue
        cut = ref.segment
        if ref.span is not None:
            first, stop = _span_frames(ref.span, entry["fps"])
            cut = segments[ref.video_id] = Segment(first, min(stop, entry["frames"]))
            if stop > entry["frames"]:
                overrun_frames[ref.video_id] = stop - entry["frames"]
        frames[ref.video_id] = cut.stop_frames - cut.start_frames if cut else entry["frames"]
        fps[ref.video_id] = entry["fps"]
    return VideoIndex(frames, fps, broken, segments, overrun_frames)


def _unfit(ref: VideoRef, frames: int, fps: float) -> str:
    """Why the part that a video names cannot be cut from a file of so many frames; empty if it can."""
    if ref.segment and ref.segment.stop_frames > frames:
        return f"has {frames} frames, its segment ends at {ref.segment.stop_frames}"
    if ref.span is None:
        return ""
    if not fps > 0:
        return "has no frame rate, so its time span means no frames"
    first, stop = _span_frames(ref.span, fps)
    named = f"its span {ref.span.start_s:g} s to {ref.span.stop_s:g} s"
    if first >= frames:
        return f"has {frames} frames at {fps:g} fps, {named} starts beyond them"
    return "" if first < stop else f"{named} holds no frame at {fps:g} fps"


def _span_frames(span: TimeSpan, fps: float) -> tuple[int, int]:
    """First frame and one past the last: round(start fps) to round(end fps), paper 3, 7.1."""
    return round(span.start_s * fps), round(span.stop_s * fps)
