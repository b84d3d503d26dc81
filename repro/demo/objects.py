"""Things: furniture of an action, clutter, held sticks and balls.

Positions are screen pixels of the finished frame; `ground_px` is the row the thing stands on. Clutter is
drawn from the same furniture as the actions use, so that a chair or a bar alone names no class.
"""

from __future__ import annotations

import numpy as np

from repro.demo.paint import Canvas, Colour, disc, fill, fixed, rod, shade, slab

CLUTTER = {
    "field": ("bag", "cone", "ball", "chair", "bar", "sand"),
    "gym": ("bag", "chair", "ball", "box", "bar", "sand"),
    "park": ("bag", "bench", "ball", "chair", "bar", "sand"),
    "room": ("chair", "box", "bag", "lamp", "ball", "bar"),
    "street": ("bench", "box", "cone", "lamp", "chair", "bar"),
    "track": ("bar", "cone", "bag", "sand", "bench", "chair"),
}
STICKS = {"bat": (0.018, 0.036, 0.40), "club": (0.009, 0.011, 0.50)}  # radii at both ends, length


def ball(canvas: Canvas, x: float, y: float, radius_px: float, colour: Colour) -> None:
    """A shaded ball with its centre at (x, y)."""
    disc(canvas, x, y, radius_px + 0.6, shade(colour, 0.45))
    disc(canvas, x, y, radius_px, colour)
    disc(canvas, x - 0.3 * radius_px, y - 0.35 * radius_px, 0.4 * radius_px, shade(colour, 1.6))


def stick(
    canvas: Canvas,
    kind: str,
    hand: tuple[float, float],
    tip: tuple[float, float],
    height_px: float,
    colour: Colour,
) -> None:
    """A bat or club from the hand towards `tip`, which lies 0.42 body heights away before foreshortening."""
    thin, thick, length = STICKS[kind]
    far = (hand[0] + (tip[0] - hand[0]) * length / 0.42, hand[1] + (tip[1] - hand[1]) * length / 0.42)
    rod(canvas, hand, far, thin * height_px, thick * height_px, colour)
    if kind == "club":
        head = far[0] + 0.05 * height_px, far[1] + 0.01 * height_px
        rod(canvas, far, head, 0.018 * height_px, 0.022 * height_px, (70.0, 70.0, 78.0))


def furniture(
    canvas: Canvas, kind: str, x: float, ground_px: float, size_px: float, way: float, colour: Colour
) -> None:
    """Draw a standing thing at `x`; size_px: the height of a person; way: +1 or -1, where its front faces."""
    if kind not in _FURNITURE:
        raise ValueError(f"no furniture called {kind!r}")
    _FURNITURE[kind](canvas, x, ground_px, size_px, way, colour)


def _chair(canvas: Canvas, x: float, ground_px: float, s: float, way: float, colour: Colour) -> None:
    seat = ground_px - 0.25 * s
    for dx in (-0.10, 0.10):
        rod(canvas, (x + dx * s, seat), (x + dx * s, ground_px), 0.012 * s, 0.012 * s, shade(colour, 0.7))
    slab(canvas, x - 0.13 * s, seat, 0.26 * s, 0.045 * s, colour)
    foot, top = (x - way * 0.12 * s, seat), (x - way * 0.16 * s, seat - 0.32 * s)
    rod(canvas, foot, top, 0.024 * s, 0.024 * s, colour)


def _bar(canvas: Canvas, x: float, ground_px: float, s: float, way: float, colour: Colour) -> None:
    near, far, top = (x - 0.07 * s, ground_px + 0.07 * s), (x + 0.07 * s, ground_px - 0.13 * s), 0.55 * s
    mat = min(x + way * 0.12 * s, x + way * 1.25 * s)
    slab(canvas, mat, ground_px - 0.17 * s, 1.13 * s, 0.22 * s, colour)
    for px, py in (far, near):
        rod(canvas, (px, py), (px, py - 1.12 * top), 0.013 * s, 0.013 * s, (225.0, 225.0, 230.0))
    ends = (far[0], far[1] - top), (near[0], near[1] - top)
    rod(canvas, *ends, 0.012 * s, 0.012 * s, (240.0, 196.0, 40.0))


def _sand(canvas: Canvas, x: float, ground_px: float, s: float, way: float, _: Colour) -> None:
    start = x if way > 0 else x - 3.6 * s
    corners = np.array([[0.1, -0.09], [3.7, -0.09], [3.6, 0.12], [0.0, 0.12]]) * s + [start, ground_px]
    fill(canvas, fixed(corners), (232.0, 208.0, 158.0))


def _bench(canvas: Canvas, x: float, ground_px: float, s: float, _: float, colour: Colour) -> None:
    for dx in (-0.35, 0.35):
        slab(canvas, x + dx * s - 1, ground_px - 0.22 * s, 2.5, 0.22 * s, shade(colour, 0.6))
    slab(canvas, x - 0.45 * s, ground_px - 0.25 * s, 0.9 * s, 0.05 * s, colour)
    slab(canvas, x - 0.45 * s, ground_px - 0.47 * s, 0.9 * s, 0.10 * s, colour)


def _box(canvas: Canvas, x: float, ground_px: float, s: float, _: float, colour: Colour) -> None:
    slab(canvas, x - 0.15 * s, ground_px - 0.3 * s, 0.3 * s, 0.3 * s, colour)


def _bag(canvas: Canvas, x: float, ground_px: float, s: float, _: float, colour: Colour) -> None:
    slab(canvas, x - 0.16 * s, ground_px - 0.16 * s, 0.32 * s, 0.16 * s, colour)
    handle = (x - 0.08 * s, ground_px - 0.2 * s), (x + 0.08 * s, ground_px - 0.2 * s)
    rod(canvas, *handle, 0.01 * s, 0.01 * s, colour)


def _cone(canvas: Canvas, x: float, ground_px: float, s: float, _: float, __: Colour) -> None:
    top, foot = (x, ground_px - 0.24 * s), (x, ground_px - 0.05 * s)
    rod(canvas, top, foot, 0.015 * s, 0.06 * s, (240.0, 120.0, 40.0))


def _lamp(canvas: Canvas, x: float, ground_px: float, s: float, _: float, __: Colour) -> None:
    rod(canvas, (x, ground_px), (x, ground_px - 0.95 * s), 0.014 * s, 0.012 * s, (90.0, 90.0, 96.0))
    disc(canvas, x, ground_px - 0.98 * s, 0.075 * s, (250.0, 240.0, 190.0))


def _ball(canvas: Canvas, x: float, ground_px: float, s: float, _: float, colour: Colour) -> None:
    ball(canvas, x, ground_px - 0.06 * s, 0.06 * s, colour)


_FURNITURE = {
    "chair": _chair,
    "bar": _bar,
    "sand": _sand,
    "bench": _bench,
    "box": _box,
    "bag": _bag,
    "cone": _cone,
    "lamp": _lamp,
    "ball": _ball,
}
