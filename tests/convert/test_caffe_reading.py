"""Every form of Caffe file, read exactly; every damaged one refused in one line."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import caffe_files
from helpers.caffe_files import FORMS, blob, integer, message, network
from helpers.fuzz import fuzzed, refused
from repro.convert import caffemodel
from repro.convert.caffe_schema import MESSAGES
from repro.types import InputError

RNG = np.random.default_rng(0)
LAYERS = {
    "conv1_1": [RNG.normal(size=(2, 3, 3, 3)).astype(np.float32), RNG.normal(size=2).astype(np.float32)],
    "fc6": [RNG.normal(size=(4, 8)).astype(np.float32), RNG.normal(size=4).astype(np.float32)],
}
SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=4)


def _read(content: bytes, folder: Path) -> dict:
    path = folder / "net.caffemodel"
    path.write_bytes(content)
    return caffemodel.read_layers(path)


def _assert_same(found: dict, wanted: dict) -> None:
    assert list(found) == list(wanted)
    for name, arrays in wanted.items():
        assert all(array.dtype == np.float32 for array in found[name])
        for mine, theirs in zip(found[name], arrays, strict=True):
            np.testing.assert_array_equal(mine.ravel(), theirs.ravel())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("packed", [True, False], ids=["packed", "unpacked"])
def test_every_form_is_read_exactly(tmp_path: Path, form: str, packed: bool) -> None:
    found = _read(network(LAYERS, form, packed=packed), tmp_path)
    _assert_same(found, LAYERS)
    axes = {"c3d": (1, 2, 3, 3, 3)}.get(form, (2, 3, 3, 3))
    assert found["conv1_1"][0].shape == axes


@pytest.mark.parametrize("packed", [True, False], ids=["packed", "unpacked"])
def test_doubles_and_legacy_axes(tmp_path: Path, packed: bool) -> None:
    found = _read(network(LAYERS, "layers", double=True, legacy=True, packed=packed), tmp_path)
    _assert_same(found, LAYERS)
    assert [array.shape for array in found["fc6"]] == [(1, 1, 4, 8), (1, 1, 1, 4)]


def test_numbers_in_several_pieces_are_joined(tmp_path: Path) -> None:
    """Packed and unpacked may alternate: the format allows it. Gradients and unknown fields are skipped."""
    numbers = np.arange(6, dtype="<f4")
    pieces = message(5, numbers[:2].tobytes()) + b"".join(b"\x2d" + n.tobytes() for n in numbers[2:5])
    pieces += message(5, numbers[5:].tobytes()) + message(6, b"\xff" * 24) + message(77, b"unknown")
    content = message(7, message(1, bytes([2, 3]))) + pieces
    found = _read(message(100, message(1, b"fc6") + message(7, content) + integer(90, 5)), tmp_path)
    np.testing.assert_array_equal(found["fc6"][0], numbers.reshape(2, 3))


def test_under_the_other_schema_a_blob_has_no_numbers() -> None:
    """No error tells: hence the look at field 5."""
    array = np.ones((1, 2, 3), np.float32)
    assert MESSAGES["BlobProto"].FromString(blob(array, "c3d")).data == []
    assert not MESSAGES["C3DBlobProto"].FromString(blob(array)).HasField("width")


@settings(max_examples=150, deadline=None)
@given(SHAPES, st.sampled_from(["c3d", "layers", "layer"]), st.booleans())
def test_c3d_and_stock_are_told_apart(
    tmp_path_factory: pytest.TempPathFactory, shape: list[int], form: str, packed: bool
) -> None:
    array = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    found = _read(
        network({"x": [array]}, form, packed=packed, legacy=form == "layers"), tmp_path_factory.getbasetemp()
    )["x"][0]
    axes = {"c3d": 5, "layers": 4, "layer": len(shape)}[form]
    assert found.shape == (1,) * (axes - len(shape)) + tuple(shape)
    np.testing.assert_array_equal(found.ravel(), array.ravel())


def test_a_mean_of_either_kind(tmp_path: Path) -> None:
    mean = RNG.uniform(80, 120, (3, 2, 4, 5)).astype(np.float32)
    for form in ("c3d", "layer"):
        path = tmp_path / f"{form}.binaryproto"
        path.write_bytes(blob(mean, form))
        np.testing.assert_array_equal(caffemodel.read_mean(path).reshape(mean.shape), mean)
    path.write_bytes(blob(mean)[:-3])
    with pytest.raises(InputError, match=r"layer\.binaryproto cannot be read"):
        caffemodel.read_mean(path)


def _one(content: bytes) -> bytes:
    """A network whose only layer has this blob."""
    return message(100, message(1, b"fc6") + message(7, content))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no layer with weights"),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "Error parsing message"),
        (message(1, b"net"), "no layer with weights"),
        (network(LAYERS)[:-5], "Error parsing message"),
        (_one(message(7, message(1, bytes([2, 3]))) + message(5, b"\0" * 20)), "2x3 holds 5 numbers"),
        (_one(message(7, message(1, bytes([2, 3]))) + message(5, b"\0" * 28)), "2x3 holds 7 numbers"),
        (
            _one(message(7, message(1, bytes([2, 3]))) + message(5, b"\0" * 23)),
            "layer 'fc6': Error parsing message",
        ),
        (_one(message(5, b"\0" * 24)), "4 axes, the shortest of 0"),
        (_one(message(7, b"") + message(5, b"\0" * 4)), "0 axes"),
        # C3D's, but for the field that tells
        (
            _one(b"".join(integer(1 + i, 1) for i in range(4)) + message(6, b"\0" * 4)),
            "1x1x1x1 holds 0 numbers",
        ),
        (
            _one(message(7, message(1, caffe_files.varint(2**64 - 1))) + message(5, b"\0" * 4)),
            "shortest of -1",
        ),
        (_one(message(7, message(1, b"\x01" * 33)) + message(5, b"\0" * 4)), "33 axes"),
        (_one(blob(np.array([1, np.nan, 2]))), "layer 'fc6': a blob holds NaN"),
        (_one(blob(np.array([1, np.inf]))), "NaN or infinity"),
        (_one(blob(np.array([1e300]), double=True)), "NaN or infinity"),
        (_one(blob(np.ones(2)) + message(8, b"\0" * 16)), "two precisions"),
        (network({"a": LAYERS["fc6"]}) + network({"a": LAYERS["fc6"]}), "two layers are called 'a'"),
        (
            network({"a": LAYERS["fc6"]}, "c3d") + network({"b": LAYERS["fc6"]}, "layers"),
            "C3D v1.0 are mixed",
        ),
        (integer(100, 3), "no layer with weights"),
        (message(100, message(1, b"x" * 70_000) + message(7, blob(np.ones(2)))), "name has 70000 characters"),
        (b"\xff" * 11, "Error parsing message"),
        (b"\x00\x00", "Error parsing message"),
        (b"\x0b\x0b\x0c\x0c", "no layer with weights"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        _read(content, tmp_path)
    line = str(caught.value)
    assert "\n" not in line
    assert str(tmp_path / "net.caffemodel") in line


def test_no_file_a_folder_and_too_large_a_file(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(InputError, match="no Caffe file"):
            caffemodel.read_layers(path)
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(2**31)
    with pytest.raises(InputError, match="2147483648 bytes"):
        caffemodel.read_layers(tmp_path / "huge")


SMALL_PARTS = [
    message(100, b"") * 2_000_000,
    message(2, message(1, b"") * 2_000_000),
    message(100, message(1, b"a") + message(7, b"") * 2_000_000),
    _one(message(7, b"") * 2_000_000),
    _one(message(7, b"\x08\x01" * 2_000_000)),
    _one(b"\x2d\0\0\0\0\x08\x01" * 600_000),
]
CHILD = """
import sys
from pathlib import Path
from repro.convert.caffemodel import read_layers
from repro.types import InputError

