"""Run folders of networks that nobody trained: what reads a run needs its files, not their worth."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np

from helpers.initial_weights import vary
from helpers.lite_weights import drawn_weights
from repro.backbones import efficientnet_lite, weights
from repro.experiment.exported import ExportedRun
from repro.papers import PAPERS

CLASSES = ("sit", "stand", "wave")
Networks = dict[str, keras.Model]


def lite(paper: int, folder: Path, **changes: Any) -> ExportedRun:
    """A run of the `lite` preset with EfficientNet-Lite0 as drawn; changes: of its recipe."""
    recipe = PAPERS[paper].Recipe(**{**asdict(PAPERS[paper].recipe("lite")), **changes})
    folder.mkdir(parents=True)
    trunk = drawn_weights(folder).name
    built, facts, own = _OF_PAPER[paper](recipe, folder)
    for name, network in built.items():
        vary(network)
        for variance in network.variables:
            if variance.name == "moving_variance":
                variance.assign(1 + keras.ops.square(variance))
        weights.save(network, folder / f"{name}.npz")
    networks = {name: f"{name}.npz" for name in built if name != "sequence"}
    networks |= dict.fromkeys(own, trunk)
    if paper == 3:
        networks["obj-fc8-scale"] = "scale.npz"
    run = ExportedRun(
        folder, paper, "demo", "1", 0, CLASSES, "untrained", "sequence.npz", networks, asdict(recipe), facts
    )
    run.write()
    return ExportedRun.read(folder)


def _anticipation(recipe: Any, folder: Path) -> tuple[Networks, dict[str, Any], tuple[str, ...]]:
    from repro.anticipation import networks

    frame = networks.frame_networks(recipe, len(CLASSES)).training
    return {"frame": frame, "sequence": networks.sequence_model(recipe, len(CLASSES))}, {}, ("trunk",)


def _paper_3(recipe: Any, folder: Path) -> tuple[Networks, dict[str, Any], tuple[str, ...]]:
    from repro.paper3 import networks

    count = efficientnet_lite.CLASSES
    rng = np.random.default_rng(0)
    mean, deviation = rng.normal(0, 1, count), rng.uniform(1, 2, count)
    np.savez(folder / "scale.npz", mean=mean.astype(np.float32), deviation=deviation.astype(np.float32))
    decoder = networks.decoder(recipe, len(CLASSES), count)
    return {"sequence": decoder}, {"outputs": {"obj": count}}, ("obj",)


def _paper_4(recipe: Any, folder: Path) -> tuple[Networks, dict[str, Any], tuple[str, ...]]:
    from repro.paper4 import networks

    streams = networks.streams_of(recipe)
    built = {stream: networks.stream_network(recipe, stream, len(CLASSES)) for stream in streams}
    return {**built, "sequence": networks.build(recipe, len(CLASSES))}, {}, ("trunk",)


def _paper_5(recipe: Any, folder: Path) -> tuple[Networks, dict[str, Any], tuple[str, ...]]:
    from repro.paper5 import networks

    scales = dict.fromkeys(recipe.branches, 1.0)
    return {"sequence": networks.build(recipe, len(CLASSES), scales)}, {"scales": scales}, ("rgb",)


_OF_PAPER: dict[int, Callable[[Any, Path], tuple[Networks, dict[str, Any], tuple[str, ...]]]] = {
    1: _anticipation,
    2: _anticipation,
    3: _paper_3,
    4: _paper_4,
    5: _paper_5,
}
