"""Levels, stacks and mirrors by an oracle and by hand; nothing of a later frame reaches a stack."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from oracles import flow as oracle
from repro.flow import coding

CODED = arrays(np.uint8, st.tuples(st.integers(1, 13), st.integers(1, 3), st.integers(1, 4), st.just(2)))


def numbered(fields: int) -> np.ndarray:
    """uint8 [fields, 1, 2, 2]: x is 10 * field, y is 10 * field + 1; the right pixel is 100 more."""
    coded = np.empty((fields, 1, 2, 2), np.uint8)
    for f in range(fields):
        coded[f] = [[[10 * f, 10 * f + 1], [10 * f + 100, 10 * f + 101]]]
    return coded


def test_levels_by_hand() -> None:
    flow = np.array([-21, -20, 0, 0.1, 20, 25], np.float32)
    assert coding.quantise(flow).tolist() == [0, 0, 128, 128, 255, 255]
    assert coding.quantise(np.array([-1, 1], np.float32), 2.0).tolist() == [64, 191]
    assert coding.quantise(flow).dtype == np.uint8


@pytest.mark.parametrize("bound", [1.0, 7.0, 15.0, 20.0, 33.3])
def test_no_motion_is_128_for_every_bound(bound: float) -> None:
    assert coding.quantise(np.zeros(3, np.float32), bound).tolist() == [128] * 3


@given(st.floats(-30, 30, width=32))
def test_levels_are_the_oracles(displacement: float) -> None:
    exact = 255 * (min(max(displacement, -20), 20) + 20) / 40
    found = int(coding.quantise(np.array([displacement], np.float32))[0])
    if abs(exact % 1 - 0.5) > 1e-4:  # float32 may round a near half to either side
        assert found == oracle.level(displacement)
    assert abs(found - exact) <= 0.5 + 1e-4


@given(st.floats(-20, 20, width=32))
def test_what_is_coded_comes_back_within_half_a_level(displacement: float) -> None:
    flow = np.array([displacement], np.float32)
    back = (float(coding.quantise(flow)[0]) - 127.5) * 20 / 127.5
    assert abs(back - displacement) <= 20 / 255 + 1e-4


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_flow_that_is_no_number_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="NaN or infinity"):
        coding.quantise(np.array([0, bad], np.float32))


def test_a_stack_by_hand() -> None:
    coded = numbered(5)
    assert coding.stack(coded, 4, fields=3)[0].tolist() == [
        [10, 11, 20, 21, 30, 31],
        [110, 111, 120, 121, 130, 131],
    ]
    assert coding.stack(coded, 2, fields=3)[0, 0].tolist() == [0, 1, 0, 1, 10, 11]  # fields 0, 0, 1
    assert coding.stack(coded, 1, fields=3)[0, 0].tolist() == [0, 1, 0, 1, 0, 1]
    assert coding.stack(coded, 0, fields=3).tolist() == [[[128] * 6] * 2]


def test_a_video_of_one_frame_has_a_stack_of_no_motion() -> None:
    stack = coding.stack(np.empty((0, 2, 3, 2), np.uint8), 0)
    assert stack.shape == (2, 3, 20)
    assert (stack == 128).all()


@given(CODED, st.integers(1, 11), st.data())
def test_stacks_are_the_oracles(coded: np.ndarray, fields: int, data: st.DataObject) -> None:
    frames = data.draw(st.lists(st.integers(0, len(coded)), min_size=1, max_size=4))
    found = coding.stacks(coded, frames, fields)
    assert found.dtype == np.uint8
    for stack, frame in zip(found, frames, strict=True):
        np.testing.assert_array_equal(stack, oracle.stack_at(coded, frame, fields))
        np.testing.assert_array_equal(coding.stack(coded, frame, fields), stack)


@given(CODED, st.data())
def test_later_flow_changes_no_stack(coded: np.ndarray, data: st.DataObject) -> None:
    frame = data.draw(st.integers(0, len(coded)))
    later = coded.copy()
    later[frame:] = 255 - later[frame:]
    np.testing.assert_array_equal(coding.stack(later, frame), coding.stack(coded, frame))


def test_a_frame_the_clip_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="frame 6 of a clip with 5 flow fields"):
        coding.stack(numbered(5), 6)
    with pytest.raises(ValueError, match="frame -1"):
        coding.stack(numbered(5), -1)
    with pytest.raises(ValueError, match=r"float32 .*wanted uint8"):
        coding.stack(numbered(5).astype(np.float32), 1)


def test_a_mirror_by_hand() -> None:
    stack = np.array([[[0, 0], [1, 10], [127, 20], [128, 30], [129, 40], [255, 50]]], np.uint8)
    wanted = [[1, 50], [127, 40], [128, 30], [129, 20], [255, 10], [255, 0]]
    assert coding.mirror(stack)[0].tolist() == wanted


@given(arrays(np.uint8, (2, 3, 4)))
def test_mirrors_are_the_oracles(stack: np.ndarray) -> None:
    before = stack.copy()
    np.testing.assert_array_equal(coding.mirror(stack), oracle.mirrored(stack))
    np.testing.assert_array_equal(stack, before)
    twice = coding.mirror(coding.mirror(stack)).astype(int)
    np.testing.assert_array_equal(twice, np.where(np.arange(4) % 2 == 0, np.maximum(stack, 1), stack))


def test_a_mirror_is_that_of_the_scene() -> None:
    """Up to one level: the coding has no level for exactly zero."""
    flow = np.random.default_rng(0).uniform(-19.9, 19.9, (4, 5, 2)).astype(np.float32)
    of_scene = coding.quantise(flow[:, ::-1] * np.array([-1, 1], np.float32)).astype(int)
    found = coding.mirror(coding.quantise(flow)).astype(int)
    np.testing.assert_array_equal(found[..., 1], of_scene[..., 1])
    assert set((found - of_scene)[..., 0].ravel().tolist()) <= {0, 1}


def test_jpegs_keep_a_smooth_field_and_tell_x_from_y() -> None:
    field = np.zeros((24, 40, 2), np.uint8)
    field[..., 0] = np.linspace(60, 200, 40)
    field[..., 1] = np.linspace(200, 40, 24)[:, None]
    coarse, fine = (coding.to_jpeg(field, quality) for quality in (50, 95))
    assert len(coarse[0]) < len(fine[0])
    assert all(content[:2] == b"\xff\xd8" for content in fine)
    back = coding.from_jpeg(*coding.to_jpeg(field))
    assert back.shape == field.shape
    assert back.dtype == np.uint8
    assert np.abs(back.astype(int) - field).max() <= 3
    still = np.full((16, 16, 2), 128, np.uint8)
    np.testing.assert_array_equal(coding.from_jpeg(*coding.to_jpeg(still)), still)


def test_what_is_no_jpeg_is_refused() -> None:
    x, y = coding.to_jpeg(np.zeros((8, 8, 2), np.uint8))
    small, _ = coding.to_jpeg(np.zeros((8, 4, 2), np.uint8))
    for pair in ((x, b""), (b"nothing", y), (x, small)):
        with pytest.raises(ValueError, match="two grey JPEGs"):
            coding.from_jpeg(*pair)
    with pytest.raises(ValueError, match=r"wanted uint8 \[H, W, 2\]"):
        coding.to_jpeg(np.zeros((8, 8, 3), np.uint8))
