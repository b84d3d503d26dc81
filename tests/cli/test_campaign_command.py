"""`campaign`: steps in processes of their own, published as they end; failures; an interrupt stops all."""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from repro.cli import campaign as command
from repro.cli import main
from repro.experiment.campaign import Step
from repro.papers import PAPERS
from repro.paths import Paths

FAILS = 7  # a seed
STEPS = tuple(Step(PAPERS[number], seed, ("a",)) for seed in (0, FAILS) for number in (1, 2))
CORE = min(os.sched_getaffinity(0))


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The run folders that were published; a step's process prints its core, and fails with one seed."""
    published: list[Path] = []

    def child(words: Sequence[str], out: Path | None) -> list[str]:
        program = f"import os, sys; print(os.sched_getaffinity(0)); sys.exit(sys.argv[1:] == ['{FAILS}'])"
        return [sys.executable, "-S", "-c", program, *words[3:4]]

    monkeypatch.setattr(command, "_command", child)
    monkeypatch.setattr(command, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(command, "publish", lambda runs, results: published.extend(runs))
    monkeypatch.setattr(command.campaign, "plan", lambda papers: STEPS)
    monkeypatch.setattr(command.campaign, "missing", lambda steps, results, renderer: steps)
    return published


def test_what_ends_well_is_published_and_what_fails_is_named(
    folders: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = argparse.Namespace(papers=[], jobs=2, dry_run=False, out=tmp_path)
    assert command.run_campaign(options) == 1
    assert {path.relative_to(tmp_path).as_posix() for path in folders} == {
        "runs/paper1/demo-split1-demo-seed0",
        "runs/paper2/demo-split1-demo-seed0",
    }
    out, err = capsys.readouterr()
    assert "4 of 4 steps to run, 4 of 4 results" in out
    assert out.count(" published; ") == 2
    assert f"failed: paper1-seed{FAILS}; its output is in " in err
    assert f"failed: paper2-seed{FAILS}; its output is in " in err


def test_each_process_has_one_core(folders: list[Path], tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    with closing(command._ended(STEPS[:1], paths, [CORE], tmp_path)) as ended:
        assert [ok for _, ok in ended] == [True]
    assert (tmp_path / "runs/campaign/paper1-seed0.log").read_text() == f"{{{CORE}}}\n"


def test_steps_of_one_seed_wait_for_each_other() -> None:
    none = command._next(STEPS, [])
    assert none is STEPS[0]
    running = [command.Running(STEPS[0], None, 0.0, None)]  # type: ignore[arg-type]
    assert command._next(STEPS, running) is STEPS[2]
    assert command._next(STEPS[:2], running) is None


def test_whoever_stops_it_stops_all_of_them(
    folders: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = "import time\ntry:\n  time.sleep(60)\nexcept KeyboardInterrupt:\n  print('stopped')"
    monkeypatch.setattr(command, "_command", lambda words, out: [sys.executable, "-S", "-c", program])
    started = []

    def interrupted(seconds: float) -> None:
        started.append(seconds)
        if len(started) > 10:  # by then they sleep
            raise KeyboardInterrupt
        real(0.1)

    real = command.time.sleep
    monkeypatch.setattr(command.time, "sleep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(command._ended((STEPS[0], STEPS[2]), Paths(tmp_path), [None, None], tmp_path))
    logs = sorted((tmp_path / "runs/campaign").iterdir())
    assert [log.read_text() for log in logs] == ["stopped\n"] * 2


def test_a_dry_run_runs_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["campaign", "paper5", "--dry-run", "--out", str(tmp_path)]) == 0
    assert "steps to run" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_no_such_paper(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["campaign", "paper9"]) == 2
    assert "no paper 'paper9'" in capsys.readouterr().err
