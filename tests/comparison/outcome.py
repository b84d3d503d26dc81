"""What a run leaves that a change of the code must not move: weights, scores, tubes, attention, values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray]
PINNED = Path(__file__).parent / "pinned"
SAID = ("scores", "tubes", "attention")


@dataclass(frozen=True)
class Outcome:
    """networks: arrays by file, of the networks that runs share; their folders' digests are left out.
    models, said: arrays by file, of the run's own models, and of what these say. values: by row and name.
    """

    networks: dict[str, Arrays]
    models: dict[str, Arrays]
    said: dict[str, Arrays]
    values: dict[str, float]

    @classmethod
    def of(cls, paper: int, home: Path) -> Outcome:
        """What the tiny run of a paper left in its home."""
        run = home / f"runs/paper{paper}/demo-split1-tiny-seed0"
        networks: dict[str, Arrays] = {}
        # Several of one kind (paper 1 has two frame networks) come in the order of their contents.
        files = (home / "cache/networks").glob("*/*.npz")
        for path in sorted(files, key=lambda p: (p.name, p.read_bytes())):
            kind, _, _ = path.parent.name.rpartition("-")
            number = sum(name.startswith(f"{kind} ") for name in networks)
            networks[f"{kind} {number}"] = _arrays(path)
        values = {}
        for path in sorted((run / "results").glob("*.json")):
            content = json.loads(path.read_text())
            (only,) = content["runs"]
            values |= {f"{content['id']}: {name}": value for name, value in only["values"].items()}
        return cls(
            networks,
            {f"{p.parent.name}/{p.name}": _arrays(p) for p in sorted(run.glob("sequence/*/*.npz"))},
            {f"{kind}/{p.name}": _arrays(p) for kind in SAID for p in sorted((run / kind).glob("*.npz"))},
            values,
        )

    def counted(self) -> str:
        """How much there is to compare."""
        files = [*self.networks.values(), *self.models.values()]
        weights = sum(array.size for arrays in files for array in arrays.values())
        return (
            f"{weights} weights in {len(files)} files, {len(self.said)} files of scores, tubes and "
            f"attention, {len(self.values)} values"
        )

    def pinned(self) -> Arrays:
        """What is committed of it, by part, file and name: the shapes of all weights, what the models say."""
        found = {}
        for part, files in (("networks", self.networks), ("models", self.models), ("said", self.said)):
            for file, arrays in files.items():
                for name, array in arrays.items():
                    kept = array if part == "said" else np.array(array.shape, np.int64)
                    found[f"{part}: {file}: {name}"] = kept
        return found


def differences(before: Outcome, after: Outcome) -> list[str]:
    """What is not equal bit for bit, each in a line."""
    found = []
    for part in ("networks", "models", "said"):
        old, new = getattr(before, part), getattr(after, part)
        for file in sorted(old.keys() | new.keys()):
            if old.keys() & new.keys() >= {file}:
                found += [f"{part}: {file}, {name}" for name in _unequal(old[file], new[file])]
            else:
                found.append(f"{part}: {file} is only in the {'old' if file in old else 'new'}")
    rows = sorted(before.values.keys() | after.values.keys())
    return found + [row for row in rows if before.values.get(row) != after.values.get(row)]


def _unequal(old: Arrays, new: Arrays) -> list[str]:
    return [
        name
        for name in sorted(old.keys() | new.keys())
        if name not in old
        or name not in new
        or (old[name].dtype, old[name].shape) != (new[name].dtype, new[name].shape)
        or old[name].tobytes() != new[name].tobytes()
    ]


def _arrays(path: Path) -> Arrays:
    with np.load(path, allow_pickle=False) as file:
        return dict(file)
