"""`campaign`: what ends well is published, what fails is named."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from repro.cli import campaign as command
from repro.cli import main
from repro.experiment import campaign_processes
from repro.experiment.campaign import Step
from repro.papers import PAPERS
from repro.types import InputError

FAILS = 7  # a seed
STEPS = tuple(Step(PAPERS[number], seed, ("a",)) for seed in (0, FAILS) for number in (1, 2))


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The run folders that were published; a step's process fails with one seed."""
    published: list[Path] = []

    def child(words: Sequence[str], out: Path | None) -> list[str]:
        return [sys.executable, "-S", "-c", f"import sys; sys.exit(sys.argv[1:] == ['{FAILS}'])", *words[3:4]]

    monkeypatch.setattr(command, "_command", child)
    monkeypatch.setattr(campaign_processes, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(command, "publish", lambda runs, results: published.extend(runs))
    monkeypatch.setattr(command.campaign, "plan", lambda papers: STEPS)
    monkeypatch.setattr(command.campaign, "missing", lambda steps, results, renderer: steps)
    monkeypatch.setattr(command.campaign, "check_version", lambda steps, results, renderer: None)
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


def test_what_cannot_be_published_stops_no_other_step(
    folders: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def publish(runs: Sequence[Path], results: Path) -> None:
        if "paper1" in str(runs[0]):
            raise InputError("result file x cannot be read")
        folders.extend(runs)

    monkeypatch.setattr(command, "publish", publish)
    options = argparse.Namespace(papers=[], jobs=1, dry_run=False, out=tmp_path)
    assert command.run_campaign(options) == 1
    assert [path.parent.name for path in folders] == ["paper2"]
    err = capsys.readouterr().err
    assert "result file x cannot be read\n" in err
    assert "failed: paper1-seed0; its output is in " in err


def test_a_dry_run_runs_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["campaign", "paper5", "--dry-run", "--out", str(tmp_path)]) == 0
    assert "steps to run" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_without_a_name_it_is_every_paper(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["campaign", "--dry-run", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert all(f"paper{number}-seed0" in out for number in (1, 2, 3, 4, 5))


def test_a_paper_named_twice_is_run_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["campaign", "paper5", "paper5", "--dry-run", "--out", str(tmp_path)]) == 0
    steps = capsys.readouterr().out.splitlines()[:-1]
    assert steps
    assert len(set(steps)) == len(steps)  # two processes with one run folder would be in each other's way


def test_no_such_paper(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["campaign", "papr2"])
    assert "no 'papr2'; did you mean paper2? there are: paper1, " in capsys.readouterr().err
