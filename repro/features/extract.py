"""Runs a frame network over the frames of many videos and stores what it says of each."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from repro.features.source import Source, source_of
from repro.features.store import FeatureStore
from repro.types import Frames, InputError, VideoRef
from repro.video import decode, geometry

Network = Callable[[Frames], Mapping[str, Any]]  # uint8 [B, S, S, 3] -> arrays [B, ...] by name
MOST_WORKERS = 16


class Clip(NamedTuple):
    """A decoded clip, uint8 [T_i, S, S, 3], and the state of the file it came from."""

    ref: VideoRef
    source: Source
    frames: Frames


def extract(
    refs: Sequence[VideoRef],
    network: Network,
    store: FeatureStore,
    *,
    size: int,
    limit: int | None,
    lengths: Mapping[str, int] | None = None,
    batch: int = 64,
    workers: int | None = None,
    describe: str = "extracting features",
) -> None:
    """Store the network's outputs for the first T frames of every video that the store lacks.

    network: sees whole frames resized to size x size, without augmentation, always `batch` of them, so that
    it is traced once; a Keras model goes through `frame_function`. All its outputs are stored, as float32.
    limit: T, or None for all frames. lengths: frames of each sample by video_id; gives the progress bar its
    estimate, and a clip that decodes to another number is refused.
    batch: B; a batch takes frames of several clips, only the last is padded. workers: decoding threads.

    A finished video is on disk at once: whatever ends the run, the next one continues behind it.
    Raises InputError naming the video that does not decode or whose features are not finite.
    """
    store.remove_strays()
    missing = [ref for ref in refs if not store.has(ref)]
    if not missing:
        return
    total = _frames_to_do(missing, limit, lengths)
    clips = _decoded_ahead(missing, size, limit, lengths, workers or min(os.cpu_count() or 1, MOST_WORKERS))
    # Closed by hand: an exception's traceback would keep the generator, and so its threads, alive.
    with (
        closing(clips),
        tqdm(total=total, desc=describe, unit="frame", mininterval=0.5, dynamic_ncols=True) as progress,
    ):
        for clip, outputs in _outputs_by_clip(clips, network, batch, size, progress):
            broken = [name for name, array in outputs.items() if not np.isfinite(array).all()]
            if broken:
                raise InputError(
                    f"the network gives NaN or infinite {', '.join(broken)} for {clip.ref.video_id}; "
                    "check the weights it was given"
                )
            store.write(clip.ref, outputs, clip.source)


def _frames_to_do(
    refs: Sequence[VideoRef], limit: int | None, lengths: Mapping[str, int] | None
) -> int | None:
    if lengths is None:
        return None
    return sum(_expected(lengths[ref.video_id], limit) for ref in refs)


def _expected(length: int, limit: int | None) -> int:
    return length if limit is None else min(length, limit)


def _decode(ref: VideoRef, size: int, limit: int | None, lengths: Mapping[str, int] | None) -> Clip:
    source = source_of(ref)  # before decoding: a file that changes meanwhile is then found stale
    try:
        frames = decode.read_clip(ref.path, segment=ref.segment, limit=limit)
    except InputError as error:
        raise InputError(f"features of {ref.video_id}: {error}") from error
    if lengths is not None and len(frames) != _expected(lengths[ref.video_id], limit):
        raise InputError(
            f"video {ref.video_id} was counted with {lengths[ref.video_id]} frames but gives {len(frames)}: "
            f"{ref.path}; it changed since, start the command again"
        )
    return Clip(ref, source, np.stack([geometry.resize(frame, size, size) for frame in frames]))


def _decoded_ahead(
    refs: Sequence[VideoRef],
    size: int,
    limit: int | None,
    lengths: Mapping[str, int] | None,
    workers: int,
) -> Generator[Clip]:
    """The clips in the order of `refs`, decoded by threads; at most two a thread are held at once."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="decode")
    pending: deque[Future[Clip]] = deque()
    try:
        for ref in refs:
            pending.append(pool.submit(_decode, ref, size, limit, lengths))
            if len(pending) == 2 * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _batches(clips: Iterator[Clip], batch: int, size: int) -> Iterator[tuple[Frames, list[tuple[Clip, int]]]]:
    """Frames of one clip after the other in an array [B, S, S, 3], and which clip gave how many.

    The array is filled anew for every batch; the last one ends in zeros.
    """
    images = np.zeros((batch, size, size, 3), np.uint8)
    parts: list[tuple[Clip, int]] = []
    filled = 0
    for clip in clips:
        used = 0
        while used < len(clip.frames):
            count = min(batch - filled, len(clip.frames) - used)
            images[filled : filled + count] = clip.frames[used : used + count]
            parts.append((clip, count))
            used, filled = used + count, filled + count
            if filled == batch:
                yield images, parts
                parts, filled = [], 0
    if filled:
        images[filled:] = 0
        yield images, parts


def _outputs_by_clip(
    clips: Iterator[Clip], network: Network, batch: int, size: int, progress: tqdm
) -> Iterator[tuple[Clip, dict[str, NDArray[np.float32]]]]:
    """Every clip with the network's outputs for its frames, float32 [T_i, ...] by name."""
    pieces: list[dict[str, NDArray[np.float32]]] = []  # of the clip that is under way
    done = 0
    for images, parts in _batches(clips, batch, size):
        outputs = {name: np.asarray(array, np.float32) for name, array in network(images).items()}
        start = 0
        for clip, count in parts:
            pieces.append({name: array[start : start + count] for name, array in outputs.items()})
            start, done = start + count, done + count
            if done == len(clip.frames):
                yield clip, {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
                pieces, done = [], 0
        progress.update(start)
