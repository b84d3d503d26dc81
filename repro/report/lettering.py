"""Text as coverage masks, in a real typeface: OpenCV's own strokes are hard to read in a small video."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from repro.report.typeface import font_of

Image = NDArray[np.uint8]  # [H, W, 3]
Colour = tuple[int, int, int]


@lru_cache(maxsize=1024)
def mask(text: str, size_px: int, bold: bool = False) -> tuple[NDArray[np.float32], int]:
    """Coverage of each pixel, float32 [h, w] in 0..1, and how many of its rows lie below the base line.

    size_px: the font's em. The typeface: see `typeface`.
    """
    font, drawn = font_of(text, bold)
    font.set_size(size_px, 72)  # at 72 dpi a point is a pixel
    font.set_text(drawn)
    font.draw_glyphs_to_bitmap(antialiased=True)
    coverage = np.asarray(font.get_image(), dtype=np.float32) / np.float32(255)
    return coverage, round(font.get_descent() / 64) + 1  # FreeType pads the bitmap by a row


def width_px(text: str, size_px: int, bold: bool = False) -> int:
    """How wide the text is drawn."""
    return mask(text, size_px, bold)[0].shape[1]


def fitted(text: str, size_px: int, limit_px: int, bold: bool = False) -> str:
    """The text, shortened with an ellipsis until it fits into the width."""
    short = text
    while width_px(short, size_px, bold) > limit_px and len(short) > 2:
        short = short.rstrip("…")[:-1] + "…"
    return short


def write(
    image: Image,
    text: str,
    at_px: tuple[float, float],
    size_px: int,
    colour: Colour,
    *,
    bold: bool = False,
    align: str = "left",
    opacity: float = 1.0,
) -> None:
    """Draw text into uint8 [H, W, 3]; `at_px` is (x, y) of its left, middle or right end on the base line.

    What falls outside the image is cut off.
    """
    if not text:
        return
    coverage, below = mask(text, size_px, bold)
    height, width = coverage.shape
    left = round(at_px[0] - {"left": 0.0, "middle": width / 2, "right": width}[align])
    top = round(at_px[1]) - height + below
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + width, image.shape[1]), min(top + height, image.shape[0])
    if x0 < x1 and y0 < y1:
        part = opacity * coverage[y0 - top : y1 - top, x0 - left : x1 - left, None]
        region = image[y0:y1, x0:x1]
        region[...] = np.round(region * (1 - part) + part * np.array(colour, np.float32))
