"""`--cluster` on the command line: wrong words are one line; a run stores the same with one and without."""

import subprocess
import sys
from pathlib import Path

import pytest

from helpers import tiny_runs
from helpers.refusals import refused
from repro.cluster.engines import PACKAGES
from repro.installing import install
from repro.paths import PROJECT

SHARDS = ("--cluster-set", "videos=20", "--cluster")  # three of the 60 drawn videos
WRONG = [
    (["--cluster", "nowhere"], "'nowhere' is no cluster; wanted local, local:N, slurm"),
    (["--cluster", "local:0"], "'local:0' is no cluster"),
    (["--cluster", "local", "--cluster-set", "videos=0"], "--cluster-set videos=0: 0 is out of range"),
    (
        ["--cluster", "local", "--cluster-set", "video=9"],
        "no field 'video'; did you mean videos?",
    ),
    (["--cluster", "local", "--dry-run"], "--dry-run prints the script of --cluster slurm"),
    (["--dry-run"], "--dry-run belongs to --cluster"),
    (["--cluster-set", "videos=9"], "--cluster-set belongs to --cluster"),
    (["--retry-failed"], "--retry-failed belongs to --cluster"),
    (["--cluster", "slurm"], f"--cluster slurm needs submitit: {install(*PACKAGES['slurm'])}"),
    (
        ["--cluster", "tcp://h:1"],
        f"needs distributed: {install(*PACKAGES['dask'])}",
    ),
]


@pytest.mark.parametrize(
    ("words", "line"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_wrong_words_are_one_line_before_anything_is_drawn(
    words: list[str],
    line: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for package in ("submitit", "distributed"):  # as where they are not installed
        monkeypatch.setitem(sys.modules, package, None)
    for module in ("repro.cluster.slurm", "repro.cluster.dask"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    error = refused(["paper2", "demo", "--out", str(tmp_path / "out"), *words], capsys)
    assert line in error
    assert not (tmp_path / "out").exists()


def test_the_packages_are_the_pinned_ones() -> None:
    lines = (PROJECT / "requirements-cluster.txt").read_text().splitlines()
    pins = [pin for several in PACKAGES.values() for pin in several]
    assert sorted(line for line in lines if not line.startswith("#")) == sorted(pins)


@pytest.mark.slow
@pytest.mark.exhaustive
@pytest.mark.parametrize("paper", [2, 4])
def test_a_run_on_processes_stores_the_same_bytes(paper: int, tmp_path: Path) -> None:
    """Flow, where the paper has it, and features, from videos to files, by the command itself."""
    stored = []
    for number, cluster in enumerate(([], [*SHARDS, "local:1"], [*SHARDS, "local:3"])):
        home = tmp_path / str(number)
        words = tiny_runs.command(paper, home, *tiny_runs.rows(paper), "--stage", "features", *cluster)
        subprocess.run([sys.executable, "-m", "repro", *words], cwd=PROJECT, check=True)
        files = sorted((home / "cache").rglob("*.npz"))
        stores = [p for p in files if p.relative_to(home / "cache").parts[0] in ("features", "flow")]
        stored.append({path.relative_to(home): path.read_bytes() for path in stores})
        assert bool(list(home.rglob("*.jsonl"))) == bool(cluster)
    assert len(stored[0]) > 10
    assert stored[0].keys() == stored[1].keys() == stored[2].keys()
    different = [path for path in stored[0] if not stored[0][path] == stored[1][path] == stored[2][path]]
    assert not different
