"""The best moments of a long video cut into a short one, each frame saying where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from repro.evaluation.highlighting import Moment
from repro.report import panel
from repro.report.lettering import Image, fitted, width_px, write
from repro.report.overlays import display_size, enlarged

_CAPTION_PX = 64
_BAR_ROWS = (50, 58)  # of the caption: the whole video, the chosen parts in it, the place of the frame
_CURSOR_PX = 4
CHOSEN = (230, 159, 0)  # the amber of the timeline figure


def reel_frames(
    frames: Iterable[NDArray[np.uint8]],
    moments: Sequence[Moment],
    label: str,
    *,
    length: int,
    fps: float,
) -> Iterator[Image]:
    """The frames of the moments in order of time, enlarged, above a caption and a bar of the whole video.

    frames: of the whole video, uint8 [H, W, 3] RGB, from the first on, drawn one by one and no further than
    the last moment. moments: in any order, the best first as a rule. label: what is written beside each.
    length: frames of the video. fps: its frames per second, for the clock. Yields
    uint8 [H', W', 3] with even sides. Raises ValueError for no moments, moments that overlap or lie outside
    the video, and, at the end, for a video that is shorter than `length` says.
    """
    if not moments:
        raise ValueError("no moments; wanted one at least")
    if not fps > 0:
        raise ValueError(f"fps is {fps}; wanted more than 0")
    in_time = sorted(moments, key=lambda moment: moment.start)
    edges = [edge for moment in in_time for edge in (moment.start, moment.stop)]
    empty = any(moment.start >= moment.stop for moment in moments)
    if empty or edges != sorted(edges) or edges[0] < 0 or edges[-1] > length:
        raise ValueError(f"moments {edges} in {length} frames; wanted parts inside, none overlapping")
    return _cut(frames, in_time, label, length, fps)


def _cut(
    frames: Iterable[NDArray[np.uint8]], in_time: list[Moment], label: str, length: int, fps: float
) -> Iterator[Image]:
    source = iter(enumerate(frames))
    for number, moment in enumerate(in_time, start=1):
        wanted = moment.stop - moment.start
        for t, frame in source:
            if t < moment.start:
                continue
            picture = enlarged(frame, *display_size(*frame.shape[:2]))
            caption = np.full((_CAPTION_PX, picture.shape[1], 3), panel.BACKGROUND, np.uint8)
            _words(caption, label, f"{number} of {len(in_time)}", clock(t / fps))
            _bar(caption, in_time, t, length)
            yield np.concatenate([picture, caption], axis=0)
            wanted -= 1
            if not wanted:
                break
        if wanted:
            raise ValueError(f"the video ends before frame {moment.stop}, but {length} frames were counted")


def clock(seconds: float) -> str:
    """Minutes, seconds and tenths, `1:07.3`, never rounded up into the next minute as `0:60.0`."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"


def _words(caption: Image, label: str, which: str, time: str) -> None:
    left, right = panel.MARGIN_PX, caption.shape[1] - panel.MARGIN_PX
    at_right = f"moment {which}   {time}"
    write(caption, at_right, (right, 32), 16, panel.DIM, align="right")
    room = right - left - width_px(at_right, 16) - 24
    write(caption, fitted(label, 20, room, bold=True), (left, 32), 20, panel.BRIGHT, bold=True)


def _bar(caption: Image, moments: Sequence[Moment], t: int, length: int) -> None:
    left, width = panel.MARGIN_PX, caption.shape[1] - 2 * panel.MARGIN_PX
    panel.fill(caption, _BAR_ROWS, left, left + width, panel.TROUGH, 1.0)
    for moment in moments:
        start = left + round(width * moment.start / length)
        # A moment of a very long video would be too thin to see.
        stop = max(left + round(width * moment.stop / length), start + 2)
        caption[slice(*_BAR_ROWS), start:stop] = CHOSEN
    x = left + round((width - _CURSOR_PX) * t / max(length - 1, 1))
    caption[_BAR_ROWS[0] - 4 : _BAR_ROWS[1] + 4, x : x + _CURSOR_PX] = panel.BRIGHT
