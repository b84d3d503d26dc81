"""A few frames of a stored video: the same values as the whole, of no more bytes, or a clear refusal."""

import ast
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repro.features import entry, source, video_store
from repro.features.store import FeatureStore
from repro.types import InputError, VideoRef

FRAMES = 9
POOL5 = np.arange(FRAMES * 2 * 2 * 3, dtype=np.float32).reshape(FRAMES, 2, 2, 3)
FC7 = -np.arange(FRAMES * 4, dtype=np.float32).reshape(FRAMES, 4)


def video(folder: Path, name: str = "a") -> VideoRef:
    path = folder / f"{name}.avi"
    path.write_bytes(b"film")
    return VideoRef(f"Run/{name}", path, 0, "g")


@pytest.fixture
def stored(tmp_path: Path) -> tuple[FeatureStore, VideoRef]:
    store, ref = FeatureStore(tmp_path / "cache", {"k": 1}), video(tmp_path)
    store.write(ref, {"pool5": POOL5, "fc7": FC7})
    return store, ref


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, FRAMES - 1), st.integers(1, FRAMES))
def test_a_part_is_the_rows_of_the_whole(
    stored: tuple[FeatureStore, VideoRef], start: int, count: int
) -> None:
    store, ref = stored
    stop = min(start + count, FRAMES)
    part = store.read_part(ref, start, stop, ("pool5", "fc7"))
    np.testing.assert_array_equal(part["pool5"], POOL5[start:stop])
    np.testing.assert_array_equal(part["fc7"], FC7[start:stop])
    assert {array.dtype for array in part.values()} == {np.dtype(np.float32)}
    assert list(store.read_part(ref, start, stop, ["fc7"])) == ["fc7"]


def test_the_length_is_that_of_the_video(stored: tuple[FeatureStore, VideoRef]) -> None:
    store, ref = stored
    assert store.length(ref) == FRAMES


def test_columns_first_is_stored_row_by_row(tmp_path: Path) -> None:
    store, ref = FeatureStore(tmp_path, {}), video(tmp_path)
    store.write(ref, {"fc7": np.asfortranarray(FC7)})
    np.testing.assert_array_equal(store.read_part(ref, 3, 5, ("fc7",))["fc7"], FC7[3:5])


