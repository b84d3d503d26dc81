"""The places: painted once per clip on a canvas wider than the frame, which the camera then crops.

All painting happens at `SUPER` times the frame's size. Colours and layout come from the group's draws.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from repro.demo.paint import SUPER, Canvas

SCENES = ("field", "gym", "park", "room", "street", "track")
HEIGHT_PX, WIDTH_PX = 120, 160
MARGIN_PX = 8  # room for shake on every side
HIGHEST_HORIZON_PX, LOWEST_HORIZON_PX = 6, 84  # rows of a picture where the ground may begin, before shake
ABOVE_PX = LOWEST_HORIZON_PX + MARGIN_PX  # of a painted scene: what is above the horizon, and what below
BELOW_PX = HEIGHT_PX - HIGHEST_HORIZON_PX + MARGIN_PX

Rgb = NDArray[np.float64]


def _tint(rng: np.random.Generator, r: float, g: float, b: float, spread: float = 9.0) -> Rgb:
    """A colour near the given one, as this group's scene has it."""
    return (np.array([r, g, b]) * rng.uniform(0.85, 1.12) + rng.normal(0, spread, 3)).clip(8, 247)


def _gradient(canvas: Canvas, top: int, bottom: int, above: Rgb, below: Rgb) -> None:
    """Fill rows [top, bottom) of the canvas from one colour to another."""
    ramp = np.linspace(0, 1, max(bottom - top, 1))[:, None]
    canvas[top:bottom] = (above * (1 - ramp) + below * ramp)[:, None, :].astype(np.uint8)


