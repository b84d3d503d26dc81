"""The comparison of two float32 ways passes rounding on and nothing else."""

import keras
import numpy as np
import pytest

from helpers.close import EPSILON, assert_same_float32, of_network, of_terms

RNG = np.random.default_rng(0)
# Six frames that differ little, each 400 numbers; 32 units add 400 products of them.
FRAMES = (1 + 0.05 * RNG.normal(size=(6, 400))).astype(np.float32)
KERNEL = RNG.normal(size=(400, 32)).astype(np.float32)


def in_blocks(frames: np.ndarray, kernel: np.ndarray, lanes: int) -> np.ndarray:
    """The products added one by one in so many lanes, as a processor with registers of that width does."""
    sums = np.zeros((lanes, len(frames), kernel.shape[1]), np.float32)
    for term in range(frames.shape[1]):
        sums[term % lanes] += frames[:, term, None] * kernel[term]
    return sums.sum(axis=0)


@pytest.mark.parametrize("lanes", [1, 4, 8, 16])
def test_another_order_of_the_same_sum_is_the_same(lanes: int) -> None:
    found, exact = in_blocks(FRAMES, KERNEL, lanes), FRAMES.astype(np.float64) @ KERNEL
    assert not np.array_equal(found, in_blocks(FRAMES, KERNEL, 2))
    assert_same_float32(found, exact, of_terms(400))
    assert_same_float32(found, in_blocks(FRAMES, KERNEL, 2), of_terms(400))


def test_a_small_value_that_large_terms_left_over_is_the_same() -> None:
    """As found on an AVX2 processor: 2.6e-4 beside values that reach 1163, and more than 1e-4 of itself."""
    found = np.array([1163.0, 1.2, 2e-3]) + np.array([0, 0, 2.6e-4])
    assert_same_float32(found, [1163.0, 1.2, 2e-3], of_terms(4))
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        np.testing.assert_allclose(found, [1163.0, 1.2, 2e-3], rtol=1e-4, atol=1e-4)


def _roll(array: np.ndarray) -> np.ndarray:
    return np.roll(array, 1, axis=0)


def _swapped(array: np.ndarray) -> np.ndarray:
    return array[:, [1, 0, *range(2, array.shape[1])]]


def _one_half(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float16).astype(np.float32)


def _one_off(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array[3, 5] += 1e-4 * np.abs(array).max()
    return array


@pytest.mark.parametrize("change", [_roll, _swapped, _one_half, _one_off])
def test_a_defect_is_not_rounding(change: object) -> None:
    """Frames one later, two channels changed over, half precision, a single value by 1e-4 of the largest."""
    right = in_blocks(FRAMES, KERNEL, 4)
    with pytest.raises(AssertionError, match="roundings"):
        assert_same_float32(change(right), right, of_terms(400))


def test_the_message_says_how_much_and_where() -> None:
    wanted = np.array([[4.0, 1.0], [0.0, -2.0]])
    found = wanted + np.array([[0, 0], [40, 8]]) * EPSILON
    assert_same_float32(found, wanted, 10)
    with pytest.raises(AssertionError) as caught:
        assert_same_float32(found, wanted, 9, name="fc7")
    assert str(caught.value).splitlines()[0] == (
        "fc7 differs by 10 roundings (2^-23 of 4), allowed are 9: "
        "4.76837158e-06 instead of 0 at (1, 0); 1 of 4 values are too far"
    )


def test_a_scale_that_is_given_counts_instead() -> None:
    """1000.0001 - 1000 in float32."""
    left_over = np.float32(1000.0001) - np.float32(1000)
    assert_same_float32(left_over, 1e-4, 1, scale=1000)
    with pytest.raises(AssertionError):
        assert_same_float32(left_over, 1e-4, 1)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([1.0, np.nan], "1 values are no numbers"),
        ([1.0], r"shape \(1,\); wanted \(2,\)"),
        ([1.0, 1e-9], "1e-09"),
    ],
)
def test_what_is_no_match_at_all(found: list[float], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        assert_same_float32(found, [1.0, 0.0], 0.001)
    assert_same_float32([0.0, 0.0], [0.0, 0.0], 1)
    with pytest.raises(AssertionError):
        assert_same_float32([0.0, 1e-30], [0.0, 0.0], 1)  # of nothing only nothing is the share


@pytest.mark.parametrize("roundings", [0, 1e5])
def test_a_tolerance_that_tells_nothing_apart_is_refused(roundings: float) -> None:
    with pytest.raises(ValueError, match="roundings; wanted above 0 and under 83886"):
        assert_same_float32([1.0], [1.0], roundings)


def test_the_roundings_of_a_network() -> None:
    """3 x 3 x 2 + 1 terms for each place of the convolution, 5 + 1 for each unit."""
    image = keras.Input((1, 1, 2))
    maps = keras.layers.Conv2D(5, 3, padding="same")(image)
    model = keras.Model(image, keras.layers.Dense(3)(maps))
    assert of_network(model) == of_terms(19, 6) == 10
    assert of_network(model, times=4) == 20
