"""The articulated figure: angles in, joint positions out.

Body coordinates are in body heights: x forward, y to the figure's left, z up, ground at z = 0. A limb with
flexion f and abduction a points along (sin f cos a, side sin a, -cos f cos a), so zero hangs down, f = 90
points forward and a = 90 sideways. Angles are absolute, not relative to the trunk; a forearm or shin adds
its own bend to that of the upper limb. `hop` is the clearance of the lowest point in body heights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

# The 15 joints in the order of JHMDB's joint_positions.mat.
JOINTS = (
    "neck",
    "belly",
    "face",
    "r_shoulder",
    "l_shoulder",
    "r_hip",
    "l_hip",
    "r_elbow",
    "l_elbow",
    "r_knee",
    "l_knee",
    "r_wrist",
    "l_wrist",
    "r_ankle",
    "l_ankle",
)
# Drawn but not annotated: where hands, toes and a held stick end.
POINTS = (*JOINTS, "r_hand", "l_hand", "r_toe", "l_toe", "pelvis", "stick_tip")
POINT = {name: index for index, name in enumerate(POINTS)}

ANGLES = (
    *("lean", "tilt", "twist", "nod"),
    *("r_arm", "r_out", "r_elbow", "r_bend", "l_arm", "l_out", "l_elbow", "l_bend"),
    *("r_hip", "r_spread", "r_knee", "l_hip", "l_spread", "l_knee"),
    *("stick", "stick_out", "hop"),
)
ANGLE = {name: index for index, name in enumerate(ANGLES)}
STANDING = {"r_out": 8.0, "l_out": 8.0, "r_elbow": 12.0, "l_elbow": 12.0, "r_spread": 4.0, "l_spread": 4.0}


@dataclass(frozen=True)
class Body:
    """Lengths in body heights; a group's actor is one draw around these averages."""

    thigh: float = 0.245
    shin: float = 0.235
    trunk: float = 0.30
    neck: float = 0.105
    upper_arm: float = 0.17
    forearm: float = 0.155
    hand: float = 0.045
    foot: float = 0.10
    shoulder_half: float = 0.115
    hip_half: float = 0.055
    girth: float = 1.0


def sample_body(rng: np.random.Generator) -> Body:
    """One person's proportions: legs, trunk, arms and girth vary by about a tenth."""
    legs, trunk, arms, broad = rng.normal(1.0, 0.05, 4).clip(0.9, 1.1)
    average = Body()
    return Body(
        thigh=average.thigh * legs,
        shin=average.shin * legs,
        trunk=average.trunk * trunk,
        upper_arm=average.upper_arm * arms,
        forearm=average.forearm * arms,
        shoulder_half=average.shoulder_half * broad,
        girth=float(rng.uniform(0.9, 1.2)),
    )


def pose(**angles: float) -> Array:
    """Angle vector float64 [A] in degrees (`hop` in body heights); what is not named is as in standing."""
    unknown = set(angles) - set(ANGLES)
    if unknown:
        raise ValueError(f"unknown angles {sorted(unknown)}; known are {ANGLES}")
    full = {**STANDING, **angles}
    return np.array([full.get(name, 0.0) for name in ANGLES])


def _direction(flexion: Array, abduction: Array, side: float) -> Array:
    """Unit vectors [T, 3] of a limb from its two angles [T] in degrees; side +1 is left, -1 right."""
    f, a = np.deg2rad(flexion), np.deg2rad(abduction)
    return np.stack([np.sin(f) * np.cos(a), side * np.sin(a), -np.cos(f) * np.cos(a)], axis=-1)