def _grain(canvas: Canvas, top: int, bottom: int, rng: np.random.Generator, depth: int, wide: int) -> None:
    """Mottle rows [top, bottom) by up to `depth` grey levels, in patches `wide` times wider than high."""
    rows, columns = bottom - top, canvas.shape[1]
    small = rng.integers(0, 2 * depth, (rows // 3 + 1, columns // (3 * wide) + 1), dtype=np.uint8)
    patches = cv2.resize(small, (columns, rows), interpolation=cv2.INTER_LINEAR_EXACT)
    raised = cv2.add(canvas[top:bottom], cv2.merge([patches] * 3))
    canvas[top:bottom] = cv2.subtract(raised, np.full_like(raised, depth))


def _box(canvas: Canvas, x: float, y: float, w: float, h: float, colour: Rgb) -> None:
    cv2.rectangle(canvas, (int(x), int(y)), (int(x + w), int(y + h)), colour.tolist(), -1, cv2.LINE_AA)


def _line(canvas: Canvas, a: tuple[float, float], b: tuple[float, float], colour: Rgb, width: int) -> None:
    cv2.line(canvas, (int(a[0]), int(a[1])), (int(b[0]), int(b[1])), colour.tolist(), width, cv2.LINE_AA)


def _rays(canvas: Canvas, top: int, rng: np.random.Generator, colour: Rgb, gap: float, width: int) -> None:
    """Lines on the ground that run to a far vanishing point."""
    ground = canvas[top:]  # a view, so that the round ends of thick lines stay off the wall
    height, columns = ground.shape[:2]
    middle = columns / 2
    for x in np.arange(-columns * 0.5 + rng.uniform(0, gap), columns * 1.5, gap):
        _line(ground, (middle + (x - middle) * 0.62, 0), (x, height), colour, width)


def _crowns(canvas: Canvas, ground: int, rng: np.random.Generator, colour: Rgb, count: int) -> None:
    """Trees along the horizon: a trunk and overlapping blobs of leaves, lit from the upper left."""
    for x in rng.uniform(0, canvas.shape[1], count):
        size, lift = rng.uniform(18, 40), rng.uniform(35, 60)
        _box(canvas, x - 4, ground - lift, 8, lift + 4, _tint(rng, 96, 70, 48))
        for dx, dy, shade in rng.uniform((-0.8, -0.8, 0.75), (0.8, 0.5, 1.2), (7, 3)):
            centre = int(x + dx * size), int(ground - lift - 12 + dy * size)
            leaf = (colour * shade).clip(0, 255)
            cv2.circle(canvas, centre, int(size * 0.55), leaf.tolist(), -1, cv2.LINE_AA)


def _sky(canvas: Canvas, ground: int, rng: np.random.Generator) -> None:
    _gradient(canvas, 0, ground, _tint(rng, 110, 165, 225), _tint(rng, 205, 222, 238))
    for x, y in rng.uniform((0, 0), (canvas.shape[1], ground * 0.5), (5, 2)):
        size = int(rng.uniform(20, 60)), int(rng.uniform(6, 12))
        cv2.ellipse(canvas, (int(x), int(y)), size, 0, 0, 360, (236, 240, 246), -1, cv2.LINE_AA)


def _track(canvas: Canvas, ground: int, rng: np.random.Generator) -> None:
    height, width = canvas.shape[:2]
    _sky(canvas, ground, rng)
    stand_top = ground - int(rng.uniform(50, 80))
    _gradient(canvas, stand_top, ground - 12, _tint(rng, 120, 120, 130), _tint(rng, 165, 165, 170))
    dots = rng.integers((0, stand_top + 6), (width, ground - 18), (width // 2, 2))
    for (x, y), colour in zip(dots.tolist(), rng.integers(60, 250, (len(dots), 3)).tolist(), strict=True):
        cv2.circle(canvas, (x, y), 3, colour, -1)
    _box(canvas, 0, ground - 14, width, 14, _tint(rng, 60, 110, 170, 30))
    _gradient(canvas, ground, ground + 16, _tint(rng, 80, 140, 70), _tint(rng, 90, 150, 80))
    _gradient(canvas, ground + 16, height, _tint(rng, 170, 80, 58), _tint(rng, 190, 96, 72))
    _grain(canvas, ground, height, rng, 9, 3)
    for y in (float(ground + 16 + row) for row in (2, 18, 42, 78, 130)):
        _line(canvas, (0, y), (width, y), np.array([238.0, 235, 230]), 2)


def _field(canvas: Canvas, ground: int, rng: np.random.Generator) -> None:
    height, width = canvas.shape[:2]
    _sky(canvas, ground, rng)
    _crowns(canvas, ground - 16, rng, _tint(rng, 52, 92, 48), width // 70)
    fence = _tint(rng, 40, 90, 70, 22)
    _box(canvas, 0, ground - 26, width, 26, fence)
    for x in np.arange(rng.uniform(0, 60), width, 64):
        _line(canvas, (x, ground - 26), (x, ground), fence * 0.7, 2)
        if rng.uniform() < 0.4:
            _box(canvas, x + 6, ground - 22, 50, 18, _tint(rng, 190, 150, 90, 50))
    _gradient(canvas, ground, height, _tint(rng, 84, 146, 66), _tint(rng, 98, 164, 74))
    _rays(canvas, ground, rng, _tint(rng, 112, 176, 88, 4), 150.0, 34)
    earth = _tint(rng, 178, 132, 86)
    centre, axes = (width // 2, ground + 88), (int(width * 0.42), 34)
    cv2.ellipse(canvas, centre, axes, 0, 0, 360, earth.tolist(), -1, cv2.LINE_AA)
    _grain(canvas, ground, height, rng, 10, 2)


def _park(canvas: Canvas, ground: int, rng: np.random.Generator) -> None:
    height, width = canvas.shape[:2]
    _sky(canvas, ground, rng)
    hill = _tint(rng, 110, 150, 110)
    for x in np.arange(0, width, 170) + rng.uniform(-60, 60, len(np.arange(0, width, 170))):
        cv2.ellipse(canvas, (int(x), ground), (150, int(rng.uniform(24, 56))), 0, 0, 360, hill.tolist(), -1)
    _gradient(canvas, ground, height, _tint(rng, 108, 158, 74), _tint(rng, 122, 176, 82))
    path = int(ground + rng.uniform(14, 40))
    _gradient(
        canvas, path, path + int(rng.uniform(8, 20)), _tint(rng, 198, 182, 150), _tint(rng, 208, 192, 160)
    )
    _grain(canvas, ground, height, rng, 13, 1)
    _crowns(canvas, ground + 8, rng, _tint(rng, 64, 116, 50), width // 90)


def _gym(canvas: Canvas, ground: int, rng: np.random.Generator) -> None:
    height, width = canvas.shape[:2]
    _gradient(canvas, 0, ground, _tint(rng, 196, 192, 182, 12), _tint(rng, 214, 208, 196, 8))
    _box(canvas, 0, ground - 44, width, 44, _tint(rng, 150, 140, 120, 24))
    pitch, wood = rng.uniform(150, 220), _tint(rng, 176, 128, 76)
    for x in np.arange(rng.uniform(0, 100), width, pitch):
        if rng.uniform() < 0.5:
            _box(canvas, x, ground - 122, 70, 46, _tint(rng, 190, 215, 232, 6))
            _line(canvas, (x + 35, ground - 122), (x + 35, ground - 76), np.array([120.0, 120, 125]), 3)
        else:
            for y in np.arange(ground - 120, ground - 4, 13):
                _line(canvas, (x, float(y)), (x + 66, float(y)), wood, 4)
            _line(canvas, (x, ground - 126), (x, ground), wood * 0.7, 5)
            _line(canvas, (x + 66, ground - 126), (x + 66, ground), wood * 0.7, 5)
    floor = _tint(rng, 196, 150, 98)
    _gradient(canvas, ground, height, floor * 0.88, floor)
    _grain(canvas, ground, height, rng, 7, 6)
    _rays(canvas, ground, rng, floor * 0.8, 46.0, 1)
    _line(canvas, (0, ground + 60), (width, ground + 60), _tint(rng, 60, 90, 180, 60), 5)


def _room(canvas: Canvas, ground: int, rng: np.random.Generator) -> None:
    height, width = canvas.shape[:2]
    wall = _tint(rng, 205, 195, 180, 15)
    _gradient(canvas, 0, ground, wall, (wall * 0.9).clip(0, 255))
    if rng.uniform() < 0.5:
        for x in np.arange(0, width, rng.uniform(14, 30)):
            _line(canvas, (x, 0), (x, ground), (wall * 0.94).clip(0, 255), 4)
    for x in np.arange(rng.uniform(0, 90), width, rng.uniform(130, 190)):
        w, h, y = rng.uniform(36, 76), rng.uniform(30, 62), ground - rng.uniform(100, 126)
        _box(canvas, x - 4, y - 4, w + 8, h + 8, _tint(rng, 110, 80, 56, 30))
        _box(canvas, x, y, w, h, _tint(rng, 150, 170, 190, 32))
        _box(canvas, x + w * 0.1, y + h * 0.55, w * 0.8, h * 0.4, _tint(rng, 110, 150, 110, 32))
    _box(canvas, 0, ground - 9, width, 9, (wall * 1.2).clip(0, 250))
    floor = _tint(rng, 150, 112, 86, 13)
    _gradient(canvas, ground, height, floor * 0.85, floor)
    _grain(canvas, ground, height, rng, 8, 4)
    if rng.uniform() < 0.6:
        _rays(canvas, ground, rng, floor * 0.78, 60.0, 2)
    rug = (int(width * rng.uniform(0.3, 0.7)), ground + 84), (int(rng.uniform(120, 260)), 24)
    cv2.ellipse(canvas, *rug, 0, 0, 360, _tint(rng, 150, 100, 92, 24).tolist(), -1, cv2.LINE_AA)


def _street(canvas: Canvas, ground: int, rng: np.random.Generator) -> None:
    height, width = canvas.shape[:2]
    _sky(canvas, ground, rng)
    x = -20.0
    while x < width:
        w, top = rng.uniform(90, 190), ground - rng.uniform(90, 150)
        front = _tint(rng, 170, 142, 124, 18)
        _box(canvas, x, top, w, ground - top, front)
        glass = _tint(rng, 110, 130, 150, 25)
        for wx in np.arange(x + 10, x + w - 18, 30):
            for wy in np.arange(top + 10, ground - 40, 34):
                _box(canvas, wx, wy, 16, 20, glass)
        _box(canvas, x + w * 0.4, ground - 36, 20, 36, front * 0.5)
        x += w + 2
    pavement = _tint(rng, 168, 166, 162)
    _gradient(canvas, ground, ground + 70, pavement * 0.92, pavement)
    _gradient(canvas, ground + 70, height, _tint(rng, 84, 84, 90), _tint(rng, 100, 100, 104))
    _grain(canvas, ground, height, rng, 8, 2)
    _line(canvas, (0, ground + 70), (width, ground + 70), np.array([212.0, 210, 204]), 4)
    for x in np.arange(rng.uniform(0, 70), width, 90):
        _line(canvas, (x, ground + 102), (x + 46, ground + 102), np.array([230.0, 226, 190]), 5)


_PAINTERS: dict[str, Callable[[Canvas, int, np.random.Generator], None]] = {
    "field": _field,
    "gym": _gym,
    "park": _park,
    "room": _room,
    "street": _street,
    "track": _track,
}


def paint_scene(name: str, width_px: int, rng: np.random.Generator) -> Canvas:
    """The scene `name` on a canvas uint8 [SUPER * (ABOVE_PX + BELOW_PX), SUPER * width_px, 3], RGB.

    The ground begins `ABOVE_PX` below its upper edge.
    """
    canvas = np.zeros((SUPER * (ABOVE_PX + BELOW_PX), SUPER * width_px, 3), np.uint8)
    _PAINTERS[name](canvas, SUPER * ABOVE_PX, rng)
    return cv2.GaussianBlur(canvas, (3, 3), 0)
