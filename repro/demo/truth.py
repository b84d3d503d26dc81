"""What is true of each frame of a clip, as numbers for an oracle: poses, objects, scene; no pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from repro.demo.actor import TILT
from repro.demo.figure import POINT
from repro.demo.scenes import SCENES, WIDTH_PX
from repro.demo.stage import Stage

KINDS = ("chair", "bar", "sand", "ball")
FAR, TOUCH = 3.0, 0.2  # body heights; farther is as far, and so near is almost touching
POSE = slice(0, 3 * (POINT["stick_tip"] + 1) + 1)
SCENE = slice(POSE.stop, POSE.stop + len(SCENES))
OBJECTS = slice(SCENE.stop, SCENE.stop + 5 * len(KINDS))
COLUMNS = OBJECTS.stop


def truth_of(stage: Stage) -> NDArray[np.float64]:
    """What every frame of a clip shows, [T, COLUMNS].

    POSE: all points of the body, from the pelvis forward and to the left and from the ground up, and where
    the stick ends, in body heights (zeros without a stick), and whether there is one. SCENE: 1 for the scene.
    OBJECTS: for each of `KINDS` whether one is in the picture; of the nearest to the right foot
    exp(-distance / `TOUCH`), and how far ahead of the foot, above it and behind the actor it is, in body
    heights, at most `FAR`.
    """
    out = np.zeros((stage.frames, COLUMNS))
    points = stage.points.copy()
    points[..., :2] -= points[:, [POINT["pelvis"]], :2]
    if not stage.holds_stick:
        points[:, POINT["stick_tip"]] = 0.0
    out[:, : POSE.stop - 1] = points.reshape(stage.frames, -1)
    out[:, POSE.stop - 1] = float(stage.holds_stick)
    out[:, SCENE.start + SCENES.index(stage.scene)] = 1.0
    for t in range(stage.frames):
        places = _places(stage, t)
        for i, kind in enumerate(KINDS):
            gaps = [gap for name, gap in places if name == kind]
            if gaps:
                near = min(gaps, key=lambda gap: float(gap @ gap))
                touch = np.exp(-np.linalg.norm(near) / TOUCH)
                out[t, OBJECTS.start + 5 * i :][:5] = (1.0, touch, *near.clip(-FAR, FAR))
    return out


def _places(stage: Stage, t: int) -> list[tuple[str, NDArray[np.float64]]]:
    """The things whose place lies in the picture at frame t: kind, and from the right foot how far ahead,
    above and behind, in body heights."""
    size, left = stage.height_px, float(stage.shot.corner[t, 0])
    things = [(thing.kind, thing.x_px, 0.0, thing.back_px) for thing in stage.things]
    ball, passing = stage.ball_px(t), stage.distractor
    if ball is not None:
        things.append(("ball", ball[0], -ball[1], 0.0))
    if passing is not None and passing.kind in ("rolling", "bouncing"):
        things.append(("ball", passing.start_px + passing.speed_px * t, 0.0, passing.back_px))
    foot_x, foot_up = stage.view.x[t, POINT["r_toe"]], size * stage.points[t, POINT["r_toe"], 2]
    return [
        (kind, np.array([stage.way * (x - foot_x), up - foot_up, back / TILT]) / size)
        for kind, x, up, back in things
        if left <= x < left + WIDTH_PX
    ]
