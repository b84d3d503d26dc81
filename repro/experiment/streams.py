"""Networks on frames and on optical flow, and sequence models on what they give: papers 4 and 5.

flow        TV-L1 between neighbouring frames                       -> cache/flow
fine-tune   a stream's VGG-16 on single frames or fields            -> cache/networks/NAME/best.npz
features    what it says of every frame or field                    -> cache/features
sequence    a model on stored features                              -> RUN/sequence/NAME

Networks and features lie in the cache, under names that hold a digest of all that decides them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from repro.augment import CornerCrops
from repro.backbones.ends import HEADS
from repro.experiment.experiment import Experiment
from repro.experiment.features import flow_of
from repro.experiment.pipeline import Models, Pipeline
from repro.features.extract import Reader
from repro.features.flow_store import FlowStore
from repro.features.paired import fields_of
from repro.features.store import FeatureStore
from repro.input_pipeline import FlowBatches, FrameBatches
from repro.paths import short_path
from repro.types import Row, VideoRef

STREAMS = ("rgb", "flow")
Arrays = dict[str, NDArray[np.float32]]
Wanted = Mapping[str, tuple[str, str]]  # input of a model -> (stream, endpoint)
R = TypeVar("R")


class Streams(NamedTuple):
    """The stored features of each stream that a model reads, and which of them is which of its inputs."""

    stores: Mapping[str, FeatureStore]
    wanted: Wanted

    @property
    def digest(self) -> str:
        """Names all that decided the values."""
        return "+".join(f"{stream}:{store.key_digest}" for stream, store in sorted(self.stores.items()))

    def frames(self, ref: VideoRef) -> int:
        """n: the frames that have features in every stream; a flow field needs the frame after it."""
        return min(store.length(ref) for store in self.stores.values())

    def read(self, ref: VideoRef, start: int, stop: int) -> Arrays:
        """Frames [start, stop) by input, float32 [stop - start, ...]."""
        return {
            name: self.stores[stream].read_part(ref, start, stop, (endpoint,))[endpoint]
            for name, (stream, endpoint) in self.wanted.items()
        }

    def whole(self, ref: VideoRef) -> Arrays:
        """All frames by input, float32 [n, ...]."""
        return self.read(ref, 0, self.frames(ref))


class StreamModels(Models, Protocol):
    """What `recipe.py` of such a paper says besides: what training sees of a recipe that `base` has not."""

    def training_overrides(self, base: Any, recipe: Any, /) -> dict[str, Any]: ...


class StreamPipeline(Pipeline[R]):
    """The stages up to the features. networks: each stream's fine-tuned VGG-16, by name."""

    recipes: StreamModels

    def __init__(self, experiment: Experiment, rows: Sequence[Row]) -> None:
        self.networks: dict[str, Path] = {}
        self.flow: FlowStore | None = None
        super().__init__(experiment, rows)

    def trained_name(self, recipe: R) -> str:
        """The training that a model comes from: its name without what only testing sees."""
        return self.name(self.recipes.training_overrides(self.experiment.recipe, recipe))

    @abstractmethod
    def streams_of(self, recipe: R) -> tuple[str, ...]:
        """The streams that a model reads."""

    @abstractmethod
    def fine_tune(self, name: str) -> Path:
        """The weights of one of `network_names`, trained on frames or on flow."""

    def network_names(self) -> tuple[str, ...]:
        """The networks that the models read: one for each stream."""
        return self.needed()

    def needed(self) -> tuple[str, ...]:
        """The streams that any model or regression reads."""
        read = {stream for recipe in self.readers() for stream in self.streams_of(recipe)}
        return tuple(stream for stream in STREAMS if stream in read)

    def flow_of(self, stream: str) -> FlowStore | None:
        """The flow that a stream's network is given; None for frames."""
        return self.flow if stream == "flow" else None

    def compute_flow(self) -> str:
        """The stage that stores the flow of all videos, where a model reads it."""
        if "flow" not in self.needed():
            return "no row uses flow"
        self.flow = flow_of(self.experiment, self.experiment.recipe)
        return f"flow in {short_path(self.flow.folder)}"

    def fine_tune_all(self) -> str:
        """The stage that trains the networks."""
        for name in self.network_names():
            self.networks[name] = self.fine_tune(name)
        return "weights in " + ", ".join(short_path(path.parent) for path in self.networks.values())


def pixels(
    experiment: Experiment,
    refs: tuple[VideoRef, ...],
    flow: FlowStore | None,
    *,
    size: int,
    per_visit: int,
    batch: int,
    crops: CornerCrops | None,
    more_heads: tuple[str, ...] = (),
) -> FrameBatches | FlowBatches:
    """Frames uint8 [B, S, S, 3] or, from `flow`, fields [B, S, S, 2], with labels for the stream's head.

    more_heads: other outputs that learn the same labels. crops: drawn anew for each; None for whole ones,
    evenly spaced over the videos.
    """
    settings: dict[str, Any] = {"size": size, "batch": batch, "seed": experiment.seed, "augmentation": crops}
    if flow is None:
        return FrameBatches(
            refs,
            experiment.lengths_frames,
            frames_per_visit=per_visit,
            heads=(HEADS["rgb"], *more_heads),
            **settings,
        )
    return FlowBatches(
        refs,
        flow.read,
        experiment.lengths_frames,
        stacks_per_visit=per_visit,
        fields=1,
        pairing="next",
        heads=(HEADS["flow"], *more_heads),
        **settings,
    )


def reading(flow: FlowStore | None, frames: Reader) -> Reader:
    """How the images of a stream are read: by `frames`, or fields where there is flow."""
    return frames if flow is None else fields_of(flow)
