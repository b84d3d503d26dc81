"""Videos with the prediction drawn beside every frame: what was known how early."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from repro.report import panel
from repro.report.lettering import Image, write
from repro.report.typeface import say_lost

_SHORT_SIDE_PX, _LONG_SIDE_PX = 480, 1280  # of the enlarged frame
_TIMELINE_PX = 116
_PLOT_TOP_PX, _PLOT_HEIGHT_PX = 18, 66
_SHORT_S = 10  # below it a quarter is not a whole number of tenths: five marks with one decimal would lie
_AXIS_PX = 54  # room for the percentages left of the plot


def display_size(height: int, width: int) -> tuple[int, int]:
    """Height and width at which a frame is drawn: a short side of 480 pixels if the long one fits, even."""
    scale = min(_SHORT_SIDE_PX / min(height, width), _LONG_SIDE_PX / max(height, width))
    return max(2, 2 * round(scale * height / 2)), max(2, 2 * round(scale * width / 2))


def enlarged(image: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    """[H, W] or [H, W, 3], uint8 or float32, at another size and of the same dtype.

    Bicubic where it grows, which may leave the range of floats a little; area means where it shrinks.
    """
    grows = width > image.shape[1]
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC if grows else cv2.INTER_AREA)


def overlay_frames(
    frames: Iterable[NDArray[np.uint8]],
    probabilities: NDArray[np.floating],
    classes: Sequence[str],
    *,
    fps: float,
    true_label: str | None = None,
    headings: Sequence[str] | None = None,
) -> Iterator[Image]:
    """The frames enlarged, with the five most probable classes beside and the winner's course below.

    frames: T of uint8 [H, W, 3], RGB, drawn one by one as they come. probabilities: [T, K], the prediction
    after each frame (the mean of frames 1..t, as a rule). true_label: written out if given, and used for
    nothing else. headings: T words in place of the winner's name. fps: frames per second, for the clock.
    Yields uint8 [H', W', 3] with even sides.
    Nothing of frame t shows what comes after it. Raises ValueError for shapes that do not fit, for numbers
    that are no probabilities, and at the end when there were not T frames.
    """
    if probabilities.ndim != 2 or probabilities.shape[1] != len(classes) or not probabilities.size:
        raise ValueError(
            f"probabilities {probabilities.shape} of {len(classes)} classes; wanted [T, K], T >= 1"
        )
    if not (probabilities.min() >= 0 and probabilities.max() <= 1 + 1e-6):
        raise ValueError("a probability is NaN or outside 0..1")
    if not fps > 0:
        raise ValueError(f"fps is {fps}; wanted more than 0")
    say_lost(classes)
    winners = [classes[label] for label in probabilities.argmax(axis=1)] if headings is None else headings
    if len(winners) != len(probabilities):
        raise ValueError(f"{len(winners)} headings of {len(probabilities)} frames")
    return _rendered(frames, np.asarray(probabilities, np.float64), classes, winners, fps, true_label)


def _rendered(
    frames: Iterable[NDArray[np.uint8]],
    probabilities: NDArray[np.float64],
    classes: Sequence[str],
    headings: Sequence[str],
    fps: float,
    true_label: str | None,
) -> Iterator[Image]:
    steps = len(probabilities)
    winner = probabilities.argmax(axis=1)
    layout, timeline, bars = None, None, panel.Bars(classes)
    for t, (frame, now) in enumerate(zip(frames, probabilities, strict=True)):
        if layout is None or timeline is None:
            layout = _Layout.of(frame)
            timeline = _Timeline(layout.width_px, steps, fps)
        if frame.shape != layout.source or frame.dtype != np.uint8:
            raise ValueError(f"frame {t} is {frame.dtype} {frame.shape}; wanted uint8 {layout.source}")
        image = layout.canvas(frame)
        beside = image[layout.panel_top_px : layout.panel_top_px + panel.HEIGHT_PX, layout.frame_width_px :]
        observed = f"observed {100 * (t + 1) / steps:.0f} %"
        clock = f"frame {t + 1}/{steps}   {(t + 1) / fps:.2f} s"
        panel.heading(beside, headings[t], float(now.max()), observed, true_label, clock)
        bars.render(beside, now, still=t + 1 == steps)
        timeline.advance(t, float(now.max()), changed=t > 0 and winner[t] != winner[t - 1])
        image[layout.body_px :] = timeline.with_cursor(t)
        yield image


@dataclass(frozen=True)
class _Layout:
    """Where things stand, in pixels of the picture that is made."""

    source: tuple[int, ...]
    frame_height_px: int
    frame_width_px: int

    @classmethod
    def of(cls, frame: NDArray[np.uint8]) -> _Layout:
        if frame.ndim != 3 or frame.shape[2] != 3 or not frame.size:
            raise ValueError(f"the first frame has shape {frame.shape}; wanted [H, W, 3]")
        return cls(frame.shape, *display_size(*frame.shape[:2]))

    @property
    def body_px(self) -> int:
        return max(self.frame_height_px, panel.HEIGHT_PX)

    @property
    def panel_top_px(self) -> int:
        return (self.body_px - panel.HEIGHT_PX) // 2

    @property
    def width_px(self) -> int:
        return self.frame_width_px + panel.WIDTH_PX

    def canvas(self, frame: NDArray[np.uint8]) -> Image:
        """The whole picture with nothing but the frame in it."""
        image = np.full((self.body_px + _TIMELINE_PX, self.width_px, 3), panel.BACKGROUND, np.uint8)
        larger = enlarged(frame, self.frame_height_px, self.frame_width_px)
        top = (self.body_px - self.frame_height_px) // 2
        image[top : top + self.frame_height_px, : self.frame_width_px] = larger
        return image


class _Timeline:
    """The winner's probability up to now; a white tick marks where another class took over."""

    def __init__(self, width_px: int, steps: int, fps: float) -> None:
        self.left_px, self.right_px = _AXIS_PX, width_px - panel.MARGIN_PX
        self.steps = steps
        self.last: tuple[float, float] | None = None
        self.image = np.full((_TIMELINE_PX, width_px, 3), panel.BACKGROUND, np.uint8)
        for percent in (0, 50, 100):
            y = round(self._y(percent / 100))
            self.image[y, self.left_px : self.right_px + 1] = panel.TROUGH
            write(self.image, f"{percent} %", (self.left_px - 8, y + 4), 12, panel.DIM, align="right")
        decimals = 2 if steps / fps < _SHORT_S else 1
        for percent in (0, 25, 50, 75, 100):
            x = self.left_px + percent / 100 * (self.right_px - self.left_px)
            seconds = f"{percent / 100 * steps / fps:.{decimals}f} s"
            align = {0: "left", 100: "right"}.get(percent, "middle")
            write(self.image, seconds, (x, _PLOT_TOP_PX + _PLOT_HEIGHT_PX + 20), 12, panel.DIM, align=align)

    def _x(self, t: int) -> float:
        return self.left_px + (t + 1) / self.steps * (self.right_px - self.left_px)

    def _y(self, probability: float) -> float:
        return _PLOT_TOP_PX + (1 - probability) * _PLOT_HEIGHT_PX

    def advance(self, t: int, probability: float, *, changed: bool) -> None:
        """Add frame t; frames come in order."""
        here = (self._x(t), self._y(probability))
        before = self.last or (float(self.left_px), here[1])
        colour = panel.confidence_colour(probability)
        base = self._y(0)
        area = np.array([before, here, (here[0], base), (before[0], base)])
        faint = np.array(panel.BACKGROUND) * 0.65 + np.array(colour) * 0.35
        cv2.fillConvexPoly(self.image, np.round(area).astype(np.int32), tuple(faint.tolist()))
        _line(self.image, before, here, colour, 2)
        if changed:
            _line(self.image, (before[0], base), (before[0], base + 6), panel.BRIGHT, 2)
        self.last = here

    def with_cursor(self, t: int) -> Image:
        """A copy with the cursor at the end of frame t."""
        image = self.image.copy()
        x = self._x(t)
        _line(image, (x, _PLOT_TOP_PX - 6), (x, self._y(0)), panel.BRIGHT, 2)
        return image


def _line(
    image: Image, start: tuple[float, float], end: tuple[float, float], colour: Sequence[float], width: int
) -> None:
    """Smooth, at a sixteenth of a pixel."""
    a, b = ((round(16 * x), round(16 * y)) for x, y in (start, end))
    cv2.line(image, a, b, colour, width, cv2.LINE_AA, shift=4)
