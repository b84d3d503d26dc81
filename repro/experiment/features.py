"""Features and flow of a run's videos, stored once for all runs that agree on what decides them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from repro.backbones import weights
from repro.experiment.job import Job
from repro.features.extract import Reader, extract
from repro.features.flow_store import FlowSettings, FlowStore, stored_flow
from repro.features.network import FrameFunction
from repro.features.store import FeatureStore
from repro.paths import shown
from repro.types import InputError, VideoRef
from repro.video import decode


def flow_of(job: Job, recipe: Any) -> FlowStore:
    """TV-L1 flow between neighbouring frames of every video, cut, coded in 0..255, stored as JPEG."""
    return stored_flow(job.videos, job.cache / "flow", FlowSettings.of(recipe), job.lengths_frames)


def stored_features(
    job: Job,
    trained: Path,
    key: Mapping[str, Any],
    network: Callable[[], FrameFunction],
    *,
    refs: Sequence[VideoRef] | None = None,
    read: Reader,
    size: int,
    lengths: Mapping[str, int],
    limit: int | None = None,
    dtype: str = "float32",
    **settings: Any,
) -> FeatureStore:
    """The store with what a network says of every video, without augmentation; made where it is missing.

    trained: the network's weights, whose checksum is in the store's key beside `key`. network: builds it, and
    is called only where a video is missing. refs: only of these videos. The others are as in `extract`.
    InputError where the disk has not the room for all that is missing, before the first video.
    """
    whole = {**key, "weights": weights.checksum(trained), "decoder": decode.VERSION}
    store = FeatureStore(job.cache / "features", whole, dtype)
    missing = [ref for ref in (job.videos if refs is None else refs) if not store.has(ref)]
    if missing:
        run = network()
        images = sum(min(lengths[ref.video_id], limit or lengths[ref.video_id]) for ref in missing)
        require_room(job.cache, images * run.values * store.dtype.itemsize, f"of {len(missing)} videos")
        extract(missing, run, store, read=read, size=size, lengths=lengths, limit=limit, **settings)
    return store


def require_room(folder: Path, needed_bytes: int, what: str) -> None:
    """Say how much features will take on the disk of a folder; InputError where that much is not free."""
    folder = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free_bytes = shutil.disk_usage(folder).free
    print(f"      features {what} take {needed_bytes / 1e9:.1f} GB of disk")
    if needed_bytes > free_bytes:
        raise InputError(
            f"features {what} take {needed_bytes / 1e9:.1f} GB and the disk of {shown(folder)} has "
            f"{free_bytes / 1e9:.1f} GB free; make room there, or name a folder on another disk with --out"
        )
