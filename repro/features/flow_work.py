"""All that decides the flow of a store, as one value that can go to another process without a framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from repro.features.flow_store import FlowSettings, FlowStore, extract_flow, flow_store
from repro.flow import methods
from repro.types import VideoRef

Run = Callable[[Sequence[VideoRef]], None]


@dataclass(frozen=True)
class FlowWork:
    """Optical flow of these settings. lengths: frames of each sample by video_id."""

    store: FlowStore
    settings: FlowSettings
    lengths: Mapping[str, int]

    @classmethod
    def of(cls, folder: Path, settings: FlowSettings, lengths: Mapping[str, int]) -> FlowWork:
        """That of the store below `folder`."""
        return cls(flow_store(folder, settings), settings, lengths)

    def only(self, refs: Sequence[VideoRef]) -> FlowWork:
        """As `cluster.task.Work` has it."""
        return replace(self, lengths=of_these(refs, self.lengths))

    def start(self) -> Run:
        """As `cluster.task.Work` has it."""
        return self._run

    def _run(self, refs: Sequence[VideoRef]) -> None:
        settings = self.settings
        extract_flow(
            refs,
            self.store,
            height=settings.height_px,
            width=settings.width_px,
            settings=methods.METHODS[settings.method],
            lengths=self.lengths,
            bound_px=settings.bound_px,
            quality=settings.jpeg_quality,
        )


def of_these(refs: Sequence[VideoRef], facts: Mapping[str, int]) -> dict[str, int]:
    """What is known of some videos, by video_id."""
    return {ref.video_id: facts[ref.video_id] for ref in refs}
