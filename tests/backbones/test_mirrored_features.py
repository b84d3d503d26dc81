"""Features of a picture and of its mirror image: the network's own layers, mirrored after the crop."""

import keras
import numpy as np
import pytest

from helpers.close import assert_same_float32, of_network
from helpers.initial_weights import calm, vary
from repro.backbones import vgg
from repro.backbones.c3d import c3d
from repro.backbones.mirrored import feature_model
from repro.backbones.spatial import spatial_network

KEYS = ["fc6", "fc6_flipped", "fc8", "fc8_flipped"]


def _c3d(**settings: object) -> keras.Model:
    return vary(c3d(5, frames=4, resized=(24, 31), crop=18, width=1 / 32, **settings), gain=1.2)


def test_c3d_sees_the_mirrored_crop() -> None:
    """31 columns leave 13 around a crop of 18, 6 to the left: the mirrored frame would be cut one further."""
    mean = np.random.default_rng(0).uniform(0, 255, (4, 24, 31, 3))
    network = _c3d(mean=mean)
    clips = np.random.default_rng(1).integers(0, 256, (3, 4, 24, 31, 3), np.uint8)
    said = feature_model(network)(clips)
    assert sorted(said) == KEYS
    crops = (clips[..., ::-1] - mean)[:, :, 3:21, 6:24].astype(np.float32)
    behind, roundings = network.get_layer("conv1a").input, of_network(network)
    for layer in ("fc6", "fc8"):
        rest = keras.Model(behind, network.get_layer(layer).output)
        assert_same_float32(said[layer], rest(crops), roundings)
        assert_same_float32(said[f"{layer}_flipped"], rest(crops[:, :, :, ::-1]), roundings)
        apart = np.abs(np.asarray(said[layer]) - np.asarray(said[f"{layer}_flipped"])).max()
        assert apart > 0.01 * np.abs(said[layer]).max()
    mirrored_before = feature_model(network)(clips[:, :, :, ::-1])["fc8"]
    assert not np.allclose(mirrored_before, said["fc8_flipped"], rtol=1e-2)


def test_vgg_sees_the_mirrored_frame() -> None:
    network = vary(spatial_network(4, size=64, width=1 / 32, blocks=vgg.VGG19))
    frames = np.random.default_rng(2).integers(0, 256, (3, 64, 64, 3), np.uint8)
    features = feature_model(network)
    said, mirrored = features(frames), features(frames[:, :, ::-1])
    for name in ("fc6", "fc8"):
        assert_same_float32(said[f"{name}_flipped"], mirrored[name], of_network(network))
        assert_same_float32(said[name], mirrored[f"{name}_flipped"], of_network(network))
    apart = np.abs(np.asarray(said["fc8"]) - np.asarray(said["fc8_flipped"])).max()
    assert apart > 0.01 * np.abs(said["fc8"]).max()


def test_fc6_is_after_its_relu_and_fc8_is_raw() -> None:
    # Scores of order 1: of hundreds the softmax would be 0 or 1.
    network = calm(vary(spatial_network(4, size=32, width=1 / 32, blocks=vgg.VGG19)), "fc8", 1000)
    frames = np.random.default_rng(3).integers(0, 256, (5, 32, 32, 3), np.uint8)
    said = {name: np.asarray(value) for name, value in feature_model(network)(frames).items()}
    assert said["fc6"].min() == 0 < said["fc6"].max()
    kernel7, bias7 = network.get_layer("fc7").get_weights()
    kernel8, bias8 = network.get_layer("fc8").get_weights()
    fc8 = np.maximum(said["fc6"].astype(np.float64) @ kernel7 + bias7, 0) @ kernel8 + bias8
    assert fc8.min() < 0
    assert_same_float32(said["fc8"], fc8, of_network(network))
    exponentials = np.exp(fc8 - fc8.max(axis=1, keepdims=True))
    expected = exponentials / exponentials.sum(axis=1, keepdims=True)
    assert np.ptp(expected, axis=0).max() > 0.01
    assert_same_float32(network(frames)["appearance"], expected, of_network(network), scale=np.abs(fc8).max())


def test_the_weights_are_the_networks_own() -> None:
    network = _c3d()
    features = feature_model(network, ("fc6",))
    assert list(features.output) == ["fc6", "fc6_flipped"]
    ours = {id(w) for w in network.weights if "fc7" not in w.path and "fc8" not in w.path}
    assert {id(w) for w in features.weights} == ours
    clips = np.random.default_rng(4).integers(0, 256, (1, 4, 24, 31, 3), np.uint8)
    kernel, bias = network.get_layer("fc6").get_weights()
    network.get_layer("fc6").set_weights([0 * kernel, np.arange(bias.size, dtype=np.float32)])
    for feature in features.predict(clips, verbose=0).values():
        np.testing.assert_array_equal(feature[0], np.arange(bias.size))


@pytest.mark.parametrize("policy", ["mixed_bfloat16"])
def test_features_are_float32(policy: str) -> None:
    keras.mixed_precision.set_global_policy(policy)
    try:
        features = feature_model(_c3d())
    finally:
        keras.mixed_precision.set_global_policy("float32")
    assert {output.dtype for output in features.output.values()} == {"float32"}
