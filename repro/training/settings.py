"""Settings that decide a result: as plain JSON values, their digest, and how two of them differ."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from repro.types import InputError


def plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as JSON reads them back: tuples become lists, paths and other objects their text."""
    content: dict[str, Any] = json.loads(json.dumps(settings, default=str, sort_keys=True))
    return content


def digest(settings: Mapping[str, Any]) -> str:
    """sha256 of the settings, the same for the same content in any order."""
    return hashlib.sha256(json.dumps(plain(settings), sort_keys=True).encode()).hexdigest()


def noted(path: Path, advice: str) -> dict[str, Any]:
    """What an earlier call wrote down. Raises InputError with the advice where it cannot be read."""
    try:
        content: dict[str, Any] = dict(json.loads(path.read_text()))
    except (ValueError, TypeError) as error:
        raise InputError(f"{path} is damaged ({error}); {advice}") from error
    return content


def differences(before: Mapping[str, Any], now: Mapping[str, Any], inside: str = "") -> list[str]:
    """`recipe.units 128 -> 256` for every value that differs, nested settings by their dotted names."""
    changed = []
    for name in sorted({*before, *now}):
        old, new = before.get(name, "(absent)"), now.get(name, "(absent)")
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            changed += differences(old, new, f"{inside}{name}.")
        elif old != new:
            changed.append(f"{inside}{name} {old} -> {new}")
    return changed
