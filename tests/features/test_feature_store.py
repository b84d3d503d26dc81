"""An entry is served whole and for the right key, id and video, or not at all."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.features import video_store
from repro.features.entry import file_name
from repro.features.source import source_of
from repro.features.store import FeatureStore
from repro.types import InputError, Segment, VideoRef

KEY = {"weights": "abc", "frames": 4, "network": {"size": 32, "shape": (1, 2)}}


def video(folder: Path, video_id: str = "Run/v_Run_g01_c01", content: bytes = b"film") -> VideoRef:
    path = folder / "clip.avi"
    path.write_bytes(content)
    return VideoRef(video_id, path, 0, "g01")


def arrays(value: float = 1.0, frames: int = 3) -> dict[str, np.ndarray]:
    grid = np.arange(frames * 2, dtype=np.float32).reshape(frames, 2)
    return {"context": grid + value, "action": -grid}


def assert_same(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> None:
    assert found.keys() == wanted.keys()
    for name, array in wanted.items():
        assert found[name].dtype == np.float32
        np.testing.assert_array_equal(found[name], array)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    ref, store = video(tmp_path), FeatureStore(tmp_path / "cache", KEY)
    assert not store.has(ref)
    with pytest.raises(InputError, match="are not stored"):
        store.read(ref)
    store.write(ref, arrays())
    assert store.has(ref)
    assert_same(store.read(ref), arrays())
    assert_same(FeatureStore(tmp_path / "cache", KEY).read(ref), arrays())
    assert json.loads((store.folder / "key.json").read_text())["network"] == {"size": 32, "shape": [1, 2]}
    assert sorted(p.name for p in store.folder.iterdir()) == ["Run%2Fv_Run_g01_c01.npz", "key.json"]


@pytest.mark.parametrize(
    "change", [{"weights": "abd"}, {"frames": 5}, {"network": {"size": 64}}, {"decoder": 1}]
)
def test_another_key_is_another_folder(tmp_path: Path, change: dict) -> None:
    ref, store = video(tmp_path), FeatureStore(tmp_path / "cache", KEY)
    store.write(ref, arrays())
    other = FeatureStore(tmp_path / "cache", {**KEY, **change})
    assert other.key_digest != store.key_digest
    assert not other.has(ref)


def test_order_of_the_key_does_not_matter(tmp_path: Path) -> None:
    assert FeatureStore(tmp_path, dict(reversed(KEY.items()))).folder == FeatureStore(tmp_path, KEY).folder


def test_a_key_must_be_json(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        FeatureStore(tmp_path, {"weights": tmp_path})
    with pytest.raises(ValueError, match="JSON"):
        FeatureStore(tmp_path, {"width": float("nan")})


@given(st.text(min_size=1), st.text(min_size=1))
def test_file_names_are_safe_and_injective(one: str, other: str) -> None:
    for video_id in (one, other):
        name = file_name(video_id)
        assert len(name) <= 180
        assert not set(name) & set('/\\:*?"<>| \0\n')
    assert (file_name(one) == file_name(other)) == (one == other)


def test_long_names_keep_their_difference() -> None:
    long = "ü" * 300
    names = {file_name(long + "a"), file_name(long + "b"), file_name(long[:-1] + "a")}
    assert len(names) == 3
    assert {len(name) for name in names} == {180}


def test_two_ids_that_share_a_file_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a file system that ignores letter case."""
    monkeypatch.setattr(video_store, "file_name", lambda video_id: video_id.lower())
    store = FeatureStore(tmp_path / "cache", KEY)
    store.write(video(tmp_path, "a"), arrays())
    assert store.has(video(tmp_path, "a"))
    assert not store.has(video(tmp_path, "A"))
    with pytest.raises(InputError, match="another video"):
        store.read(video(tmp_path, "A"))


def test_a_changed_video_is_not_served(tmp_path: Path) -> None:
    ref, store = video(tmp_path), FeatureStore(tmp_path / "cache", KEY)
    store.write(ref, arrays())
    ref.path.write_bytes(b"FILM")  # same size; only time and content differ
    os.utime(ref.path, ns=(1, 1))
    assert not store.has(ref)
    with pytest.raises(InputError, match=r"earlier clip\.avi"):
        store.read(ref)
    ref.path.write_bytes(b"longer film")
    assert not store.has(ref)
    ref.path.unlink()
    assert not store.has(ref)


def test_a_touched_or_copied_video_is_served(tmp_path: Path) -> None:
    ref, store = video(tmp_path), FeatureStore(tmp_path / "cache", KEY)
    store.write(ref, arrays())
    os.utime(ref.path, ns=(1, 1))
    assert store.has(ref)
    assert_same(store.read(ref), arrays())


