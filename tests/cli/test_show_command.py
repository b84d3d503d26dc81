"""`summary`, `publish`, `report`: whole tables, the next command, and what is shown before it is stored."""

import errno
import os
from pathlib import Path

import pytest

from repro.cli import main, show
from repro.experiment import results
from repro.experiment.pipeline import Measured
from repro.experiment.results import Run
from repro.types import Row

RUN = Run(
    **{"split": "1", "seed": 0, "preset": "demo", "pretraining": "standin", "dataset": "demo"},
    **{"revision": "r", "device": "d", "date": "t", "command": "c", "versions": {}},  # type: ignore[arg-type]
)


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """The folder of a run with one result."""
    row = Row(paper=2, id="table1/a", table="1", row="a", dataset="demo")
    results.record(tmp_path / "run/results", row, RUN, Measured({"value": 50.0}, {}), 2, {})
    return tmp_path / "run"


def test_publish_says_the_report_of_the_same_folder(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    assert main(["publish", str(finished)]) == 0
    assert "bash run.sh report writes them" in capsys.readouterr().out
    assert main(["publish", str(finished), "--out", str(tmp_path / "of mine")]) == 0
    assert f"bash run.sh report --out '{tmp_path}/of mine' writes them" in capsys.readouterr().out


def test_a_report_that_cannot_be_stored_is_printed_all_the_same(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(path: Path, text: str) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    assert main(["publish", str(finished), "--out", str(tmp_path)]) == 0
    monkeypatch.setattr(show, "write_text", refused)
    assert main(["report", "--out", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert "| table 1 | a | accuracy |" in said.out
    assert said.err == f"error: {tmp_path}/results/REPORT.md: the disk is read-only; " + (
        "use a folder elsewhere (--out, REPRO_HOME)\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize("columns", [None, "40"])
def test_a_summary_has_all_its_columns_however_wide_the_terminal_is(
    columns: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if columns is None:
        monkeypatch.delenv("COLUMNS", raising=False)
    else:
        monkeypatch.setenv("COLUMNS", columns)
    assert main(["summary", "paper5", "--preset", "tiny"]) == 0
    lines = capsys.readouterr().out.splitlines()
    heads = [line for line in lines if "Layer (type)" in line]
    assert heads
    assert all("Param #" in line and len(line) == show.LINE_LENGTH for line in heads)
    assert os.environ.get("COLUMNS") == columns
