"""Means over splits and seeds, and the bootstrap interval."""

import math

import numpy as np
import pytest

from repro.evaluation.bootstrap import accuracy_interval
from repro.evaluation.repeats import mean_and_std, mean_over_splits


def test_mean_over_splits_weighs_them_equally() -> None:
    assert mean_over_splits([0.5, 0.6, 1.0]) == pytest.approx(0.7, abs=1e-15)


def test_sample_standard_deviation() -> None:
    assert mean_and_std([1.0, 2.0, 3.0]) == (2.0, 1.0)  # with n below the line it would be 0.816
    assert mean_and_std([0.4]) == (0.4, None)


@pytest.mark.parametrize("wrong", [[], [0.5, math.nan]])
def test_nothing_to_average_is_refused(wrong: list[float]) -> None:
    for mean in (mean_over_splits, mean_and_std):
        with pytest.raises(ValueError, match="at least one finite"):
            mean(wrong)


def _videos(right: int, wrong: int) -> tuple[np.ndarray, np.ndarray]:
    labels = np.zeros(right + wrong, np.int64)
    return labels, np.repeat([0, 1], [right, wrong])


def test_interval_of_a_large_test_set_is_the_normal_one() -> None:
    low, high = accuracy_interval(*_videos(3000, 1000))
    half = 1.96 * math.sqrt(0.75 * 0.25 / 4000)  # 0.0134
    assert low == pytest.approx(0.75 - half, abs=0.001)
    assert high == pytest.approx(0.75 + half, abs=0.001)


def test_interval_equals_drawing_videos_one_by_one() -> None:
    labels, said = _videos(14, 6)
    rng = np.random.default_rng(5)
    drawn = [(labels == said)[rng.integers(0, 20, 20)].mean() for _ in range(5000)]
    expected = np.quantile(drawn, [0.05, 0.95])
    assert accuracy_interval(labels, said, level=0.9) == pytest.approx(expected, abs=0.0501)  # one video


def test_interval_is_seeded_and_widens_with_its_level() -> None:
    videos = _videos(70, 30)
    assert accuracy_interval(*videos, seed=3) == accuracy_interval(*videos, seed=3)
    narrow, wide = accuracy_interval(*videos, level=0.5), accuracy_interval(*videos, level=0.99)
    assert wide[0] < narrow[0] < 0.7 < narrow[1] < wide[1]


def test_certain_results_have_no_width() -> None:
    assert accuracy_interval(*_videos(9, 0)) == (1.0, 1.0)
    assert accuracy_interval(*_videos(0, 9)) == (0.0, 0.0)


def test_interval_refuses_misfits() -> None:
    labels, said = _videos(3, 1)
    with pytest.raises(ValueError, match="two equal"):
        accuracy_interval(labels, said[:2])
    with pytest.raises(ValueError, match="level"):
        accuracy_interval(labels, said, level=95)
