"""What a finished run leaves for others: networks that predict, and from which another data set starts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras

from repro.backbones import weights
from repro.paper4.recipe import Recipe
from repro.types import InputError

MODEL = "model.json"


def stream_file(folder: Path, stream: str) -> Path:
    """Where a run folder keeps the VGG-16 of a stream."""
    return folder / f"{stream}_vgg.npz"


def checksum(folder: Path, stream: str) -> str:
    """SHA-256 of a run's VGG-16; InputError if the folder is no finished run."""
    described(folder)
    return weights.checksum(stream_file(folder, stream))


def sequence_file(folder: Path, name: str) -> Path:
    """Where a run folder keeps a sequence model."""
    return folder / "sequence" / name / "best.npz"


def described(folder: Path) -> dict[str, Any]:
    """The content of a run's `model.json`; InputError if the folder is no finished run of paper 4."""
    try:
        content: dict[str, Any] = json.loads((folder / MODEL).read_text())
        if content["paper"] != 4:
            raise ValueError(f"it is of paper {content['paper']}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{folder} is no finished run of paper 4 ({error}); name a folder in runs/paper4"
        ) from error
    return content


def recipe_in(content: dict[str, Any]) -> Recipe:
    """The recipe that a `model.json` holds."""
    values: Any = {n: tuple(v) if isinstance(v, list) else v for n, v in content["recipe"].items()}
    return Recipe(**values)


def is_run(start: str) -> bool:
    """Whether a recipe's `start_from` names a run folder."""
    return start not in ("scratch", "parts")


def start_from(network: keras.Model, path: Path, last: str) -> None:
    """Fill all layers but `last`, whose classes are others (paper 4, 5.2: HMDB51 starts from UCF101)."""
    if not path.is_file():
        raise InputError(f"no weights at {path} to start from; name a finished run that has them")
    arrays = {name: array for name, array in weights.read(path).items() if not name.startswith(f"{last}/")}
    weights.assign(network, arrays, path, strict=False)