def test_only_the_asked_bytes_are_read(
    stored: tuple[FeatureStore, VideoRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is read whole once and its headers once; then each part costs one read of its own rows."""
    store, ref = stored
    counts = {"whole": 0, "headers": 0}
    read: list[tuple[int, int]] = []
    whole, headers, fromfile = video_store.load, entry.rows_of, np.fromfile

    def counted(name: str, function):  # type: ignore[no-untyped-def]
        def call(*arguments):  # type: ignore[no-untyped-def]
            counts[name] += 1
            return function(*arguments)

        return call

    def noted(path, dtype, count, offset):  # type: ignore[no-untyped-def]
        read.append((count * dtype.itemsize, offset))
        return fromfile(path, dtype, count, offset=offset)

    monkeypatch.setattr(video_store, "load", counted("whole", whole))
    monkeypatch.setattr("repro.features.store.rows_of", counted("headers", headers))
    monkeypatch.setattr(np, "fromfile", noted)
    for start in range(6):
        assert store.has(ref)
        assert store.length(ref) == FRAMES
        store.read_part(ref, start, start + 3, ("pool5",))
    assert counts == {"whole": 1, "headers": 1}
    assert [size for size, _ in read] == [3 * 12 * 4] * 6
    assert np.diff([offset for _, offset in read]).tolist() == [12 * 4] * 5


def test_a_replaced_entry_is_met_anew(stored: tuple[FeatureStore, VideoRef]) -> None:
    store, ref = stored
    store.read_part(ref, 0, 1, ("fc7",))
    FeatureStore(store.folder.parent, {"k": 1}).write(ref, {"more": POOL5[:4], "fc7": FC7[:4] * 2})
    assert store.length(ref) == 4
    np.testing.assert_array_equal(store.read_part(ref, 1, 4, ("fc7",))["fc7"], 2 * FC7[1:4])


@pytest.mark.parametrize(("start", "stop"), [(0, FRAMES + 1), (-1, 2), (3, 3), (5, 4)])
def test_rows_outside_are_refused(stored: tuple[FeatureStore, VideoRef], start: int, stop: int) -> None:
    store, ref = stored
    with pytest.raises(ValueError, match=rf"rows {start} to {stop} of Run/a, which has 9"):
        store.read_part(ref, start, stop, ("fc7",))


def test_a_name_that_is_not_there_is_refused(stored: tuple[FeatureStore, VideoRef]) -> None:
    store, ref = stored
    with pytest.raises(ValueError, match=r"no fc6 of Run/a; stored are .*fc7"):
        store.read_part(ref, 0, 1, ("fc7", "fc6"))


def test_what_is_missing_stale_or_cut_is_named(stored: tuple[FeatureStore, VideoRef], tmp_path: Path) -> None:
    store, ref = stored
    with pytest.raises(InputError, match="features of Run/b are not stored"):
        store.length(video(tmp_path, "b"))
    content = store.path(ref).read_bytes()
    store.path(ref).write_bytes(content[:-90])
    with pytest.raises(InputError, match=r"features of Run/a cannot be read .*run the features stage again"):
        store.read_part(ref, 0, 1, ("fc7",))
    store.path(ref).write_bytes(content)
    ref.path.write_bytes(b"another film")
    with pytest.raises(InputError, match=r"made from an earlier a\.avi"):
        store.read_part(ref, 0, 1, ("fc7",))


def test_a_file_that_shrinks_after_it_was_checked_is_named(
    stored: tuple[FeatureStore, VideoRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, ref = stored
    store.length(ref)
    monkeypatch.setattr(store, "has", lambda _: True)  # as if it shrank between the look and the read
    os.truncate(store.path(ref), 400)
    with pytest.raises(InputError, match=r"Run/a cannot be read \(it ends too early\)"):
        store.read_part(ref, 0, FRAMES, ("fc7",))


def test_a_video_that_was_counted_is_not_hashed_again(
    stored: tuple[FeatureStore, VideoRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index knows its content, whatever the file's time says meanwhile."""
    store, ref = stored
    counted = replace(ref, content=source.sha256_of(ref.path))
    monkeypatch.setattr(source, "sha256_of", lambda path: pytest.fail(f"{path} is hashed"))
    os.utime(ref.path, ns=(1, 1))
    for _ in range(4):
        assert store.has(counted)
        store.read_part(counted, 2, 4, ("fc7",))
    assert not store.has(replace(counted, content="of other bytes"))


def test_half_precision_is_its_own_store_and_comes_back_as_float32(tmp_path: Path) -> None:
    ref = video(tmp_path)
    plain, half = FeatureStore(tmp_path, {"k": 1}), FeatureStore(tmp_path, {"k": 1}, dtype="float16")
    assert half.folder != plain.folder
    assert half.folder == FeatureStore(tmp_path, {"k": 1, "dtype": "float16"}).folder
    values = np.random.default_rng(0).normal(size=(400, 50)).astype(np.float32)
    for store in (plain, half):
        store.write(ref, {"pool5": values})
    assert half.path(ref).stat().st_size < 0.51 * plain.path(ref).stat().st_size
    for found in (half.read(ref)["pool5"], half.read_part(ref, 0, 400, ("pool5",))["pool5"]):
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, values.astype(np.float16))
        np.testing.assert_allclose(found, values, rtol=2**-11, atol=1e-7)
    np.testing.assert_array_equal(plain.read(ref)["pool5"], values)


def test_what_half_precision_cannot_hold_is_refused(tmp_path: Path) -> None:
    ref, store = video(tmp_path), FeatureStore(tmp_path, {}, dtype="float16")
    with pytest.raises(InputError, match=r"fc7 of Run/a reaches 70000, more than float16 holds"):
        store.write(ref, {"fc7": np.array([[0, -70000]], np.float32)})
    with pytest.raises(ValueError, match="dtype 'float64'; wanted one of float32, float16"):
        FeatureStore(tmp_path, {}, dtype="float64")


@pytest.mark.parametrize("dtype", ["u1", "<f2", "<f4", "<i8", "?"])
@pytest.mark.parametrize("shape", [(0,), (3,), (2, 5), (4, 3, 2, 1)])
def test_heads_are_read_without_parsing_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...], dtype: str
) -> None:
    """Python's parser is not safe in several threads (CPython 3.11.7): what it gave is there without it."""
    array = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    np.savez(tmp_path / "a.npz", **{"x": array, entry.SOURCE: np.zeros(1, np.uint8)})
    monkeypatch.setattr(ast, "literal_eval", None)
    rows = entry.rows_of(tmp_path / "a.npz")["x"]
    assert (rows.shape, rows.dtype) == (array.shape, array.dtype)
    if len(array):
        np.testing.assert_array_equal(entry.read_rows(tmp_path / "a.npz", rows, 0, len(array)), array)


def test_a_head_of_another_form_is_refused(tmp_path: Path) -> None:
    for array in (np.zeros((2, 3), order="F"), np.array(["a"]), np.zeros(2, ">f4")):
        np.savez(tmp_path / "a.npz", x=array)
        with pytest.raises(entry.UnusableEntry, match="not of the form"):
            entry.rows_of(tmp_path / "a.npz")
