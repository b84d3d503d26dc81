"""The maps that are stored of paper 5's fine-tuned VGG-16 networks."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from helpers.close import assert_same_float32, of_network
from repro.backbones.weights import save
from repro.paper5 import networks
from repro.paper5.recipe import recipe

CLASSES = 3
TINY = recipe("tiny")


@pytest.mark.parametrize("stream", ["rgb", "flow"])
def test_they_are_those_inside_the_network(stream: str, tmp_path: Path) -> None:
    network = networks.vgg_training_model(TINY, stream, CLASSES, tmp_path)
    save(network, tmp_path / "vgg.npz")
    same_size = replace(TINY, size_px=TINY.fine_tune_px, reduce="conv3x3s2")
    x = np.random.default_rng(0).integers(0, 256, (4, *network.input_shape[1:]), np.uint8)
    stored = networks.trained_map_network(same_size, stream, tmp_path / "vgg.npz")
    maps = stored.predict_on_batch(x)
    inner = keras.Model(network.input, {n: network.get_layer(n).output for n in networks.LEVELS})
    for name, found in inner.predict_on_batch(x).items():
        assert_same_float32(maps[name], found, of_network(stored), name=name)
        assert found.max() > 0


def test_they_are_pooled_without_padding(tmp_path: Path) -> None:
    """C2: windows of 3 x 3, 2 apart: 8 x 8 places become 3 x 3, by hand."""
    save(networks.vgg_network(TINY, "rgb", CLASSES), tmp_path / "vgg.npz")
    image = np.random.default_rng(1).integers(0, 256, (1, TINY.size_px, TINY.size_px, 3), np.uint8)
    pooled = networks.trained_map_network(TINY, "rgb", tmp_path / "vgg.npz").predict_on_batch(image)
    raw = networks.trained_map_network(replace(TINY, reduce="conv3x3s2"), "rgb", tmp_path / "vgg.npz")
    for name, whole in raw.predict_on_batch(image).items():
        assert whole.shape[1:3] == (8, 8)
        rows = [
            [whole[:, 2 * r : 2 * r + 3, 2 * c : 2 * c + 3].max(axis=(1, 2)) for c in range(3)]
            for r in range(3)
        ]
        expected = np.stack([np.stack(row, axis=1) for row in rows], axis=1)
        np.testing.assert_array_equal(pooled[f"{name}_pooled"], expected)
