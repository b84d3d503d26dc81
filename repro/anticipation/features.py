"""Papers 1 and 2: the pixels that their networks are trained on, and the features these give of frames."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from repro.anticipation import networks
from repro.anticipation.recipe import Recipe, flow_settings, frame_settings, frozen_settings
from repro.augment import Augmentation
from repro.backbones import weights
from repro.experiment import trunk
from repro.experiment.experiment import Experiment
from repro.experiment.features import Storing, stored_features
from repro.features.extract import frames_of, maps_of, stacks_of
from repro.features.flow_store import FlowStore
from repro.features.network import FrameFunction, frame_function
from repro.features.store import FeatureStore
from repro.input_pipeline import FlowBatches, FrameBatches, MapBatches
from repro.types import VideoRef
from repro.video import decode, geometry


class Features(NamedTuple):
    """Stored features of an experiment's videos, perhaps from several stores (frames, flow)."""

    stores: tuple[FeatureStore, ...]

    def read(self, ref: VideoRef) -> dict[str, NDArray[np.float32]]:
        """float32 [T_i, D] by name."""
        return {name: array for store in self.stores for name, array in store.read(ref).items()}

    @property
    def digest(self) -> str:
        """Names all that decided their values."""
        return "+".join(store.key_digest for store in self.stores)

    def bytes_of(self, refs: Sequence[VideoRef]) -> int:
        """What they take of some videos, on the disk as in memory."""
        return sum(store.path(ref).stat().st_size for store in self.stores for ref in refs)


def augmentation(recipe: Recipe) -> Augmentation:
    """The random changes of the papers' augmentation (paper 2, 4.2) as the recipe states them."""
    return Augmentation(
        flip_probability=recipe.flip_probability,
        rotation_deg=recipe.rotation_deg,
        crop_aspect=recipe.crop_aspect,
        crop_scale_min=recipe.crop_scale_min,
        channel_shift=recipe.channel_shift,
        channel_shift_probability=recipe.channel_shift_probability,
        jitter_alpha=recipe.jitter_alpha,
        literal_alpha=recipe.literal_alpha,
    )


def flow_augmentation(recipe: Recipe) -> Augmentation:
    """Flip and crop as for RGB; turning an image would have to turn its vectors, and colours mean nothing."""
    return Augmentation(
        flip_probability=recipe.flip_probability,
        rotation_deg=0.0,
        crop_aspect=recipe.crop_aspect,
        crop_scale_min=recipe.crop_scale_min,
        channel_shift=0,
        channel_shift_probability=0.0,
        jitter_alpha=0.0,
    )


def frames(
    experiment: Experiment, recipe: Recipe, maps: FeatureStore | None, refs: tuple[VideoRef, ...], train: bool
) -> FrameBatches | MapBatches:
    """Single frames for both sub-models, or `maps`, the stored ones of a smaller backbone."""
    if maps is not None:
        return trunk.map_batches(
            experiment, recipe, maps, refs, train, batch=recipe.cnn_batch, heads=networks.heads(recipe)
        )
    return FrameBatches(
        refs,
        experiment.lengths_frames,
        size=recipe.size_px,
        frames_per_visit=recipe.frames_per_visit,
        batch=recipe.cnn_batch,
        seed=experiment.seed,
        augmentation=augmentation(recipe) if train else None,
        heads=networks.heads(recipe),
    )


def stacks(
    experiment: Experiment, recipe: Recipe, flow: FlowStore, refs: tuple[VideoRef, ...], train: bool
) -> FlowBatches:
    """Stacks of fields for the flow network."""
    return FlowBatches(
        refs,
        flow.read,
        experiment.lengths_frames,
        size=recipe.size_px,
        stacks_per_visit=recipe.stacks_per_visit,
        fields=recipe.flow_fields,
        batch=recipe.flow_batch,
        seed=experiment.seed,
        augmentation=flow_augmentation(recipe) if train else None,
        heads=("flow",),
    )


def frame_storings(experiment: Experiment, recipe: Recipe, trained: Path, limit: int | None) -> list[Storing]:
    """Context- and action-aware features of the first `limit` frames (None: all).

    Of the videos that the label gates (readings of A3), then of all others: both lie in one store.
    """
    key: dict[str, Any] = {"frames": limit, "network": frame_settings(recipe)}
    labelled = _gated_by_label(experiment, recipe)
    if labelled:
        key["gated by label"] = dict(sorted(labelled.items()))
    parts = [
        [ref for ref in experiment.videos if (ref.video_id in labelled) is of_label]
        for of_label in (True, False)
    ]
    values = 2 * networks.feature_width(recipe)
    rows = trunk.row_counts(experiment, recipe)
    return [Storing(trained, key, values, rows, limit=limit, refs=refs) for refs in parts]


