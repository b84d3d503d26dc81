"""Features and flow of a run's videos, stored once for all runs that agree on what decides them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from repro.atomic import sha256_of
from repro.cluster.task import Work
from repro.experiment.experiment import Experiment
from repro.features.extract import Reader
from repro.features.flow_store import FlowSettings, FlowStore, flow_store
from repro.features.flow_work import FlowWork
from repro.features.network import FrameFunction
from repro.features.store import DTYPES, FeatureStore
from repro.features.work import FeatureWork
from repro.paths import short_path
from repro.types import InputError, VideoRef
from repro.video import decode


class Storing(NamedTuple):
    """What a network says of videos, without augmentation, as it is to be stored.

    trained: the network's weights, whose checksum is in the store's key beside `key`; before they are made,
    where they will lie. values: how many it gives for an image. lengths: images of each video by video_id, of
    which the first `limit` are read. refs: the videos, None for all of an experiment.
    """

    trained: Path
    key: Mapping[str, Any]
    values: int
    lengths: Mapping[str, int]
    dtype: str = DTYPES[0]
    limit: int | None = None
    refs: Sequence[VideoRef] | None = None

    def store(self, folder: Path) -> FeatureStore:
        """Where it lies. The weights must be there."""
        whole = {**self.key, "weights": sha256_of(self.trained), "decoder": decode.VERSION}
        return FeatureStore(folder / "features", whole, self.dtype)

    def bytes_of(self, refs: Iterable[VideoRef], itemsize: int) -> int:
        """What these videos take."""
        lengths = (self.lengths[ref.video_id] for ref in refs)
        return sum(min(n, self.limit or n) for n in lengths) * self.values * itemsize


def flow_of(experiment: Experiment, recipe: Any) -> FlowStore:
    """Flow between neighbouring frames of every video, cut, coded in 0..255, stored as JPEG."""
    work = FlowWork.of(experiment.cache / "flow", FlowSettings.of(recipe), experiment.lengths_frames)
    with experiment.workers.in_turn("flow"):
        if experiment.workers.chief:
            _fill(experiment, work, [ref for ref in experiment.videos if not work.store.has(ref)])
    return work.store


def flow_to_be(experiment: Experiment, recipe: Any) -> FlowStore:
    """The store of `flow_of`, whatever is in it by now."""
    return flow_store(experiment.cache / "flow", FlowSettings.of(recipe))


def stored_features(
    experiment: Experiment,
    what: Storing,
    network: Callable[[], FrameFunction],
    *,
    read: Reader,
    size: int,
    **settings: Any,
) -> FeatureStore:
    """The store with `what`; made where a video is missing.

    network: builds it, and is called only then, perhaps in other processes: no closure. read, size and the
    others are as in `extract`. InputError where the disk has not the room for all that is missing, before the
    first video.
    """
    store = what.store(experiment.cache)
    with experiment.workers.in_turn("features"):
        refs = (experiment.videos if what.refs is None else what.refs) if experiment.workers.chief else ()
        missing = [ref for ref in refs if not store.has(ref)]
        if missing:
            require_room(experiment.cache, what.bytes_of(missing, store.dtype.itemsize))
            work = FeatureWork(store, network, what.values, read, size, what.lengths, what.limit, settings)
            _fill(experiment, work, missing)
    return store


def _fill(experiment: Experiment, work: Work, missing: Sequence[VideoRef]) -> None:
    """Have the videos that a store lacks made, here or by the cluster."""
    if missing and experiment.cluster is not None:
        experiment.cluster.fill(work, missing)
    elif missing:
        work.start()(missing)


def still_needed_bytes(experiment: Experiment, everything: Iterable[Storing]) -> int:
    """What is not on the disk yet of all that a run will store; nothing is read but the networks' weights."""
    needed = 0
    for what in everything:
        refs: Iterable[VideoRef] = experiment.videos if what.refs is None else what.refs
        if what.trained.exists():
            store = what.store(experiment.cache)
            refs = [ref for ref in refs if not store.path(ref).exists()]
        needed += what.bytes_of(refs, 2 if what.dtype == "float16" else 4)
    return needed


def require_room(folder: Path, needed_bytes: int) -> None:
    """InputError where features that take so much do not fit on the disk of a folder."""
    folder = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free_bytes = shutil.disk_usage(folder).free
    if needed_bytes > free_bytes:
        raise InputError(
            f"features of this split and seed take {needed_bytes / 1e9:.1f} GB, the disk of "
            f"{short_path(folder)} has {free_bytes / 1e9:.1f} GB free; make room there, "
            f"or name one on another disk with --out"
        )
