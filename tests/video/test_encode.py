"""A written video is complete under its name, or not there."""

import errno
import os

import numpy as np
import pytest

from helpers.clips import numbered_frames
from helpers.disks import files_up_to
from repro.types import InputError
from repro.video import decode, encode


@pytest.mark.parametrize(
    ("codec", "suffix", "tolerance"), [("ffv1", ".avi", 0), ("xvid", ".avi", 12), ("vp8", ".webm", 12)]
)
def test_frames_come_back(tmp_path, codec, suffix, tolerance):
    frames = numbered_frames(6, tag=100, height=48, width=64)
    path = tmp_path / "new" / f"v{suffix}"
    encode.write_video(path, iter(frames), 10, codec)
    back = decode.read_clip(path)
    assert back.shape == frames.shape
    assert np.abs(back.astype(int) - frames).mean() <= tolerance
    assert decode.probe(path).fps == 10
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_an_odd_side_loses_its_last_row_or_column(tmp_path):
    frames = numbered_frames(2, height=25, width=33)
    encode.write_video(tmp_path / "v.avi", frames, 25, "ffv1")
    np.testing.assert_array_equal(decode.read_clip(tmp_path / "v.avi"), frames[:, :24, :32])


def _failing(frames):
    yield from frames[:3]
    raise RuntimeError("source failed")


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path, frames = tmp_path / "v.avi", numbered_frames(5)
    encode.write_video(path, frames, 25, "ffv1")
    with pytest.raises(RuntimeError, match="source failed"):
        encode.write_video(path, _failing(frames), 25, "ffv1")
    assert len(decode.read_clip(path)) == 5
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_came_out_short_takes_no_name(tmp_path, monkeypatch):
    monkeypatch.setattr(encode.decode, "probe", lambda path: decode.VideoInfo(4, 5, 24, 32, 25.0))
    with pytest.raises(OSError, match="wrote 5 frames but 4"):
        encode.write_video(tmp_path / "v.avi", numbered_frames(5), 25, "ffv1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "frames", "fps", "codec", "message"),
    [
        ("v.avi", numbered_frames(2), 25, "vp8", "codec"),
        ("v.webm", numbered_frames(2), 25, "h264", "codec"),
        ("v.avi", numbered_frames(2), 0, "ffv1", "fps"),
        ("v.avi", numbered_frames(0), 25, "ffv1", "no frames"),
        ("v.avi", numbered_frames(2).astype(np.float32), 25, "ffv1", "uint8"),
        ("v.avi", numbered_frames(2)[..., :2], 25, "ffv1", "uint8"),
        ("v.avi", [numbered_frames(1)[0], numbered_frames(1, height=12)[0]], 25, "ffv1", "frame 1 is"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, name, frames, fps, codec, message):
    with pytest.raises(ValueError, match=message):
        encode.write_video(tmp_path / name, frames, fps, codec)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "codec"), [("v.avi", "ffv1"), ("v.avi", "xvid"), ("v.webm", "vp8")])
@pytest.mark.parametrize("room", [0, 2000])
def test_a_disk_that_takes_no_more_is_told_from_a_broken_video(tmp_path, capfd, name, codec, room):
    """OpenCV says nothing of it; the system does when it is asked."""
    noise = np.random.default_rng(0).integers(0, 256, (30, 48, 64, 3), np.uint8)
    with files_up_to(room), pytest.raises(OSError) as refused:
        encode.write_video(tmp_path / name, noise, 25, codec)
    assert (refused.value.errno, refused.value.filename) == (errno.EFBIG, str(tmp_path / name))
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr().err == ""


def test_a_folder_in_place_of_the_file(tmp_path):
    (tmp_path / "v.avi").mkdir()
    with pytest.raises(IsADirectoryError) as refused:
        encode.write_video(tmp_path / "v.avi", numbered_frames(2), 25, "ffv1")
    assert refused.value.filename == str(tmp_path / "v.avi")


def test_a_folder_whose_name_is_no_utf8_never_reaches_opencv(tmp_path):
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    with pytest.raises(InputError, match=r"caf\\xe9/v\.avi: OpenCV cannot open a path that is not UTF-8"):
        encode.write_video(folder / "v.avi", numbered_frames(2), 25, "ffv1")
    assert list(folder.iterdir()) == []


def test_the_longest_name(tmp_path):
    path = tmp_path / f"{'é' * 125}.avi"
    encode.write_video(path, numbered_frames(2), 25, "ffv1")
    assert decode.probe(path).frames == 2
