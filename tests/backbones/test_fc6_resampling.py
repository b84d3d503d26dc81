"""fc6 of another image size: what it says of constant maps is kept, and only a start may be changed so."""

from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.close import EPSILON, assert_same_float32, of_terms
from helpers.initial_weights import vary, without_initializers
from repro.backbones import fc6, pretrained, temporal, vgg, weights
from repro.backbones.spatial import spatial_network
from repro.types import InputError

SIDES = st.integers(1, 9)


def _kernel(side: int, channels: int = 2, units: int = 3) -> np.ndarray:
    return np.random.default_rng(side).normal(size=(side * side * channels, units)).astype(np.float32)


@given(SIDES, SIDES)
def test_constant_maps_say_the_same(old: int, new: int) -> None:
    kernel = _kernel(old)
    moved = fc6.resampled(kernel, new * new * 2, 2)
    assert moved.shape == (new * new * 2, 3)
    colours = np.array([1.5, -0.5])
    wanted = np.tile(colours, old * old) @ kernel
    # Added here in float64: what differs is the rounding of the moved kernel, of four places each.
    terms = np.tile(np.abs(colours), old * old) @ np.abs(kernel)
    assert_same_float32(np.tile(colours, new * new) @ moved, wanted, of_terms(4), scale=terms.max())


@given(SIDES)
def test_the_same_size_is_the_same_kernel(side: int) -> None:
    kernel = _kernel(side)
    assert fc6.resampled(kernel, side * side * 2, 2) is kernel


def test_hand_values() -> None:
    """From 2 x 2 to 4 x 4 along one axis: 1, 3/4, 1/4, 0 of the first place, halved so that they sum to 1."""
    spread = np.array([1, 0.75, 0.25, 0]) / 2
    kernel = np.array([[1.0], [0.0], [0.0], [0.0]], np.float32)
    np.testing.assert_allclose(fc6.resampled(kernel, 16, 1).reshape(4, 4), np.outer(spread, spread))
    back = fc6.resampled(np.ones((16, 1), np.float32), 4, 1)
    np.testing.assert_allclose(back, 4 * np.ones((4, 1)), rtol=1e-6)


@given(st.integers(2, 8), st.integers(2, 8))
def test_places_stay_where_they_were(old: int, new: int) -> None:
    """A kernel that rises to the right still does, and one that is symmetric stays so."""
    ramp = np.tile(np.arange(old, dtype=np.float32), (old, 1)).reshape(-1, 1)
    moved = fc6.resampled(ramp, new * new, 1).reshape(new, new)
    assert (np.diff(moved, axis=1) >= -of_terms(4) * EPSILON * moved.max()).all()  # of four places each
    assert moved[0, -1] > moved[0, 0]
    valley = np.abs(ramp - ramp[::-1])
    across = fc6.resampled(valley, new * new, 1).reshape(new, new)
    assert_same_float32(across, across[:, ::-1], of_terms(4))


@pytest.mark.parametrize("rows", [12, 7])
def test_what_is_no_square_map_is_left_alone(rows: int) -> None:
    kernel = _kernel(3)
    assert fc6.resampled(kernel, rows, 2) is kernel


def _saved(tmp_path: Path) -> tuple[keras.Model, str]:
    source = vary(vgg.vgg(vgg.VGG16, input_shape=(32, 32, 3), width=1 / 32, classes=4), 1)
    weights.save(source, tmp_path / "small.npz")
    return source, str(tmp_path / "small.npz")


@pytest.mark.parametrize("stream", ["rgb", "flow"])
def test_pretrained_weights_go_into_a_network_of_another_size(tmp_path: Path, stream: str) -> None:
    source, path = _saved(tmp_path)
    if stream == "rgb":
        model, start = spatial_network(5, size=96, width=1 / 32), pretrained.load
    else:
        model = temporal.temporal_network(5, size=96, width=1 / 32, channels=2).training
        start = temporal.start_from_rgb
    own = np.asarray(vary(model, 2).get_layer("fc8").kernel)
    start(model, path, tmp_path)
    kernel, bias = source.get_layer("fc6").get_weights()
    channels = 16
    assert model.get_layer("fc6").kernel.shape[0] == 9 * channels
    found = np.asarray(model.get_layer("fc6").kernel).reshape(9, channels, -1)
    np.testing.assert_allclose(found, np.tile(kernel / 9, (9, 1, 1)).reshape(found.shape), rtol=1e-5)
    np.testing.assert_array_equal(model.get_layer("fc6").bias, bias)
    np.testing.assert_array_equal(model.get_layer("fc8").kernel, own)  # 5 classes, 4 in the file
    np.testing.assert_array_equal(model.get_layer("fc7").kernel, source.get_layer("fc7").kernel)


def test_trained_weights_of_another_size_are_still_refused(tmp_path: Path) -> None:
    _, path = _saved(tmp_path)
    other = spatial_network(5, size=64, width=1 / 32)
    with pytest.raises(InputError, match="of another network; fc6/kernel"):
        weights.load(other, Path(path), strict=False)


@pytest.mark.slow
def test_imagenet_weights_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with without_initializers():
        source = keras.applications.VGG16(weights=None, input_shape=(32, 32, 3), classes=2)
        model = spatial_network(3, size=64)
    fc1 = source.get_layer("fc1")
    fc1.set_weights([np.full(w.shape, 8.0, np.float32) for w in fc1.weights])
    monkeypatch.setattr(keras.applications, "VGG16", lambda **_: source)
    pretrained.load(model, "imagenet", tmp_path)
    kernel, bias = model.get_layer("fc6").get_weights()
    assert kernel.shape == (4 * 512, 4096)
    assert (kernel == 2.0).all()
    assert (bias == 8.0).all()
