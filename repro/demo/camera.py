"""Where the actor stands in the picture and what the camera does: mostly nothing.

The picture is placed around the whole performance, so that the actor may be anywhere in it, stays inside it
and moves through it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from repro.demo.actor import HEAD_RADIUS, Projected
from repro.demo.figure import POINT, Array
from repro.demo.scenes import HEIGHT_PX, HIGHEST_HORIZON_PX, LOWEST_HORIZON_PX, WIDTH_PX

FOLLOWS, DRIFTS = 0.12, 0.3  # chances that a camera goes with the actor, and that it pans by itself
SHAKE_PX, EDGE_PX = 2, 2  # how far it shakes at most; what stays free at the border of the picture
OUTWARD = 0.5  # how much oftener near the border than in the middle: a constant box then reaches few


@dataclass(frozen=True)
class Shot:
    """corner: the frame's left upper corner int64 [T, 2] in px of the world, whose row 0 is the row of an
    unshaken picture. ground_px: the row that the actor stands on. horizon_px: where the ground begins.
    """

    corner: NDArray[np.int64]
    ground_px: float
    horizon_px: float


def shoot(view: Projected, rng: np.random.Generator) -> Shot:
    """Place the performance `view` (ground origin at 0, 0) in the picture, anywhere that it fits whole.

    A camera that does not follow still goes with a run that is wider than the picture, as little as it must.
    """
    frames, size = len(view.x), view.height_px
    low, high = _extent(view.x, 0.05 * size), _extent(-view.x, 0.05 * size)
    middle = np.convolve(np.pad(view.x[:, POINT["pelvis"]], 3, mode="edge"), np.ones(7) / 7, "valid")
    follows, share = rng.uniform() < FOLLOWS, rng.uniform(0.8, 1.0)
    drift = rng.uniform(-14, 14) * (rng.uniform() < DRIFTS) * (np.arange(frames) / frames - 0.5)
    room = (WIDTH_PX - 2 * EDGE_PX) * rng.uniform(0.9, 1.0)
    path = _path(middle, low, -high, share if follows else 0.0, room) + drift
    left = _within(low - path, -high - path, WIDTH_PX, rng)
    above, below = _extent(view.y, HEAD_RADIUS * size), -_extent(-view.y, 0.03 * size)
    ground = _within(above, below, HEIGHT_PX, rng)
    shake = rng.uniform(0.0, 1.4) * rng.normal(0, 1, (frames, 2))
    shake = (0.5 * (shake + np.roll(shake, 1, axis=0))).clip(-SHAKE_PX, SHAKE_PX)
    corner = np.round(np.stack([path - left, 0 * path], axis=1) + shake).astype(np.int64)
    return Shot(corner, ground, horizon_of(ground, size, rng))


def horizon_of(ground_px: float, height_px: float, rng: np.random.Generator) -> float:
    """The row where the ground begins behind a figure of this height that stands on row `ground_px`: as high
    as its belt to well over its head, as the camera hangs."""
    eye = rng.uniform(0.75, 1.25)
    return float(np.clip(ground_px - eye * height_px, HIGHEST_HORIZON_PX, LOWEST_HORIZON_PX))


def _extent(places: Array, girth_px: float) -> Array:
    """The smallest of `places` [T, P] of the body's points, less what flesh there is around them: [T]."""
    body = places[:, : POINT["stick_tip"]]
    return np.asarray(body.min(axis=1) - girth_px)


def _path(middle: Array, low: Array, high: Array, share: float, room_px: float) -> Array:
    """How the camera moves [T]: by `share` of the actor's way or more, until low to high [T] fit the room."""
    way = middle - middle.mean()
    for more in np.arange(share, 1.0, 0.05):
        if np.ptp(np.concatenate([low - more * way, high - more * way])) <= room_px:
            return np.asarray(more * way)
    return np.asarray(way)


def _within(low: Array, high: Array, side_px: int, rng: np.random.Generator) -> float:
    """A shift by which low to high [T] lie inside the side, drawn more often near both ends (`OUTWARD`: at 1
    the arcsine law, less is farther out); of what is too long the middle."""
    least, most = EDGE_PX - float(low.min()), side_px - EDGE_PX - float(high.max())
    turn = np.cos(np.pi * rng.uniform())
    share = 0.5 - 0.5 * np.sign(turn) * np.abs(turn) ** OUTWARD
    return float(least + share * (most - least)) if least < most else (least + most) / 2
