"""A stream's network in a run of paper 4: fine-tuned on frames or on fields, and what is stored of all.

VGG-16 reads pixels; what stands behind the frozen trunk of another backbone reads its stored maps.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from repro.augment import CornerCrops
from repro.backbones import ends
from repro.backbones.vgg import ENDPOINTS
from repro.experiment import training, trunk
from repro.experiment.experiment import Experiment
from repro.experiment.features import Storing, stored_features
from repro.experiment.streams import pixels, reading
from repro.features.extract import maps_of
from repro.features.flow_store import FlowStore
from repro.features.network import FrameFunction, frame_function
from repro.features.paired import paired_frames, paired_lengths
from repro.features.store import FeatureStore
from repro.paper4 import networks
from repro.paper4.recipe import Recipe, network_settings
from repro.types import VideoRef


def fine_tuned(experiment: Experiment, stream: str, flow: FlowStore | None) -> Path:
    """Train on single frames, or on fields of `flow` (A25): the weights of the best epoch."""
    base, maps = experiment.recipe, _maps(experiment, flow)
    sides = base.rgb_crop_sides if flow is None else base.flow_crop_sides
    crops = CornerCrops(scales=sides, flip_probability=base.flip_probability)

    def data(refs: tuple[VideoRef, ...], train: bool) -> training.Batches:
        if maps is not None:
            return trunk.map_batches(
                experiment,
                base,
                maps,
                refs,
                train,
                batch=base.rgb_batch if flow is None else base.flow_batch,
                heads=(ends.HEADS[stream],),
            )
        return pixels(
            experiment,
            refs,
            flow,
            size=base.size_px,
            per_visit=base.frames_per_visit,
            batch=base.rgb_batch if flow is None else base.flow_batch,
            crops=crops if train else None,
        )

    return training.fine_tune(
        experiment,
        networks.kind(base, stream),
        partial(networks.stream_training_model, base, stream, experiment.classes, experiment.weights),
        data,
        networks.settings_of(base, stream, flow),
        validation_fraction=base.validation_fraction,
        updates=base.rgb_updates if flow is None else base.flow_updates,
        describe=f"fine-tuning {base.backbone} on {'frames' if flow is None else 'flow fields'}",
    )


def fine_tuned_file(experiment: Experiment, stream: str, flow: FlowStore | None) -> Path:
    """Where the weights of `fine_tuned` lie, or will."""
    settings = networks.settings_of(experiment.recipe, stream, flow)
    return training.fine_tuned_file(experiment, networks.kind(experiment.recipe, stream), settings)


def pretrained(experiment: Experiment, stream: str, flow: FlowStore | None) -> Path:
    """The same network before any training here."""
    base = experiment.recipe
    kind, settings = _pretrained(experiment, stream, flow)
    build = partial(networks.stream_training_model, base, stream, experiment.classes, experiment.weights)
    return training.untrained(experiment, kind, build, settings)


def pretrained_file(experiment: Experiment, stream: str, flow: FlowStore | None) -> Path:
    """Where the weights of `pretrained` lie, or will."""
    return training.untrained_file(experiment, *_pretrained(experiment, stream, flow))


def _pretrained(experiment: Experiment, stream: str, flow: FlowStore | None) -> tuple[str, dict[str, Any]]:
    base = experiment.recipe
    settings = {**experiment.trained_on(), **networks.settings_of(base, stream, flow)}
    return f"{networks.kind(base, stream)}-pretrained", settings


def below(experiment: Experiment, flow: FlowStore | None) -> Storing | None:
    """What the endpoints of a stream are made of: the maps of a frozen trunk, or pixels (None)."""
    base = experiment.recipe
    return trunk.storing(experiment, base, _end(base), flow) if base.lite else None


def storing(
    experiment: Experiment,
    stream: str,
    flow: FlowStore | None,
    trained: Path,
    names: tuple[str, ...] = ENDPOINTS,
) -> Storing:
    """pool5, fc7 and softmax of every frame or field that is read, or those of them that are named."""
    base, maps = experiment.recipe, below(experiment, flow)
    key = {"endpoints": list(names), "network": network_settings(base, stream)}
    return Storing(
        trained,
        key if flow is None else {**key, "flow": flow.key_digest},
        networks.endpoint_values(base, experiment.classes, names),
        paired_lengths(experiment.lengths_frames) if maps is None else maps.lengths,
        base.feature_dtype,
    )


def stored(
    experiment: Experiment,
    stream: str,
    flow: FlowStore | None,
    trained: Path,
    names: tuple[str, ...] = ENDPOINTS,
) -> FeatureStore:
    """The store of `storing`."""
    base, maps = experiment.recipe, _maps(experiment, flow)
    what = storing(experiment, stream, flow, trained, names)
    build = partial(_function, base, stream, experiment.classes, trained, names)
    read = reading(flow, paired_frames) if maps is None else maps_of(maps, trunk.MAPS)
    describe = f"extracting {stream} features"
    return stored_features(experiment, what, build, read=read, size=base.size_px, describe=describe)


def _function(
    base: Recipe, stream: str, classes: int, trained: Path, names: tuple[str, ...]
) -> FrameFunction:
    return frame_function(networks.endpoints(base, stream, classes, trained), names)


def _maps(experiment: Experiment, flow: FlowStore | None) -> FeatureStore | None:
    """The maps of a trunk that is frozen, the same for all runs; made where a video is missing."""
    base = experiment.recipe
    return trunk.stored_maps(experiment, base, _end(base), flow) if base.lite else None


def _end(recipe: Recipe) -> str:
    return ends.end(recipe.backbone, "conv5_2").endpoint
