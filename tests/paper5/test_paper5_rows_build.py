"""Every row of paper 5 builds its model and trains a step at tiny size."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from helpers.one_step import one_step
from repro.backbones.weights import save
from repro.paper5 import experiments, networks
from repro.paper5.recipe import SEQUENCE_FIELDS, Recipe, for_row, model_name, recipe

CLASSES = 3
TINY = recipe("tiny")


def _models() -> dict[str, Recipe]:
    found = {}
    for dataset in experiments.DATASETS:
        for row in experiments.rows(dataset):
            overrides = {k: v for k, v in row.overrides.items() if k in SEQUENCE_FIELDS}
            found[model_name(TINY, overrides)] = for_row(TINY, overrides)
    return found


MODELS = _models()
FAST = ("pool4-pyramid=False",)


def test_there_is_a_model_for_every_row_and_reading() -> None:
    assert len(MODELS) == 7 + len(experiments.READINGS) - 3  # three readings only decide otherwise


@pytest.mark.parametrize(
    "name", [n if n in FAST else pytest.param(n, marks=pytest.mark.slow) for n in MODELS]
)
def test_every_rows_model_takes_a_step(name: str) -> None:
    chosen = MODELS[name]
    network = networks.sequence_network(chosen, CLASSES, dict.fromkeys(chosen.branches, 2.0))
    rng = np.random.default_rng(0)
    x = {
        b: rng.random((4, chosen.clip_len, *networks.map_shape(chosen)), np.float32) for b in chosen.branches
    }
    y = dict.fromkeys(networks.outputs_of(chosen), np.array([0, 1, 2, 0], np.int32))
    before = [np.array(w) for w in network.trainable_weights]
    losses = one_step(network, x, y)
    assert np.isfinite(list(losses.values())).all()
    moved = [(np.array(w) != b).any() for w, b in zip(network.trainable_weights, before, strict=True)]
    assert all(moved), [w.path for w, m in zip(network.trainable_weights, moved, strict=True) if not m]
    said = network.predict_on_batch(x)
    assert set(said) == set(networks.outputs_of(chosen))
    assert said["frame"].shape == (4, chosen.clip_len, CLASSES)
    np.testing.assert_allclose(said["frame"].sum(axis=-1), 1, rtol=1e-5)


@pytest.mark.parametrize("stream", ["rgb", "flow"])
def test_each_vgg_takes_a_step_and_gives_its_maps(stream: str, tmp_path: Path) -> None:
    network = networks.vgg_training_model(TINY, stream, CLASSES, tmp_path)
    channels = 3 if stream == "rgb" else 2
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (4, TINY.fine_tune_px, TINY.fine_tune_px, channels), np.uint8)
    before = [np.array(w) for w in network.trainable_weights]
    losses = one_step(network, x, {networks.HEADS[stream]: np.array([0, 1, 2, 0])})
    assert np.isfinite(list(losses.values())).all()
    assert all((np.array(w) != b).any() for w, b in zip(network.trainable_weights, before, strict=True))
    save(network, tmp_path / "vgg.npz")
    same_size = replace(TINY, size_px=TINY.fine_tune_px, reduce="conv3x3s2")
    maps = networks.trained_map_network(same_size, stream, tmp_path / "vgg.npz").predict_on_batch(x)
    inner = keras.Model(network.input, {n: network.get_layer(n).output for n in networks.LEVELS})
    for name, found in inner.predict_on_batch(x).items():
        np.testing.assert_allclose(maps[name], found, rtol=1e-5, atol=1e-5)
        assert found.max() > 0


def test_what_is_stored_is_pooled_without_padding(tmp_path: Path) -> None:
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
