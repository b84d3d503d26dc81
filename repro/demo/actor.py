"""Draws the figure: its view on the screen, clothes, shaded limbs from far to near, and the parts mask."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from repro.demo.figure import JOINTS, POINT, Array, Body
from repro.demo.paint import SHIFT, SUPER, Canvas, Colour, bright, capsules, disc, fill, fixed, rgb, shade

# name, from, to, radii at both ends in body heights, colour; the number in the mask is the position + 1.
LIMBS = (
    ("r_thigh", "r_hip", "r_knee", 0.056, 0.040, "trousers"),
    ("l_thigh", "l_hip", "l_knee", 0.056, 0.040, "trousers"),
    ("r_shin", "r_knee", "r_ankle", 0.040, 0.026, "shins"),
    ("l_shin", "l_knee", "l_ankle", 0.040, 0.026, "shins"),
    ("r_foot", "r_ankle", "r_toe", 0.027, 0.022, "shoes"),
    ("l_foot", "l_ankle", "l_toe", 0.027, 0.022, "shoes"),
    ("r_upper_arm", "r_shoulder", "r_elbow", 0.037, 0.029, "shirt"),
    ("l_upper_arm", "l_shoulder", "l_elbow", 0.037, 0.029, "shirt"),
    ("r_forearm", "r_elbow", "r_wrist", 0.029, 0.021, "forearms"),
    ("l_forearm", "l_elbow", "l_wrist", 0.029, 0.021, "forearms"),
    ("r_palm", "r_wrist", "r_hand", 0.024, 0.024, "hands"),
    ("l_palm", "l_wrist", "l_hand", 0.024, 0.024, "hands"),
)
PARTS = (*(limb[0] for limb in LIMBS), "trunk", "head")
HEAD_RADIUS = 0.072
NEAR, FAR = 0, 1


@dataclass(frozen=True)
class Clothes:
    """RGB colours 0..255 of one person."""

    skin: Colour
    hair: Colour
    shirt: Colour
    trousers: Colour
    shins: Colour
    shoes: Colour
    forearms: Colour
    hands: Colour


def sample_clothes(rng: np.random.Generator) -> Clothes:
    """One person's colours: any shirt, darker or lighter trousers or shorts, sleeves long or short."""
    tone = rng.uniform(0, 1)
    skin = (242 - 130 * tone, 200 - 122 * tone, 172 - 120 * tone)
    shirt = bright(rng)
    trousers = rgb(rng.uniform(0, 360), rng.uniform(0.1, 0.7), rng.uniform(0.2, 0.75))
    gloves = rgb(rng.uniform(0, 360), 0.8, 0.8) if rng.uniform() < 0.15 else skin
    return Clothes(
        skin=skin,
        hair=rgb(rng.uniform(15, 45), rng.uniform(0.2, 0.8), rng.uniform(0.1, 0.6)),
        shirt=shirt,
        trousers=trousers,
        shins=skin if rng.uniform() < 0.4 else trousers,
        shoes=rgb(rng.uniform(0, 360), rng.uniform(0, 0.7), rng.choice([0.25, 0.95])),
        forearms=skin if rng.uniform() < 0.6 else shirt,
        hands=gloves,
    )


@dataclass(frozen=True)
class Projected:
    """Points of a figure on the screen: x, y float64 [T, P] in px, depth [T, P] (larger is farther)."""

    x: Array
    y: Array
    depth: Array
    height_px: float
    facing: float  # screen x that "forward" points to, -1..1
    toward: float  # 1 when the figure faces the camera, 0 in profile


def project(points: Array, yaw: float, mirror: bool, height_px: float) -> Projected:
    """Orthographic view of `points` [T, P, 3] with the ground origin at (0, 0).

    yaw: degrees, 0 heads to the right, 90 faces the camera. mirror: heads to the left instead, which
    also swaps the hands, so right-handed becomes left-handed.
    """
    c, s = np.cos(np.deg2rad(yaw)), np.sin(np.deg2rad(yaw))
    x = points[..., 0] * c + points[..., 1] * s
    depth = points[..., 1] * c - points[..., 0] * s
    y = -points[..., 2] - 0.12 * depth  # the camera looks down a little
    sign = -1.0 if mirror else 1.0
    return Projected(sign * height_px * x, height_px * y, depth, height_px, sign * c, float(s))


def joints_of(view: Projected, mirror: bool) -> NDArray[np.float32]:
    """JHMDB's pos_img, float32 [2, 15, T] in px; right and left are the person's own, also if mirrored."""
    order = list(JOINTS)
    if mirror:
        swap = {"r_": "l_", "l_": "r_"}
        order = [swap[n[:2]] + n[2:] if n[:2] in swap else n for n in JOINTS]
    index = [POINT[name] for name in order]
    return np.stack([view.x[:, index].T, view.y[:, index].T]).astype(np.float32)


