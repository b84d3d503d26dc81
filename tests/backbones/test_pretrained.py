"""Pre-trained weights reach the layers of the same place, and say so when they cannot."""

import keras
import numpy as np
import pytest

from helpers.draws import vary
from repro.backbones import pretrained, vgg, weights
from repro.types import InputError


def _small(classes: int = 4) -> keras.Model:
    return vgg.vgg(vgg.VGG16, input_shape=(32, 32, 3), width=1 / 32, classes=classes)


@pytest.mark.slow
def test_the_copied_network_says_what_keras_own_says():
    """Every layer of keras.applications' VGG16 in its place: the same features for the same image."""
    shape = (32, 32, 3)
    source = vary(keras.applications.VGG16(weights=None, input_shape=shape, classes=7), gain=1.2)
    ours = vgg.vgg(vgg.VGG16, input_shape=shape, classes=7)
    filled = weights.imagenet_vgg16(ours, source)
    assert filled == (*(n for n in vgg.endpoints(vgg.VGG16) if n.startswith("conv")), "fc6", "fc7")
    image = np.random.default_rng(0).integers(0, 256, (2, *shape), np.uint8)
    fc7 = keras.Model(ours.input, ours.get_layer("fc7").output)(image)
    fc2 = keras.Model(source.input, source.get_layer("fc2").output)(
        keras.applications.vgg16.preprocess_input(image.astype(np.float32))
    )
    assert np.std(fc2) > 0.1
    np.testing.assert_allclose(fc7, fc2, rtol=1e-4, atol=1e-4 * np.std(fc2))

    with pytest.raises(InputError, match="do not fit conv1_1: they need full width"):
        weights.imagenet_vgg16(_small(), source)


def test_random_changes_nothing(tmp_path):
    model = vary(_small())
    before = model.get_weights()
    pretrained.load(model, "random", tmp_path)
    for was, now in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(was, now)


@pytest.mark.parametrize("given", ["standin", "file"])
def test_a_file_fills_the_layers_in_common(tmp_path, given):
    source, model = vary(_small(), 1), vary(vgg.vgg(vgg.VGG19, input_shape=(32, 32, 3), width=1 / 32), 2)
    path = tmp_path / (pretrained.STANDIN if given == "standin" else "mine.npz")
    trunk = keras.Model(source.input, source.get_layer("fc7").output)
    weights.save(trunk, path)
    own = np.asarray(model.get_layer("conv3_4").kernel), np.asarray(model.get_layer("fc8").kernel)
    pretrained.load(model, "standin" if given == "standin" else str(path), tmp_path)
    np.testing.assert_array_equal(model.get_layer("fc6").kernel, source.get_layer("fc6").kernel)
    np.testing.assert_array_equal(model.get_layer("conv3_4").kernel, own[0])
    np.testing.assert_array_equal(model.get_layer("fc8").kernel, own[1])


def test_what_cannot_be_had_is_said_with_the_way_out(tmp_path, monkeypatch):
    with pytest.raises(
        InputError, match=r"no pre-trained weights at .*standin_vgg16.npz; --pretraining takes"
    ):
        pretrained.load(_small(), "standin", tmp_path)
    dense = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name="other")])
    weights.save(dense, tmp_path / "other.npz")
    with pytest.raises(InputError, match="has a name of this network's"):
        pretrained.load(_small(), str(tmp_path / "other.npz"), tmp_path)

    def offline(**_):
        raise Exception("URL fetch failure\nlong story")

    monkeypatch.setattr(keras.applications, "VGG16", offline)
    with pytest.raises(InputError, match=r"could not be fetched \(URL fetch failure\); connect"):
        pretrained.load(_small(), "imagenet", tmp_path)
