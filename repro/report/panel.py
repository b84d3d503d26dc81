"""The panel beside the frame: what is predicted now, and bars of the most probable classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from repro.report.lettering import Colour, Image, fitted, write

BACKGROUND: Colour = (22, 24, 29)
TROUGH: Colour = (44, 48, 57)
DIM: Colour = (150, 156, 168)
BRIGHT: Colour = (240, 242, 246)
# Unsure to sure: grey, amber, green of a palette that colour-blind eyes tell apart.
_RAMP = np.array([[128, 134, 146], [230, 159, 0], [0, 178, 130]], np.float64)
_RAMP_AT = (0.0, 0.5, 0.9)

WIDTH_PX, HEIGHT_PX = 360, 480
MARGIN_PX = 20
_BARS_TOP_PX, _ROW_PX, _BAR_PX = 214, 51, 16
BARS = 5
_EASE = 0.5  # of the way to its new place a bar moves per frame


def confidence_colour(probability: float) -> Colour:
    """Grey at 0, amber at 0.5, green from 0.9."""
    red, green, blue = (round(float(np.interp(probability, _RAMP_AT, channel))) for channel in _RAMP.T)
    return red, green, blue


class Bars:
    """The top five classes as bars; a class that overtakes another slides past it instead of jumping.

    The lengths are the probabilities of this very frame; only the places are eased.
    """

    def __init__(self, classes: Sequence[str]) -> None:
        self.classes = classes
        self.places: NDArray[np.float64] | None = None  # row of every class, 0 on top

    def render(self, image: Image, probabilities: NDArray[np.floating], *, still: bool = False) -> None:
        """Draw into a panel uint8 [HEIGHT_PX, WIDTH_PX, 3]. probabilities: [K]; of equals the lower first.

        still: at their places at once, as on the last frame, which stays on the screen.
        """
        order = np.argsort(-probabilities, kind="stable")
        wanted = np.empty(len(order))
        wanted[order] = np.arange(len(order))
        # Classes far down wait just below the last row, so that they come in without a long way.
        wanted = np.minimum(wanted, BARS)
        before = wanted if self.places is None or still else self.places
        self.places = before + _EASE * (wanted - before)
        for k in order[::-1]:  # the winner last, on top of those it passes
            opacity = float(np.clip(BARS - self.places[k], 0, 1))
            if opacity > 0:
                self._bar(
                    image, int(k), float(probabilities[k]), _BARS_TOP_PX + _ROW_PX * self.places[k], opacity
                )

    def _bar(self, image: Image, k: int, probability: float, top_px: float, opacity: float) -> None:
        left, right, top = MARGIN_PX, WIDTH_PX - MARGIN_PX, round(top_px)
        # The row covers those it passes: two texts on each other cannot be read.
        fill(image, (top, top + _ROW_PX), left - 2, right + 2, BACKGROUND, opacity)
        text = fitted(self.classes[k], 17, right - left - 70)
        write(image, text, (left, top + 17), 17, BRIGHT, opacity=opacity)
        percent = f"{100 * probability:.0f} %"
        write(image, percent, (right, top + 17), 17, BRIGHT, align="right", opacity=opacity)
        bar = (top + 25, top + 25 + _BAR_PX)
        fill(image, bar, left, right, TROUGH, opacity)
        fill(image, bar, left, left + (right - left) * probability, confidence_colour(probability), opacity)


def fill(
    image: Image, rows: tuple[int, int], left: int, right: float, colour: Colour, opacity: float
) -> None:
    """A rectangle whose right edge may lie inside a pixel, so that a bar grows evenly."""
    cover = opacity * np.clip(right - np.arange(left, int(np.ceil(right))), 0, 1)[None, :, None]
    region = image[slice(*rows), left : left + cover.shape[1]]
    region[...] = np.round(region * (1 - cover) + cover * np.array(colour, np.float64))


def heading(
    image: Image, label: str, probability: float, observed: str, true_label: str | None, time: str
) -> None:
    """The upper part of the panel: how much was observed, the predicted class, the true one if given."""
    left, right = MARGIN_PX, WIDTH_PX - MARGIN_PX
    write(image, observed, (left, 38), 14, BRIGHT)
    write(image, time, (right, 38), 14, DIM, align="right")
    write(image, "prediction", (left, 82), 14, DIM)
    colour = confidence_colour(probability)
    write(image, f"{100 * probability:.0f} %", (right, 118), 28, colour, bold=True, align="right")
    write(image, fitted(label, 28, right - left - 88, bold=True), (left, 118), 28, colour, bold=True)
    if true_label is not None:
        write(image, fitted(f"true class: {true_label}", 14, right - left), (left, 146), 14, DIM)
    write(image, "most probable classes", (left, 196), 14, DIM)
