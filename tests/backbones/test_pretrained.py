"""Pre-trained weights reach the layers of the same place, and say so when they cannot."""

import keras
import numpy as np
import pytest

from helpers.close import assert_same_float32, of_network
from helpers.initial_weights import vary
from repro.backbones import pretrained, vgg, weights
from repro.backbones.c3d import c3d
from repro.backbones.spatial import spatial_network
from repro.types import InputError


def _small(classes: int = 4) -> keras.Model:
    return vgg.vgg(vgg.VGG16, input_shape=(32, 32, 3), width=1 / 32, classes=classes)


@pytest.mark.slow
def test_the_copied_network_says_what_keras_own_says():
    """Every layer of keras.applications' VGG16 in its place: the same features for the same image."""
    shape = (32, 32, 3)
    source = vary(keras.applications.VGG16(weights=None, input_shape=shape, classes=7), gain=1.2)
    ours = vgg.vgg(vgg.VGG16, input_shape=shape, classes=7)
    filled = weights.imagenet_vgg(ours, source)
    assert filled == (*(n for n in vgg.endpoints(vgg.VGG16) if n.startswith("conv")), "fc6", "fc7", "fc8")
    image = np.random.default_rng(0).integers(0, 256, (2, *shape), np.uint8)
    fc7 = keras.Model(ours.input, ours.get_layer("fc7").output)(image)
    fc2 = keras.Model(source.input, source.get_layer("fc2").output)(
        keras.applications.vgg16.preprocess_input(image.astype(np.float32))
    )
    assert np.std(fc2) > 0.1
    assert_same_float32(fc7, fc2, of_network(ours))

    with pytest.raises(InputError, match="do not fit conv1_1: they need full width"):
        weights.imagenet_vgg(_small(), source)


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


@pytest.mark.slow
def test_what_cannot_be_had_is_said_with_the_way_out(tmp_path, monkeypatch):
    with pytest.raises(
        InputError,
        match=r"no .* at .*standin_vgg16.npz; see: bash run.sh weights fetch standin_vgg16; --pret",
    ):
        pretrained.load(_small(), "standin", tmp_path)
    with pytest.raises(InputError, match=r"no pre-trained weights at mine.npz; --pretraining takes"):
        pretrained.load(_small(), "mine.npz", tmp_path)
    dense = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name="other")])
    weights.save(dense, tmp_path / "other.npz")
    with pytest.raises(InputError, match="has a name of this network's"):
        pretrained.load(_small(), str(tmp_path / "other.npz"), tmp_path)

    def offline(**_):
        raise Exception("URL fetch failure\nlong story")

    for depth, blocks in ((16, vgg.VGG16), (19, vgg.VGG19)):
        monkeypatch.setattr(keras.applications, f"VGG{depth}", offline)
        model = vgg.vgg(blocks, input_shape=(32, 32, 3), width=1 / 32)
        said = rf"VGG-{depth} could not be fetched \(URL fetch failure\); connect .*weights fetch imagenet"
        with pytest.raises(InputError, match=said):
            pretrained.load(model, "imagenet", tmp_path)


@pytest.mark.slow
def test_vgg_19_of_objects_says_what_keras_own_says(tmp_path, monkeypatch):
    """With as many classes fc8 is filled too: the probabilities are those of keras.applications."""
    shape = (32, 32, 3)
    source = vary(keras.applications.VGG19(weights=None, input_shape=shape, classes=7), gain=1.2)
    monkeypatch.setattr(keras.applications, "VGG19", lambda **_: source)
    kernel, bias = source.get_layer("predictions").get_weights()
    source.get_layer("predictions").set_weights([kernel / 1000, bias])
    ours = spatial_network(7, size=32, blocks=vgg.VGG19)
    pretrained.load(ours, "imagenet", tmp_path, complete=True)
    image = np.random.default_rng(0).integers(0, 256, (2, *shape), np.uint8)
    expected = source(keras.applications.vgg19.preprocess_input(image.astype(np.float32)))
    assert np.ptp(expected, axis=1).min() > 0.05
    # fc8 is divided by 1000 above: its scores are of order 1.
    assert_same_float32(ours(image)["appearance"], expected, of_network(ours), scale=1)

    other = vary(spatial_network(3, size=32, blocks=vgg.VGG19), 2)
    own = np.asarray(other.get_layer("fc8").kernel)
    pretrained.load(other, "imagenet", tmp_path)
    np.testing.assert_array_equal(other.get_layer("fc8").kernel, own)
    np.testing.assert_array_equal(other.get_layer("conv5_4").kernel, ours.get_layer("conv5_4").kernel)


def _small_c3d(classes: int = 4, seed: int = 1) -> keras.Model:
    return vary(c3d(classes, frames=2, resized=(8, 8), crop=8, width=1 / 64), seed)


def test_c3d_starts_from_its_own_stand_in(tmp_path):
    source, model = _small_c3d(), _small_c3d(3, seed=2)
    arrays = {name: np.asarray(variable) for name, variable in weights.named_weights(source).items()}
    mean = np.arange(2 * 8 * 8 * 3, dtype=np.float32).reshape(2, 8, 8, 3)
    np.savez(tmp_path / "standin_c3d.npz", mean_volume=mean, **arrays)
    own = np.asarray(model.get_layer("fc8").kernel)
    pretrained.load(model, "standin", tmp_path, standin="standin_c3d.npz")
    for name in ("conv1a", "conv5b", "fc6", "fc7"):
        np.testing.assert_array_equal(model.get_layer(name).kernel, source.get_layer(name).kernel)
    np.testing.assert_array_equal(model.get_layer("fc8").kernel, own)
    for given in ("standin", str(tmp_path / "standin_c3d.npz")):
        np.testing.assert_array_equal(pretrained.c3d_mean(given, tmp_path), mean)
    for given in ("random", "imagenet"):
        assert pretrained.c3d_mean(given, tmp_path) is None


def test_a_mean_volume_that_is_not_there_is_missed(tmp_path):
    with pytest.raises(InputError, match=r"no pre-trained weights at .*standin_c3d.npz"):
        pretrained.c3d_mean("standin", tmp_path)
    weights.save(_small_c3d(), tmp_path / "bare.npz")
    with pytest.raises(InputError, match=r"bare.npz has no array called mean_volume; add the mean"):
        pretrained.c3d_mean(str(tmp_path / "bare.npz"), tmp_path)
    np.savez(tmp_path / "pixel.npz", mean_volume=np.zeros(3))
    with pytest.raises(InputError, match=r"one of shape \(3,\) called mean_volume"):
        pretrained.c3d_mean(str(tmp_path / "pixel.npz"), tmp_path)


def test_c3d_has_no_imagenet_weights(tmp_path):
    with pytest.raises(InputError, match="C3D sees clips and has no ImageNet weights"):
        pretrained.load(_small_c3d(), "imagenet", tmp_path)


def test_a_network_used_as_it_is_must_be_filled_whole(tmp_path):
    weights.save(_small(), tmp_path / "four.npz")
    path = str(tmp_path / "four.npz")
    pretrained.load(_small(), path, tmp_path, complete=True)
    pretrained.load(_small(5), path, tmp_path)
    with pytest.raises(InputError, match="leave fc8 of vgg16 as drawn; take weights of all its layers"):
        pretrained.load(_small(5), path, tmp_path, complete=True)
