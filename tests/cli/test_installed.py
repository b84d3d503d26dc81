"""Installed, the command is called `repro`: so say its messages, and it keeps out of its own package."""

from pathlib import Path

import pytest

from helpers.as_installed import as_installed
from repro import __version__
from repro.cli import main


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's, of an installed package."""
    return as_installed(tmp_path, monkeypatch)


def _said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int | str | None, str, str]:
    """Exit status, standard output and standard error."""
    try:
        status: int | str | None = main(arguments)
    except SystemExit as stop:
        status = stop.code
    said = capsys.readouterr()
    return status, said.out, said.err


@pytest.mark.parametrize("installed", [False, True])
def test_version(
    installed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if installed:
        as_installed(tmp_path, monkeypatch)
    assert _said(["--version"], capsys) == (0, f"repro {__version__}\n", "")


@pytest.mark.parametrize("words", [["check"], ["test", "--all"], ["notebooks"], ["bench"]])
def test_what_needs_a_checkout_says_so(
    home: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    line = f"error: {words[0]} needs a checkout of the project, where run.sh is\n"
    assert _said(words, capsys) == (2, "", line)


def test_stand_ins_are_made_where_the_user_says(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, line = _said(["weights", "make"], capsys)
    assert (status, line.count("\n")) == (2, 1)
    assert "say where they go with --out FOLDER" in line


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (["predict", "--highlight", "{clip}"], "train one with: repro paper3 demo, "),
        (["paper2", "ucf101"], "what works now: repro paper2 demo"),
        (["paper2", "demo", "--set", "unitz=3"], "repro recipe PAPER lists them all"),
        (["paper2", "demo", "--colour"], "; see: repro paper2 --help"),
        ([], "; see: repro --help"),
        (["weights", "fetch"], "repro weights list shows them"),
        (["report"], "repro publish RUN adds those of a finished run"),
    ],
)
def test_advice_can_be_typed(
    home: Path, tmp_path: Path, words: list[str], advice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "clip.avi").write_bytes(b"")
    status, _, line = _said([word.format(clip=tmp_path / "clip.avi") for word in words], capsys)
    assert (status, line.count("\n")) == (2, 1)
    assert advice in line
    assert "run.sh" not in line


def test_weights_are_listed_and_looked_for_in_both_places(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, listed, _ = _said(["weights", "list"], capsys)
    assert status == 0
    assert "missing: repro weights fetch c3d_sports1m" in listed
    states = dict(line.split(maxsplit=1) for line in listed.splitlines() if line[:1].strip())
    assert states["standin_c3d"] == "ok"
    converted = home / ".local" / "share" / "repro" / "weights"
    converted.mkdir(parents=True)
    (converted / "c3d_sports1m.npz").write_bytes(b"not by us")
    assert "c3d_sports1m           WRONG record" in _said(["weights", "list"], capsys)[1]


def test_steps_can_be_typed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, steps, _ = _said(["weights", "fetch", "vgg19_places205"], capsys)
    assert status == 2
    assert "repro weights convert snapshot_iter_765280.caffemodel --as vgg19_places205" in steps
    assert "run.sh" not in steps