class Painter:
    """Draws one figure frame by frame; outlines of all limbs of all frames are worked out at once."""

    def __init__(self, view: Projected, body: Body, clothes: Clothes) -> None:
        self.view, self.clothes = view, clothes
        h = view.height_px
        start = [POINT[limb[1]] for limb in LIMBS]
        stop = [POINT[limb[2]] for limb in LIMBS]
        xy = np.stack([view.x, view.y], axis=-1)
        p, q = xy[:, start], xy[:, stop]
        girth = body.girth * h
        rp = np.broadcast_to(np.array([limb[3] for limb in LIMBS]) * girth, p.shape[:2])
        rq = np.broadcast_to(np.array([limb[4] for limb in LIMBS]) * girth, p.shape[:2])
        light = np.array([-0.30, -0.34])  # from the upper left
        self._rim = fixed(capsules(p, q, rp + 0.7, rq + 0.7))
        self._fill = fixed(capsules(p, q, rp, rq))
        self._glow = fixed(
            capsules(p + light * rp[..., None], q + light * rq[..., None], 0.45 * rp, 0.45 * rq)
        )
        self._mask = np.round(capsules(p, q, rp, rq)).astype(np.int32)
        # Limbs behind the trunk are dimmer, which tells far from near where both have one colour.
        self._colours = [
            [
                tuple(shade(shade(getattr(clothes, limb[5]), dim), factor) for factor in (0.45, 1.0, 1.22))
                for limb in LIMBS
            ]
            for dim in (1.0, 0.82)
        ]
        self._depth = (view.depth[:, start] + view.depth[:, stop]) / 2
        corners = [POINT[n] for n in ("r_shoulder", "l_shoulder", "l_hip", "r_hip")]
        radii = np.array([0.05, 0.05, 0.058, 0.058]) * girth
        ring = np.linspace(0, 2 * np.pi, 10, endpoint=False)
        circle = np.stack([np.cos(ring), np.sin(ring)], axis=-1)
        self._trunk = xy[:, corners, None, :] + circle * radii[:, None, None]  # [T, 4, 10, 2]

    def paint(self, canvas: Canvas, mask: Canvas | None, t: int, offset: tuple[float, float]) -> None:
        """Draw frame `t` into the enlarged `canvas`, and part numbers into `mask` [H, W] if given.

        offset: screen px at which the ground origin lies.
        """
        shift = np.array(offset)
        enlarged = np.round(shift * SUPER * (1 << SHIFT)).astype(np.int32)
        rims, fills, glows = (layer[t] + enlarged for layer in (self._rim, self._fill, self._glow))
        shapes = self._mask[t] + np.round(shift).astype(np.int32)

        def limbs(which: NDArray[np.int64], distance: int) -> None:
            for i in which:
                rim, flesh, glow = self._colours[distance][i]
                fill(canvas, rims[i], rim)
                fill(canvas, fills[i], flesh)
                fill(canvas, glows[i], glow)
                if mask is not None:
                    cv2.fillConvexPoly(mask, shapes[i], int(i) + 1)

        trunk_depth = self.view.depth[t, POINT["belly"]]
        order = np.argsort(-self._depth[t])
        is_far = self._depth[t, order] > trunk_depth
        head_last = self.view.depth[t, POINT["face"]] <= trunk_depth + 0.02
        limbs(order[is_far], FAR)
        for part in (self._torso, self._head) if head_last else (self._head, self._torso):
            part(canvas, mask, t, shift)
        limbs(order[~is_far], NEAR)

    def _torso(self, canvas: Canvas, mask: Canvas | None, t: int, shift: Array) -> None:
        ring = self._trunk[t]
        centre = ring.reshape(-1, 2).mean(axis=0)
        hull = cv2.convexHull(ring.reshape(-1, 2).astype(np.float32))[:, 0].astype(np.float64)
        shirt = self.clothes.shirt
        fill(canvas, fixed(centre + (hull - centre) * 1.07 + shift), shade(shirt, 0.45))
        fill(canvas, fixed(hull + shift), shirt)
        glow = centre + (hull - centre) * 0.6 + np.array([-0.02, -0.02]) * self.view.height_px
        fill(canvas, fixed(glow + shift), shade(shirt, 1.14))
        waist = cv2.convexHull(ring[2:].reshape(-1, 2).astype(np.float32))[:, 0].astype(np.float64)
        fill(canvas, fixed(waist + shift), shade(self.clothes.trousers, 0.95))
        if mask is not None:
            cv2.fillConvexPoly(mask, np.round(hull + shift).astype(np.int32), PARTS.index("trunk") + 1)

    def _head(self, canvas: Canvas, mask: Canvas | None, t: int, shift: Array) -> None:
        view, radius = self.view, HEAD_RADIUS * self.view.height_px
        face = np.array([view.x[t, POINT["face"]], view.y[t, POINT["face"]]]) + shift
        neck = np.array([view.x[t, POINT["neck"]], view.y[t, POINT["neck"]]]) + shift
        r = np.array(0.030 * view.height_px)
        fill(canvas, fixed(capsules(neck, face, r, r)), shade(self.clothes.skin, 0.8))
        up = (face - neck) / max(float(np.hypot(*(face - neck))), 1e-6)
        forward = view.facing * np.array([-up[1], up[0]])
        disc(canvas, face[0], face[1], radius + 0.6, shade(self.clothes.hair, 0.5))
        disc(canvas, face[0], face[1], radius, self.clothes.hair)
        skin_at = face + radius * (0.34 * forward - 0.22 * up)
        disc(canvas, skin_at[0], skin_at[1], 0.74 * radius, self.clothes.skin)
        lit = skin_at - 0.2 * radius
        disc(canvas, lit[0], lit[1], 0.36 * radius, shade(self.clothes.skin, 1.15))
        if mask is not None:
            x, y = np.round(face).astype(int)
            cv2.circle(mask, (int(x), int(y)), round(radius), PARTS.index("head") + 1, -1)
