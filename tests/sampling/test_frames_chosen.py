"""Hand values, and that every choice increases within the video."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.sampling import frames as sampling

SIZES = {"k": st.integers(1, 60), "length": st.integers(1, 200)}


def test_hand_values():
    assert sampling.first(3, 10).tolist() == [0, 1, 2]
    assert sampling.first(50, 4).tolist() == [0, 1, 2, 3]
    assert sampling.spaced(1, 9).tolist() == [4]
    assert sampling.spaced(2, 8).tolist() == [2, 6]
    assert sampling.spaced(4, 10).tolist() == [1, 3, 6, 8]
    assert sampling.spaced(9, 3).tolist() == [0, 1, 2]


@given(**SIZES, seed=st.integers(0, 2**32))
def test_all_choices_increase_within_the_video(k, length, seed):
    drawn = sampling.sampled(k, length, np.random.default_rng(seed))
    for chosen in (sampling.first(k, length), sampling.spaced(k, length), drawn):
        assert len(chosen) == min(k, length)
        assert np.all(np.diff(chosen) > 0)
        assert chosen[0] >= 0
        assert chosen[-1] < length


def test_every_frame_is_drawn_equally_often():
    rng = np.random.default_rng(0)
    counts = np.bincount(np.concatenate([sampling.sampled(3, 10, rng) for _ in range(4000)]), minlength=10)
    # Each frame is in a draw with probability 0.3: mean 1200, standard deviation 29; six of them.
    assert np.all(np.abs(counts - 1200) < 174)


@pytest.mark.parametrize(("k", "length"), [(0, 5), (3, 0), (-1, 5)])
def test_nothing_of_nothing_is_an_error(k, length):
    with pytest.raises(ValueError, match="at least 1"):
        sampling.first(k, length)
