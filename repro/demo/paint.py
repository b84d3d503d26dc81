"""Brushes: anti-aliased shapes with a dark rim, drawn at twice the frame's size and halved at the end.

Coordinates are screen pixels of the finished frame, x right, y down; `fixed` scales them for OpenCV.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from repro.demo.figure import Array

SUPER = 2
SHIFT = 4  # OpenCV draws with this many fractional bits
Colour = tuple[float, float, float]
Canvas = NDArray[np.uint8]


def rgb(hue: float, saturation: float, value: float) -> Colour:
    """RGB 0..255 of a hue in degrees with saturation and value in 0..1."""
    sector = (np.array([5.0, 3.0, 1.0]) + hue / 60.0) % 6.0
    r, g, b = 255 * (value - value * saturation * np.clip(np.minimum(sector, 4 - sector), 0, 1))
    return float(r), float(g), float(b)


def bright(rng: np.random.Generator) -> Colour:
    """A random lively colour, as shirts, balls and chairs have."""
    return rgb(rng.uniform(0, 360), rng.uniform(0.35, 0.9), rng.uniform(0.6, 1.0))


_HALF = np.linspace(-np.pi / 2, np.pi / 2, 7)


def capsules(p: Array, q: Array, radius_p: Array, radius_q: Array) -> Array:
    """Outlines [..., 14, 2] of tapered limbs from `p` to `q` [..., 2] with round ends of the given radii."""
    along = np.arctan2(q[..., 1] - p[..., 1], q[..., 0] - p[..., 0])[..., None]
    end = np.stack([np.cos(along + _HALF), np.sin(along + _HALF)], axis=-1) * radius_q[..., None, None]
    start = np.stack([np.cos(along + np.pi + _HALF), np.sin(along + np.pi + _HALF)], axis=-1)
    return np.concatenate(
        [q[..., None, :] + end, p[..., None, :] + start * radius_p[..., None, None]], axis=-2
    )


def fixed(points_px: Array) -> NDArray[np.int32]:
    """Screen pixels -> OpenCV's fixed-point coordinates on the enlarged canvas."""
    return np.round((points_px * SUPER + (SUPER - 1) / 2) * (1 << SHIFT)).astype(np.int32)


def shade(colour: Colour, factor: float) -> Colour:
    """`colour` made darker (factor < 1) or lighter (factor > 1)."""
    if factor <= 1.0:
        return colour[0] * factor, colour[1] * factor, colour[2] * factor
    mix = factor - 1.0
    return tuple(c + (255 - c) * mix for c in colour)  # type: ignore[return-value]


def fill(canvas: Canvas, polygon: NDArray[np.int32], colour: Colour) -> None:
    cv2.fillConvexPoly(canvas, polygon, colour, cv2.LINE_AA, SHIFT)


def disc(canvas: Canvas, x_px: float, y_px: float, radius_px: float, colour: Colour) -> None:
    """A filled circle at screen pixels."""
    x, y = fixed(np.array([x_px, y_px]))
    cv2.circle(
        canvas, (int(x), int(y)), round(radius_px * SUPER * (1 << SHIFT)), colour, -1, cv2.LINE_AA, SHIFT
    )


def slab(canvas: Canvas, x: float, y: float, w: float, h: float, colour: Colour) -> None:
    """A shaded upright rectangle with its left upper corner at (x, y)."""
    corners = np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]])
    fill(canvas, fixed(corners), shade(colour, 0.5))
    inner = corners + np.array([[0.5, 0.5], [-0.5, 0.5], [-0.5, -0.5], [0.5, -0.5]])
    fill(canvas, fixed(inner), colour)
    inner[2:, 1] = y + 0.35 * h
    fill(canvas, fixed(inner), shade(colour, 1.2))


def rod(
    canvas: Canvas, a: tuple[float, float], b: tuple[float, float], ra: float, rb: float, colour: Colour
) -> None:
    p, q = np.array(a), np.array(b)
    fill(canvas, fixed(capsules(p, q, np.array(ra + 0.6), np.array(rb + 0.6))), shade(colour, 0.45))
    fill(canvas, fixed(capsules(p, q, np.array(ra), np.array(rb))), colour)


def shadow(canvas: Canvas, x: float, ground_px: float, width_px: float) -> None:
    """Darken an ellipse on the ground below a figure."""
    height, width = canvas.shape[:2]
    left, right = int((x - width_px) * SUPER), int((x + width_px) * SUPER)
    top, bottom = int((ground_px - 0.16 * width_px) * SUPER), int((ground_px + 0.16 * width_px) * SUPER)
    left, right, top, bottom = max(left, 0), min(right, width), max(top, 0), min(bottom, height)
    if left >= right or top >= bottom:
        return
    patch = canvas[top:bottom, left:right]
    dark = patch.copy()
    centre = int(x * SUPER) - left, int(ground_px * SUPER) - top
    cv2.ellipse(
        dark, centre, (int(width_px * SUPER), int(0.16 * width_px * SUPER)), 0, 0, 360, (20, 20, 26), -1
    )
    patch[:] = cv2.addWeighted(dark, 0.4, patch, 0.6, 0)
