"""A file name that is not UTF-8 never reaches OpenCV, which would crash; it is named, the others go on."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from helpers.clips import write_numbered
from repro.types import VideoRef
from repro.video import decode, index
from repro.video.names import is_utf8, printable

NOT_UTF8 = os.fsdecode(b"cr\xe8me.avi")


@pytest.fixture
def video(tmp_path: Path) -> Path:
    write_numbered(tmp_path / "plain.avi", 3)
    return (tmp_path / "plain.avi").rename(tmp_path / NOT_UTF8)


@pytest.mark.parametrize(
    "read",
    [
        decode.probe,
        decode.read_clip,
        lambda path: list(decode.frames(path)),
        lambda path: decode.read_frames(path, np.array([0])),
    ],
)
def test_every_reader_refuses_it_by_a_name_that_can_be_printed(video: Path, read) -> None:
    with pytest.raises(decode.BrokenVideo, match=r"its path is not UTF-8, .*; rename it") as caught:
        read(video)
    assert str(caught.value).encode("utf-8").startswith(f"video {video.parent}/cr\\xe8me.avi: ".encode())


def test_a_folder_or_the_target_of_a_link_counts_too(video: Path, tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"\xff")
    folder.mkdir()
    write_numbered(tmp_path / "plain.avi", 3)
    inside = (tmp_path / "plain.avi").rename(folder / "plain.avi")
    link = tmp_path / "link.avi"
    link.symlink_to(video)
    for path in (inside, link):
        with pytest.raises(decode.BrokenVideo, match="not UTF-8"):
            decode.probe(path)


def test_the_other_videos_are_counted(video: Path, tmp_path: Path) -> None:
    write_numbered(tmp_path / "plain.avi", 4)
    refs = [VideoRef(path.stem, path, 0, "g") for path in (video, tmp_path / "plain.avi")]
    for _ in range(2):
        found = index.count_frames(refs, tmp_path / "index.json")
        assert found.frames == {"plain": 4}
        assert list(found.broken.values()) == ["its path is not UTF-8, which OpenCV cannot open; rename it"]


def test_a_name_that_the_disk_refuses_or_links_in_a_circle_stop_nothing(tmp_path: Path) -> None:
    circle = tmp_path / "circle.avi"
    circle.symlink_to(circle)
    write_numbered(tmp_path / "plain.avi", 4)
    paths = (tmp_path / "plain.avi", tmp_path / f"{'long' * 70}.avi", circle)
    refs = [VideoRef(path.stem[:6], path, 0, "g") for path in paths]
    found = index.count_frames(refs, tmp_path / "index.json")
    assert found.frames == {"plain": 4}
    assert found.broken == {"longlo": "cannot be read: File name too long", "circle": "there is no such file"}


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the system says it to everybody but root."""
    write_numbered(tmp_path / "plain.avi", 4)

    def refused(path: Path) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(decode, "missing_bytes", refused)
    found = index.count_frames([VideoRef("a", tmp_path / "plain.avi", 0, "g")], tmp_path / "index.json")
    assert found.broken == {"a": "there is no right to read it; change its rights (chmod, chown)"}


@pytest.mark.parametrize(
    ("path", "utf8", "text"),
    [
        ("/a/ü 雪.avi", True, "/a/ü 雪.avi"),
        (os.fsdecode(b"/a/\xff\x80.avi"), False, "/a/\\xff\\x80.avi"),
        ("/a\nb/\x1b[2J.avi", True, "/a\\nb/\\x1b[2J.avi"),
        ("/a/\ud800.avi", False, "/a/\\ud800.avi"),  # no byte of any file
    ],
)
def test_names_by_hand(path: str, utf8: bool, text: str) -> None:
    assert is_utf8(Path(path)) == utf8
    assert printable(Path(path)) == text
