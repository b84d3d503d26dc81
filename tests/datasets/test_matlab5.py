"""MATLAB v5 files: what SciPy writes is read back, and no damage gives more than one clear line."""

import io
import tracemalloc
import zlib
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.io import savemat

from helpers.tube_annotations import claiming, mat, tube
from repro.datasets import matlab5
from repro.types import InputError

TYPES = ("uint8", "int8", "uint16", "int16", "int32", "uint32", "int64", "float32", "float64")
NUMBERS = st.sampled_from(TYPES).flatmap(
    lambda kind: arrays(kind, st.tuples(st.integers(1, 3), st.integers(1, 3)), elements=st.integers(0, 99))
)
VALUES = st.recursive(
    NUMBERS | st.text("abcXYZ_/19", min_size=1),
    lambda inner: st.dictionaries(st.sampled_from(["sf", "name", "boxes"]), inner, min_size=1),
    max_leaves=6,
)
VIDEOS = [{"name": "Diving/v_Diving_g01_c01", "tubes": [tube(3, [[200, 1, 100, 9]] * 2)]}]
SOUND, PLAIN = mat(VIDEOS), mat(VIDEOS, packed=False)


def _bytes(value: Any, *, packed: bool) -> bytes:
    buffer = io.BytesIO()
    savemat(buffer, {"first": 1, "annot": value, "last": "x"}, do_compression=packed)
    return buffer.getvalue()


def _read(folder: Path, content: bytes, name: str = "annot") -> Any:
    path = folder / "any.mat"
    path.write_bytes(content)
    return matlab5.read_variable(path, name)


def _same(found: Any, written: Any) -> bool:
    if isinstance(written, dict):
        return len(found) == 1 and all(_same(found[0][name], value) for name, value in written.items())
    if isinstance(written, str):
        return bool(found == written)
    return bool(found.dtype == written.dtype and np.array_equal(found, written))


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(VALUES, st.booleans())
def test_what_scipy_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, value: Any, packed: bool
) -> None:
    assert _same(_read(tmp_path_factory.getbasetemp(), _bytes(value, packed=packed)), value)


def test_a_struct_array_is_a_list(tmp_path: Path) -> None:
    (video,) = _read(tmp_path, SOUND)
    assert video["name"] == "Diving/v_Diving_g01_c01"
    assert video["tubes"][0]["boxes"].tolist() == [[200, 1, 100, 9]] * 2
    assert video["tubes"][0]["boxes"].dtype == np.uint8
    assert video["num_imgs"].tolist() == [[100]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a MATLAB v5 file"),
        (b"<html>" * 50, "not a MATLAB v5 file"),
        (SOUND[:124] + b"\x00\x02IM" + SOUND[128:], r"not a MATLAB v5 file.*save -v7"),  # 7.3, which is HDF5
        (SOUND[:126] + b"MI" + SOUND[128:], "not a MATLAB v5 file"),
        (SOUND[:-9], "is damaged: an element claims"),
        (SOUND[:132] + b"\xff\xff\xff\xff" + SOUND[136:], "claims 4294967295 bytes"),
        (SOUND[:136] + b"\xff" + SOUND[137:], "cannot be unpacked"),
        (PLAIN.replace(b"\5\0\4\0", b"\5\0\5\0", 1), "a short element of 5 bytes"),
        (mat([{"name": "x", "tubes": 1}], variable="annotations"), "has no variable 'annot'"),
        (_bytes(np.array([1j]), packed=True), "wanted structs, text or real numbers"),
        (_bytes(np.array([[1, "x"]], object), packed=True), "an array of kind 1"),
        (claiming(7), ""),
    ],
    ids=count(),
)
def test_other_and_damaged_files(tmp_path: Path, content: bytes, message: str) -> None:
    if not message:
        assert _read(tmp_path, content) == ""
        return
    with pytest.raises(InputError, match=message) as caught:
        _read(tmp_path, content)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.mat cannot be read: No such file"):
        matlab5.read_variable(tmp_path / "none.mat", "annot")


def test_claims_take_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SciPy takes a gigabyte for the first file, of 192 bytes."""
    bomb = zlib.compress(bytes(64 * 2**20))
    packed = SOUND[:128] + (15).to_bytes(4, "little") + len(bomb).to_bytes(4, "little") + bomb
    monkeypatch.setattr(matlab5, "MAX_UNPACKED_BYTES", 2**20)
    tracemalloc.start()
    try:
        assert _read(tmp_path, claiming(2**28)) == ""
        with pytest.raises(InputError, match="unpacks to more than 1048576 bytes"):
            _read(tmp_path, packed)
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()


def test_a_file_of_any_size_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "big.mat"
    with path.open("wb") as file:
        file.truncate(matlab5.MAX_FILE_BYTES + 1)
    with pytest.raises(InputError, match="is larger than"):
        matlab5.read_variable(path, "annot")


def test_structs_within_structs_end(tmp_path: Path) -> None:
    value: Any = 1
    for _ in range(matlab5.MAX_DEPTH):
        value = {"a": value}
    with pytest.raises(InputError, match="more than 8 structs within one another"):
        _read(tmp_path, _bytes(value, packed=False))


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(st.integers(128, len(PLAIN) - 1), st.integers(0, 255)), min_size=1, max_size=4),
    st.integers(0, len(PLAIN)),
)
def test_any_damage_gives_a_value_or_one_clear_error(
    tmp_path_factory: pytest.TempPathFactory, bent: list[tuple[int, int]], cut: int
) -> None:
    content = bytearray(PLAIN)
    for place, byte in bent:
        content[place] = byte
    problem = ""
    try:
        _read(tmp_path_factory.getbasetemp(), bytes(content[:cut] if cut % 2 else content))
    except InputError as error:
        problem = str(error)
    assert "\n" not in problem
