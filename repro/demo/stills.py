"""Single pictures for pre-training: same world, other labels, other seeds than the clips.

A still shows one person in a pose of a catalogue (arms x legs, not the actions' key poses), one object
and one scene, each drawn independently. Two finer labels, the object by its hue and the scene by its view,
have as many values as an fc8 of ImageNet's or Places205's kind should. Its seed ends in a word that no clip's
seed ends in, so no still shares a draw with a clip, whatever the data set's seed.
"""

from __future__ import annotations

import colorsys
import math
from collections.abc import Mapping
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from repro.demo.actor import Painter, Projected, project, sample_clothes
from repro.demo.camera import shoot
from repro.demo.distractors import sample_distractor
from repro.demo.figure import ANGLE, POINT, Array, pose, positions, sample_body
from repro.demo.objects import ball, furniture, stick
from repro.demo.paint import SUPER, Canvas, Colour, bright, shadow
from repro.demo.scenes import ABOVE_PX, HEIGHT_PX, MARGIN_PX, SCENES, WIDTH_PX, paint_scene
from repro.demo.stage import STILL_SAMPLES

ARMS: dict[str, dict[str, float]] = {
    "down": {"r_arm": 5, "l_arm": 0},
    "forward": {"r_arm": 85, "l_arm": 85, "r_out": 5, "l_out": 5},
    "sideways": {"r_out": 85, "l_out": 85, "r_elbow": 0, "l_elbow": 0},
    "up": {"r_arm": 160, "l_arm": 160, "r_out": 10, "l_out": 10},
    "bent": {"r_arm": 25, "l_arm": 25, "r_elbow": 105, "l_elbow": 105},
    "one up": {"r_arm": 150, "l_arm": 0},
}
LEGS: dict[str, dict[str, float]] = {
    "together": {},
    "apart": {"r_spread": 22, "l_spread": 22},
    "crouched": {"r_hip": 80, "l_hip": 80, "r_knee": 95, "l_knee": 95},
    "one raised": {"r_hip": 75, "r_knee": 50},
    "striding": {"r_hip": 38, "r_knee": 15, "l_hip": -28, "l_knee": 40},
}
LEVEL: dict[str, dict[str, float]] = {
    "level, arms ahead": {"lean": 88, "r_hip": -75, "l_hip": -75, "r_arm": 95, "l_arm": 95},
    "level, arms down": {"lean": 85, "r_hip": -70, "l_hip": -60, "r_knee": 30, "l_knee": 40},
}
OBJECTS = ("none", "bag", "ball", "bar", "bat", "bench", "box", "chair", "club", "cone", "lamp", "sand")

LABELS: dict[str, tuple[str, ...]] = {
    "object": OBJECTS,
    "scene": SCENES,
    "pose": (*(f"arms {a}, legs {b}" for a in ARMS for b in LEGS), *LEVEL),
}

UNPAINTED = ("none", "cone", "lamp", "sand")  # kinds that have a colour of their own
HUES = 12
# Names by upper bounds: rows of the horizon, heights of the figure in px, gains; each cuts stills evenly.
_HORIZONS = {"high": 18.0, "middle": 45.0, "low": math.inf}
_SIZES = {"small": 54.0, "medium": 68.0, "large": math.inf}
_LIGHTS = {"dim": 0.99, "bright": math.inf}


def _hued(kind: str, hue: int) -> str:
    return f"{kind}, hue {hue}"


def _viewed(scene: str, horizon: str, size: str, light: str) -> str:
    return f"{scene}, horizon {horizon}, figure {size}, {light}"


FINE: dict[str, tuple[str, ...]] = {
    "object_by_hue": (
        *UNPAINTED,
        *(_hued(kind, hue) for kind in OBJECTS if kind not in UNPAINTED for hue in range(HUES)),
    ),
    "scene_by_view": tuple(_viewed(*view) for view in product(SCENES, _HORIZONS, _SIZES, _LIGHTS)),
}


