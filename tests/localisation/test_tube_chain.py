"""The whole chain: the printed tube, single cells on real frame sizes, boxes that must stay boxes."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from worked_example import MAPS

from repro.localisation.saliency import NORMS
from repro.localisation.smoothing import smooth
from repro.localisation.tube import LocalisationSettings, tube
from repro.types import InputError

SMALL = LocalisationSettings(upscale=4, sigma_px=1.0, span_frames=5)


def test_worked_example() -> None:
    found = tube(MAPS, frame_height=18, frame_width=24, settings=SMALL)
    printed = [
        [14.65647274, 10.99235455, 24, 18],
        [11.86667954, 8.90000965, 24, 18],
        [9.43572621, 7.07679466, 24, 18],
        [7.86667954, 5.90000965, 24, 18],
        [6.65647274, 4.99235455, 24, 18],
    ]
    np.testing.assert_allclose(found.smoothed.boxes, printed, atol=6e-9)
    linked = np.array([[7, 7, 12, 12], [7, 7, 12, 12], [3, 3, 12, 12], [5, 5, 12, 12], [3, 3, 12, 12]])
    np.testing.assert_allclose(found.raw.boxes, linked * [2, 1.5, 2, 1.5], atol=1e-12)
    assert found.raw.frames.tolist() == found.smoothed.frames.tolist() == [0, 1, 2, 3, 4]
    assert found.several == 2 / 5  # two components in the first two frames


def test_one_bright_cell_on_a_frame_of_ucf101() -> None:
    maps = np.zeros((1, 7, 7))
    maps[0, 3, 3] = 1
    found = tube(maps, frame_height=240, frame_width=320)
    np.testing.assert_allclose(found.smoothed.boxes, [[112.857, 84.643, 207.143, 155.357]], atol=5e-4)
    assert found.several == 0


def test_still_attention_gives_a_still_tube() -> None:
    maps = np.zeros((40, 7, 7), np.float32)
    maps[:, 0, 0] = 1
    found = tube(maps, frame_height=224, frame_width=224)
    assert (found.raw.boxes == [0, 0, 44, 44]).all()
    np.testing.assert_allclose(found.smoothed.boxes, found.raw.boxes, atol=1e-9)


def test_flat_maps_give_the_whole_frame() -> None:
    for norm in NORMS:
        settings = LocalisationSettings(saliency_norm=norm)
        found = tube(np.full((2, 7, 7), 1 / 49), frame_height=240, frame_width=320, settings=settings)
        np.testing.assert_allclose(found.raw.boxes, [[0, 0, 320, 240]] * 2)
        assert found.several == 0


def test_a_frame_below_the_threshold_repeats_the_box_before() -> None:
    maps = np.zeros((3, 3, 3))
    maps[0, 0, 0], maps[1, 2, 2], maps[2, 2, 2] = 1, 0.1, 1
    settings = LocalisationSettings(upscale=4, sigma_px=1.0, saliency_norm="video_max", span_frames=1)
    boxes = tube(maps, frame_height=12, frame_width=12, settings=settings).raw.boxes
    assert (boxes[1] == boxes[0]).all()
    assert (boxes[2] != boxes[0]).any()


def test_a_box_that_grows_fast_stays_a_box() -> None:
    """The line through a corner of 44 pixels that turns into the whole frame begins with a size of -2."""
    maps = np.full((31, 7, 7), 1 / 49)
    maps[:14] = 0
    maps[:14, 6, 6] = 1
    found = tube(maps, frame_height=224, frame_width=224)
    assert smooth(found.raw.boxes[:, 2] - found.raw.boxes[:, 0], 31)[0] < -1
    sides = found.smoothed.boxes[:, 2:] - found.smoothed.boxes[:, :2]
    assert (sides[0] == 0).all()
    assert (sides[5:] > 0).all()


@given(
    hnp.arrays(np.float64, st.tuples(st.integers(1, 12), st.just(3), st.just(4)), elements=st.floats(0, 1)),
    st.sampled_from(NORMS),
    st.integers(1, 13),
)
def test_any_maps_give_boxes_inside_every_frame(maps: np.ndarray, norm: str, span: int) -> None:
    settings = LocalisationSettings(upscale=4, sigma_px=1.0, saliency_norm=norm, span_frames=span)
    found = tube(maps, frame_height=30, frame_width=50, settings=settings)
    for one in (found.raw, found.smoothed):
        assert one.frames.tolist() == list(range(len(maps)))
        assert one.boxes.min() >= 0
        assert (one.boxes <= [50, 30, 50, 30]).all()
    assert (found.raw.boxes[:, 2:] > found.raw.boxes[:, :2]).all()
    assert 0 <= found.several <= 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"upscale": 0},
        {"sigma_px": 0.0},
        {"saliency_norm": "sum"},
        {"theta": 0.0},
        {"theta": 256.0},
        {"span_frames": 0},
    ],
)
def test_settings_that_cannot_be(wrong: dict) -> None:
    with pytest.raises(InputError, match="choose"):
        LocalisationSettings(**wrong)


@pytest.mark.slow
def test_two_hundred_frames_take_about_a_second() -> None:
    maps = np.random.default_rng(0).random((200, 7, 7)) ** 4
    before = time.process_time()
    tube(maps, frame_height=240, frame_width=320)
    assert time.process_time() - before < 3
