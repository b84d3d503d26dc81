"""A network that starts from another run's weights."""

from __future__ import annotations

from pathlib import Path

import keras

from repro.backbones import weights
from repro.types import InputError


def start_from(network: keras.Model, path: Path, last: str) -> None:
    """Fill all layers of a network but `last`, whose classes are others, from a run's weights.

    Paper 4, 5.2: HMDB51 starts from UCF101; paper 3: Hollywood2 from ActivityNet. InputError where they are
    missing.
    """
    if not path.is_file():
        raise InputError(f"no weights at {path} to start from; run its row in that run first")
    arrays = {name: array for name, array in weights.read(path).items() if not name.startswith(f"{last}/")}
    weights.assign(network, arrays, path, strict=False)
