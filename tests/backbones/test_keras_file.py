"""`.keras` files: their arrays by the names of layers, and no code, no other file, no claim believed."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from helpers.fuzz import INPUT_BYTES, bent, refused
from helpers.initial_weights import vary
from repro.backbones import keras_file, pretrained, weights
from repro.types import InputError

layers = keras.layers
ARRAYS = "layers/conv2d/vars"


def _model(first: str = "conv1_1", last: str = "fc6", *more: keras.layers.Layer) -> keras.Model:
    """A convolution within a model within the model, and a fully connected layer."""
    clip = keras.Input((4, 4, 3))
    inner = keras.Model(clip, layers.Conv2D(2, 3, name=first)(clip), name="inner")
    image = keras.Input((4, 4, 3))
    x = layers.Flatten()(inner(image))
    for layer in more:
        x = layer(x)
    return keras.Model(image, layers.Dense(4, name=last)(x))


def _saved(folder: Path, *words: object) -> tuple[keras.Model, Path]:
    model = vary(_model(*words))
    model.save(folder / "w.keras")
    return model, folder / "w.keras"


def test_arrays_go_by_the_names_of_their_layers(tmp_path: Path) -> None:
    model, path = _saved(tmp_path)
    found = weights.read(path)
    wanted = weights.named_weights(model)
    assert set(found) == set(wanted) == {f"{n}/{w}" for n in ("conv1_1", "fc6") for w in ("kernel", "bias")}
    for name, array in found.items():
        np.testing.assert_array_equal(array, wanted[name])


@pytest.mark.parametrize(
    ("first", "last", "names"),
    [
        ("block5_conv3", "fc1", {"conv5_3", "fc6"}),
        ("block1_conv2", "predictions", {"conv1_2", "fc8"}),
        ("block5_conv", "fc2", {"block5_conv", "fc7"}),
    ],
)
def test_layers_of_keras_own_vgg_get_the_names_of_here(
    tmp_path: Path, first: str, last: str, names: set[str]
) -> None:
    _, path = _saved(tmp_path, first, last)
    assert {name.split("/")[0] for name in weights.read(path)} == names


def test_it_does_for_pretraining(tmp_path: Path) -> None:
    source, path = _saved(tmp_path)
    model = _model()
    pretrained.load(model, str(path), tmp_path, complete=True)
    for name, variable in weights.named_weights(model).items():
        np.testing.assert_array_equal(variable, weights.named_weights(source)[name])


def test_a_lambda_layer_is_refused_and_never_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"

    def code(x: keras.KerasTensor) -> keras.KerasTensor:
        mark.touch()
        return x

    _, path = _saved(tmp_path, "conv1_1", "fc6", layers.Lambda(code))
    mark.unlink()
    with pytest.raises(InputError, match=r"w\.keras cannot be read \(it holds a Lambda layer, which is code"):
        weights.read(path)
    assert not mark.exists()


def test_a_layer_with_other_arrays_is_refused(tmp_path: Path) -> None:
    _, path = _saved(tmp_path, "conv1_1", "fc6", layers.BatchNormalization(name="norm"))
    with pytest.raises(InputError, match=r"layer 'norm' has arrays .*, wanted a kernel and a bias"):
        weights.read(path)


def _written(path: Path, content: bytes, *, packed: bool = False) -> Path:
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", kind) as archive:
        archive.writestr("config.json", '{"class_name": "Functional"}')
        archive.writestr("model.weights.h5", content)
    return path


def _arrays(change: Callable[[h5py.Group], None] = lambda group: None) -> bytes:
    """One convolution as Keras stores it, changed."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        group = file.create_group(ARRAYS)
        group.attrs["name"] = "conv1_1"
        group["0"], group["1"] = np.ones((3, 3, 3, 2), np.float32), np.ones(2, np.float32)
        change(group)
    return content.getvalue()


def _instead(make: Callable[[h5py.Group], object]) -> Callable[[h5py.Group], None]:
    def change(group: h5py.Group) -> None:
        del group["1"]
        make(group)

    return change


