"""The smoother: printed digits, least squares, lines and short spans."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from oracles import lowess as oracle
from repro.localisation.smoothing import smooth

SERIES = hnp.arrays(np.float64, st.integers(1, 40), elements=st.floats(-300, 300, width=32))


def test_worked_example() -> None:
    found = smooth(np.array([0, 1, 0, 5, 0, 0, 7]), 5)
    printed = [-0.10957477, 0.66359310, 1.71786311, 2.13689482, 1.43155259, 2.88409201, 5.01150606]
    np.testing.assert_allclose(found, printed, atol=6e-9)


def test_weights_of_span_five() -> None:
    """An impulse in the middle of nine frames shows the weights of the frames that see it from inside."""
    impulse = np.zeros(9)
    impulse[4] = 1
    found = smooth(impulse, 5)
    np.testing.assert_allclose(found[3:6], [0.28631052, 0.42737896, 0.28631052], atol=6e-9)
    assert found[[2, 6]] == pytest.approx([0, 0], abs=1e-15)
    assert found[3] / found[4] == pytest.approx(0.669921875)


@given(SERIES, st.integers(1, 45))
def test_agrees_with_least_squares(values: np.ndarray, span: int) -> None:
    np.testing.assert_allclose(smooth(values, span), oracle.smooth(values, span), atol=1e-9)


@given(st.integers(1, 80), st.integers(1, 90), st.floats(-5, 5), st.floats(-300, 300))
def test_straight_lines_are_returned(frames: int, span: int, slope: float, start: float) -> None:
    line = start + slope * np.arange(frames)
    np.testing.assert_allclose(smooth(line, span), line, atol=1e-9)


@given(SERIES, st.integers(1, 4))
def test_short_spans_change_nothing(values: np.ndarray, span: int) -> None:
    assert (smooth(values, span) == values).all()


@given(SERIES, st.integers(1, 40))
def test_backwards_is_the_same(values: np.ndarray, span: int) -> None:
    np.testing.assert_allclose(smooth(values[::-1], span), smooth(values, span)[::-1], atol=1e-9)


def test_corners_and_centre_with_size_agree() -> None:
    boxes = np.random.default_rng(2).integers(0, 224, (50, 4))
    centres = np.concatenate([boxes[:, :2] + boxes[:, 2:], boxes[:, 2:] - boxes[:, :2]], axis=1) / 2
    found = smooth(centres, 31)
    back = np.concatenate([found[:, :2] - found[:, 2:], found[:, :2] + found[:, 2:]], axis=1)
    np.testing.assert_allclose(smooth(boxes, 31), back, atol=1e-10)


def test_the_input_is_left_alone() -> None:
    values = np.arange(3.0)
    found = smooth(values, 31)
    found[0] = 9
    assert values[0] == 0


@pytest.mark.parametrize(("shape", "span"), [((4,), 0), ((2, 2, 2), 5), ((), 5)])
def test_refuses(shape: tuple[int, ...], span: int) -> None:
    with pytest.raises(ValueError, match="wanted 1 or more frames"):
        smooth(np.zeros(shape), span)