def test_another_segment_is_not_served(tmp_path: Path) -> None:
    ref, store = video(tmp_path), FeatureStore(tmp_path / "cache", KEY)
    part = VideoRef(ref.video_id, ref.path, 0, "g01", Segment(2, 5))
    store.write(part, arrays())
    assert store.has(part)
    assert not store.has(ref)
    assert not store.has(VideoRef(ref.video_id, ref.path, 0, "g01", Segment(2, 6)))


def test_a_video_changed_while_it_was_decoded_is_stale(tmp_path: Path) -> None:
    ref, store = video(tmp_path), FeatureStore(tmp_path / "cache", KEY)
    before = source_of(ref)
    ref.path.write_bytes(b"other film")
    store.write(ref, arrays(), before)
    assert not store.has(ref)


@pytest.mark.slow
def test_no_damaged_byte_goes_unnoticed(tmp_path: Path) -> None:
    """Every byte flipped in turn: the entry is refused, or (bytes without meaning) reads back the same."""
    ref, store = video(tmp_path), FeatureStore(tmp_path / "cache", KEY)
    store.write(ref, arrays())
    whole = store.path(ref).read_bytes()
    refused = 0
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 0xFF
        store.path(ref).write_bytes(damaged)
        try:
            assert_same(FeatureStore(tmp_path / "cache", KEY).read(ref), arrays())
        except InputError:
            refused += 1
            assert not FeatureStore(tmp_path / "cache", KEY).has(ref)
    assert refused > len(whole) / 2


@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused_and_rebuilt(tmp_path: Path, kept: float) -> None:
    ref, store = video(tmp_path), FeatureStore(tmp_path / "cache", KEY)
    store.write(ref, arrays())
    assert store.has(ref)
    whole = store.path(ref).read_bytes()
    store.path(ref).write_bytes(whole[: int(kept * len(whole))])
    assert not store.has(ref)  # also by a store that has already seen it whole
    with pytest.raises(InputError, match="cannot be read"):
        store.read(ref)
    store.write(ref, arrays(2.0))
    assert_same(store.read(ref), arrays(2.0))


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"context": np.zeros((2, 3))},
        {"context": np.zeros((2, 3), np.float32), "action": np.zeros((3, 3), np.float32)},
        {"__source__": np.zeros((2, 3), np.float32)},
    ],
)
def test_wrong_arrays_are_refused(tmp_path: Path, wrong: dict) -> None:
    with pytest.raises(ValueError, match="float32 arrays of one length for Run/"):
        FeatureStore(tmp_path / "cache", KEY).write(video(tmp_path), wrong)


def test_a_disk_that_refuses_is_named(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(InputError, match=r"\(48 bytes\) cannot be written to .*cache"):
        FeatureStore(tmp_path / "cache", KEY).write(video(tmp_path), arrays())


def test_strays_of_killed_writers_are_removed(tmp_path: Path) -> None:
    ref, store = video(tmp_path), FeatureStore(tmp_path / "cache", KEY)
    store.write(ref, arrays())
    old, young = store.folder / ".a.npz.1.part", store.folder / ".b.npz.2.part"
    for stray in (old, young):
        stray.write_bytes(b"half")
    os.utime(old, (0, 0))
    store.remove_strays()
    assert not old.exists()
    assert young.exists()
    assert store.has(ref)


def test_a_stray_that_its_writer_finishes_meanwhile_is_none(tmp_path: Path) -> None:
    """Another process gives it its name between the look into the folder and the look at the file."""
    store = FeatureStore(tmp_path / "cache", KEY)
    store.describe()
    (store.folder / ".a.npz.1.part").symlink_to("finished by now")
    store.remove_strays()


WRITER = """
import sys
from pathlib import Path
import numpy as np
from repro.features.store import FeatureStore
from repro.types import VideoRef
folder, value = Path(sys.argv[1]), float(sys.argv[2])
store = FeatureStore(folder / "cache", {"k": 1})
ref = VideoRef("a/b", folder / "clip.avi", 0, "g")
for _ in range(30):
    store.write(ref, {"context": np.full((50, 64), value, np.float32)})
    read = store.read(ref)["context"]
    assert read.shape == (50, 64) and (read == read[0, 0]).all()
"""


@pytest.mark.slow
def test_writers_at_once_leave_a_whole_file(tmp_path: Path) -> None:
    video(tmp_path, "a/b")
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    writers = [subprocess.Popen([*command, str(value)]) for value in (1, 2, 3)]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0, 0]
    left = FeatureStore(tmp_path / "cache", {"k": 1}).read(video(tmp_path, "a/b"))["context"]
    assert left[0, 0] in (1, 2, 3)
    assert (left == left[0, 0]).all()
