"""What changes a network without changing what it computes: folding, and the step from VGG-16 to VGG-19."""

from pathlib import Path

import keras
import numpy as np
import pytest

from helpers.close import assert_same_float32, of_network
from repro.atomic import write_npz
from repro.backbones import vgg, weights
from repro.paths import weights_folder
from repro.standin import c3d, vgg16, vgg19
from repro.standin.material import CLIP_FRAMES, CLIP_PX
from repro.standin.normalised import folded

RNG = np.random.default_rng(0)


def _with_statistics(model: keras.Model) -> keras.Model:
    """As if trained: no normalisation is the identity."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            shape = layer.gamma.shape
            scales = [RNG.uniform(0.5, 1.5, shape) for _ in range(2)]
            shifts = [RNG.normal(0, 0.3, shape) for _ in range(2)]
            layer.set_weights([scales[0], *shifts, scales[1]])  # gamma, beta, mean, variance
    return model


def _said(network: keras.Model, layer: str, inputs: np.ndarray) -> np.ndarray:
    part = keras.Model(network.input, network.get_layer(layer).output)
    return keras.ops.convert_to_numpy(part(inputs))


def _assert_same(plain: keras.Model, model: keras.Model, inputs: np.ndarray, path: Path) -> None:
    write_npz(path, folded(model))
    report = weights.load(plain, path, strict=False)
    assert not report.unexpected
    assert {name for name in report.missing if "clip_crop" not in name} == {"fc8/kernel", "fc8/bias"}
    wanted, found = _said(model, "fc7_relu", inputs), _said(plain, "fc7", inputs)
    assert (wanted > 0).any(axis=1).all()
    assert np.ptp(wanted, axis=0).max() > 0.01 * wanted.max()  # the inputs are told apart
    assert_same_float32(found, wanted, of_network(model))


@pytest.mark.slow
def test_folding_keeps_what_vgg16_computes(tmp_path: Path) -> None:
    plain = vgg.vgg(vgg.VGG16, input_shape=(112, 112, 3), width=vgg16.WIDTH, classes=12)
    images = RNG.integers(0, 256, (2, 112, 112, 3)).astype(np.float32)
    _assert_same(plain, _with_statistics(vgg16.network()), images, tmp_path / "folded.npz")


@pytest.mark.slow
def test_folding_keeps_what_c3d_computes(tmp_path: Path) -> None:
    mean = RNG.uniform(90, 140, (CLIP_FRAMES, *CLIP_PX, 3)).astype(np.float32)
    clips = RNG.integers(0, 256, (2, CLIP_FRAMES, *CLIP_PX, 3)).astype(np.float32)
    model = _with_statistics(c3d.network(mean))
    _assert_same(c3d.plain(5, mean), model, clips, tmp_path / "folded.npz")


@pytest.mark.slow
def test_the_deeper_network_computes_the_same() -> None:
    arrays = weights.read(weights_folder() / f"{vgg16.NAME}.npz")
    assert len(vgg19.deepened(arrays)) == len(arrays) + 6
    images = RNG.integers(0, 256, (2, 112, 112, 3)).astype(np.float32)
    said = []
    for blocks, layers in ((vgg.VGG16, arrays), (vgg.VGG19, vgg19.deepened(arrays))):
        network = vgg.vgg(blocks, input_shape=(112, 112, 3), width=vgg16.WIDTH, classes=12)
        weights.assign(network, layers, Path("arrays"), strict=False)
        said.append(_said(network, "fc7", images))
    assert said[0].max() > 0
    assert_same_float32(said[1], said[0], of_network(network))


def test_the_identities_are_the_last_convolutions_of_three_blocks() -> None:
    arrays = {f"conv{b}_3/bias": np.zeros(b, np.float16) for b in (3, 4, 5)}
    deeper = vgg19.deepened(arrays)
    assert deeper.keys() - arrays.keys() == {f"conv{b}_4/{w}" for b in (3, 4, 5) for w in ("kernel", "bias")}
    kernel = deeper["conv4_4/kernel"]
    assert kernel.shape == (3, 3, 4, 4)
    np.testing.assert_array_equal(kernel[1, 1], np.eye(4))
    assert kernel.sum() == 4


def test_the_mean_volume_is_blue_first() -> None:
    clips = np.zeros((3, 2, 1, 1, 3), np.uint8)
    clips[0, 1, 0, 0] = 30, 60, 255
    mean = c3d.mean_volume(clips)
    np.testing.assert_array_equal(mean[1, 0, 0], [85, 20, 10])
    assert not mean[0].any()
