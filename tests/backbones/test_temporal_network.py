"""VGG-16 on flow stacks: its size by hand, its start from RGB weights, a step that learns."""

from itertools import pairwise

import keras
import numpy as np
import pytest

from helpers.close import assert_same_float32, of_network, of_terms
from helpers.initial_weights import calm, vary, without_initializers
from repro.backbones import pretrained, temporal, vgg, weights
from repro.types import InputError

pytestmark = pytest.mark.slow  # with all its like, too long for the fast tests

SMALL = {"size": 32, "width": 1 / 32}


def _small(classes: int = 4, **settings: object) -> temporal.TemporalNetwork:
    return temporal.temporal_network(classes, **{**SMALL, **settings})


def _rgb() -> keras.Model:
    return vgg.vgg(vgg.VGG16, input_shape=(32, 32, 3), width=1 / 32, classes=4)


def _stacks(count: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 32, 32, 20), np.uint8)


def test_the_full_network_has_the_parameters_counted_by_hand():
    """Convolutions 9 * in * out + out; fc6 7 * 7 * 512 = 25,088 inputs; K = 101 (UCF101)."""
    channels = [20, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
    convolutions = sum(9 * a * b + b for a, b in pairwise(channels))
    assert convolutions == 14_724_480  # the 14,714,688 of RGB + 17 * 9 * 64
    connected = (25_088 * 4096 + 4096) + (4096 * 4096 + 4096) + (4096 * 101 + 101)
    with without_initializers():
        built = temporal.temporal_network(101, size=224)
    assert built.training.count_params() == convolutions + connected == 134_684_133
    assert built.features.count_params() == 134_684_133 - (4096 * 101 + 101)
    first = built.training.get_layer("conv1_1_flow")
    assert tuple(first.kernel.shape) == (3, 3, 20, 64)
    drops = [built.training.get_layer(f"{name}_dropout").rate for name in ("fc6", "fc7")]
    assert drops == [0.9, 0.8]
    assert built.training.output["flow"].shape == (None, 101)
    assert built.features.output["flow"].shape == (None, 4096)


def test_the_layers_have_vggs_names_in_its_order():
    names = [layer.name for layer in _small().training.layers]
    wanted = ["conv1_1_flow", *vgg.endpoints(vgg.VGG16)[1:]]
    wanted += ["flatten", "fc6", "fc6_dropout", "fc7", "fc7_dropout", "fc8", "flow"]
    assert names == ["stack", "centre_flow", *wanted]


def test_the_other_flow_net_has_two_channels():
    """Paper 4 sees one field; its first layer has 1,216 parameters instead of 1,792."""
    with without_initializers():
        first = temporal.temporal_network(101, size=32, channels=2).training.get_layer("conv1_1_flow")
    assert first.count_params() == 1216


def test_no_motion_is_zero_to_the_first_layer():
    centre = temporal.CentreFlow()
    np.testing.assert_array_equal(centre(np.array([[0, 127, 128, 255]], np.uint8)), [[-128, -1, 0, 127]])
    np.testing.assert_array_equal(centre(np.array([[0.5]], np.float32)), [[-127.5]])
    network = vary(_small().training)
    layer = network.get_layer("conv1_1_flow")
    _, bias = layer.get_weights()
    shown = keras.Model(network.input, layer.output)(np.full((1, 32, 32, 20), 128, np.uint8))
    np.testing.assert_allclose(shown[0, 5, 5], np.maximum(bias, 0), atol=1e-6)


def test_training_and_features_share_their_layers():
    built = _small()
    calm(vary(built.training), "fc8", 1000)  # scores of order 1: of hundreds the softmax would be 0 or 1
    stacks = _stacks()
    fc7 = np.asarray(built.features(stacks)["flow"], np.float64)
    kernel, bias = built.training.get_layer("fc8").get_weights()
    logits = fc7 @ kernel + bias
    wanted = np.exp(logits - logits.max(axis=1, keepdims=True))
    wanted /= wanted.sum(axis=1, keepdims=True)
    found = np.asarray(built.training(stacks)["flow"])
    assert np.ptp(wanted, axis=0).max() > 1e-3
    assert_same_float32(found, wanted, of_network(built.training), scale=max(1, np.abs(logits).max()))
    assert fc7.min() == 0  # after the ReLU
    assert np.abs(fc7[0] - fc7[1]).max() > 0


@pytest.mark.parametrize("given", ["standin", "file"])
@pytest.mark.parametrize("channels", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_it_starts_from_the_rgb_weights(tmp_path, given, channels):
    source = vary(_rgb(), 1)
    path = tmp_path / (pretrained.STANDIN if given == "standin" else "mine.npz")
    weights.save(keras.Model(source.input, source.get_layer("fc7").output), path)
    built = _small(channels=channels)
    vary(built.training, 2)
    own = built.training.get_layer("fc8").get_weights()[0]
    temporal.start_from_rgb(built.training, "standin" if given == "standin" else str(path), tmp_path)

    kernel, bias = built.training.get_layer("conv1_1_flow").get_weights()
    of_rgb, bias_of_rgb = source.get_layer("conv1_1").get_weights()
    assert kernel.shape == (3, 3, channels, 2)
    mean = (of_rgb[:, :, 0] + of_rgb[:, :, 1] + of_rgb[:, :, 2]) / 3
    for channel in range(channels):
        assert_same_float32(kernel[:, :, channel], mean, of_terms(3))
    np.testing.assert_array_equal(bias, bias_of_rgb)
    for name in [n for n in vgg.endpoints(vgg.VGG16)[1:] if n.startswith("conv")] + ["fc6", "fc7"]:
        np.testing.assert_array_equal(
            built.features.get_layer(name).kernel, source.get_layer(name).kernel, err_msg=name
        )
    np.testing.assert_array_equal(built.training.get_layer("fc8").kernel, own)


def test_the_first_layer_may_keep_its_draw(tmp_path):
    """A copy by name alone would leave the renamed layer as it was."""
    source = vary(_rgb(), 1)
    weights.save(source, tmp_path / "mine.npz")
    model = vary(_small(channels=2).training, 2)
    before = model.get_layer("conv1_1_flow").get_weights()
    temporal.start_from_rgb(model, str(tmp_path / "mine.npz"), tmp_path, first_layer="random")
    for was, now in zip(before, model.get_layer("conv1_1_flow").get_weights(), strict=True):
        np.testing.assert_array_equal(was, now)
    for name in ("conv1_2", "conv5_3", "fc6", "fc7"):
        np.testing.assert_array_equal(model.get_layer(name).kernel, source.get_layer(name).kernel)
    with pytest.raises(ValueError, match="first_layer 'zero'; wanted one of mean, random"):
        temporal.start_from_rgb(model, "random", tmp_path, first_layer="zero")


def test_random_leaves_it_as_it_was_drawn(tmp_path):
    model = vary(_small().training)
    before = model.get_weights()
    temporal.start_from_rgb(model, "random", tmp_path)
    for was, now in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(was, now)


def test_what_cannot_be_had_is_said(tmp_path):
    with pytest.raises(InputError, match="no pre-trained weights at"):
        temporal.start_from_rgb(_small().training, "standin", tmp_path)
    source = _rgb()
    tail = keras.Model(source.get_layer("pool5").output, source.get_layer("fc7").output)
    weights.save(tail, tmp_path / "tail.npz")
    with pytest.raises(InputError, match=r"tail\.npz' have no conv1_1 to start the flow network from"):
        temporal.start_from_rgb(_small().training, str(tmp_path / "tail.npz"), tmp_path)


def test_imagenet_weights_fill_the_same_layers(tmp_path, monkeypatch):
    """By a source of full width, on tiny pictures; nothing is fetched."""
    with without_initializers():
        source = keras.applications.VGG16(weights=None, input_shape=(32, 32, 3), classes=2)
        model = temporal.temporal_network(3, size=32).training
    rng = np.random.default_rng(0)
    for name in ("block1_conv1", "block3_conv2", "fc2"):
        layer = source.get_layer(name)
        layer.set_weights([rng.normal(size=w.shape).astype(np.float32) for w in layer.get_weights()])
    monkeypatch.setattr(keras.applications, "VGG16", lambda **_: source)
    temporal.start_from_rgb(model, "imagenet", tmp_path)
    for name, theirs in {"conv3_2": "block3_conv2", "fc7": "fc2"}.items():
        np.testing.assert_array_equal(model.get_layer(name).kernel, source.get_layer(theirs).kernel)
    of_rgb = np.asarray(source.get_layer("block1_conv1").kernel)
    assert_same_float32(model.get_layer("conv1_1_flow").kernel[:, :, 13], of_rgb.mean(axis=2), of_terms(3))


@pytest.mark.slow
@pytest.mark.exhaustive  # test_input_pipeline_flow.py learns from drawn clips
def test_it_learns_left_from_right():
    """Two classes that differ in the sign of x alone, from weights drawn at random."""
    keras.utils.set_random_seed(1)
    network = temporal.temporal_network(2, size=32, width=1 / 16, fc_dropout=(0.0, 0.0)).training
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 64)
    stacks = rng.integers(118, 139, (64, 32, 32, 20)).astype(np.uint8)
    stacks[..., 0::2] += np.where(labels, 20, 0).astype(np.uint8)[:, None, None, None]
    network.compile(keras.optimizers.Adam(1e-3), loss={"flow": "sparse_categorical_crossentropy"})
    first = network.train_on_batch(stacks, {"flow": labels})
    for _ in range(30):
        last = network.train_on_batch(stacks, {"flow": labels})
    assert float(last) < 0.1 * float(first)
