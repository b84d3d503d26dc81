"""What a finished run leaves for others: networks that predict, and from which Hollywood2 starts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras

from repro.backbones import weights
from repro.paper3.recipe import Recipe, schedule
from repro.paper3.stages import Trained
from repro.types import InputError

MODEL = "model.json"
WITHIN = "activitynet"  # `start_from`: decoders of the same run


def network_file(folder: Path, name: str) -> Path:
    """Where a run folder keeps a convolutional network."""
    return folder / f"{name}.npz"


def decoder_file(folder: Path, name: str, recipe: Recipe) -> Path:
    """Where a run folder keeps a decoder: the best epoch, or on Hollywood2's recipe the last."""
    return folder / "sequence" / name / ("final.npz" if schedule(recipe).patience is None else "best.npz")


def described(folder: Path) -> dict[str, Any]:
    """The content of a run's `model.json`; InputError if the folder is no finished run of paper 3."""
    try:
        content: dict[str, Any] = json.loads((folder / MODEL).read_text())
        if content["paper"] != 3:
            raise ValueError(f"it is of paper {content['paper']}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{folder} is no finished run of paper 3 ({error}); name a folder in runs/paper3"
        ) from error
    return content


def recipe_in(content: dict[str, Any]) -> Recipe:
    """The recipe that a `model.json` holds."""
    values: Any = {n: tuple(v) if isinstance(v, list) else v for n, v in content["recipe"].items()}
    return Recipe(**values)


def kept_network(folder: Path, name: str) -> Trained:
    """A network of a finished run; InputError if it has none of that name."""
    outputs = described(folder)["outputs"]
    path = network_file(folder, name)
    if name not in outputs or not path.is_file():
        there = ", ".join(sorted(outputs))
        raise InputError(f"the run {folder} has no network {name!r}, only {there}; run its rows there first")
    return Trained(path, outputs[name])


def start_from(built: keras.Model, path: Path) -> None:
    """Fill all layers but the scores, whose classes are others (paper 3, 9.17)."""
    if not path.is_file():
        raise InputError(f"no decoder at {path} to start from; run its row on ActivityNet first")
    arrays = {name: array for name, array in weights.read(path).items() if not name.startswith("scores/")}
    weights.assign(built, arrays, path, strict=False)
