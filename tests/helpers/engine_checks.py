"""The equations of every paper under one `KERAS_BACKEND`, and what small networks say.

    python -m helpers.engine_checks FOLDER

FOLDER gets a file a part: PART.npz, what its networks said, or PART.txt, where it failed.
"""

import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from helpers import c3d_in_an_engine, decoders, equations, joint, recurrences, sequences
from helpers.in_an_engine import in_float64
from helpers.initial_weights import without_initializers

Said = dict[str, NDArray]


def _float64(part: Callable[[], Said]) -> Callable[[], Said]:
    def run() -> Said:
        with in_float64(), without_initializers():  # under JAX the first draw of every shape is compiled
            return part()

    return run


PARTS: dict[str, Callable[[], Said]] = {
    "c3d": c3d_in_an_engine.check,
    "papers 1 and 2": _float64(equations.check),
    "LSTM on sequences": _float64(sequences.check),
    "paper 3": _float64(decoders.check),
    "paper 4": _float64(recurrences.check),
    "paper 5": _float64(joint.check),
}


if keras.config.backend() == "jax":
    from helpers import scanned

    PARTS["loop over time"] = _float64(scanned.check)


def main(folder: Path) -> None:
    """Every part, also after one that failed."""
    for name, part in PARTS.items():
        try:
            said = part()
        except Exception:  # of any kind: the test of this part reports it
            (folder / f"{name}.txt").write_text(traceback.format_exc())
        else:
            np.savez(folder / f"{name}.npz", **said)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
