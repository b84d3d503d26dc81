"""Short movements for pre-training a network of motion: same world, other labels, other seeds than the clips.

A figure goes from one pose of the stills' catalogue over to another, arms and legs each in their own time,
standing, walking or hopping, with an object, a scene, a camera and distractors as the clips have. The labels
say what four frames can show: where the limbs are, whether they rise or sink, how the body travels. None
is an action class, and none changes when the pictures are mirrored.
"""

from __future__ import annotations

from copy import deepcopy

import cv2
import numpy as np
from numpy.typing import NDArray

from repro.demo.actor import Painter, project, sample_clothes
from repro.demo.distractors import sample_distractor
from repro.demo.figure import ANGLE, ANGLES, POINT, Array, pose, positions, sample_body
from repro.demo.motions import spline, stride
from repro.demo.objects import ball, furniture, stick
from repro.demo.paint import SUPER, Canvas, bright, shadow
from repro.demo.scenes import HEIGHT_PX, MARGIN_PX, SCENES, WIDTH_PX, paint_scene
from repro.demo.stills import ARMS, LEGS, OBJECTS
from repro.types import Frames

FRAMES = 24
MOVE_SAMPLES = 6  # the last word of every seed; those of clips and stills are in `stage`

_TREND = ("sink", "keep", "rise")
LABELS: dict[str, tuple[str, ...]] = {
    "object": OBJECTS,
    "scene": SCENES,
    "arms": tuple(ARMS),
    "legs": (*LEGS, "walking"),
    "hands": _TREND,
    "body": _TREND,
    "travel": ("backward", "none", "forward"),
}
HANDS_PER_FRAME, BODY_PER_FRAME = 0.008, 0.006  # body heights; slower is "keep"
_ARM_ANGLES = [ANGLE[f"{side}_{part}"] for side in "rl" for part in ("arm", "out", "elbow", "bend")]


