"""Features and flow of a run's videos, stored once for all runs that agree on what decides them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from repro.backbones import weights
from repro.experiment.job import Job
from repro.features.extract import Network, Reader, extract
from repro.features.flow_store import FlowSettings, FlowStore, stored_flow
from repro.features.store import FeatureStore
from repro.types import VideoRef
from repro.video import decode


def flow_of(job: Job, recipe: Any) -> FlowStore:
    """TV-L1 flow between neighbouring frames of every video, cut, coded in 0..255, stored as JPEG."""
    return stored_flow(job.videos, job.cache / "flow", FlowSettings.of(recipe), job.lengths_frames)


def stored_features(
    job: Job,
    trained: Path,
    key: Mapping[str, Any],
    network: Callable[[], Network],
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
    """
    whole = {**key, "weights": weights.checksum(trained), "decoder": decode.VERSION}
    store = FeatureStore(job.cache / "features", whole, dtype)
    missing = [ref for ref in (job.videos if refs is None else refs) if not store.has(ref)]
    if missing:
        extract(missing, network(), store, read=read, size=size, lengths=lengths, limit=limit, **settings)
    return store
