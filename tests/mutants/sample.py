"""Which mutants are tried: drawn with a seed, from every room, of every kind."""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from mutants.catalogue import Mutant, mutants_of

ROOMS = {
    "anticipation/losses": ("repro/anticipation/losses*.py",),
    "recurrent": ("repro/recurrent/*.py",),
    "evaluation": ("repro/evaluation/*.py",),
    "training": ("repro/training/*.py",),
    "features/store": ("repro/features/store.py",),
    "localisation": ("repro/localisation/*.py",),
}
LEAST, PER_FUNCTION = 12, 3


def files_of(root: Path) -> dict[str, list[Path]]:
    """The files of every room."""
    return {room: sorted(p for g in globs for p in root.glob(g)) for room, globs in ROOMS.items()}


def shares(lines: Mapping[str, int], count: int) -> dict[str, int]:
    """`count` mutants over the rooms in proportion to their lines, but `LEAST` at least in each."""
    small = {room for room, n in lines.items() if n * count < LEAST * sum(lines.values())}
    rest = {room: n for room, n in lines.items() if room not in small}
    left = count - LEAST * len(small)
    exact = {room: left * n / sum(rest.values()) for room, n in rest.items()}
    share = {room: LEAST if room in small else int(exact[room]) for room in lines}
    for room in sorted(rest, key=lambda r: share[r] - exact[r])[: count - sum(share.values())]:
        share[room] += 1
    return share


def drawn(mutants: list[Mutant], count: int, seed: int) -> list[Mutant]:
    """`count` of them, or as many as the limit of `PER_FUNCTION` leaves; kinds of change take turns."""
    generator = random.Random(seed)
    turns: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in generator.sample(mutants, len(mutants)):
        turns[mutant.operator].append(mutant)
    in_turn = sorted(
        (place, generator.random(), mutant.name, mutant)
        for of_kind in turns.values()
        for place, mutant in enumerate(of_kind)
    )
    chosen: list[Mutant] = []
    functions: Counter[tuple[str, str]] = Counter()
    for *_, mutant in in_turn:
        if len(chosen) < count and functions[mutant.file, mutant.function] < PER_FUNCTION:
            functions[mutant.file, mutant.function] += 1
            chosen.append(mutant)
    return sorted(chosen, key=lambda m: (m.file, m.start, m.after))


def sample(root: Path, count: int, seed: int, reached: Mapping[str, set[int]] | None = None) -> list[Mutant]:
    """`count` mutants of the rooms. reached: the lines of every file that some test runs (None: all)."""
    files = files_of(root)
    texts = {p: p.read_text() for of_room in files.values() for p in of_room}
    sizes = {room: sum(texts[p].count("\n") for p in of_room) for room, of_room in files.items()}
    found = []
    for place, (room, share) in enumerate(sorted(shares(sizes, count).items())):
        every = [m for p in files[room] for m in mutants_of(str(p.relative_to(root)), texts[p])]
        if reached is not None:
            every = [
                m for m in every if reached.get(m.file) and (not m.lines or reached[m.file] & {*m.lines})
            ]
        found += drawn(every, share, seed + place)
    return found


def write(path: Path, mutants: list[Mutant]) -> None:
    path.write_text("".join(json.dumps(asdict(mutant)) + "\n" for mutant in mutants))


def read(path: Path) -> list[Mutant]:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [Mutant(**{**row, "lines": tuple(row["lines"])}) for row in rows]