def _turn(vectors: Array, degrees: Array) -> Array:
    """`vectors` [T, 3] turned to the figure's left about the vertical by `degrees` [T]."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    x, y, z = vectors[:, 0], vectors[:, 1], vectors[:, 2]
    return np.stack([c * x - s * y, s * x + c * y, z], axis=-1)


def _reach(shoulder: Array, target: Array, body: Body) -> tuple[Array, Array]:
    """Elbow and wrist [T, 3] of an arm whose wrist goes to `target`, as far as it is long."""
    gap = target - shoulder
    distance = np.linalg.norm(gap, axis=-1, keepdims=True).clip(1e-6)
    length = np.minimum(distance, 0.98 * (body.upper_arm + body.forearm))
    wrist = shoulder + gap / distance * length
    mean_bone = 0.5 * (body.upper_arm + body.forearm)
    sag = np.sqrt(np.clip(mean_bone**2 - (length / 2) ** 2, 0.0, None))
    return (shoulder + wrist) / 2 - sag * np.array([0.2, 0.0, 0.98]), wrist


def positions(angles: Array, body: Body, *, two_handed: bool = False) -> Array:
    """Places of all `POINTS`, float64 [T, P, 3] in body heights, pelvis above (0, 0).

    angles: [T, A] in degrees. two_handed: the left hand grips the stick below the right one and the
    left arm's angles are ignored.
    """
    a = {name: angles[:, index] for name, index in ANGLE.items()}
    out: dict[str, Array] = {"pelvis": np.zeros((len(angles), 3))}
    spine = -_direction(-a["lean"], a["tilt"], 1.0)
    out["belly"] = 0.45 * body.trunk * spine
    out["neck"] = body.trunk * spine
    out["face"] = out["neck"] - body.neck * _direction(-a["lean"] - a["nod"], a["tilt"], 1.0)
    out["stick_tip"] = _turn(_direction(a["stick"], a["stick_out"], -1.0), a["twist"])
    for s, side in (("r", -1.0), ("l", 1.0)):
        across = np.tile([0.0, side, 0.0], (len(angles), 1))
        out[f"{s}_shoulder"] = 0.92 * out["neck"] + body.shoulder_half * _turn(across, a["twist"])
        upper = _turn(_direction(a[f"{s}_arm"], a[f"{s}_out"], side), a["twist"])
        lower_angles = a[f"{s}_arm"] + a[f"{s}_elbow"], a[f"{s}_out"] + a[f"{s}_bend"]
        lower = _turn(_direction(*lower_angles, side), a["twist"])
        out[f"{s}_elbow"] = out[f"{s}_shoulder"] + body.upper_arm * upper
        out[f"{s}_wrist"] = out[f"{s}_elbow"] + body.forearm * lower
        if two_handed and s == "l":
            grip = out["r_hand"] - 0.05 * out["stick_tip"]
            out["l_elbow"], out["l_wrist"] = _reach(out["l_shoulder"], grip, body)
            bone = out["l_wrist"] - out["l_elbow"]
            lower = bone / np.linalg.norm(bone, axis=-1, keepdims=True)
        out[f"{s}_hand"] = out[f"{s}_wrist"] + body.hand * lower
        out[f"{s}_hip"] = body.hip_half * across
        out[f"{s}_knee"] = out[f"{s}_hip"] + body.thigh * _direction(a[f"{s}_hip"], a[f"{s}_spread"], side)
        shin = a[f"{s}_hip"] - a[f"{s}_knee"]
        out[f"{s}_ankle"] = out[f"{s}_knee"] + body.shin * _direction(shin, a[f"{s}_spread"], side)
        out[f"{s}_toe"] = out[f"{s}_ankle"] + body.foot * _direction(shin + 82.0, 0.0 * shin, side)
    points = np.stack([out[name] for name in POINTS], axis=1)
    lowest = points[:, : POINT["stick_tip"], 2].min(axis=1)
    points[:, : POINT["stick_tip"], 2] += (a["hop"] - lowest + 0.03)[:, None]
    # A direction until here, because its length is the object's and not the body's.
    points[:, POINT["stick_tip"]] = points[:, POINT["r_hand"]] + 0.42 * points[:, POINT["stick_tip"]]
    return points
