"""Two trainings of `small_training` that differ in how many replicas share a batch."""

import csv
from pathlib import Path

import numpy as np
import pytest

# The two runs add the same float32 numbers in another order. One gradient entry is a sum of n <= 5 x 5
# (batch x time) products of size below 1, so one step differs by at most n u = 25 x 2^-24 = 1.5e-6. Momentum
# 0.9 at rate 0.1 passes it on 0.1 / (1 - 0.9) = 1 times, and 15 steps add up to 15 x 1.5e-6 = 2.2e-5.
TOLERANCE = 2.2e-5


def history(folder: Path) -> list[dict[str, float]]:
    """Every epoch's row but for the time it took."""
    with (folder / "history.csv").open() as file:
        return [{k: float(v) for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


def assert_same_training(found: Path, wanted: Path) -> None:
    """The same weights, losses and accuracies of 15 steps of at most 5 samples, but for the order of sums."""
    many, one = (np.load(folder / "final.npz") for folder in (found, wanted))
    for name in one.files:
        np.testing.assert_allclose(many[name], one[name], rtol=0, atol=TOLERANCE, err_msg=name)
    for row, expected in zip(history(found), history(wanted), strict=True):
        assert row == pytest.approx(expected, rel=0, abs=TOLERANCE)
