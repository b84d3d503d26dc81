"""Reads tests/golden/*.npz: outputs of tensorflow-addons with the inputs and weights that gave them."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

GOLDEN_FOLDER = Path(__file__).resolve().parents[1] / "golden"


def golden(name: str) -> dict[str, NDArray]:
    """The arrays of one golden, by the names its recipe gives them."""
    with np.load(GOLDEN_FOLDER / f"{name}.npz", allow_pickle=False) as stored:
        return dict(stored)
