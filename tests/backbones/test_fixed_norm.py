"""Normalisation by the statistics of the pre-training, never by a batch's; folded, it says the same."""

import keras
import numpy as np
import pytest

from helpers.close import assert_same_float32, of_terms
from repro.atomic import write_npz
from repro.backbones import fixed_norm, weights
from repro.backbones.fixed_norm import FixedNorm
from repro.types import InputError

layers = keras.layers
RNG = np.random.default_rng(0)
ARRAYS = {
    "a_conv/kernel": RNG.normal(size=(3, 3, 2, 4)),
    "b_conv/kernel": RNG.normal(size=(3, 3, 4, 1)),
    **{f"{name}_conv_bn/gamma": RNG.uniform(0.5, 1.5, 4) for name in "ab"},
    **{f"{name}_conv_bn/beta": RNG.normal(size=4) for name in "ab"},
    **{f"{name}_conv_bn/moving_mean": RNG.normal(size=4) for name in "ab"},
    **{f"{name}_conv_bn/moving_variance": RNG.uniform(0.5, 1.5, 4) for name in "ab"},
    "said/kernel": RNG.normal(size=(4, 3)),
    "said/bias": RNG.normal(size=3),
}
IMAGES = RNG.normal(size=(5, 6, 6, 2)).astype(np.float32)


def _model(folded: bool, trainable: bool = False) -> keras.Model:
    """A convolution, a depthwise one and a dense layer, the first two normalised."""
    x = image = keras.Input((6, 6, 2))
    for kind in (layers.Conv2D(4, 3, name="a_conv"), layers.DepthwiseConv2D(3, name="b_conv")):
        kind.use_bias = folded
        x = kind(x)
        if not folded:
            x = FixedNorm(name=f"{kind.name}_bn", trainable=trainable)(x)
    return keras.Model(image, layers.Dense(3, name="said")(x))


@pytest.fixture
def path(tmp_path):
    write_npz(tmp_path / "net.npz", {name: array.astype(np.float32) for name, array in ARRAYS.items()})
    return tmp_path / "net.npz"


def test_folded_or_not_the_network_says_the_same(path):
    plain, folded = _model(False), _model(True)
    assert fixed_norm.load(plain, path).missing == fixed_norm.load(folded, path).missing == ()
    # 18 and 9 products, 4 of the dense layer, and the normalisation's own.
    assert_same_float32(folded(IMAGES), plain(IMAGES), of_terms(18, 4, 9, 4, 4))


def test_a_number_by_hand():
    """gamma 3, beta 1, mean 2, variance 4 - 0.001: (x k - 2) 3 / 2 + 1."""
    parts = {"gamma": 3.0, "beta": 1.0, "moving_mean": 2.0, "moving_variance": 4 - 1e-3}
    arrays = {
        "x/kernel": np.full((1, 1, 1, 1), 5.0),
        **{f"x_bn/{n}": np.array([v]) for n, v in parts.items()},
    }
    found = fixed_norm.folded(arrays)
    assert set(found) == {"x/kernel", "x/bias"}
    np.testing.assert_allclose(found["x/kernel"], 7.5, rtol=1e-6)
    np.testing.assert_allclose(found["x/bias"], -2.0, rtol=1e-6)


def test_in_training_the_statistics_stay_and_gamma_learns(path):
    model = _model(False, trainable=True)
    fixed_norm.load(model, path)
    before = model(IMAGES)
    np.testing.assert_array_equal(model(IMAGES, training=True), before)
    held = {n: np.array(v) for n, v in weights.named_weights(model).items()}
    model.compile("sgd", "mse")
    model.train_on_batch(IMAGES, np.zeros(before.shape))
    for name, variable in weights.named_weights(model).items():
        same = np.array_equal(held[name], np.array(variable))
        assert same == ("moving" in name), name


def test_a_file_that_does_not_fit_is_refused(path, tmp_path):
    image = keras.Input((6, 6, 2))
    other = keras.Model(image, layers.Conv2D(5, 3, name="a_conv")(image))
    with pytest.raises(InputError, match="of another network; a_conv/kernel"):
        fixed_norm.load(other, path)
    write_npz(tmp_path / "half.npz", {n: a.astype(np.float32) for n, a in ARRAYS.items() if n[0] == "a"})
    with pytest.raises(InputError, match="lacks 4 weights of the network, first b_conv/kernel"):
        fixed_norm.load(_model(True), tmp_path / "half.npz")
