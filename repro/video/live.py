"""Frames that arrive: of a camera by its number, or of an address that OpenCV's FFmpeg can open."""

from __future__ import annotations

import re
import time
from collections.abc import Generator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from repro.types import InputError

SCHEMES = ("http", "https", "rtsp", "rtsps")
WAIT_MS = 10_000  # for an address to answer, and for its next frame
_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*)://(.*)", re.I | re.S)
# User and password, also one with / ? # in it, which no decoder understands but an error would print: what
# ends in the last @ and begins with word:word. Without the colon an @ in a path stays.
_USER = re.compile(r"(?<=//)(?:[^:?]*:[^?]*|[^:/?#]*:(?!\d*[/?#]).*|[^/?#]*)@", re.S)
_QUERY = re.compile(r"[?#].*", re.S)  # may hold a key


def is_live(word: str) -> bool:
    """Whether a word is the number of a camera or an address. InputError for an address of another kind."""
    address = _ADDRESS.match(word)
    if address and (address[1].lower() not in SCHEMES or not address[2]):
        raise InputError(f"{public(word)}: wanted an address that begins with {'://, '.join(SCHEMES)}://")
    return bool(address) or (word.isdecimal() and len(word) <= 2)


def public(source: str) -> str:
    """A source as it may be printed and stored: `camera 0`, or an address without password and query."""
    return f"camera {source}" if source.isdecimal() else _QUERY.sub("", _USER.sub("", source, 1))


def frames(source: str) -> Generator[tuple[float, NDArray[np.uint8]]]:
    """Seconds from the first frame on, and the frame, uint8 [H, W, 3] RGB, as they arrive; none is kept.

    The seconds are those of the stream, of a camera those of the clock. It ends where the stream ends or
    breaks off; close it to stop before. Raises InputError for a source that gives no frame at all.
    """
    camera = source.isdecimal()
    capture = _opened(source)
    try:
        started: float | None = None
        while True:
            there, frame = capture.read()
            if not there:
                break
            now_s = time.monotonic() if camera else capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            started = now_s if started is None else started
            yield now_s - started, cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
        if started is None:
            raise InputError(f"{public(source)}: no frame arrives; {_advice(source)}")
    finally:
        capture.release()


def _opened(source: str) -> Any:
    if source.isdecimal():
        capture = cv2.VideoCapture(int(source))
    else:
        waits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, WAIT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, WAIT_MS]
        capture = cv2.VideoCapture(source, cv2.CAP_FFMPEG, waits)
    if not capture.isOpened():
        capture.release()
        raise InputError(f"{public(source)} cannot be opened; {_advice(source)}")
    return capture


def _advice(source: str) -> str:
    if source.isdecimal():
        return "check that it is connected, that no other program has it, and that you may read it"
    return "check the address in a player, and that it is of a video"