def _pose(label: int, rng: np.random.Generator) -> Array:
    """Angles [1, A] of catalogue pose `label`, every limb up to about 15 degrees off."""
    if label < len(ARMS) * len(LEGS):
        arms, legs = list(ARMS.values())[label // len(LEGS)], list(LEGS.values())[label % len(LEGS)]
        angles = pose(**arms, **legs)
        angles[ANGLE["lean"]] = rng.uniform(-15, 35)
    else:
        angles = pose(**list(LEVEL.values())[label - len(ARMS) * len(LEGS)])
        angles[ANGLE["hop"]] = rng.uniform(0.1, 0.5)
    hop = angles[ANGLE["hop"]]
    angles += rng.normal(0, 8, len(angles)).clip(-16, 16)
    angles[ANGLE["stick"]], angles[ANGLE["stick_out"]] = rng.uniform(-40, 200), rng.uniform(-60, 60)
    jumping = rng.uniform(0.02, 0.2) if rng.uniform() < 0.3 else 0.0
    angles[ANGLE["hop"]] = hop if hop > 0 else jumping
    return angles[None]


def _hold(canvas: Canvas, kind: str, view: Projected, x: float, ground: float, colour: Colour) -> None:
    """A ball, bat or club in the right hand."""
    hand, tip = (
        (x + float(view.x[0, i]), ground + float(view.y[0, i])) for i in (POINT["r_hand"], POINT["stick_tip"])
    )
    if kind == "ball":
        ball(canvas, *hand, 0.055 * view.height_px, colour)
    else:
        stick(canvas, kind, hand, tip, view.height_px, colour)


def sample_labels(rng: np.random.Generator) -> dict[str, int]:
    """One index into each of `LABELS`, drawn evenly and independently."""
    return {name: int(rng.integers(len(names))) for name, names in LABELS.items()}


def _below(bounds: Mapping[str, float], value: float) -> str:
    """The name of the first of the ascending upper `bounds` above `value`."""
    return next(name for name, bound in bounds.items() if value < bound)


def object_by_hue(kind: str, colour: Colour) -> int:
    """Index into `FINE`'s: the kind, and of a painted one the twelfth of the colour circle, from red on."""
    hue = colorsys.rgb_to_hsv(*(channel / 255 for channel in colour))[0]
    name = kind if kind in UNPAINTED else _hued(kind, int(HUES * hue) % HUES)
    return FINE["object_by_hue"].index(name)


def scene_by_view(scene: int, horizon_px: float, height_px: float, gain: float) -> int:
    """Index into `FINE`'s: the scene, where its horizon lies, how large the figure is, how light it is."""
    view = _below(_HORIZONS, horizon_px), _below(_SIZES, height_px), _below(_LIGHTS, gain)
    return FINE["scene_by_view"].index(_viewed(SCENES[scene], *view))


def render_still(index: int) -> tuple[NDArray[np.uint8], dict[str, int]]:
    """Still number `index` (from 0): RGB uint8 [120, 160, 3] and its indices into `LABELS` and `FINE`."""
    rng = np.random.default_rng([0, index, 0, 0, STILL_SAMPLES])
    labels = sample_labels(rng)
    kind = OBJECTS[labels["object"]]
    body, clothes, thing = sample_body(rng), sample_clothes(rng), bright(rng)
    mirror, yaw, height = bool(rng.uniform() < 0.5), rng.uniform(-15, 95), rng.uniform(40, 82)
    points = positions(_pose(labels["pose"], rng), body, two_handed=kind in ("bat", "club"))
    if labels["pose"] >= len(ARMS) * len(LEGS):
        yaw = 0.3 * yaw  # end-on, a level body shows nothing of its pose
    view = project(points, yaw, mirror, height)
    shot, way = shoot(view, rng), -1.0 if mirror else 1.0
    x, ground = -float(shot.corner[0, 0]), shot.ground_px
    thing_x = x + float(rng.choice([-1, 1])) * rng.uniform(0.3, 0.6) * height
    distractor = sample_distractor(rng, 1, SCENES[labels["scene"]], 0.0, height)

    world = paint_scene(SCENES[labels["scene"]], WIDTH_PX + 2 * MARGIN_PX, rng)
    left, top = SUPER * MARGIN_PX, SUPER * (ABOVE_PX - round(shot.horizon_px))
    canvas = np.ascontiguousarray(world[top : top + SUPER * HEIGHT_PX, left : left + SUPER * WIDTH_PX])
    if distractor is not None and distractor.painter is not None:
        distractor.paint(canvas, 0, 0.0, ground)
    if kind not in ("none", "ball", "bat", "club"):
        near = x - way * 0.6 * height if kind == "sand" else thing_x
        furniture(canvas, kind, near, ground - rng.uniform(0, 0.2) * height, height, way, thing)
    shadow(canvas, x, ground, 0.22 * height)
    Painter(view, body, clothes).paint(canvas, None, 0, (x, ground))
    if kind in ("ball", "bat", "club"):
        _hold(canvas, kind, view, x, ground, thing)
    small = cv2.resize(canvas, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA)
    gain, lift = rng.uniform(0.86, 1.12), rng.uniform(0, 20)
    labels["object_by_hue"] = object_by_hue(kind, thing)
    labels["scene_by_view"] = scene_by_view(labels["scene"], shot.horizon_px, height, gain)
    return cv2.convertScaleAbs(small, alpha=gain, beta=lift), labels
