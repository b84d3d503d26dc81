"""Everything of one clip that is decided before its first frame is drawn: who, where, how, the viewpoint.

The group draws the person, the look of the scenes and the viewpoint; the clip draws speed, phase, size,
place, scene swap, camera, clutter and distractors.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from repro.demo.actions import BY_SCENE, CLASSES, USUAL_SCENE, perform
from repro.demo.actor import project, sample_clothes
from repro.demo.camera import shoot
from repro.demo.distractors import sample_distractor
from repro.demo.figure import POINT, Array, positions, sample_body
from repro.demo.motions import Motion
from repro.demo.objects import CLUTTER, furniture
from repro.demo.paint import Canvas, Colour, bright
from repro.demo.scenes import ABOVE_PX, HEIGHT_PX, MARGIN_PX, SCENES, WIDTH_PX, paint_scene

WORLD_PX = 640  # the width of a painted scene
HEIGHTS = (0.35, 0.5, 0.65)  # of the standing figure, as shares of the picture's height
BALL_RADIUS = 0.1  # of the kicked ball, in body heights
SWAP = 0.55  # chance that a clip plays in another scene than its class's usual one
# The last word of every seed: which draws it feeds. Stills use a range of their own (see `stills`).
GROUP_SAMPLES, CLIP_SAMPLES, SCENE_SAMPLES, CLUTTER_SAMPLES, STILL_SAMPLES = 1, 2, 3, 4, 5


class Thing(NamedTuple):
    """A piece of furniture: its place on the ground (world px from the actor's ground origin; `back_px`: how
    much farther up the picture), the height of a person beside it, where its front faces, RGB."""

    kind: str
    x_px: float
    back_px: float
    size_px: float
    way: float
    colour: Colour


def clip_frames(rng: np.random.Generator) -> int:
    """The length of a clip: 30 to 48 frames."""
    return int(rng.integers(30, 49))


def choose_scene(label: str, rng: np.random.Generator) -> str:
    """The class's usual scene, or with probability `SWAP` any of the others; `BY_SCENE` stay in theirs."""
    others = [name for name in SCENES if name != USUAL_SCENE[label]]
    swapped, other = rng.uniform() < SWAP, str(rng.choice(others))
    return other if swapped and label not in BY_SCENE else USUAL_SCENE[label]


def anchored(points: Array, motion: Motion) -> Array:
    """`points` [T, P, 3] moved forward so that the motion's anchor follows its travel."""
    anchor = points[:, [POINT[name] for name in motion.anchor], 0].mean(axis=1)
    points[..., 0] += (motion.travel - anchor)[:, None]
    return points


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
        turn = of_group.uniform(-10, 10)
        self.thing_colour: Colour = bright(of_group)
        self.frames = clip_frames(of_clip)
        self.scene = choose_scene(label, of_clip)
        self.height_px = HEIGHT_PX * of_clip.choice(HEIGHTS) * of_clip.uniform(0.95, 1.05)
        self.motion = perform(label, self.frames, of_clip)
        points = positions(self.motion.angles, self.body, two_handed=self.holds_stick)
        self.points = anchored(points, self.motion)
        yaw = self.motion.yaw + turn + of_clip.uniform(-5, 5)
        self.viewpoint = ("E", "SE", "S", "SW", "W")[round((180 - yaw if self.mirror else yaw) / 45)]
        self.view = project(self.points, yaw, self.mirror, self.height_px)
        self.shot = shoot(self.view, of_clip)
        left = self.shot.corner[:, 0]
        self.gain, self.lift = of_clip.uniform(0.86, 1.12), of_clip.uniform(-10, 10)
        self.distractor = sample_distractor(of_clip, self.frames, self.scene, float(left[0]), self.height_px)
        self.span_px = int(np.ptp(left)) + WIDTH_PX
        needed = self.span_px + 2 * MARGIN_PX
        self.left_px = int(left.min()) - MARGIN_PX - int(of_clip.integers(0, WORLD_PX - needed))
        self.scene_seed = (seed, k, group, SCENES.index(self.scene), SCENE_SAMPLES)
        self.things = self._furnished(np.random.default_rng([seed, k, group, clip, CLUTTER_SAMPLES]))

    @property
    def holds_stick(self) -> bool:
        """Whether both hands hold a bat."""
        return self.motion.thing == "bat"

    def offset_px(self, t: int) -> tuple[float, float]:
        """Screen place of the ground origin in frame `t`: what turns world pixels into screen pixels."""
        left, top = self.shot.corner[t]
        return -float(left), self.shot.ground_px - float(top)

    def _furnished(self, rng: np.random.Generator) -> tuple[Thing, ...]:
        """Clutter, then what the action needs, from far to near. All three that begin with a run-up have a
        bar and a sand pit on their way, so that it is the jump that tells."""
        s, left = self.height_px, float(self.shot.corner[:, 0].min())
        things = []
        for _ in range(int(rng.integers(1, 4))):
            kind, way = str(rng.choice(CLUTTER[self.scene])), float(rng.choice([-1, 1]))
            x = left + rng.uniform(0, self.span_px)
            things.append(Thing(kind, x, rng.uniform(0.08, 0.3) * s, 0.85 * s, way, bright(rng)))
        if self.motion.running:
            things += [self._beside_the_run(kind, rng) for kind in ("bar", "sand")]
        if self.motion.thing == "chair":
            pelvis_x, pelvis_y = self.view.x[:, POINT["pelvis"]], self.view.y[:, POINT["pelvis"]]
            x = float(pelvis_x[np.argmax(pelvis_y)] - self.way * 0.02 * s)
            things.append(Thing("chair", x, 0.0, s, self.way, self.thing_colour))
        return tuple(sorted(things, key=lambda thing: -thing.back_px))

    def _beside_the_run(self, kind: str, rng: np.random.Generator) -> Thing:
        """A bar or sand pit at the take-off, or where one could be: nothing but the jump tells which."""
        s, frame = self.height_px, round(rng.uniform(0.68, 0.85) * (self.frames - 1))
        back, colour = rng.uniform(0.0, 0.12) * s, bright(rng)
        x = float(
            self.view.x[self.motion.event_frames if kind == self.motion.thing else frame, POINT["pelvis"]]
        )
        return Thing(kind, x - (0.9 * s * self.way if kind == "sand" else 0.0), back, s, self.way, colour)

    def paint_world(self) -> Canvas:
        """The scene with its furniture, as wide as the camera goes."""
        canvas = _group_scene(self.scene, self.scene_seed).copy()
        base = ABOVE_PX - round(self.shot.horizon_px) + self.shot.ground_px
        for kind, x, back, size, way, colour in self.things:
            furniture(canvas, kind, x - self.left_px, base - back, size, way, colour)
        return canvas

    def ball_px(self, t: int) -> tuple[float, float] | None:
        """Centre of the kicked ball in world px: it rolls towards the foot from ahead, then flies."""
        if self.motion.thing != "ball":
            return None
        event, s = min(self.motion.event_frames, self.frames - 1), self.height_px
        before, since = max(event - t, 0), max(t - event, 0)
        x = float(self.view.x[event, POINT["r_toe"]]) + self.way * (0.05 + 0.07 * since + 0.08 * before) * s
        return x, (-BALL_RADIUS - 0.005 - 0.035 * since + 0.0016 * since**2) * s
