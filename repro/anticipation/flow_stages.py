"""Optical flow for stage 2 (paper 1 Table 7): flow of every video, the flow network, its fc7 features."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from repro.anticipation import networks
from repro.anticipation.recipe import Recipe, flow_settings
from repro.augment import Augmentation
from repro.backbones import weights
from repro.datasets import hold_out
from repro.experiment.job import Job
from repro.features.extract import extract, stacks_of
from repro.features.flow_store import FlowSettings, FlowStore, stored_flow
from repro.features.network import frame_function
from repro.features.store import FeatureStore
from repro.input_pipeline import FlowBatches
from repro.training.fit import fit
from repro.training.run_folder import RunFolder


def flow_of(job: Job, recipe: Recipe) -> FlowStore:
    """TV-L1 flow between neighbouring frames of every video, clipped, coded in 0..255, stored as JPEG."""
    refs, settings = (*job.split.train, *job.split.test), FlowSettings.of(recipe)
    return stored_flow(refs, job.cache / "flow", settings, job.lengths_frames)


def fine_tune_flow(job: Job, recipe: Recipe) -> Path:
    """Train the flow network on single stacks of the training videos; the weights of its best epoch."""
    store = flow_of(job, recipe)
    train, validation = hold_out(job.split.train, recipe.validation_fraction, job.seed)
    batches = partial(
        FlowBatches,
        load=store.read,
        lengths=job.lengths_frames,
        size=recipe.size_px,
        stacks_per_visit=recipe.stacks_per_visit,
        fields=recipe.flow_fields,
        batch=recipe.flow_batch,
        seed=job.seed,
        heads=("flow",),
    )
    settings = {**job.trained_on(), "recipe": flow_settings(recipe), "flow": store.key_digest}
    with RunFolder(job.network_folder("flow", settings)) as folder:
        result = fit(
            partial(networks.flow_training_model, recipe, len(job.split.classes), job.weights),
            batches(train, augmentation=_augmentation(recipe)),
            validation=batches(validation, augmentation=None),
            epochs=recipe.flow_epochs,
            folder=folder.path,
            seed=job.seed,
            strategy=job.strategy,
            settings=settings,
            describe="fine-tuning the flow network",
        )
    return result.weights


def _augmentation(recipe: Recipe) -> Augmentation:
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


def extract_features(job: Job, recipe: Recipe, trained: Path, limit: int | None) -> FeatureStore:
    """fc7 of the flow network for the first `limit` frames (None: all), from the fields up to each frame."""
    flow = flow_of(job, recipe)
    key = {
        "weights": weights.checksum(trained),
        "frames": limit,
        "network": flow_settings(recipe),
        "flow": flow.key_digest,
    }
    store = FeatureStore(job.cache / "features", key)
    missing = [ref for ref in (*job.split.train, *job.split.test) if not store.has(ref)]
    if missing:
        built = networks.flow_networks(recipe, len(job.split.classes))
        weights.load(built.training, trained)
        settings: dict[str, Any] = {"size": recipe.size_px, "limit": limit, "lengths": job.lengths_frames}
        read = stacks_of(flow, fields=recipe.flow_fields)
        extract(missing, frame_function(built.features, ("flow",)), store, read=read, **settings)
    return store
