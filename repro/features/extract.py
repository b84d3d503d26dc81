"""Runs a network over what every frame of many videos shows it, and stores what it says of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from repro.features.ahead import at_once, one_behind, work_on_missing
from repro.features.flow_store import FlowStore
from repro.features.source import Source
from repro.features.store import FeatureStore
from repro.flow import coding
from repro.types import InputError, VideoRef
from repro.video import decode, geometry

# uint8 [B, S, S, C] or [B, L, H, W, C], and int32 [B] where something is given with each of them
# -> arrays [B, ...] by name
Network = Callable[..., Mapping[str, Any]]
Outputs = dict[str, NDArray[np.float32]]
# One call leaves cores idle between its layers: at the demo preset's sizes two cores reached 86 % of what
# they allow with one call at a time, 94 % with two, 95 % with three.
CALLS_AT_ONCE = 2


class Images(Protocol):
    """Images uint8 [T_i, S, S, C] of a clip, chunks of images [T_i, L, H, W, C], or its stored maps.

    Perhaps made only where they are asked for.
    """

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> NDArray[Any]: ...


# video, S, T or None for all frames. A reader that does not hold 3 * S * S bytes for each image says how many
# in an attribute `image_bytes`. None is a closure: it may go to another process.
Reader = Callable[[VideoRef, int, int | None], Images]


class Clip(NamedTuple):
    """What the network reads of a clip, and the state of the file it came from."""

    ref: VideoRef
    source: Source
    images: Images


class _Filled(NamedTuple):
    """images: of one clip after the other, [B, S, S, C], then zeros. parts: which clip gave how many."""

    images: NDArray[Any]
    parts: list[tuple[Clip, int]]


def frames_of(ref: VideoRef, size: int, limit: int | None, way: str = "bicubic", step: int = 1) -> Images:
    """The first frames of a video, whole, resized to size x size: uint8 [T_i, S, S, 3] RGB.

    way: as `geometry.resize` has it. step: from one of them to the next; those between are not held.
    """
    change = geometry.to_size(size, size, way)
    return decode.read_clip(ref.path, segment=ref.segment, limit=limit, step=step, change=change)


def stacks_of(store: FlowStore, fields: int = coding.FIELDS) -> Reader:
    """A reader of flow stacks, uint8 [T_i, S, S, 2 * fields], one a frame, from the stored flow.

    The fields are resized, their displacements are not rescaled (so the public flow networks are used).
    """

    return partial(_stacks, store, fields)


def _stacks(store: FlowStore, fields: int, ref: VideoRef, size: int, limit: int | None) -> Images:
    return _Stacks(store.resized(ref, size, None if limit is None else limit - 1), fields)


def maps_of(store: FeatureStore, name: str) -> Reader:
    """A reader of stored maps [T_i, h, w, C], in the type that they are stored in; its size means nothing."""

    return partial(_maps, store, name)


def _maps(store: FeatureStore, name: str, ref: VideoRef, size: int, limit: int | None) -> Images:
    return store.read_stored(ref)[name][:limit]


class _Stacks:
    """Stacks made on demand: they hold ten times the bytes of the flow they are made of."""

    def __init__(self, coded: NDArray[np.uint8], fields: int) -> None:
        self._coded, self._fields = coded, fields

    def __len__(self) -> int:
        return len(self._coded) + 1

    def __getitem__(self, part: slice) -> NDArray[np.uint8]:
        return coding.stacks(self._coded, range(len(self))[part], self._fields)


def extract(
    refs: Sequence[VideoRef],
    network: Network,
    store: FeatureStore,
    *,
    size: int,
    limit: int | None,
    lengths: Mapping[str, int] | None = None,
    read: Reader = frames_of,
    given: Mapping[str, int] | None = None,
    batch: int = 64,
    workers: int | None = None,
    describe: str = "extracting features",
) -> None:
    """Store the network's outputs for the first T frames of every video that the store lacks.

    network: sees images of size x size, without augmentation, always `batch` of them, so that it is traced
    once; a Keras model goes through `frame_function`. All its outputs are stored, as float32.
    limit: T, or None for all frames. lengths: frames of each sample by video_id; gives the progress bar its
    estimate, and a clip that decodes to another number is refused. read: gives a clip's images, its
    frames or, by `stacks_of`, stacks of its flow, or, by `chunks.chunks_of`, chunks of its frames. given: an
    integer by video_id, handed to the network as its second argument, int32 [B], with every image of that
    video.
    batch: B; a batch takes frames of several clips, only the last is padded; the network has two at once.
    workers: decoding threads; with `lengths` known, they run ahead as far as `budget.RESULT_BYTES` lets them.

    A finished video is on disk while the next one is looked at: whatever ends the run, the next continues.
    Raises InputError naming the video that does not decode or whose features are not finite.
    """
    with (
        work_on_missing(
            refs,
            store,
            lambda ref: read(ref, size, limit),
            Clip,
            image_bytes=getattr(read, "image_bytes", 3 * size * size),
            limit=limit,
            lengths=lengths,
            workers=workers,
            describe=describe,
        ) as (clips, done),
        one_behind() as write,
    ):
        for clip, outputs in _outputs_by_clip(clips, network, batch, given, done):
            broken = [name for name, array in outputs.items() if not np.isfinite(array).all()]
            if broken:
                raise InputError(
                    f"the network gives NaN or infinite {', '.join(broken)} for {clip.ref.video_id}; "
                    "check the weights it was given"
                )
            write(partial(store.write, clip.ref, outputs, clip.source))


def _batches(clips: Iterator[Clip], batch: int) -> Iterator[_Filled]:
    """All images of all clips; the arrays are fresh, since several batches are in use at once."""
    filled, count = _Filled(np.empty(0), []), 0
    for clip in clips:
        used = 0
        while used < len(clip.images):
            part = clip.images[used : used + batch - count]
            if count == 0:
                filled = _Filled(np.zeros((batch, *part.shape[1:]), part.dtype), [])
            filled.images[count : count + len(part)] = part
            filled.parts.append((clip, len(part)))
            used, count = used + len(part), count + len(part)
            if count == batch:
                yield filled
                count = 0
    if count:
        yield filled


def _outputs_by_clip(
    clips: Iterator[Clip],
    network: Network,
    batch: int,
    given: Mapping[str, int] | None,
    moved: Callable[[int], None],
) -> Iterator[tuple[Clip, Outputs]]:
    """Every clip with the network's outputs for its frames, float32 [T_i, ...] by name."""

    def outputs_of(filled: _Filled) -> Outputs:
        others = () if given is None else (_given(given, filled.parts, batch),)
        predicted = network(filled.images, *others)
        return {name: np.asarray(array, np.float32) for name, array in predicted.items()}

    pieces: list[Outputs] = []  # of the clip that is under way
    done = 0
    with closing(at_once(outputs_of, _batches(clips, batch), CALLS_AT_ONCE)) as predicted:
        for filled, outputs in predicted:
            start = 0
            for clip, count in filled.parts:
                pieces.append({name: array[start : start + count] for name, array in outputs.items()})
                start, done = start + count, done + count
                if done == len(clip.images):
                    joined = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
                    yield clip, joined
                    pieces, done = [], 0
            moved(start)


def _given(given: Mapping[str, int], parts: list[tuple[Clip, int]], batch: int) -> NDArray[np.int32]:
    """The integer of each image's video, int32 [B]; zeros behind the last image."""
    numbers = np.zeros(batch, np.int32)
    images = [given[clip.ref.video_id] for clip, count in parts for _ in range(count)]
    numbers[: len(images)] = images
    return numbers
