"""`python -m tests.comparison OLD NEW [PAPER ...]`: do two commits give the same bits on this machine?

Each paper's tiny run (`helpers/tiny_runs.py` of that commit) is made by both, from nothing; then every
trained weight, score, tube, attention and value is compared. Exit status 1 where one differs.

`python -m tests.comparison pin`: writes what the last commit gives to `pinned/`, with which
`papers/test_pinned_runs.py` compares every tiny run.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from comparison.outcome import PINNED, Outcome, differences  # noqa: E402

MAKE = """
import sys
from pathlib import Path
sys.path[:0] = ["tests", "."]
import conftest
from helpers import tiny_runs
for paper in map(int, sys.argv[2:]):
    tiny_runs.make(paper, Path(sys.argv[1]) / f"paper{paper}")
"""


def made_by(commit: str, papers: list[int], folder: Path) -> dict[int, Outcome]:
    """What the tiny runs of a commit leave, by paper; `folder` gets its checkout and its runs."""
    checkout, runs = folder / "checkout", folder / "runs"
    git = ["git", "-C", str(ROOT), "worktree"]
    subprocess.run([*git, "add", "--detach", "--quiet", str(checkout), commit], check=True)
    try:
        command = [sys.executable, "-c", MAKE, str(runs), *map(str, papers)]
        subprocess.run(command, cwd=checkout, check=True)
    finally:
        subprocess.run([*git, "remove", "--force", str(checkout)], check=True)
    return {paper: Outcome.of(paper, runs / f"paper{paper}") for paper in papers}


def pin() -> int:
    """Write `pinned/paperN.npz`."""
    papers = [1, 2, 3, 4, 5]
    with tempfile.TemporaryDirectory() as folder:
        for paper, outcome in made_by("HEAD", papers, Path(folder)).items():
            np.savez_compressed(PINNED / f"paper{paper}.npz", **outcome.pinned())
    return 0


def main(old: str, new: str, *papers: str) -> int:
    """0 where all papers give the same bits."""
    chosen = [int(paper) for paper in papers] or [1, 2, 3, 4, 5]
    with tempfile.TemporaryDirectory() as folder:
        before, after = (made_by(commit, chosen, Path(folder) / commit[:12]) for commit in (old, new))
    different = 0
    for paper in chosen:
        found = differences(before[paper], after[paper])
        different += len(found)
        print(f"paper {paper}: {before[paper].counted()}; {len(found) or 'nothing'} different")
        print("".join(f"    {line}\n" for line in found), end="")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(pin() if sys.argv[1:] == ["pin"] else main(*sys.argv[1:]))
