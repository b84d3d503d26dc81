"""Which errors become one line, and what the line says."""

import errno
import os
from pathlib import Path

import pytest

from repro.cli import main, show
from repro.cli.system_errors import line_of


def _error(number: int, path: Path | str | None = None) -> OSError:
    return OSError(number, os.strerror(number), path)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "no space left on the disk; make room there, or use a folder elsewhere (--out"),
        (errno.EDQUOT, "the quota of the disk is used up; make room there"),
        (errno.EROFS, "the disk is read-only; use a folder elsewhere"),
        (errno.EIO, "the disk reports an error; check it"),
        (errno.EFBIG, "larger than a file may be there; raise the limit (ulimit -f)"),
        (errno.ENAMETOOLONG, "the name is too long for the disk; use a shorter one"),
        (errno.EISDIR, "a folder stands where a file should be; move it away"),
        (errno.ENOENT, "there is no such file or folder; if it was moved"),
        (errno.ENOTEMPTY, "Directory not empty; see to it and run the same command again"),
    ],
)
def test_the_file_the_reason_and_what_to_do(tmp_path: Path, number: int, said: str) -> None:
    assert (line_of(_error(number, tmp_path / "a.npz")) or "").startswith(f"{tmp_path / 'a.npz'}: {said}")
    assert (line_of(_error(number, str(tmp_path / "a.npz"))) or "").startswith(f"{tmp_path}/a.npz: {said}")


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    barrier = tmp_path / "home"
    barrier.write_text("a file")
    with pytest.raises(OSError) as below:
        (barrier / "data" / "demo").mkdir(parents=True, exist_ok=True)
    assert f"data/demo: {barrier} is a file where a folder should be; move it away" in str(
        line_of(below.value)
    )
    with pytest.raises(OSError) as itself:
        barrier.mkdir(exist_ok=True)
    assert str(line_of(itself.value)).startswith(f"{barrier}: it is a file where a folder should be; move")


def test_a_machine_that_refuses_needs_no_file(tmp_path: Path) -> None:
    assert (line_of(_error(errno.ENOSPC)) or "").startswith("no space left on the disk; ")
    assert (line_of(_error(errno.EMFILE)) or "").startswith("too many files are open; raise the limit")


@pytest.mark.parametrize(
    "error", [OSError("wrote 5 frames but 4 can be read back"), _error(errno.ENOENT), _error(errno.EBADF)]
)
def test_an_error_of_the_program_keeps_its_traceback(error: OSError) -> None:
    assert line_of(error) is None


def test_the_command_line_prints_the_one_and_raises_the_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(error: OSError) -> None:
        raise error

    monkeypatch.setattr(show, "run_rows", lambda options: fails(_error(errno.ENOSPC, "/home/x.npz")))
    assert main(["rows"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: /home/x.npz: no space left on the disk; make room there")
    assert said.count("\n") == 1
    monkeypatch.setattr(show, "run_publish", lambda options: fails(_error(errno.EROFS, "/home/x")))
    assert main(["publish", "run"]) == 2
    assert "read-only; use a folder elsewhere (--out, REPRO_HOME)\n" in capsys.readouterr().err  # its options
    monkeypatch.setattr(show, "run_rows", lambda options: fails(OSError("a mistake")))
    with pytest.raises(OSError, match="a mistake"):
        main(["rows"])
