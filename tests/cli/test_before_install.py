"""A misspelt word is refused before anything is installed, by a Python that has nothing but its library."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BARE = [sys.executable, "-S", "-P"]  # without installed packages


def _asked(*words: str) -> tuple[int, str]:
    done = subprocess.run(
        [*BARE, str(ROOT / "repro" / "cli" / "before_install.py"), *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["papr2", "demo"], "did you mean paper2?"),
        (
            ["paper2", "demo", "--rows", "table9"],
            "no row begins with 'table9' on demo, split 1; did you mean",
        ),
        (["paper4", "hmdb51", "--split", "4"], "hmdb51 has no split '4'"),
        (["paper4", "demo", "--set", "unitz=3"], "did you mean units?"),
        (["recipe", "paper5", "--set", "fusion=mid"], "no 'mid'"),
        (["train", ".", "--set", "unitz=3"], "did you mean units?"),
        (["paper3", "activitynet", "--stage", "scor"], "did you mean score?"),
    ],
)
def test_wrong_words_are_refused_without_any_package(words: list[str], said: str) -> None:
    status, line = _asked(*words)
    assert status == 2
    assert line.startswith("error: ")
    assert said in line
    assert line.count("\n") == 1


@pytest.mark.slow
def test_right_words_pass_in_silence(tmp_path: Path) -> None:
    (tmp_path / "Run").mkdir()
    (tmp_path / "Run" / "1.avi").write_bytes(b"")
    for words in (["paper1", "demo", "--rows", "table4"], ["recipe", "paper3"], ["paper5", str(tmp_path)]):
        assert _asked(*words) == (0, "")


def test_run_sh_asks_before_it_makes_an_environment(tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", str(ROOT / "run.sh"), "papr2", "demo"],
        env={"PATH": "/usr/bin:/bin", "PYTHON": sys.executable, "REPRO_VENV": str(tmp_path / "venv")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert "did you mean paper2?" in done.stderr
    assert not (tmp_path / "venv").exists()