def peak_bytes():
    return 1024 * int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])

before = peak_bytes()
try:
    read_layers(Path(sys.argv[1]))
except InputError as error:
    print(peak_bytes() - before, error)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "content", SMALL_PARTS, ids=["layers", "v0", "blobs", "shapes", "axes", "short runs"]
)
def test_small_parts_in_millions_do_not_blow_up(tmp_path: Path, content: bytes) -> None:
    """In a process of its own, since the parser's memory is not Python's."""
    path = tmp_path / "net.caffemodel"
    path.write_bytes(content)
    said = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, check=True
    )
    grown_bytes, line = said.stdout.split(maxsplit=1)
    assert line.startswith(f"Caffe file {path} cannot be read: ")
    assert int(grown_bytes) < 2 * len(content) + 50e6


def _mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """Bits flipped, a piece cut out, doubled or overwritten, the end cut off."""
    data = bytearray(content)
    for _ in range(rng.integers(1, 5)):
        at = int(rng.integers(len(data))) if data else 0
        width = int(rng.integers(1, 12))
        kind = rng.integers(5)
        if kind == 0 and data:
            data[at] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            del data[at : at + width]
        elif kind == 2:
            data[at:at] = data[at : at + width]
        elif kind == 3:
            data[at : at + width] = rng.choice(
                [b"\xff" * 9, b"\0" * 4, b"\x80" * 10 + b"\x01", rng.bytes(width)]
            )
        else:
            del data[at + 1 :]
    return bytes(data)


def _only_clear_answers(content: bytes, folder: Path) -> bool:
    """Whether it was read; then all is whole and finite. Anything but InputError gets through."""
    try:
        found = _read(content, folder)
    except InputError:
        return False
    arrays = [array for blobs in found.values() for array in blobs]
    assert arrays
    assert all(np.isfinite(array).all() and array.size <= len(content) / 4 for array in arrays)
    return True


@fuzzed(*(blob(np.ones((3, 1, 2, 2)), form) for form in ("c3d", "layer")))
def test_any_change_of_a_mean_gives_one_or_a_clear_error(folder: Path, content: bytes) -> None:
    path = folder / "any.binaryproto"
    path.write_bytes(content)
    try:
        mean = caffemodel.read_mean(path)
    except InputError as error:
        refused(error, path)
        return
    assert np.isfinite(mean).all()
    assert 1 <= mean.size <= len(content) / 4


@settings(max_examples=300, deadline=None)
@given(content=st.binary(max_size=200))
def test_random_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    _only_clear_answers(content, tmp_path_factory.getbasetemp())


def _mutants(count: int, folder: Path) -> None:
    rng = np.random.default_rng(1)
    small = {name: [array[..., :2] for array in arrays] for name, arrays in LAYERS.items()}
    seeds = [network(small, form, packed=packed) for form in FORMS for packed in (True, False)]
    read = sum(_only_clear_answers(_mutated(seeds[i % len(seeds)], rng), folder) for i in range(count))
    assert 0.05 * count < read < 0.7 * count  # both answers are met


def test_mutated_files(tmp_path: Path) -> None:
    _mutants(400, tmp_path)


@pytest.mark.exhaustive
def test_ten_thousand_mutated_files(tmp_path: Path) -> None:
    _mutants(10_000, tmp_path)
