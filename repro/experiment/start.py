"""A network that starts from another run's weights."""

from __future__ import annotations

from pathlib import Path

import keras

from repro.atomic import sha256_of
from repro.backbones import weights
from repro.types import InputError


def of_start(path: Path | None) -> dict[str, str]:
    """What decides a network that starts from these weights, beside their path: a run may be made anew there.

    Nothing where it starts from no other run. InputError where they are missing.
    """
    return {} if path is None else {"start": sha256_of(_there(path))}


def start_from(network: keras.Model, path: Path, last: str) -> None:
    """Fill all layers of a network but `last`, whose classes are others, from a run's weights.

    Paper 4, 5.2: HMDB51 starts from UCF101; paper 3: Hollywood2 from ActivityNet. InputError where they are
    missing.
    """
    read = weights.read(_there(path))
    arrays = {name: array for name, array in read.items() if not name.startswith(f"{last}/")}
    weights.assign(network, arrays, path, strict=False)


def _there(path: Path) -> Path:
    if not path.is_file():
        raise InputError(f"no weights at {path} to start from; run its row in that run first")
    return path
