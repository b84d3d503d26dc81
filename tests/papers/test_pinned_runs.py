"""Each paper's tiny run gives what it gave when it was pinned: no change of the code moves a number unseen.

A change that is meant to move numbers says so in its message and pins them anew (`comparison/__main__.py`).
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from comparison.outcome import PINNED, Outcome
from helpers import tiny_runs

# Probabilities, attention in units of uniform, pixels. Other instructions (SSE 4.1, two threads) move none of
# them by more than 1e-7, as was measured.
TOLERANCE = 1e-5


@pytest.mark.parametrize("paper", tiny_runs.EACH)
def test_the_tiny_run_is_the_pinned_one(paper: int, tiny_run: Callable[[int], Path]) -> None:
    found = Outcome.of(paper, tiny_run(paper)).pinned()
    with np.load(PINNED / f"paper{paper}.npz", allow_pickle=False) as file:
        pinned = dict(file)
    assert found.keys() == pinned.keys()
    for name, array in pinned.items():
        assert found[name].dtype.kind == array.dtype.kind, name
        if array.dtype.kind == "f":
            np.testing.assert_allclose(found[name], array, rtol=0, atol=TOLERANCE, err_msg=name)
        else:
            np.testing.assert_array_equal(found[name], array, err_msg=name)
