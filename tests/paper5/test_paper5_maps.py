"""The maps that are stored of paper 5's fine-tuned VGG-16 networks."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from helpers.clips import write_numbered
from helpers.close import assert_same_float32, of_network
from helpers.one_step import one_step
from repro.backbones.weights import save
from repro.paper5 import levels, maps
from repro.paper5.prediction import images_of
from repro.paper5.recipe import Recipe, recipe
from repro.types import VideoRef
from repro.video.encode import write_video

CLASSES = 3
TINY = recipe("tiny")


@pytest.mark.parametrize("stream", ["rgb", "flow"])
def test_they_are_those_inside_the_network(stream: str, tmp_path: Path) -> None:
    network = levels.vgg_training_model(TINY, stream, CLASSES, tmp_path)
    save(network, tmp_path / "vgg.npz")
    same_size = replace(TINY, size_px=TINY.fine_tune_px, reduce="conv3x3s2")
    x = np.random.default_rng(0).integers(0, 256, (4, *network.input_shape[1:]), np.uint8)
    stored = levels.trained_map_network(same_size, stream, tmp_path / "vgg.npz")
    maps = stored.predict_on_batch(x)
    inner = keras.Model(network.input, {n: network.get_layer(n).output for n in levels.LEVELS})
    for name, found in inner.predict_on_batch(x).items():
        assert_same_float32(maps[name], found, of_network(stored), name=name)
        assert found.max() > 0


def test_reductions_of_the_same_maps_have_one_key() -> None:
    """Else what a training is called depends on which of the two rows comes first."""
    experiment: Any = SimpleNamespace(lengths_frames={})
    keys = {
        name: maps.storing(experiment, replace(TINY, reduce=name), "rgb", Path("vgg.npz"), None).key
        for name in ("pool_conv1x1", "conv3x3s2", "conv3x3_pool2")
    }
    assert keys["conv3x3s2"] == keys["conv3x3_pool2"] != keys["pool_conv1x1"]


def test_they_are_pooled_without_padding(tmp_path: Path) -> None:
    """C2: windows of 3 x 3, 2 apart: 8 x 8 places become 3 x 3, by hand."""
    save(levels.vgg_network(TINY, "rgb", CLASSES), tmp_path / "vgg.npz")
    image = np.random.default_rng(1).integers(0, 256, (1, TINY.size_px, TINY.size_px, 3), np.uint8)
    pooled = levels.trained_map_network(TINY, "rgb", tmp_path / "vgg.npz").predict_on_batch(image)
    raw = levels.trained_map_network(replace(TINY, reduce="conv3x3s2"), "rgb", tmp_path / "vgg.npz")
    for name, whole in raw.predict_on_batch(image).items():
        assert whole.shape[1:3] == (8, 8)
        rows = [
            [whole[:, 2 * r : 2 * r + 3, 2 * c : 2 * c + 3].max(axis=(1, 2)) for c in range(3)]
            for r in range(3)
        ]
        expected = np.stack([np.stack(row, axis=1) for row in rows], axis=1)
        np.testing.assert_array_equal(pooled[f"{name}_pooled"], expected)


@pytest.mark.parametrize("limit", [None, 2])
def test_only_the_frames_whose_maps_are_stored_are_held(limit: int | None, tmp_path: Path) -> None:
    write_numbered(tmp_path / "v.avi", 6)
    ref = VideoRef("c/v", tmp_path / "v.avi", 0, "g")
    every, held = maps._frames(TINY, ref, 8, None), maps._frames(replace(TINY, frame_step=2), ref, 8, limit)
    np.testing.assert_array_equal(held[:], every[:][::2][:limit])
    assert isinstance(held, np.ndarray)
    assert held.base is None or held.base.nbytes == held.nbytes


@pytest.mark.slow
@pytest.mark.parametrize("stream", ["rgb", "flow"])
def test_a_reduction_inside_vgg_is_trained_whatever_is_kept_of_vgg(stream: str, tmp_path: Path) -> None:
    """C27. Kept up to fc7: the reductions of earlier levels and their classifiers move all the same."""
    inside = replace(TINY, reduce="in_vgg", fine_tune_from="fc8")
    network = levels.vgg_training_model(inside, stream, CLASSES, tmp_path)
    assert set(network.output) == {next(iter(network.output)), *levels.more_heads(inside)}
    trained = {layer.name for layer in network.layers if layer.trainable and layer.weights}
    added = {f"{level}_{part}" for level in levels.LEVELS for part in ("reduce", "scores")}
    assert trained == {"fc8", *added}
    assert network.get_layer("pool4_reduce").kernel.regularizer is not None
    x = np.random.default_rng(0).integers(0, 256, (8, *network.input_shape[1:]), np.uint8)
    before = {name: np.array(network.get_layer(name).kernel) for name in trained}
    losses = one_step(network, x, dict.fromkeys(network.output, np.arange(8) % CLASSES))
    assert losses["loss"] > sum(losses[f"{head}_loss"] for head in network.output) * (1 - 1e-5)
    for name, old in before.items():
        assert (np.array(network.get_layer(name).kernel) != old).any(), name


@pytest.mark.parametrize("stream", ["rgb", "flow"])
def test_maps_reduced_inside_vgg_are_the_equation(stream: str, tmp_path: Path) -> None:
    """R = ReLU(W P + b) of the pooled maps that are stored otherwise."""
    keras.utils.set_random_seed(0)  # of some draws every unit of a reduction is shut
    inside = replace(TINY, reduce="in_vgg", size_px=80)
    network = levels.vgg_training_model(inside, stream, CLASSES, tmp_path)
    save(network, tmp_path / "vgg.npz")
    stored, pooled = (
        levels.trained_map_network(recipe, stream, tmp_path / "vgg.npz")
        for recipe in (inside, replace(inside, reduce="pool_conv1x1"))
    )
    x = np.random.default_rng(0).integers(0, 256, (2, *stored.input_shape[1:]), np.uint8)
    maps, before = stored.predict_on_batch(x), pooled.predict_on_batch(x)
    assert set(maps) == set(levels.map_names(inside)) == {"pool4_reduce", "conv5_3_reduce"}
    for level in levels.LEVELS:
        kernel, bias = network.get_layer(f"{level}_reduce").get_weights()
        wanted = np.maximum(before[f"{level}_pooled"] @ kernel[0, 0] + bias, 0)
        found = maps[f"{level}_reduce"]
        assert found.shape[1:] == levels.map_shapes(inside)["pool4"] == (2, 2, inside.channels)
        assert_same_float32(found, wanted, of_network(stored), name=level)
        assert found.max() > 0


def test_frames_are_resized_as_the_recipe_says(tmp_path: Path) -> None:
    """C28: bilinear stays between the values of an edge, bicubic goes below and above."""
    frame = np.zeros((2, 2, 3), np.uint8)
    frame[:, 1] = 200
    write_video(tmp_path / "v.avi", [np.repeat(np.repeat(frame, 8, 0), 8, 1)], 5, "ffv1")
    ref = VideoRef("c/v", tmp_path / "v.avi", 0, "g")
    asked: list[Any] = []

    def stored(chosen: Recipe) -> np.ndarray:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                maps, "stored_features", lambda experiment, what, build, **how: asked.append((what, how))
            )
            experiment: Any = SimpleNamespace(lengths_frames={"c/v": 1})
            maps.stored(experiment, chosen, "rgb", tmp_path / "none.npz", None)
        return asked[-1][1]["read"](ref, asked[-1][1]["size"], None)

    usual, other = stored(replace(TINY, size_px=64)), stored(replace(TINY, size_px=64, resize="bicubic"))
    assert usual[0].min() == 0
    assert usual[0].max() == 200
    assert other[0].max() > 200
    assert asked[0][0].key != asked[1][0].key  # maps of one are never served for the other
    [shown] = images_of(replace(TINY, size_px=64), [np.repeat(np.repeat(frame, 8, 0), 8, 1)])
    np.testing.assert_array_equal(shown["rgb"], usual[0])
