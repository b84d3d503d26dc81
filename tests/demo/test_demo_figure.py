"""The skeleton: where limbs are for poses a reader can check by eye, and bone lengths for any pose."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro.demo.actor import joints_of, project
from repro.demo.figure import ANGLE, ANGLES, JOINTS, POINT, Body, pose, positions

BODY = Body()
STRAIGHT = {"r_out": 0, "l_out": 0, "r_elbow": 0, "l_elbow": 0, "r_spread": 0, "l_spread": 0}


def _points(**angles: float) -> dict[str, np.ndarray]:
    points = positions(pose(**{**STRAIGHT, **angles})[None], BODY)[0]
    return {name: points[i] for name, i in POINT.items()}


def test_joints_are_jhmdbs_fifteen() -> None:
    assert len(JOINTS) == 15
    assert JOINTS[:5] == ("neck", "belly", "face", "r_shoulder", "l_shoulder")


def test_standing_straight() -> None:
    p = _points()
    assert p["pelvis"][2] == pytest.approx(0.03 + BODY.foot * np.cos(np.deg2rad(82)) + BODY.shin + BODY.thigh)
    assert p["r_hand"][2] < p["r_wrist"][2] < p["r_elbow"][2] < p["r_shoulder"][2] < p["face"][2]
    assert p["r_shoulder"][1] == pytest.approx(-BODY.shoulder_half)  # y counts to the figure's left
    assert p["l_shoulder"][1] == pytest.approx(BODY.shoulder_half)


def test_arm_forward_and_sideways() -> None:
    forward = _points(r_arm=90)
    np.testing.assert_allclose(forward["r_elbow"] - forward["r_shoulder"], [BODY.upper_arm, 0, 0], atol=1e-12)
    sideways = _points(r_out=90)
    np.testing.assert_allclose(
        sideways["r_elbow"] - sideways["r_shoulder"], [0, -BODY.upper_arm, 0], atol=1e-12
    )


def test_sitting_puts_the_knee_before_the_hip_and_the_foot_below_it() -> None:
    p = _points(r_hip=90, r_knee=90, l_hip=90, l_knee=90)
    np.testing.assert_allclose(p["r_knee"] - p["r_hip"], [BODY.thigh, 0, 0], atol=1e-12)
    np.testing.assert_allclose(p["r_ankle"] - p["r_knee"], [0, 0, -BODY.shin], atol=1e-12)


def test_hop_is_the_clearance_of_the_lowest_point() -> None:
    low, high = _points(hop=0.0, r_hip=40), _points(hop=0.3, r_hip=40)
    assert min(v[2] for n, v in low.items() if n != "stick_tip") == pytest.approx(0.03)
    assert high["face"][2] - low["face"][2] == pytest.approx(0.3)


def test_a_misspelled_angle_is_refused() -> None:
    with pytest.raises(ValueError, match="r_elbw"):
        pose(r_elbw=3)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-170, 170), min_size=len(ANGLES), max_size=len(ANGLES)), st.booleans())
def test_bones_keep_their_length_in_any_pose(angles: list[float], two_handed: bool) -> None:
    vector = np.array(angles)
    vector[ANGLE["hop"]] = 0.0
    points = positions(vector[None], BODY, two_handed=two_handed)[0]

    def length(a: str, b: str) -> float:
        return float(np.linalg.norm(points[POINT[a]] - points[POINT[b]]))

    for s in ("r", "l"):
        assert length(f"{s}_hip", f"{s}_knee") == pytest.approx(BODY.thigh)
        assert length(f"{s}_knee", f"{s}_ankle") == pytest.approx(BODY.shin)
    assert length("r_shoulder", "r_elbow") == pytest.approx(BODY.upper_arm)
    reach = length("l_shoulder", "l_wrist")
    assert reach <= BODY.upper_arm + BODY.forearm + 1e-9
    assert points[: POINT["stick_tip"], 2].min() == pytest.approx(0.03)


def test_profile_front_and_mirror() -> None:
    points = positions(pose(r_arm=90)[None], BODY)
    profile, front = (project(points, yaw, False, 100.0) for yaw in (0.0, 90.0))
    elbow, shoulder = POINT["r_elbow"], POINT["r_shoulder"]
    assert profile.x[0, elbow] - profile.x[0, shoulder] == pytest.approx(
        100 * 0.99 * BODY.upper_arm, rel=0.01
    )
    # Facing the camera, the person's right is at the viewer's left and the raised arm comes nearer.
    assert front.x[0, POINT["r_shoulder"]] < front.x[0, POINT["l_shoulder"]]
    assert front.depth[0, elbow] < front.depth[0, shoulder]
    mirrored = project(points, 0.0, True, 100.0)
    np.testing.assert_array_equal(mirrored.x, -profile.x)


def test_mirroring_swaps_the_names_of_right_and_left() -> None:
    points = positions(pose(r_arm=90)[None], BODY)
    plain = joints_of(project(points, 0.0, False, 100.0), False)
    mirrored = joints_of(project(points, 0.0, True, 100.0), True)
    right, left = JOINTS.index("r_wrist"), JOINTS.index("l_wrist")
    assert mirrored[0, left, 0] == -plain[0, right, 0]
    assert mirrored[1, left, 0] == plain[1, right, 0]
