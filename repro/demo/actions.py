"""The twelve classes: their key poses, and the scene each usually plays in.

Times run from 0 to 1 over the performance (over the part after take-off for the jumps). What parts two
classes is drawn alike in all else, from the same draws: Run, HighJump and LongJump share `run_up`; StandUp is
SitDown played backwards and CircleBack turns the arms the other way round; KickBall is KickAir with a ball;
SwingBat and GolfSwing differ in their scene alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from repro.demo.figure import ANGLE, pose
from repro.demo.motions import Motion, again, blended, idle, jump, once, run_up

USUAL_SCENE = {
    "CircleBack": "field",
    "CircleForward": "field",
    "GolfSwing": "park",
    "HighJump": "track",
    "KickAir": "park",
    "KickBall": "park",
    "LongJump": "track",
    "Run": "track",
    "SitDown": "room",
    "StandUp": "room",
    "SwingBat": "field",
    "Wave": "room",
}
CLASSES = tuple(USUAL_SCENE)
BY_SCENE = ("GolfSwing", "SwingBat")  # never elsewhere, since nothing else tells them apart


def _high_jump(frames: int, rng: np.random.Generator) -> Motion:
    keys = [
        (0.12, pose(lean=-10, r_hip=32, r_knee=12, l_hip=-10, l_knee=65, r_arm=-40, l_arm=-30)),
        (0.26, pose(lean=2, r_hip=-8, r_knee=4, l_hip=85, l_knee=95, r_arm=150, l_arm=140, hop=0.05)),
        (0.42, pose(lean=45, r_hip=-35, r_knee=25, l_hip=20, l_knee=70, r_arm=140, l_arm=120, hop=0.34)),
        (0.58, pose(lean=95, r_hip=-80, r_knee=45, l_hip=-65, l_knee=50, r_arm=110, l_arm=80, hop=0.56)),
        (0.76, pose(lean=125, r_hip=-105, r_knee=20, l_hip=-95, l_knee=25, r_arm=80, l_arm=60, hop=0.35)),
        (0.90, pose(lean=100, r_hip=-85, r_knee=25, l_hip=-75, l_knee=35, r_arm=70, l_arm=50, hop=0.16)),
        (1.00, pose(lean=97, r_hip=-83, r_knee=30, l_hip=-75, l_knee=35, r_arm=75, l_arm=55, hop=0.16)),
    ]
    return replace(jump(keys, 0.55, 0.58, frames, rng), thing="bar")


def _long_jump(frames: int, rng: np.random.Generator) -> Motion:
    keys = [
        (0.10, pose(lean=-4, r_hip=25, r_knee=10, l_hip=-12, l_knee=65, r_arm=-40, l_arm=30)),
        (0.22, pose(lean=4, r_hip=-22, r_knee=6, l_hip=75, l_knee=85, r_arm=120, l_arm=-30, hop=0.03)),
        (0.42, pose(lean=-12, r_hip=-12, r_knee=60, l_hip=8, l_knee=70, r_arm=160, l_arm=140, hop=0.17)),
        (0.62, pose(lean=42, r_hip=85, r_knee=22, l_hip=78, l_knee=28, r_arm=95, l_arm=80, hop=0.19)),
        (0.78, pose(lean=50, r_hip=88, r_knee=80, l_hip=80, l_knee=78, r_arm=60, l_arm=50)),
        (1.00, pose(lean=45, r_hip=85, r_knee=110, l_hip=78, l_knee=105, r_arm=40, l_arm=30)),
    ]
    return replace(jump(keys, 1.0, 0.62, frames, rng), thing="sand")


def _sit_down(frames: int, rng: np.random.Generator) -> Motion:
    keys = [
        (0.00, pose()),
        (
            0.40,
            pose(
                lean=32, r_hip=42, r_knee=58, l_hip=42, l_knee=58, r_arm=25, l_arm=25, r_elbow=20, l_elbow=20
            ),
        ),
        (
            0.75,
            pose(
                lean=34, r_hip=80, r_knee=86, l_hip=80, l_knee=86, r_arm=35, l_arm=35, r_elbow=30, l_elbow=30
            ),
        ),
        (
            1.00,
            pose(
                lean=-2, r_hip=86, r_knee=86, l_hip=86, l_knee=86, r_arm=30, l_arm=30, r_elbow=45, l_elbow=45
            ),
        ),
    ]
    return replace(once(keys, frames, rng, 0.75), yaw=25.0, thing="chair")


def _stand_up(frames: int, rng: np.random.Generator) -> Motion:
    sit = _sit_down(frames, rng)
    return replace(
        sit,
        angles=sit.angles[::-1].copy(),
        start_frames=frames - sit.stop_frames,
        stop_frames=frames - sit.start_frames,
        event_frames=frames - 1 - sit.event_frames,
    )


def _kick_air(frames: int, rng: np.random.Generator) -> Motion:
    keys = [
        (0.00, pose()),
        (0.18, pose(lean=8, r_hip=28, r_knee=18, l_hip=-18, l_knee=15, r_arm=-20, l_arm=25)),
        (
            0.42,
            pose(lean=8, r_hip=-48, r_knee=85, l_hip=14, l_knee=12, r_arm=-20, l_arm=65, l_out=35, r_out=30),
        ),
        (
            0.56,
            pose(lean=-6, r_hip=38, r_knee=14, l_hip=-4, l_knee=14, r_arm=10, l_arm=10, r_out=40, l_out=35),
        ),
        (
            0.72,
            pose(lean=-18, r_hip=92, r_knee=6, l_hip=-8, l_knee=8, r_arm=40, l_arm=-45, r_out=40, l_out=30),
        ),
        (
            0.88,
            pose(lean=-16, r_hip=86, r_knee=8, l_hip=-8, l_knee=8, r_arm=40, l_arm=-40, r_out=40, l_out=30),
        ),
        (1.00, pose(lean=2, r_hip=15, r_knee=10, l_hip=-6)),
    ]
    motion = once(keys, frames, rng, 0.56)
    steps = np.interp(np.arange(frames), [motion.start_frames, motion.event_frames - 3], [-0.55, 0.0])
    return replace(motion, yaw=12.0, travel=steps, anchor=("l_ankle",))


def _kick_ball(frames: int, rng: np.random.Generator) -> Motion:
    return replace(_kick_air(frames, rng), thing="ball")


def _swing(frames: int, rng: np.random.Generator) -> Motion:
    wide = {"r_spread": 14.0, "l_spread": 14.0, "r_hip": 12.0, "l_hip": 12.0, "r_knee": 25.0, "l_knee": 25.0}
    keys = [
        (0.00, pose(r_arm=14, stick=18, stick_out=10)),
        (0.25, pose(lean=10, twist=-35, r_arm=35, r_out=25, r_elbow=85, stick=165, stick_out=20, **wide)),
        (0.45, pose(lean=10, twist=-55, r_arm=40, r_out=45, r_elbow=75, stick=170, stick_out=40, **wide)),
        (0.58, pose(lean=12, twist=-5, r_arm=50, r_out=15, r_elbow=20, stick=95, stick_out=55, **wide)),
        (0.70, pose(lean=8, twist=55, r_arm=75, r_out=-10, r_elbow=5, stick=90, stick_out=-25, **wide)),
        (0.84, pose(lean=2, twist=80, r_arm=85, r_out=-60, r_elbow=30, stick=130, stick_out=-100, **wide)),
        (1.00, pose(lean=0, twist=80, r_arm=90, r_out=-65, r_elbow=45, stick=150, stick_out=-110, **wide)),
    ]
    return replace(once(keys, frames, rng, 0.66), yaw=55.0, thing="bat")


def _circle_forward(frames: int, rng: np.random.Generator) -> Motion:
    """Both arms go round beside the body like the sails of a mill, and start at any height."""
    return _circles(-1.0, frames, rng)


def _circle_back(frames: int, rng: np.random.Generator) -> Motion:
    return _circles(1.0, frames, rng)


def _circles(way: float, frames: int, rng: np.random.Generator) -> Motion:
    waiting, sway = idle(frames, rng)
    period, start = rng.uniform(14.0, 22.0), rng.uniform(-180, 180)
    since = np.arange(float(frames)) - waiting
    turned = np.tile(pose(r_elbow=4, l_elbow=4, r_out=12, l_out=12), (frames, 1))
    turned[:, ANGLE["r_arm"]] = start + way * 360.0 * since / period
    turned[:, ANGLE["l_arm"]] = turned[:, ANGLE["r_arm"]] + 180.0
    angles = blended(pose(), turned, since) + sway
    return Motion(angles, np.zeros(frames), 25.0, waiting, frames)


def _wave(frames: int, rng: np.random.Generator) -> Motion:
    inward, outward = pose(r_out=95, r_elbow=0, r_bend=112), pose(r_out=100, r_elbow=0, r_bend=40)
    keys = [(0.0, inward), (0.5, outward), (1.0, inward)]
    return replace(again(pose(), keys, frames, rng, 12.0), yaw=75.0)


_MAKERS: dict[str, Callable[[int, np.random.Generator], Motion]] = {
    "CircleBack": _circle_back,
    "CircleForward": _circle_forward,
    "GolfSwing": _swing,
    "HighJump": _high_jump,
    "KickAir": _kick_air,
    "KickBall": _kick_ball,
    "LongJump": _long_jump,
    "Run": run_up,
    "SitDown": _sit_down,
    "StandUp": _stand_up,
    "SwingBat": _swing,
    "Wave": _wave,
}


def perform(label: str, frames: int, rng: np.random.Generator) -> Motion:
    """One performance of class `label` with `frames` frames; ValueError for a class that is not ours."""
    if label not in _MAKERS:
        raise ValueError(f"no demo class {label!r}; the classes are {', '.join(CLASSES)}")
    return _MAKERS[label](frames, rng)
