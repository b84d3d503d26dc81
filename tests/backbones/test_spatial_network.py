"""VGG-16 on RGB frames, trained in all its layers, and the three endpoints of either stream."""

from pathlib import Path

import keras
import numpy as np
import pytest

from helpers.close import assert_same_float32, of_network, of_terms
from helpers.initial_weights import calm, vary, without_initializers
from repro.backbones import pretrained, vgg, weights
from repro.backbones.spatial import spatial_network
from repro.backbones.temporal import temporal_network

pytestmark = pytest.mark.slow  # with all its like, too long for the fast tests


def test_the_full_networks_have_paper_4s_parameters() -> None:
    """paper4.md 11.1: 134,674,341 of RGB with K = 101; 64 * 9 fewer for two flow channels."""
    with without_initializers():
        rgb = spatial_network(101, size=224)
        flow = temporal_network(101, size=224, channels=2).training
    assert rgb.count_params() == 134_674_341
    assert flow.count_params() == 134_673_765
    assert all(layer.trainable for layer in rgb.layers)
    assert [rgb.get_layer(f"{name}_dropout").rate for name in ("fc6", "fc7")] == [0.9, 0.9]
    for network in (rgb, flow):
        shapes = {name: output.shape for name, output in vgg.endpoint_model(network).output.items()}
        assert shapes == {"pool5": (None, 7, 7, 512), "fc7": (None, 4096), "softmax": (None, 101)}


VGG19_PARAMETERS = {
    "conv1_1": 1_792,
    "conv1_2": 36_928,
    "conv2_1": 73_856,
    "conv2_2": 147_584,
    "conv3_1": 295_168,
    **dict.fromkeys(("conv3_2", "conv3_3", "conv3_4"), 590_080),
    "conv4_1": 1_180_160,
    **dict.fromkeys(("conv4_2", "conv4_3", "conv4_4"), 2_359_808),
    **dict.fromkeys(("conv5_1", "conv5_2", "conv5_3", "conv5_4"), 2_359_808),
    "fc6": 102_764_544,
    "fc7": 16_781_312,
}


@pytest.mark.parametrize(
    ("classes", "last", "parameters"),
    [(1000, 4_097_000, 143_667_240), (203, 831_691, 140_401_931), (205, 839_885, 140_410_125)],
)
def test_vgg_19_has_paper_3s_parameters(classes: int, last: int, parameters: int) -> None:
    """Paper 3, 3.2: objects, actions, scenes."""
    with without_initializers():
        network = spatial_network(
            classes, size=224, fc_dropout=(0.5, 0.5), blocks=vgg.VGG19, output="sigmoid", name="actions"
        )
    counts = {layer.name: layer.count_params() for layer in network.layers if layer.weights}
    assert counts == {**VGG19_PARAMETERS, "fc8": last}
    assert network.count_params() == parameters
    assert [network.get_layer(f"{name}_dropout").rate for name in ("fc6", "fc7")] == [0.5, 0.5]
    assert {name: output.shape for name, output in network.output.items()} == {"actions": (None, classes)}


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_probabilities_are_of_the_raw_scores(output: str) -> None:
    network = _calm(spatial_network(4, size=32, width=1 / 32, blocks=vgg.VGG19, output=output))
    images = np.random.default_rng(5).integers(0, 256, (3, 32, 32, 3), np.uint8)
    outputs = [network.get_layer("fc8").output, network.output["appearance"]]
    scores, found = (np.asarray(said, np.float64) for said in keras.Model(network.input, outputs)(images))
    assert scores.min() < 0
    expected = 1 / (1 + np.exp(-scores))
    if output == "softmax":
        expected = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    # Of the scores as they came out: a difference, an exponential, a sum of four, a share.
    assert_same_float32(found, expected, of_terms(2 + 4 + 4))


def _calm(network: keras.Model) -> keras.Model:
    """Drawn weights whose softmax decides nothing yet, so that differences show in it."""
    return calm(vary(network), "fc8", 1000)


def test_it_is_vgg_16_with_another_top() -> None:
    """The same layers, names and preprocessing as the plain network that the weight files are of."""
    ours = _calm(spatial_network(4, size=32, width=1 / 32))
    plain = vgg.vgg(vgg.VGG16, input_shape=(32, 32, 3), width=1 / 32, classes=4)
    plain.set_weights(ours.get_weights())
    names = [layer.name for layer in ours.layers if layer.weights]
    assert names == [layer.name for layer in plain.layers if layer.weights]
    images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)
    found = np.asarray(ours(images)["appearance"])
    assert_same_float32(found, plain(images), of_network(ours), scale=1)  # scores of order 1
    assert np.ptp(found, axis=0).max() > 1e-3


def _networks() -> list[keras.Model]:
    return [
        spatial_network(4, size=64, width=1 / 32),
        temporal_network(4, size=64, width=1 / 32, channels=2).training,
    ]


@pytest.mark.parametrize("stream", [0, 1])
def test_endpoints_are_those_of_the_trained_network(stream: int) -> None:
    network = _networks()[stream]
    points = vgg.endpoint_model(network)
    _calm(network)
    channels = network.input.shape[-1]
    images = np.random.default_rng(1).integers(0, 256, (3, 64, 64, channels), np.uint8)
    said = {name: np.asarray(array) for name, array in points(images).items()}
    assert tuple(said) == vgg.ENDPOINTS
    (softmax,) = network(images).values()
    assert_same_float32(said["softmax"], softmax, of_network(network), scale=1)  # scores of order 1
    np.testing.assert_allclose(said["softmax"].sum(axis=1), 1, rtol=1e-5)
    assert said["pool5"].shape == (3, 2, 2, 16)
    assert min(said["pool5"].min(), said["fc7"].min()) == 0  # after the ReLU
    # Through fc6 and fc7 by hand, without dropout.
    kernel6, bias6 = network.get_layer("fc6").get_weights()
    kernel7, bias7 = network.get_layer("fc7").get_weights()
    fc6 = np.maximum(said["pool5"].reshape(3, -1).astype(np.float64) @ kernel6 + bias6, 0)
    roundings = of_terms(len(kernel6) + 1, len(kernel7) + 1)
    assert_same_float32(said["fc7"], np.maximum(fc6 @ kernel7 + bias7, 0), roundings)
    assert said["fc7"].max() > 0


def test_it_starts_from_the_pretrained_network(tmp_path: Path) -> None:
    source = vary(vgg.vgg(vgg.VGG16, input_shape=(32, 32, 3), width=1 / 32, classes=4), 1)
    weights.save(keras.Model(source.input, source.get_layer("fc7").output), tmp_path / pretrained.STANDIN)
    model = vary(spatial_network(4, size=32, width=1 / 32), 2)
    own = np.asarray(model.get_layer("fc8").kernel)
    pretrained.load(model, "standin", tmp_path)
    for name in ("conv1_1", "conv5_3", "fc6", "fc7"):
        np.testing.assert_array_equal(model.get_layer(name).kernel, source.get_layer(name).kernel)
    np.testing.assert_array_equal(model.get_layer("fc8").kernel, own)
