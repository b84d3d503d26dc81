"""What a finished run leaves for others: the networks of one model, and what its folder says of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from repro.paper5.recipe import Recipe
from repro.types import InputError

MODEL = "model.json"


def vgg_file(folder: Path, stream: str) -> Path:
    """Where a run folder keeps the VGG-16 of a stream."""
    return folder / f"{stream}_vgg.npz"


def sequence_file(folder: Path, name: str) -> Path:
    """Where a run folder keeps a sequence model: its last epoch."""
    return folder / "sequence" / name / "final.npz"


def described(folder: Path) -> dict[str, Any]:
    """The content of a run's `model.json`; InputError if the folder is no finished run of paper 5."""
    try:
        content: dict[str, Any] = json.loads((folder / MODEL).read_text())
        if content["paper"] != 5:
            raise ValueError(f"it is of paper {content['paper']}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{folder} is no finished run of paper 5 ({error}); name a folder in runs/paper5"
        ) from error
    return content


def recipe_in(content: dict[str, Any]) -> Recipe:
    """The recipe that a `model.json` holds."""
    values: Any = {n: tuple(v) if isinstance(v, list) else v for n, v in content["recipe"].items()}
    return Recipe(**values)
