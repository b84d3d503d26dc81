"""Everything of one clip that is decided before its first frame is drawn: who, where, how, the viewpoint.

The group draws the person, the look of the scenes and the viewpoint; the clip draws speed, phase, size,
place, scene swap, camera, clutter and distractors.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from repro.demo.actions import CLASSES, USUAL_SCENE, perform
from repro.demo.actor import project, sample_clothes
from repro.demo.distractors import sample_distractor
from repro.demo.figure import POINT, Array, positions, sample_body
from repro.demo.motions import Motion
from repro.demo.objects import CLUTTER, furniture
from repro.demo.paint import Canvas, Colour, bright
from repro.demo.scenes import MARGIN_PX, SCENES, WIDTH_PX, paint_scene

WORLD_PX = 640  # a painted scene; the fastest run-up with the longest clip needs 610
SWAP = 0.25  # chance that a clip plays in another scene than its class's usual one
# The last word of every seed: which draws it feeds. Stills use a range of their own (see `stills`).
GROUP_SAMPLES, CLIP_SAMPLES, SCENE_SAMPLES, CLUTTER_SAMPLES, STILL_SAMPLES = 1, 2, 3, 4, 5


def clip_frames(rng: np.random.Generator) -> int:
    """The length of a clip: 30 to 48 frames."""
    return int(rng.integers(30, 49))


def choose_scene(label: str, rng: np.random.Generator) -> str:
    """The class's usual scene, or with probability `SWAP` any of the others."""
    others = [name for name in SCENES if name != USUAL_SCENE[label]]
    swapped, other = rng.uniform() < SWAP, str(rng.choice(others))
    return other if swapped else USUAL_SCENE[label]


def anchored(points: Array, motion: Motion) -> Array:
    """`points` [T, P, 3] moved forward so that the motion's anchor follows its travel."""
    anchor = points[:, [POINT[name] for name in motion.anchor], 0].mean(axis=1)
    points[..., 0] += (motion.travel - anchor)[:, None]
    return points


def _camera(centre_px: Array, rng: np.random.Generator) -> NDArray[np.int64]:
    """The frame's left upper corner int64 [T, 2] in px: follows the actor lazily, drifts and shakes."""
    frames = len(centre_px)
    t = np.arange(frames) / frames
    follow = rng.uniform(0.88, 1.0)
    middle = centre_px.mean()
    place = rng.uniform(-13, 13)
    drift = rng.uniform(-22, 22) * (t - 0.5) if rng.uniform() < 0.5 else 0.0 * t
    x = middle + follow * (centre_px - middle) - WIDTH_PX / 2 + place + drift
    shake = rng.uniform(0.0, 1.6) * rng.normal(0, 1, (frames, 2))
    shake = 0.5 * (shake + np.roll(shake, 1, axis=0))
    return np.round(np.stack([x, 0 * x], axis=1) + shake.clip(-6, 6)).astype(np.int64)


@lru_cache(maxsize=2)
def _group_scene(name: str, seed: tuple[int, ...]) -> Canvas:
    """A group's scene in full width; kept because the clips of a group mostly follow one another."""
    return paint_scene(name, WORLD_PX, np.random.default_rng(seed))