def frame_features(
    experiment: Experiment, recipe: Recipe, maps: FeatureStore | None, trained: Path, limit: int | None
) -> FeatureStore:
    """The store of `frame_storings`, from frames or from `maps`, the stored ones of a smaller backbone."""
    gated, others = frame_storings(experiment, recipe, trained, limit)
    labelled = _gated_by_label(experiment, recipe)
    read = frames_of if maps is None else maps_of(maps, trunk.MAPS)

    def store(what: Storing, of_class: bool, **given: Any) -> FeatureStore:
        build = partial(_frame_function, recipe, experiment.classes, trained, of_class)
        return stored_features(experiment, what, build, read=read, size=recipe.size_px, **given)

    if labelled:
        store(gated, True, given=labelled)
    return store(others, False)


def _frame_function(recipe: Recipe, classes: int, trained: Path, of_class: bool) -> FrameFunction:
    """Frames -> features; of_class: gated by the map of a class that is given with each frame."""
    own = networks.trained_frame_networks(recipe, classes, trained)
    return frame_function(own.features_of_class if of_class else own.features, ("context", "action"))


def _gated_by_label(experiment: Experiment, recipe: Recipe) -> dict[str, int]:
    """The labels that the readings of A3 hand to the gate, by video; none by default."""
    parts = {"label_in_training": experiment.split.train, "oracle": experiment.videos}
    return {ref.video_id: ref.label for ref in parts.get(recipe.select, ())}


def frozen_storing(experiment: Experiment, recipe: Recipe, trained: Path, limit: int | None) -> Storing:
    """The context path's feature of the first `limit` frames (None: all), as it was pre-trained."""
    key = {"frames": limit, "frozen": frozen_settings(recipe)}
    return Storing(
        trained, key, networks.feature_width(recipe), trunk.row_counts(experiment, recipe), limit=limit
    )


def frozen_features(
    experiment: Experiment, recipe: Recipe, maps: FeatureStore | None, trained: Path, limit: int | None
) -> FeatureStore:
    """The store of `frozen_storing`, from frames or from `maps`."""
    network = partial(_frozen_function, recipe, experiment.weights, trained)
    read = frames_of if maps is None else maps_of(maps, trunk.MAPS)
    what = frozen_storing(experiment, recipe, trained, limit)
    return stored_features(experiment, what, network, read=read, size=recipe.size_px)


def _frozen_function(recipe: Recipe, weights_folder: Path, trained: Path) -> FrameFunction:
    model = networks.frozen_features(recipe, weights_folder)
    weights.load(model, trained)
    return frame_function(model, (networks.FROZEN,))


def flow_storing(
    experiment: Experiment, recipe: Recipe, flow: FlowStore, trained: Path, limit: int | None
) -> Storing:
    """fc7 of the flow network for the first `limit` frames (None: all), from the fields up to each frame."""
    key = {"frames": limit, "network": flow_settings(recipe), "flow": flow.key_digest}
    return Storing(trained, key, networks.feature_width(recipe), experiment.lengths_frames, limit=limit)


def flow_features(
    experiment: Experiment, recipe: Recipe, flow: FlowStore, trained: Path, limit: int | None
) -> FeatureStore:
    """The store of `flow_storing`."""
    return stored_features(
        experiment,
        flow_storing(experiment, recipe, flow, trained, limit),
        partial(_flow_function, recipe, experiment.classes, trained),
        read=stacks_of(flow, fields=recipe.flow_fields),
        size=recipe.size_px,
    )


def _flow_function(recipe: Recipe, classes: int, trained: Path) -> FrameFunction:
    built = networks.flow_networks(recipe, classes)
    weights.load(built.training, trained)
    return frame_function(built.features, ("flow",))


def map_network(experiment: Experiment, recipe: Recipe, trained: Path) -> keras.Model:
    """Frames [B, S, S, 3], RGB 0..255 -> {"conv5_3", "gated": [B, h, w, C], "map": [B, h, w, 1]}, whatever
    the recipe's networks read. trained: of the two sub-models.
    """
    network = networks.trained_frame_networks(recipe, experiment.classes, trained).maps
    if recipe.lite:
        network = networks.on_images(recipe, network, trunk.trained_trunk(experiment, recipe))
    return network


def gate_maps(
    experiment: Experiment, recipe: Recipe, trained: Path, refs: tuple[VideoRef, ...] | list[VideoRef]
) -> list[dict[str, Any]]:
    """What the gate does to the middle frame of some videos (paper 1 Fig. 1, paper 2 Fig. 7).

    For each: frame uint8 [H, W, 3]; conv5_3 and gated, float32 [h, w, C]; map float32 [h, w, 1].
    """
    network = map_network(experiment, recipe, trained)
    gates = []
    for ref in refs:
        middle = np.array([experiment.lengths_frames[ref.video_id] // 2])
        frame = decode.read_frames(ref.path, middle, ref.segment)[0]
        image = geometry.resize(frame, recipe.size_px, recipe.size_px)[None]
        maps = network.predict_on_batch(image)
        gates.append({"frame": frame, **{name: array[0] for name, array in maps.items()}})
    return gates
