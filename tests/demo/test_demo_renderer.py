"""Drawn clips: the same seed gives the same bytes, and the annotation fits the picture."""

import numpy as np
import pytest

from repro.demo.actions import CLASSES, USUAL_SCENE
from repro.demo.actor import PARTS
from repro.demo.contact_sheet import contact_sheet
from repro.demo.figure import JOINTS, POINT
from repro.demo.renderer import GREY, evenly, render_clip, render_part
from repro.demo.scenes import ABOVE_PX, BELOW_PX, SCENES
from repro.demo.stage import HEIGHTS, SWAP, WORLD_PX, Stage, choose_scene

PELVIS = POINT["pelvis"]


def test_same_seed_same_bytes_and_any_other_word_differs() -> None:
    first, again = render_clip(7, "Wave", 3, 2), render_clip(7, "Wave", 3, 2)
    for name in ("frames", "boxes_px", "joints_px", "mask"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    assert (first.action, first.scene) == (again.action, again.scene)
    for other in (render_clip(8, "Wave", 3, 2), render_clip(7, "Wave", 4, 2), render_clip(7, "Wave", 3, 1)):
        assert first.frames.shape != other.frames.shape or (first.frames != other.frames).mean() > 0.2


def test_clips_drawn_in_between_change_nothing() -> None:
    first = render_clip(0, "KickBall", 1, 1).frames
    render_clip(0, "KickBall", 1, 2)
    render_clip(0, "Run", 1, 1)
    np.testing.assert_array_equal(render_clip(0, "KickBall", 1, 1).frames, first)


@pytest.mark.parametrize("label", CLASSES)
def test_annotation_fits(label: str) -> None:
    drawn = render_clip(0, label, 6, 1)
    length = len(drawn.frames)
    assert 30 <= length <= 48
    assert drawn.frames.shape == (length, 120, 160, 3)
    assert drawn.frames.dtype == np.uint8
    assert drawn.boxes_px.shape == (length, 4)
    assert drawn.boxes_px.dtype == np.float32
    assert drawn.joints_px.shape == (2, 15, length)
    assert drawn.joints_px.dtype == np.float32
    assert drawn.mask.shape == (120, 160, length)
    assert drawn.action.stop_frames <= length
    assert drawn.scene in SCENES
    left, top, width, height = (drawn.boxes_px[:, i] for i in range(4))
    assert (left >= 0).all()
    assert (left + width <= 160).all()
    assert (top >= 0).all()
    assert (top + height <= 120).all()
    # A joint lies inside its limb, whose pixels the mask rounds: half a pixel of play on either side.
    x, y = drawn.joints_px
    assert (x >= left - 0.5).all()
    assert (x <= left + width + 0.5).all()
    assert (y >= top - 0.5).all()
    assert (y <= top + height + 0.5).all()


@pytest.mark.parametrize("label", ["HighJump", "Wave", "SitDown"])
def test_box_is_the_tight_rectangle_of_the_mask(label: str) -> None:
    drawn = render_clip(0, label, 2, 1)
    for t in range(len(drawn.frames)):
        rows, columns = np.nonzero(drawn.mask[:, :, t])
        left, top, width, height = drawn.boxes_px[t]
        assert (columns.min(), columns.max() + 1) == (left, left + width)
        assert (rows.min(), rows.max() + 1) == (top, top + height)


def test_mask_names_the_part_at_each_joint() -> None:
    """The face is nearer than all else in profile; the trunk part holds the belly of one who stands idle."""
    drawn = render_clip(0, "KickBall", 1, 1)
    x, y = np.round(drawn.joints_px[:, JOINTS.index("face"), 0]).astype(int)
    assert PARTS[drawn.mask[y, x, 0] - 1] == "head"
    assert drawn.mask.max() <= len(PARTS)
    assert len(np.unique(drawn.mask)) > 10


def test_parts_of_a_clip_are_its_frames_with_less_in_them() -> None:
    whole = render_clip(0, "KickAir", 2, 1)
    chosen = evenly(len(whole.frames), 4)
    np.testing.assert_array_equal(render_part(0, "KickAir", 2, 1, 4), whole.frames[chosen])
    actor = render_part(0, "KickAir", 2, 1, 4, background=False)
    scene = render_part(0, "KickAir", 2, 1, 4, actor=False)
    inside = whole.mask.transpose(2, 0, 1)[chosen] > 0
    corner = actor[:, :5, :5]
    assert np.ptp(corner) == 0
    assert abs(int(corner[0, 0, 0, 0]) - GREY) < 45  # grey under the clip's light
    frames = whole.frames[chosen]
    assert (actor[inside] == frames[inside]).mean() > 0.7  # only rims are blended with what is behind
    assert (scene[~inside] == frames[~inside]).mean() > 0.95  # shadow and rims
    assert (scene[inside] == frames[inside]).all(axis=-1).mean() < 0.1


def test_frames_are_chosen_from_the_middle_of_equal_parts() -> None:
    assert evenly(40, 4) == [5, 15, 25, 35]
    assert evenly(3, 1) == [1]


def test_actors_have_three_sizes_whatever_the_group() -> None:
    shares = np.array([Stage(0, "Wave", g, c).height_px / 120 for g in range(1, 26) for c in (1, 2)])
    nearest = np.abs(shares[:, None] / HEIGHTS - 1)
    assert nearest.min(axis=1).max() <= 0.05
    assert np.bincount(nearest.argmin(axis=1), minlength=3).min() > 50 / 3 - 10  # three standard deviations


def test_the_actor_may_be_anywhere_and_most_cameras_stand() -> None:
    """Means over a clip: what a run moves through lies between them."""
    stages = [Stage(0, label, g, 1) for label in CLASSES for g in range(1, 9)]
    places = np.array(
        [
            np.mean(
                [s.view.x[:, PELVIS] - s.shot.corner[:, 0], s.view.y[:, PELVIS] + s.shot.ground_px], axis=1
            )
            for s in stages
        ]
    )
    assert np.ptp(places[:, 0]) > 0.7 * 160
    assert np.ptp(places[:, 1]) > 0.45 * 120
    assert np.mean([np.ptp(s.shot.corner[:, 0]) <= 8 for s in stages]) > 0.5


def test_the_group_fixes_person_view_and_scene_look() -> None:
    one, two = Stage(0, "Run", 5, 1), Stage(0, "Run", 5, 2)
    assert (one.body, one.clothes, one.mirror) == (two.body, two.clothes, two.mirror)
    assert one.height_px != two.height_px
    other = Stage(0, "Run", 6, 1)
    assert one.clothes != other.clothes


def test_scenes_are_swapped_as_often_as_said() -> None:
    rng = np.random.default_rng(0)
    scenes = [choose_scene("Run", rng) for _ in range(2000)]
    assert {choose_scene("GolfSwing", rng) for _ in range(50)} == {
        "park"
    }  # nothing else tells it from SwingBat
    others = [scene for scene in scenes if scene != USUAL_SCENE["Run"]]
    assert len(others) / len(scenes) == pytest.approx(SWAP, abs=0.03)  # three standard deviations
    assert set(others) == set(SCENES) - {USUAL_SCENE["Run"]}


def test_the_camera_stays_on_the_painted_world() -> None:
    for label in ("Run", "HighJump", "KickBall"):
        for group in range(1, 26):
            stage = Stage(0, label, group, 1)
            left, top = (stage.shot.corner - [stage.left_px, 0]).T
            assert left.min() >= 0
            assert left.max() + 160 <= WORLD_PX
            assert ABOVE_PX - round(stage.shot.horizon_px) + top.min() >= 0
            assert BELOW_PX + round(stage.shot.horizon_px) - top.max() >= 120


def test_unknown_class_is_refused() -> None:
    with pytest.raises(ValueError, match="Juggle"):
        render_clip(0, "Juggle", 1, 1)


def test_contact_sheet_shows_a_row_per_class() -> None:
    sheet = contact_sheet(("Run", "Wave"))
    assert sheet.shape == (240, 1280, 3)
    frames = render_clip(0, "Run", 1, 1).frames
    np.testing.assert_array_equal(sheet[20:120, :160], frames[0][20:])  # below the name of the class
    np.testing.assert_array_equal(sheet[:120, 1120:], frames[-1])
