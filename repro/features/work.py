"""All that decides the features of a store, as one value that can go to another process.

It is pickled whole, so it holds no closure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from repro.features.extract import Reader, extract
from repro.features.flow_work import Run, of_these
from repro.features.network import FrameFunction
from repro.features.store import FeatureStore
from repro.types import VideoRef


@dataclass(frozen=True)
class FeatureWork:
    """What a network says of every frame. network: builds it; values: how many it must give for an image.

    The others are as in `extract`, `more` those that have a default there.
    """

    store: FeatureStore
    network: Callable[[], FrameFunction]
    values: int
    read: Reader
    size: int
    lengths: Mapping[str, int]
    limit: int | None
    more: Mapping[str, Any] = field(default_factory=dict)

    def only(self, refs: Sequence[VideoRef]) -> FeatureWork:
        """As `cluster.task.Work` has it."""
        given = self.more.get("given")
        more = self.more if given is None else {**self.more, "given": of_these(refs, given)}
        return replace(self, lengths=of_these(refs, self.lengths), more=more)

    def start(self) -> Run:
        """As `cluster.task.Work` has it. ValueError for a network that gives another number of values."""
        network = self.network()
        if network.values != self.values:
            raise ValueError(f"{network.values} values of an image; wanted {self.values} by the recipe")

        def run(refs: Sequence[VideoRef]) -> None:
            extract(
                refs,
                network,
                self.store,
                read=self.read,
                size=self.size,
                lengths=self.lengths,
                limit=self.limit,
                **self.more,
            )

        return run
