"""The actions: the order of the classes, shared beginnings, reversed twins, and splines through key poses."""

import numpy as np
import pytest

from repro.demo.actions import CLASSES, USUAL_SCENE, perform
from repro.demo.figure import ANGLE, STANDING, pose
from repro.demo.motions import spline
from repro.demo.scenes import SCENES

FRAMES = 42


def _rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_twelve_classes_in_the_order_of_ucf101() -> None:
    assert len(CLASSES) == 12
    assert list(CLASSES) == sorted(CLASSES, key=str.casefold)


def test_every_class_shares_its_usual_scene_with_another() -> None:
    assert set(USUAL_SCENE) == set(CLASSES)
    scenes = list(USUAL_SCENE.values())
    assert set(scenes) <= set(SCENES)
    assert min(scenes.count(scene) for scene in scenes) >= 2


@pytest.mark.parametrize("label", CLASSES)
@pytest.mark.parametrize("frames", [30, 48])
def test_every_performance_is_finite_and_moves(label: str, frames: int) -> None:
    motion = perform(label, frames, _rng(3))
    assert motion.angles.shape == (frames, len(ANGLE))
    assert motion.travel.shape == (frames,)
    assert np.isfinite(motion.angles).all()
    assert 0 <= motion.start_frames < motion.stop_frames <= frames
    assert 0 <= motion.event_frames < frames
    assert np.ptp(motion.angles, axis=0).max() > 40
    assert np.abs(np.diff(motion.travel)).max() < 0.15


@pytest.mark.parametrize("label", ["HighJump", "LongJump"])
@pytest.mark.parametrize("seed", range(5))
def test_the_jumps_begin_exactly_as_a_run(label: str, seed: int) -> None:
    third = FRAMES // 3
    run, jump = perform("Run", FRAMES, _rng(seed)), perform(label, FRAMES, _rng(seed))
    np.testing.assert_array_equal(jump.angles[:third], run.angles[:third])
    np.testing.assert_allclose(jump.travel[:third], run.travel[:third], atol=1e-9)
    assert jump.yaw == run.yaw
    assert np.abs(jump.angles[-5:] - run.angles[-5:]).max() > 60


@pytest.mark.parametrize("seed", range(5))
def test_standing_up_is_sitting_down_backwards(seed: int) -> None:
    sit, stand = perform("SitDown", FRAMES, _rng(seed)), perform("StandUp", FRAMES, _rng(seed))
    np.testing.assert_array_equal(stand.angles, sit.angles[::-1])
    assert stand.yaw == sit.yaw
    assert stand.stop_frames - stand.start_frames == sit.stop_frames - sit.start_frames
    knee = ANGLE["r_knee"]
    assert sit.angles[-1, knee] - sit.angles[0, knee] > 60


@pytest.mark.parametrize(
    "label", ["CircleBack", "CircleForward", "GolfSwing", "KickAir", "KickBall", "SwingBat", "Wave"]
)
def test_the_others_begin_by_standing_idle(label: str) -> None:
    for seed in range(5):
        motion = perform(label, FRAMES, _rng(seed))
        assert motion.start_frames >= 0.1 * FRAMES
        idle = motion.angles[: motion.start_frames]
        assert np.abs(idle[:, [ANGLE["r_hip"], ANGLE["l_hip"]]]).max() < 15
        assert np.abs(idle[:, ANGLE["l_out"]] - STANDING["l_out"]).max() < 15


@pytest.mark.parametrize("seed", range(5))
def test_circling_back_differs_by_the_direction_of_the_arms_alone(seed: int) -> None:
    """From the same height and as fast, so that what one way adds to the angle the other takes off it."""
    back, forward = (perform(label, FRAMES, _rng(seed)) for label in ("CircleBack", "CircleForward"))
    arms = [ANGLE["r_arm"], ANGLE["l_arm"]]
    rest = [index for name, index in ANGLE.items() if index not in arms]
    np.testing.assert_array_equal(back.angles[:, rest], forward.angles[:, rest])
    steps = [np.diff(motion.angles[motion.start_frames + 5 :, arms[0]]) for motion in (back, forward)]
    assert steps[0].min() > 360 / 22 - 2  # the slowest turn, less what the body sways in a frame
    assert steps[1].max() < -360 / 22 + 2
    np.testing.assert_allclose((steps[0] + steps[1]) / 2, 0, atol=1.3)  # the sway, 4 degrees at 0.3 a frame


@pytest.mark.parametrize(("one", "other"), [("KickAir", "KickBall"), ("GolfSwing", "SwingBat")])
def test_what_an_object_or_the_scene_tells_apart_moves_alike(one: str, other: str) -> None:
    first, second = (perform(label, FRAMES, _rng(4)) for label in (one, other))
    np.testing.assert_array_equal(first.angles, second.angles)
    np.testing.assert_array_equal(first.travel, second.travel)
    assert (first.thing == second.thing) == (one == "GolfSwing")


def test_spline_meets_its_keys_and_holds_beyond_them() -> None:
    low, middle, high = pose(lean=0), pose(lean=40), pose(lean=10)
    keys = [(0.0, low), (0.5, middle), (1.0, high)]
    got = spline(keys, np.array([-1.0, 0.0, 0.5, 1.0, 2.0]))[:, ANGLE["lean"]]
    np.testing.assert_allclose(got, [0, 0, 40, 10, 10], atol=1e-12)


def test_spline_has_no_corner_at_a_key() -> None:
    keys = [(0.0, pose(lean=0)), (0.5, pose(lean=40)), (1.0, pose(lean=10))]
    step = 1e-4
    before, at, after = spline(keys, np.array([0.5 - step, 0.5, 0.5 + step]))[:, ANGLE["lean"]]
    assert (at - before) / step == pytest.approx((after - at) / step, abs=0.1)
    assert (at - before) / step == pytest.approx(10.0, abs=0.1)  # (10 - 0) / (1 - 0)


def test_unknown_class_is_refused() -> None:
    with pytest.raises(ValueError, match="Juggle"):
        perform("Juggle", FRAMES, _rng(0))
