"""`weights list | verify | make [NAME]`: the pre-trained weights of weights/manifest.json."""

from __future__ import annotations

import argparse
import json
from typing import Any

from repro.backbones.weights import checksum
from repro.paths import weights_folder
from repro.types import InputError


def run_weights(options: argparse.Namespace) -> int:
    """Dispatch to the action. Raises InputError for an unknown name, or one without `make`."""
    if options.action == "make":
        from repro.standin.make import make

        make(options.name, options.out or weights_folder())
        return 0
    if options.name is not None:
        raise InputError(
            f"weights {options.action} takes no name ({options.name}); it goes through all of them"
        )
    entries = manifest()
    bad = 0
    for name, entry in entries.items():
        state = _state(entry)
        bad += state.startswith("WRONG")
        print(f"{name:<22} {state}\n{'':<22} {entry['what']}")
    return 1 if options.action == "verify" and bad else 0


def manifest() -> dict[str, Any]:
    """name -> what it is, source, file and checksum."""
    path = weights_folder() / "manifest.json"
    try:
        entries: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise InputError(
            f"weight manifest {path} cannot be read ({error}); restore it from the repository"
        ) from error
    return entries


def _state(entry: dict[str, Any]) -> str:
    if "file" not in entry:
        return f"fetched when asked for: {entry['source']}"
    path = weights_folder() / entry["file"]
    if not path.exists():
        return f"missing: {path}"
    found = checksum(path)
    return "ok" if found == entry["sha256"] else f"WRONG checksum: {found}, expected {entry['sha256']}"
