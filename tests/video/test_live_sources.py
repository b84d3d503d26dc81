"""Cameras and addresses: which words name one, what is printed of them, and their frames as they arrive."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from helpers.clips import write_numbered
from helpers.web import Site, serving
from repro.types import InputError
from repro.video import live


@pytest.mark.parametrize(
    ("word", "arrives"),
    [("0", True), ("12", True), ("123", False), ("clip.mp4", False), ("a/b.avi", False)]
    + [(f"{scheme}://host/x", True) for scheme in ("http", "https", "rtsp", "rtsps", "RTSP")],
)
def test_which_words_are_live(word: str, arrives: bool) -> None:
    assert live.is_live(word) is arrives


@pytest.mark.parametrize("word", ["ftp://host/x", "file:///clip.avi", "http://", "concat://a"])
def test_other_addresses_are_refused(word: str) -> None:
    with pytest.raises(InputError, match="wanted an address that begins with http://, https://, rtsp://"):
        live.is_live(word)


def test_no_password_is_printed() -> None:
    assert live.public("rtsp://user:pass@host:554/a/b?key=secret") == "rtsp://host:554/a/b"
    assert live.public("http://host/a@b.mp4") == "http://host/a@b.mp4"
    assert live.public("http://host:80/a?mail=a@b&key=secret") == "http://host:80/a"
    assert live.public("0") == "camera 0"


@pytest.mark.parametrize("mark", "/?#@")
def test_no_password_is_printed_whatever_it_holds(mark: str) -> None:
    assert live.public(f"rtsp://user:pa{mark}ss@host:554/x?key=secret") == "rtsp://host:554/x"


def test_an_address_gives_its_frames_and_their_seconds(tmp_path: Path) -> None:
    written = write_numbered(tmp_path / "clip.avi", 5)
    with serving(Site((tmp_path / "clip.avi").read_bytes())) as site:
        came = list(live.frames(site.url))
    assert [seconds for seconds, _ in came] == pytest.approx([t / 25 for t in range(5)], abs=1e-3)
    np.testing.assert_allclose(np.stack([frame for _, frame in came]).astype(int), written, atol=6)  # YUV


def test_what_answers_with_no_video_is_one_line() -> None:
    with (
        serving(Site(b"<html>no</html>")) as site,
        pytest.raises(InputError, match="cannot be opened; check"),
    ):
        next(live.frames(site.url.replace("//", "//user:secret@")))
    with serving(Site(b"", status=404)) as site, pytest.raises(InputError) as refused:
        next(live.frames(site.url.replace("//", "//user:secret@")))
    assert "secret" not in str(refused.value)


class Camera:
    """Stands for the device: three frames, blue first."""

    opened: Any = True

    def __init__(self, number: int) -> None:
        self.left, self.number, self.released = 3, number, False

    def isOpened(self) -> bool:
        return bool(self.opened)

    def read(self) -> tuple[bool, Any]:
        self.left -= 1
        return self.left >= 0, np.full((2, 3, 3), (255, 0, 0), np.uint8)

    def release(self) -> None:
        self.released = True


def test_a_camera_is_let_go_whenever_one_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Camera] = []
    monkeypatch.setattr(cv2, "VideoCapture", lambda number: made.append(Camera(number)) or made[-1])
    arriving = live.frames("1")
    seconds, frame = next(arriving)
    assert (seconds, made[0].number, frame[0, 0].tolist()) == (0, 1, [0, 0, 255])  # RGB
    arriving.close()
    assert made[0].released
    assert len(list(live.frames("1"))) == 3
    assert made[1].released
    monkeypatch.setattr(Camera, "opened", False)
    with pytest.raises(InputError, match="camera 1 cannot be opened; check that it is connected"):
        next(live.frames("1"))
