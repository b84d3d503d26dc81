"""Means over splits and seeds."""

import math

import pytest

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
