"""Decodes every video of a data set once, keeps count and digest; only other content is decoded again."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from repro.atomic import sha256_of, write_json
from repro.types import InputError, Segment, VideoRef
from repro.video import decode
from repro.video.budget import threads
from repro.video.content import state_of
from repro.video.timing import Timing, packed, unpacked

SAVE_EVERY_S = 5.0


@dataclass(frozen=True)
class VideoIndex:
    """frames: video_id -> decoded frames (of its segment, if it has one). fps: video_id -> frames per second.

    broken: video_id -> why it cannot be used; such a video is in none of the others. segments: video_id ->
    the frames of its time span, if it has one, by `Timing.cut`. overrun_frames: how far such a span reaches
    beyond the end of its file, where it does. contents: video_id -> SHA-256 of its file.
    """

    frames: Mapping[str, int]
    fps: Mapping[str, float]
    broken: Mapping[str, str]
    segments: Mapping[str, Segment] = field(default_factory=dict)
    overrun_frames: Mapping[str, int] = field(default_factory=dict)
    contents: Mapping[str, str] = field(default_factory=dict)


def count_frames(refs: Iterable[VideoRef], index_file: Path, workers: int | None = None) -> VideoIndex:
    """Probe the files of `refs` that `index_file` does not hold yet, in parallel; show progress.

    An entry holds while the file's `State` and the decoder's version stay the same, one of a file whose bytes
    could not be read not at all: that may have been the disk's fault, and pass. A file of another state
    costs a digest, and is decoded again only if its content is another. The index file is written every few
    seconds, so an interrupted pass goes on where it stopped. A damaged or foreign index file is made anew.
    """
    refs = tuple(refs)
    entries = _load(index_file)
    paths = sorted({_real(ref.path) for ref in refs})
    states = {path: _state(path) for path in paths}
    stale = [path for path in paths if not _holds(entries.get(str(path), {}), states[path])]
    if stale:
        _probe_all(stale, states, entries, index_file, threads(workers))
    return _by_video(refs, entries)


def with_contents(refs: Iterable[VideoRef], index: VideoIndex) -> tuple[VideoRef, ...]:
    """The same videos by `video_id`, with what the files say: `content` is set, and a time span is replaced
    by its frames, `segment`.

    By name, so that a list in another order asks for the same. Raises ValueError for a video that `index` has
    not counted or calls broken.
    """
    return tuple(_with_contents(ref, index) for ref in sorted(refs, key=lambda ref: ref.video_id))


def _with_contents(ref: VideoRef, index: VideoIndex) -> VideoRef:
    if ref.video_id not in index.contents:
        raise ValueError(f"{ref.video_id} was not counted or is broken")
    segment = ref.segment if ref.span is None else index.segments[ref.video_id]
    return replace(ref, segment=segment, span=None, content=index.contents[ref.video_id])


def _real(path: Path) -> Path:
    """One name for a file, whatever links lead to it; of links that lead in a circle, their own."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()


def _state(path: Path) -> list[int]:
    try:
        return list(state_of(path))
    except OSError:
        return []


def _holds(entry: Mapping[str, Any], state: list[int]) -> bool:
    return entry.get("state") == state and bool(entry.get("content"))


def _probe(path: Path, known: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a file of this content, or else what decoding it says."""
    try:
        content = sha256_of(path)
    except OSError:
        content = ""  # the decoder says why
    if content in known:
        return {name: value for name, value in known[content].items() if name != "state"}
    try:
        return {**_measured(decode.probe(path)), "content": content}
    except decode.BrokenVideo as error:
        return {"broken": error.reason, "content": content}


def _measured(info: decode.VideoInfo) -> dict[str, Any]:
    """What decoding says, as JSON can keep it: a rate is a number, and few files have times of their own."""
    measured: dict[str, Any] = {
        "frames": info.frames,
        "declared_frames": info.declared_frames,
        "height_px": info.height_px,
        "width_px": info.width_px,
        "fps": info.fps if math.isfinite(info.fps) else 0.0,
    }
    return measured if info.shown_s is None else {**measured, "shown": packed(info.shown_s)}


def _timing(entry: Mapping[str, Any]) -> Timing:
    times = entry.get("shown")
    return Timing(entry["frames"], entry["fps"], None if times is None else unpacked(times))


def _probe_all(
    paths: list[Path],
    states: Mapping[Path, list[int]],
    entries: dict[str, Any],
    index_file: Path,
    workers: int,
) -> None:
    saved = time.monotonic()
    pool = ThreadPoolExecutor(workers)
    known = {entry["content"]: entry for entry in entries.values() if entry.get("content")}
    waiting = {pool.submit(_probe, path, known): path for path in paths}
    try:
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
            entries[str(path)] = {"state": states[path], **done.result()}
            if time.monotonic() - saved > SAVE_EVERY_S:
                _save(index_file, entries)
                saved = time.monotonic()
    except BaseException:
        pool.shutdown(cancel_futures=True)
        for one, path in waiting.items():
            if not one.cancelled() and one.exception() is None:
                entries[str(path)] = {"state": states[path], **one.result()}
        with suppress(OSError, InputError):  # the first error is the one to tell
            _save(index_file, entries)
        raise
    pool.shutdown()
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
    contents: dict[str, str] = {}
    for ref in refs:
        entry = entries[str(_real(ref.path))]
        if reason := entry.get("broken") or _unfit(ref, _timing(entry)):
            broken[ref.video_id] = reason
            continue
        cut = ref.segment
        if ref.span is not None:
            first, stop = _timing(entry).cut(ref.span)
            cut = segments[ref.video_id] = Segment(first, min(stop, entry["frames"]))
            if stop > entry["frames"]:
                overrun_frames[ref.video_id] = stop - entry["frames"]
        frames[ref.video_id] = cut.stop_frames - cut.start_frames if cut else entry["frames"]
        fps[ref.video_id] = entry["fps"]
        contents[ref.video_id] = entry["content"]
    return VideoIndex(frames, fps, broken, segments, overrun_frames, contents)


def _unfit(ref: VideoRef, timing: Timing) -> str:
    """Why the part that a video names cannot be cut from a file of such frames; empty if it can."""
    if ref.segment and ref.segment.stop_frames > timing.frames:
        return f"has {timing.frames} frames, its segment ends at {ref.segment.stop_frames}"
    if ref.span is None:
        return ""
    if not timing.known:
        return "has no frame rate, so its time span means no frames"
    first, stop = timing.cut(ref.span)
    named = f"its span {ref.span.start_s:g} s to {ref.span.stop_s:g} s"
    if first >= timing.frames:
        return f"has {timing}, {named} starts beyond them"
    return "" if first < stop else f"{named} holds no frame of {timing}"
