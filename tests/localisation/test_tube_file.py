"""Tube files: what is read is what was written, and every damage is one line that names the file."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worked_example import MAPS

from repro.atomic import write_npz
from repro.localisation import tube_file
from repro.localisation.tube import LocalisationSettings, Localised, tube
from repro.types import InputError, Tube

SMALL = LocalisationSettings(upscale=4, sigma_px=1.0, span_frames=5)


def _entries() -> dict[str, tube_file.Entry]:
    return {
        "Diving/a": tube_file.Entry(
            tube(MAPS, frame_height=18, frame_width=24, settings=SMALL), np.array([0.25, 0.75], np.float32)
        ),
        "Biking/b": tube_file.Entry(
            tube(MAPS[:1], frame_height=9, frame_width=9, settings=SMALL), np.array([1, 0], np.float32)
        ),
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    tube_file.write(tmp_path / "tubes.npz", _entries())
    return tmp_path / "tubes.npz"


def test_returns_what_was_written(path: Path) -> None:
    found, written = tube_file.read(path), _entries()
    assert list(found) == list(written)
    for video_id, entry in written.items():
        for which in ("raw", "smoothed"):
            one, other = getattr(found[video_id].tubes, which), getattr(entry.tubes, which)
            assert (one.boxes == other.boxes).all()
            assert (one.frames == other.frames).all()
            assert one.boxes.dtype == np.float64
        assert found[video_id].tubes.several == entry.tubes.several
        assert (found[video_id].scores == entry.scores).all()
        assert found[video_id].scores.dtype == np.float32
    assert found["Diving/a"].tubes.several == 0.4


Arrays = dict[str, np.ndarray]


def _boxes_end_first(arrays: Arrays) -> None:
    arrays["raw"] = arrays["raw"][:, ::-1].copy()


CONTRADICTIONS: dict[str, Callable[[Arrays], object]] = {
    "an array is missing": lambda a: a.pop("several"),
    "a box too few": lambda a: a.update(raw=a["raw"][:-1]),
    "a smoothed box too many": lambda a: a.update(smoothed=np.tile(a["smoothed"], (2, 1))),
    "one video without frames": lambda a: a.update(frames=np.array([6, 0])),
    "a negative number of frames": lambda a: a.update(frames=np.array([7, -1])),
    "frames that cancel": lambda a: a.update(frames=np.array([2**40, 6 - 2**40])),
    "a video twice": lambda a: a.update(video_ids=np.array(["a", "a"])),
    "a name too many": lambda a: a.update(video_ids=np.array(["a", "b", "c"])),
    "scores of one video": lambda a: a.update(scores=a["scores"][:1]),
    "scores without classes": lambda a: a.update(scores=a["scores"][:, 0]),
    "scores not finite": lambda a: a.update(scores=np.full((2, 2), np.nan)),
    "a share above 1": lambda a: a.update(several=np.array([2.0, 0])),
    "a share not finite": lambda a: a.update(several=np.array([np.nan, 0])),
    "boxes of five numbers": lambda a: a.update(raw=np.zeros((6, 5))),
    "boxes not finite": lambda a: a.update(raw=np.full((6, 4), np.inf)),
    "boxes that end before they start": _boxes_end_first,
    "text for numbers": lambda a: a.update(frames=np.array(["5", "1"])),
    "one number for an array": lambda a: a.update(frames=np.array(6)),
}


@pytest.mark.parametrize("spoil", CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_contradictions_name_the_file(path: Path, spoil: Callable[[Arrays], object]) -> None:
    with np.load(path, allow_pickle=False) as stored:
        arrays = dict(stored)
    spoil(arrays)
    write_npz(path, arrays)
    with pytest.raises(InputError, match=r"tubes\.npz cannot be read .* delete it to localise again"):
        tube_file.read(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(data=st.data())
def test_damaged_bytes_are_found(path: Path, data: st.DataObject) -> None:
    """Cut short or with bytes changed: the same entries (a byte that says nothing) or an InputError."""
    whole = path.read_bytes()
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    damaged = path.with_name("damaged.npz")
    damaged.write_bytes(
        content[: data.draw(st.sampled_from([len(content), len(content) // 2, len(content) - 1]))]
    )
    try:
        found = tube_file.read(damaged)
    except InputError:
        return
    for video_id, entry in _entries().items():
        assert (found[video_id].tubes.raw.boxes == entry.tubes.raw.boxes).all()
        assert (found[video_id].tubes.smoothed.boxes == entry.tubes.smoothed.boxes).all()
        assert (found[video_id].scores == entry.scores).all()


@pytest.mark.parametrize("content", [b"", b"not a zip file", b"PK\x03\x04"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "tubes.npz").write_bytes(content)
    with pytest.raises(InputError, match="cannot be read"):
        tube_file.read(tmp_path / "tubes.npz")
    with pytest.raises(InputError, match="absent"):
        tube_file.read(tmp_path / "absent.npz")


def test_a_small_file_cannot_claim_much_memory(path: Path) -> None:
    """A header that promises terabytes, and compressed arrays, are refused before they grow."""
    with np.load(path, allow_pickle=False) as stored:
        arrays = dict(stored)
    header = io.BytesIO()
    claim = {"descr": "<f8", "fortran_order": False, "shape": (10**12, 4)}
    np.lib.format.write_array_header_1_0(header, claim)
    with zipfile.ZipFile(path, "w") as file:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, array)
            file.writestr(f"{name}.npy", header.getvalue() if name == "raw" else content.getvalue())
    with pytest.raises(InputError, match="raw has fewer bytes than its shape"):
        tube_file.read(path)
    np.savez_compressed(path, **arrays)
    with pytest.raises(InputError, match="compressed"):
        tube_file.read(path)


def test_objects_are_refused(path: Path) -> None:
    with np.load(path, allow_pickle=False) as stored:
        arrays = dict(stored)
    np.savez(path, **{**arrays, "video_ids": np.array(["a", "b"], object)})
    with pytest.raises(InputError, match=r"pickle|Object"):
        tube_file.read(path)


def test_write_refuses_gaps_and_nothing(tmp_path: Path) -> None:
    gap = Tube(np.array([0, 2]), np.array([[0, 0, 1, 1], [0, 0, 1, 1.0]]))
    with pytest.raises(ValueError, match="gaps"):
        tube_file.write(
            tmp_path / "t.npz", {"a": tube_file.Entry(Localised(gap, gap, 0.0), np.ones(2, np.float32))}
        )
    with pytest.raises(ValueError, match="no video"):
        tube_file.write(tmp_path / "t.npz", {})
    assert not list(tmp_path.iterdir())
