"""Writes a stand-in and its entry in `manifest.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro.atomic import sha256_of, write_json, write_npz
from repro.demo.renderer import VERSION
from repro.standin.batches import SEED, HeldBatches


def ship(
    out: Path,
    name: str,
    arrays: Mapping[str, np.ndarray],
    *,
    what: str,
    accuracy: Mapping[str, float],
    test: HeldBatches,
    **numbers: Any,
) -> None:
    """Write `arrays` as float16 to `name`.npz in `out` and replace its entry; the other entries stay.

    accuracy: of each head on `test`. Beside it stands what always naming the commonest label of `test` would
    reach, since some labels are far from evenly spread. numbers: what else the entry should say.
    """
    path = out / f"{name}.npz"
    write_npz(path, {key: array.astype(np.float16) for key, array in arrays.items()})
    manifest = out / "manifest.json"
    entries = json.loads(manifest.read_text()) if manifest.exists() else {}
    entries[name] = {
        "what": what,
        "file": path.name,
        "sha256": sha256_of(path),
        "made_by": f"bash run.sh weights make {name}",
        **numbers,
        "renderer": VERSION,
        "seed": SEED,
        "test_accuracy": {head: round(value, 4) for head, value in accuracy.items()},
        "test_commonest": {head: round(_commonest(test.labels[head]), 4) for head in accuracy},
        "test_entries": len(test.inputs),
    }
    write_json(manifest, entries)


def _commonest(labels: NDArray[np.int32]) -> float:
    """The share of the commonest of int32 [n]."""
    return float(np.bincount(labels).max() / len(labels))