class Move:
    """Movement number `index` (from 0): all of it but the pixels, which `render` draws for some frames."""

    def __init__(self, index: int) -> None:
        rng = np.random.default_rng([0, index, 0, 0, MOVE_SAMPLES])
        self._scene, self._object = int(rng.integers(len(SCENES))), int(rng.integers(len(OBJECTS)))
        self._travel = int(rng.choice([-1, 0, 0, 0, 1]))
        self.body, clothes, self._colour = sample_body(rng), sample_clothes(rng), bright(rng)
        self._mirror, self._height, yaw = bool(rng.uniform() < 0.5), rng.uniform(62, 80), rng.uniform(-15, 75)
        self._ground = rng.uniform(99, 106)
        points = positions(self._angles(rng), self.body, two_handed=self.kind in ("bat", "club"))
        if self._travel:
            yaw = 0.4 * yaw  # end-on, a walk shows little of its direction
            points[..., 0] += self._travel * rng.uniform(0.022, 0.05) * np.arange(FRAMES)[:, None]
        self.points = points
        self._view = project(points, yaw, self._mirror, self._height)
        self._painter = Painter(self._view, self.body, clothes)
        self._camera = self._follow(rng)
        self._thing_px = float(
            self._view.x[:, POINT["pelvis"]].mean() + rng.choice([-1, 1]) * rng.uniform(18, 42)
        )
        self._thing_back = rng.uniform(0, 14)
        self._distractor = sample_distractor(rng, FRAMES, SCENES[self._scene], float(self._camera[0, 0]))
        self._gain, self._lift = rng.uniform(0.86, 1.12), rng.uniform(0, 20)
        self._scene_rng = rng

    @property
    def kind(self) -> str:
        """The object's name."""
        return OBJECTS[self._object]

    def _angles(self, rng: np.random.Generator) -> Array:
        """Angles [T, A]: arms and legs from one catalogue pose to another, or the legs walking."""
        self._arms, arms, self._arms_from = self._limbs(list(ARMS.values()), rng)
        self._legs, angles, self._legs_from = self._limbs(list(LEGS.values()), rng)
        hop = np.zeros(FRAMES)
        if self._travel:
            phase = rng.uniform(0, 2 * np.pi) + self._travel * rng.uniform(0.3, 0.5) * np.arange(FRAMES)
            angles = stride(phase, running=False) + rng.normal(0, 4, len(ANGLES)).clip(-9, 9)
        elif rng.uniform() < 0.4:
            start, length = rng.uniform(0, 14), rng.uniform(7, 13)
            u = ((np.arange(FRAMES) - start) / length).clip(0, 1)
            hop = rng.uniform(0.08, 0.3) * 4 * u * (1 - u)
        angles[:, ANGLE["hop"]] = hop
        angles[:, _ARM_ANGLES] = arms[:, _ARM_ANGLES]
        for name, low, high in (("lean", -12, 30), ("twist", -25, 25), ("stick", -40, 200)):
            start, stop = (float(end) for end in rng.uniform(low, high, 2))
            angles[:, ANGLE[name]] = np.linspace(start, stop, FRAMES)
        angles[:, ANGLE["stick_out"]] = rng.uniform(-60, 60)
        return angles

    @staticmethod
    def _limbs(
        catalogue: list[dict[str, float]], rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], Array, Array]:
        """Which two poses, int [2]; the angles [T, A] from one to the other; the share passed [T]."""
        pair = rng.integers(len(catalogue), size=2)
        start = rng.uniform(0, 10)
        stop = start + rng.uniform(6, 14)
        ends = np.stack([pose(**catalogue[i]) for i in pair])
        ends += rng.normal(0, 8, ends.shape).clip(-16, 16)
        at = np.arange(FRAMES, dtype=float)
        angles = spline([(start, ends[0]), (stop, ends[1])], at)
        return pair, angles, ((at - start) / (stop - start)).clip(0, 1)

    def _follow(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """The frame's left upper corner [T, 2] in px: keeps to the figure more or less, drifts and shakes."""
        x = self._view.x[:, POINT["pelvis"]]
        follow, place = rng.uniform(0.5, 1.0), rng.uniform(-22, 22)
        drift = rng.uniform(-22, 22) * (rng.uniform() < 0.5) * (np.arange(FRAMES) / FRAMES - 0.5)
        shake = rng.uniform(0.0, 1.6) * rng.normal(0, 0.7, (FRAMES, 2))
        left = x.mean() + follow * (x - x.mean()) + place + drift - WIDTH_PX / 2
        return np.round(np.stack([left, 0 * left], axis=1) + shake.clip(-6, 6)).astype(np.int64)

    def labels(self, first: int, count: int) -> dict[str, int]:
        """What `count` frames from `first` show, as indices into `LABELS`.

        Poses are those that arms and legs are nearer to at the middle frame; hands (relative to the neck) and
        body (pelvis above the ground) sink or rise if the first and last frame differ enough.
        """
        self._check(first, count)
        middle = first + count // 2
        heights = self.points[[first, first + count - 1], :, 2]
        hands = heights[:, [POINT["r_hand"], POINT["l_hand"]]].mean(axis=1) - heights[:, POINT["neck"]]
        pelvis = heights[:, POINT["pelvis"]]
        nearer = [int(share[middle] >= 0.5) for share in (self._arms_from, self._legs_from)]
        return {
            "object": self._object,
            "scene": self._scene,
            "arms": int(self._arms[nearer[0]]),
            "legs": len(LEGS) if self._travel else int(self._legs[nearer[1]]),
            "hands": _trend(hands, (count - 1) * HANDS_PER_FRAME),
            "body": _trend(pelvis, (count - 1) * BODY_PER_FRAME),
            "travel": self._travel + 1,
        }

    def _check(self, first: int, count: int) -> None:
        if count < 2 or first < 0 or first + count > FRAMES:
            raise ValueError(f"frames {first} to {first + count} of a movement; it has 0 to {FRAMES}")

    def world(self) -> Canvas:
        """The scene with its furniture, as wide as the camera moves, enlarged; for `render`."""
        left = int(self._camera[:, 0].min()) - MARGIN_PX
        width = int(np.ptp(self._camera[:, 0])) + WIDTH_PX + 2 * MARGIN_PX
        canvas = paint_scene(SCENES[self._scene], width, deepcopy(self._scene_rng))
        if self.kind not in ("none", "ball", "bat", "club"):
            ground = self._ground + MARGIN_PX - self._thing_back
            way = -1.0 if self._mirror else 1.0
            furniture(canvas, self.kind, self._thing_px - left, ground, self._height, way, self._colour)
        return canvas

    def render(self, world: Canvas, first: int, count: int) -> Frames:
        """Frames [first, first + count) in front of `world`: RGB uint8 [count, 120, 160, 3]."""
        self._check(first, count)
        frames = np.empty((count, HEIGHT_PX, WIDTH_PX, 3), np.uint8)
        origin = int(self._camera[:, 0].min()) - MARGIN_PX
        for i, t in enumerate(range(first, first + count)):
            left, top = (int(corner) for corner in self._camera[t])
            x, y = SUPER * (left - origin), SUPER * (top + MARGIN_PX)
            canvas = world[y : y + SUPER * HEIGHT_PX, x : x + SUPER * WIDTH_PX].copy()
            self._paint(canvas, t, (-float(left), self._ground - top))
            small = cv2.resize(canvas, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA)
            frames[i] = cv2.convertScaleAbs(small, alpha=self._gain, beta=self._lift)
        return frames

    def _paint(self, canvas: Canvas, t: int, offset: tuple[float, float]) -> None:
        """Distractor, shadow, figure, and what it holds."""
        if self._distractor is not None:
            self._distractor.paint(canvas, t, -offset[0], offset[1])
        view = self._view

        def at(name: str) -> tuple[float, float]:
            return float(view.x[t, POINT[name]]) + offset[0], float(view.y[t, POINT[name]]) + offset[1]

        shadow(canvas, at("pelvis")[0], offset[1], 0.22 * self._height)
        self._painter.paint(canvas, None, t, offset)
        if self.kind == "ball":
            ball(canvas, *at("r_hand"), 0.055 * self._height, self._colour)
        elif self.kind in ("bat", "club"):
            stick(canvas, self.kind, at("r_hand"), at("stick_tip"), self._height, self._colour)


def _trend(heights: Array, least: float) -> int:
    """Index into sink, keep, rise of the difference between two heights."""
    change = float(heights[1] - heights[0])
    return 1 + int(change > least) - int(change < -least)