class Stage:
    """Everything of one clip that is worked out before the first frame is drawn."""

    def __init__(self, seed: int, label: str, group: int, clip: int) -> None:
        k = CLASSES.index(label)
        of_group = np.random.default_rng([seed, k, group, 0, GROUP_SAMPLES])
        of_clip = np.random.default_rng([seed, k, group, clip, CLIP_SAMPLES])
        self.body, self.clothes = sample_body(of_group), sample_clothes(of_group)
        self.mirror = bool(of_group.uniform() < 0.5)
        self.way = -1.0 if self.mirror else 1.0
        turn = of_group.uniform(-14, 14)
        group_height = of_group.uniform(66, 78)
        self.thing_colour: Colour = bright(of_group)
        self.frames = clip_frames(of_clip)
        self.scene = choose_scene(label, of_clip)
        self.height_px = group_height * of_clip.uniform(0.93, 1.04)
        self.ground_px = of_clip.uniform(100, 105)
        self.motion = perform(label, self.frames, of_clip)
        points = positions(self.motion.angles, self.body, two_handed=self.stick is not None)
        self.points = anchored(points, self.motion)
        yaw = self.motion.yaw + turn + of_clip.uniform(-5, 5)
        self.viewpoint = ("E", "SE", "S", "SW", "W")[round((180 - yaw if self.mirror else yaw) / 45)]
        self.view = project(self.points, yaw, self.mirror, self.height_px)
        centre = self.view.x[:, POINT["pelvis"]]
        kernel = np.ones(7) / 7
        self.camera = _camera(np.convolve(np.pad(centre, 3, mode="edge"), kernel, "valid"), of_clip)
        self.gain, self.lift = of_clip.uniform(0.86, 1.12), of_clip.uniform(-10, 10)
        self.distractor = sample_distractor(of_clip, self.frames, self.scene, float(self.camera[0, 0]))
        self.span_px = int(np.ptp(self.camera[:, 0])) + WIDTH_PX
        needed = self.span_px + 2 * MARGIN_PX
        self.left_px = int(self.camera[:, 0].min()) - MARGIN_PX - int(of_clip.integers(0, WORLD_PX - needed))
        self.scene_seed = (seed, k, group, SCENES.index(self.scene), SCENE_SAMPLES)
        self.clutter_seed = (seed, k, group, clip, CLUTTER_SAMPLES)

    @property
    def stick(self) -> str | None:
        """What both hands hold: bat, club or nothing."""
        return self.motion.thing if self.motion.thing in ("bat", "club") else None

    def offset_px(self, t: int) -> tuple[float, float]:
        """Screen place of the ground origin in frame `t`: what turns world pixels into screen pixels."""
        left, top = self.camera[t]
        return -float(left), self.ground_px - float(top)

    def _thing_px(self) -> float:
        """Where the bar, sand or chair of the action stands (world px)."""
        pelvis_x, pelvis_y = self.view.x[:, POINT["pelvis"]], self.view.y[:, POINT["pelvis"]]
        if self.motion.thing == "chair":
            return float(pelvis_x[np.argmax(pelvis_y)] - self.way * 0.02 * self.height_px)
        event = float(pelvis_x[self.motion.event_frames])
        return event - (self.way * 0.9 * self.height_px if self.motion.thing == "sand" else 0.0)

    def paint_world(self) -> Canvas:
        """The scene with clutter and the action's furniture on it, as wide as the camera goes."""
        canvas = _group_scene(self.scene, self.scene_seed).copy()
        rng = np.random.default_rng(self.clutter_seed)
        base = MARGIN_PX + self.ground_px
        left_edge = float(self.camera[:, 0].min()) - self.left_px
        for _ in range(int(rng.integers(1, 4))):
            kind, way = str(rng.choice(CLUTTER[self.scene])), float(rng.choice([-1, 1]))
            x, row = left_edge + rng.uniform(0, self.span_px), base - rng.uniform(6, 24)
            furniture(canvas, kind, x, row, 0.85 * self.height_px, way, bright(rng))
        if self.motion.thing in ("bar", "sand", "chair"):
            x = self._thing_px() - self.left_px
            furniture(canvas, self.motion.thing, x, base, self.height_px, self.way, self.thing_colour)
        return canvas

    def ball_px(self, t: int) -> tuple[float, float] | None:
        """Centre of the action's ball in world px: before the foot or in the hand, then in flight."""
        event, s = min(self.motion.event_frames, self.frames - 1), self.height_px
        since = max(t - event, 0)
        if self.motion.thing == "kicked ball":
            x = float(self.view.x[event, POINT["r_toe"]]) + self.way * (0.05 + 0.09 * since) * s
            return x, (-0.06 - 0.035 * since + 0.0016 * since**2) * s
        if self.motion.thing == "thrown ball":
            at = min(t, event)
            x, y = float(self.view.x[at, POINT["r_hand"]]), float(self.view.y[at, POINT["r_hand"]])
            return x + self.way * 0.11 * s * since, y + (-0.012 * since + 0.002 * since**2) * s
        return None
