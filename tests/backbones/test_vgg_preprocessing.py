import keras
import numpy as np
import pytest

from helpers.close import assert_same_float32, of_terms
from repro.backbones.preprocessing import CaffeBGR


def test_one_pixel_by_hand():
    rgb = np.array([[[[10, 20, 30]]]], np.uint8)
    bgr = np.asarray(CaffeBGR()(rgb))[0, 0, 0]
    np.testing.assert_allclose(bgr, [30 - 103.939, 20 - 116.779, 10 - 123.68], rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_equals_keras_own(dtype):
    images = np.random.default_rng(0).integers(0, 256, (2, 4, 5, 3)).astype(dtype)
    expected = keras.applications.vgg16.preprocess_input(images.astype(np.float32))
    assert_same_float32(CaffeBGR()(images), expected, of_terms(1))  # one difference


def test_bytes_survive_mixed_precision():
    """uint8 must not be rounded on its way in; what comes out is the compute dtype."""
    out = CaffeBGR(dtype="mixed_float16")(np.full((1, 1, 1, 3), 255, np.uint8))
    assert keras.backend.standardize_dtype(out.dtype) == "float16"
    np.testing.assert_allclose(np.asarray(out)[0, 0, 0], [151.061, 138.221, 131.32], rtol=1e-3)


def test_a_network_with_it_can_be_made_again_from_its_configuration():
    image = keras.Input((2, 2, 3), name="image")
    network = keras.Model(image, CaffeBGR(name="caffe_bgr")(image))
    twin = keras.Model.from_config(network.get_config())
    images = np.arange(12, dtype=np.float32).reshape(1, 2, 2, 3)
    np.testing.assert_array_equal(twin(images), network(images))
