"""Weight files: exact, matched by name, and refused in words where they do not fit."""

import io
import zipfile

import keras
import numpy as np
import pytest

from helpers.fuzz import fuzzed, refused
from helpers.initial_weights import vary
from repro.backbones import weights
from repro.types import InputError

layers = keras.layers
SAVED = io.BytesIO()
np.save(SAVED, np.ones((3, 1, 2), np.float32))


def _model(units: int = 3, more: bool = False) -> keras.Model:
    """A convolution, an LSTM under another model, and if asked a layer more."""
    inner_in = keras.Input((4, 6))
    inner = keras.Model(inner_in, layers.LSTM(units, name="lstm1")(inner_in), name="inner")
    image = keras.Input((4, 2, 2))
    x = layers.TimeDistributed(layers.Conv1D(3, 2, padding="same", name="conv"), name="each")(image)
    x = inner(layers.Reshape((4, 6))(x))
    x = layers.BatchNormalization(name="norm")(layers.Dropout(0.5)(x))
    return keras.Model(image, layers.Dense(2, name="extra")(x) if more else x)


def test_names_are_layer_and_weight_whatever_they_are_nested_in():
    assert set(weights.named_weights(_model())) == {
        *("conv/kernel", "conv/bias", "lstm1/kernel", "lstm1/recurrent_kernel", "lstm1/bias"),
        *("norm/gamma", "norm/beta", "norm/moving_mean", "norm/moving_variance"),
    }


def test_saving_and_loading_gives_every_bit_back(tmp_path):
    model, twin = vary(_model(), 1), vary(_model(), 2)
    path = tmp_path / "w.npz"
    weights.save(model, path)
    report = weights.load(twin, path)
    assert len(report.loaded) == 9
    assert (report.missing, report.unexpected) == ((), ())
    for name, variable in weights.named_weights(model).items():
        np.testing.assert_array_equal(variable, weights.named_weights(twin)[name])
    assert [p.name for p in tmp_path.iterdir()] == ["w.npz"]  # no temporary file is left


def test_float16_files_load_as_float32(tmp_path):
    model = vary(_model())
    halves = {name: np.asarray(v, np.float16) for name, v in weights.named_weights(model).items()}
    np.savez(tmp_path / "w.npz", **halves)
    twin = _model()
    weights.load(twin, tmp_path / "w.npz")
    kernel = np.asarray(weights.named_weights(model)["conv/kernel"])
    np.testing.assert_array_equal(weights.named_weights(twin)["conv/kernel"], kernel.astype(np.float16))


def test_a_file_that_lacks_something(tmp_path):
    weights.save(_model(), tmp_path / "w.npz")
    larger = vary(_model(more=True))
    before = np.asarray(larger.get_layer("extra").kernel)
    with pytest.raises(InputError, match="lacks 2 weights of the network, first extra/kernel"):
        weights.load(larger, tmp_path / "w.npz")
    report = weights.load(larger, tmp_path / "w.npz", strict=False)
    assert report.missing == ("extra/kernel", "extra/bias")
    np.testing.assert_array_equal(larger.get_layer("extra").kernel, before)


def test_a_file_that_has_more_serves_the_part(tmp_path):
    weights.save(_model(more=True), tmp_path / "w.npz")
    assert set(weights.load(_model(), tmp_path / "w.npz").unexpected) == {"extra/kernel", "extra/bias"}


def test_another_shape_is_named_and_nothing_is_changed(tmp_path):
    weights.save(vary(_model(units=4)), tmp_path / "w.npz")
    model = vary(_model(units=3))
    before = model.get_weights()
    with pytest.raises(InputError, match=r"lstm1/kernel: \(6, 16\) in the file, \(6, 12\) in the network"):
        weights.load(model, tmp_path / "w.npz", strict=False)
    for was, now in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(was, now)


def test_a_damaged_or_missing_file_is_named(tmp_path):
    path = tmp_path / "w.npz"
    with pytest.raises(InputError, match=r"w\.npz cannot be read"):
        weights.load(_model(), path)
    weights.save(_model(), path)
    whole = path.read_bytes()
    for content in (b"", whole[: len(whole) // 2], b"not an archive"):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"w\.npz cannot be read"):
            weights.load(_model(), path)


def test_a_flipped_bit_is_noticed(tmp_path):
    weights.save(vary(_model()), tmp_path / "w.npz")
    content = bytearray((tmp_path / "w.npz").read_bytes())
    at = content.index(b"lstm1/recurrent_kernel") + 300
    content[at] ^= 1
    (tmp_path / "w.npz").write_bytes(content)
    with pytest.raises(InputError, match="cannot be read"):
        weights.load(_model(), tmp_path / "w.npz")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_and_infinity_are_refused(tmp_path, bad):
    model = _model()
    model.get_layer("norm").gamma.assign([1, bad, 1])
    weights.save(model, tmp_path / "w.npz")
    with pytest.raises(InputError, match="'norm/gamma' holds NaN or infinity"):
        weights.load(_model(), tmp_path / "w.npz")


def test_pickled_objects_are_not_opened(tmp_path):
    np.savez(tmp_path / "w.npz", **{"conv/kernel": np.array([{}], dtype=object)})
    with pytest.raises(InputError, match="cannot be read"):
        weights.read(tmp_path / "w.npz")


@pytest.mark.parametrize(("name", "content"), [("a.txt", b"text"), ("a.npy", b"text")])
def test_an_archive_of_something_else_is_refused(tmp_path, name, content):
    with zipfile.ZipFile(tmp_path / "w.npz", "w") as archive:
        archive.writestr(name, content)
    with pytest.raises(InputError, match=r"'a(\.txt)?' is no array of numbers"):
        weights.read(tmp_path / "w.npz")


@fuzzed(SAVED.getvalue())
def test_any_change_of_an_array_gives_one_or_a_clear_error(folder, content):
    """Within an archive that is sound, which would notice it."""
    with zipfile.ZipFile(folder / "w.npz", "w") as archive:
        archive.writestr("conv/kernel.npy", content)
    try:
        found = weights.read(folder / "w.npz")
    except InputError as error:
        refused(error, folder / "w.npz")
        return
    array = found["conv/kernel"]
    assert np.isfinite(array).all()
    assert array.nbytes <= len(content)


def test_two_layers_of_one_name_are_refused():
    image = keras.Input((3,))
    parts = [keras.Model(image, layers.Dense(3, name="dense")(image), name=name) for name in ("a", "b")]
    with pytest.raises(ValueError, match="two weights are called 'dense/kernel'"):
        weights.named_weights(keras.Model(image, [part(image) for part in parts]))
