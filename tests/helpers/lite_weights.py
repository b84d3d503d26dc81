"""A weight file of EfficientNet-Lite0 that nobody trained."""

from pathlib import Path

import numpy as np

from golden import lite_inputs
from repro.convert import lite_mapping

NAME = "efficientnet_lite0"


def drawn_weights(folder: Path) -> Path:
    """A file like the published one, of numbers that keep the signal's size."""
    arrays, _ = lite_mapping.arrays(lite_inputs.drawn(NAME), NAME)
    np.savez(folder / f"{NAME}.npz", **arrays)
    return folder / f"{NAME}.npz"