def _virtual(group: h5py.Group) -> None:
    layout = h5py.VirtualLayout((2,), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (2,))
    group.create_virtual_dataset("1", layout)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_instead(lambda g: g.__setitem__("1", h5py.ExternalLink("/etc/passwd", "x"))), "is no array of"),
        (_instead(lambda g: g.__setitem__("1", h5py.SoftLink(f"/{ARRAYS}/0"))), "is no array of numbers"),
        (_instead(_virtual), "does not hold the numbers"),
        (_instead(lambda g: g.create_dataset("1", (2,), "f4", external=[("/etc/passwd", 0, 8)])), "does not"),
        (_instead(lambda g: g.create_dataset("1", (10**12,), "f4")), "does not hold the numbers"),
        (_instead(lambda g: g.create_dataset("1", (10**9,), "f4", chunks=True, compression=9)), "does not"),
        (_instead(lambda g: g.__setitem__("1", np.array([b"ab", b"cd"]))), "is no array of numbers"),
        (
            _instead(lambda g: g.__setitem__("1", np.ones(3, np.float32))),
            r"with a bias of \(3,\)",
        ),
        (lambda g: g.attrs.__delitem__("name"), "name"),
        (lambda g: g.__delitem__("0"), r"has arrays \['1'\]"),
        (lambda g: g.clear(), "no layer with weights"),
        (lambda g: g.file.copy(g.parent, "layers/other"), "two layers are called 'conv1_1'"),
        (lambda g: g["1"].write_direct(np.array([1, np.nan], np.float32)), "'conv1_1/bias' holds NaN"),
    ],
)
def test_what_is_not_as_keras_writes_it_is_refused(
    tmp_path: Path, change: Callable[[h5py.Group], None], said: str
) -> None:
    path = _written(tmp_path / "w.keras", _arrays(change))
    with pytest.raises(InputError, match=said) as caught:
        weights.read(path)
    refused(caught.value, path)


@pytest.mark.slow
def test_a_file_that_hdf5_reads_for_ever_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind the name of the layer is the free rest of a heap, which here has no size: HDF5 stays there."""
    content = bytearray(_arrays())
    rest = content.index(b"conv1_1", content.index(b"GCOL")) + 8
    assert content[rest : rest + 2] == b"\0\0"
    content[rest + 8 : rest + 16] = bytes(8)
    monkeypatch.setattr(keras_file, "LIMIT_S", 4)
    with pytest.raises(InputError, match=r"w\.keras cannot be read \(it takes more than 4 s\)"):
        weights.read(_written(tmp_path / "w.keras", bytes(content)))


def test_a_reader_that_crashes_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras_file.sys, "executable", "/bin/false")
    with pytest.raises(InputError, match=r"\(its reader ended with status 1\)"):
        weights.read(_written(tmp_path / "w.keras", _arrays()))


@pytest.mark.slow
def test_damaged_files_are_one_line_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process each, so fewer than of other formats."""
    monkeypatch.setattr(keras_file, "LIMIT_S", 30)
    rng, path, read = np.random.default_rng(0), tmp_path / "w.keras", 0
    for _ in range(40):
        _written(path, bent((_arrays(),), rng.bytes(INPUT_BYTES)))
        try:
            found = weights.read(path)
        except InputError as error:
            refused(error, path)
            continue
        read += 1
        assert set(found) == {"conv1_1/kernel", "conv1_1/bias"}
    assert read < 40


@pytest.mark.slow
def test_no_archive_and_a_packed_one_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.keras"
    for content in (b"", b"<html>", _arrays()):
        path.write_bytes(content)
        with pytest.raises(InputError, match="not a zip file"):
            weights.read(path)
    with pytest.raises(InputError, match=r"config\.json is packed"):
        weights.read(_written(path, bytes(10**6), packed=True))
    with pytest.raises(InputError, match=r"none\.keras cannot be read"):
        weights.read(tmp_path / "none.keras")
