"""A file is the old one or the new one, whatever happens in between."""

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest

from repro import atomic


def test_each_kind_reads_back(tmp_path: Path) -> None:
    atomic.write_text(tmp_path / "new" / "a.txt", "höhe\n")
    assert (tmp_path / "new" / "a.txt").read_text(encoding="utf-8") == "höhe\n"
    atomic.write_json(tmp_path / "a.json", {"b": [1, 2.5, None]})
    assert json.loads((tmp_path / "a.json").read_text()) == {"b": [1, 2.5, None]}
    atomic.write_npz(tmp_path / "a.npz", {"layer/w": np.arange(3, dtype=np.float32)})
    with np.load(tmp_path / "a.npz", allow_pickle=False) as stored:
        assert stored["layer/w"].tolist() == [0, 1, 2]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.json", "a.npz", "new"]


@pytest.mark.parametrize("where", ["fsync", "replace"])
def test_a_failure_leaves_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    path = tmp_path / "a.txt"
    atomic.write_text(path, "old")

    def fails(*ignored: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os if where == "fsync" else Path, where, fails)
    with pytest.raises(OSError, match="disk full"):
        atomic.write_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_content_is_on_disk_before_it_gets_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    sync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda d: (order.append("sync"), sync(d))[1])
    monkeypatch.setattr(Path, "replace", lambda s, t: (order.append("rename"), replace(s, t))[1])
    atomic.write_bytes(tmp_path / "a", b"x")
    assert order == ["sync", "rename", "sync"]


def test_what_cannot_be_read_back_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'names' holds objects"):
        atomic.write_npz(tmp_path / "a.npz", {"names": np.array([{}], dtype=object)})
    with pytest.raises(ValueError):
        atomic.write_json(tmp_path / "a.json", {"loss": float("nan")})
    assert not list(tmp_path.iterdir())


def test_strays_of_killed_writers_are_removed(tmp_path: Path) -> None:
    (tmp_path / ".a.npz.123.part").write_bytes(b"half")
    (tmp_path / "a.npz").write_bytes(b"whole")
    atomic.remove_strays(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]


def _refusing(number: int, path: Path | None = None):
    def refuse(*ignored: object, **named: object) -> None:
        raise OSError(number, os.strerror(number), path)

    return refuse


def test_the_error_names_the_file_that_was_to_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written and flushed has no name for the system, what is opened a temporary one."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", _refusing(errno.ENOSPC))
        with pytest.raises(OSError) as flushed:
            atomic.write_text(tmp_path / "a.txt", "new")
    assert (flushed.value.errno, flushed.value.filename) == (errno.ENOSPC, str(tmp_path / "a.txt"))
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError) as renamed:
        atomic.write_text(tmp_path / "folder", "new")
    assert renamed.value.filename == str(tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_clearing_up_hides_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def turned_read_only(*ignored: object) -> None:
        monkeypatch.setattr(Path, "unlink", _refusing(errno.EROFS))
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", turned_read_only)
    with pytest.raises(OSError, match="full"):
        atomic.write_text(tmp_path / "a.txt", "new")


@pytest.mark.parametrize(("number", "matters"), [(errno.EINVAL, 0), (errno.ENOTSUP, 0), (errno.EIO, 1)])
def test_a_disk_that_cannot_flush_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, matters: int
) -> None:
    """Some network disks cannot; a disk that fails is another matter."""
    sync, folder = os.fsync, tmp_path.stat().st_ino
    refuse = _refusing(number)
    monkeypatch.setattr(os, "fsync", lambda d: refuse() if os.fstat(d).st_ino == folder else sync(d))
    if matters:
        with pytest.raises(OSError) as refused:
            atomic.write_text(tmp_path / "a.txt", "whole")
        assert (refused.value.errno, refused.value.filename) == (number, str(tmp_path))
    else:
        atomic.write_text(tmp_path / "a.txt", "whole")
    assert (tmp_path / "a.txt").read_text() == "whole"


def test_the_longest_legal_names(tmp_path: Path) -> None:
    for name in ("x" * 255, "é" * 127, "é" * 123 + ".json"):
        atomic.write_text(tmp_path / name, "whole")
        assert [path.name for path in tmp_path.iterdir()] == [name]
        (tmp_path / name).unlink()


def test_a_stray_that_is_a_link_harms_no_other_file(tmp_path: Path) -> None:
    """A killed `link_or_copy` leaves one; its process number may come again."""
    atomic.write_text(tmp_path / "in-use.npz", "in use")
    os.link(tmp_path / "in-use.npz", atomic.temporary_name(tmp_path / "best.npz"))
    atomic.write_text(tmp_path / "best.npz", "best")
    assert (tmp_path / "in-use.npz").read_text() == "in use"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.npz", "in-use.npz"]


def test_linked_twice_nothing_is_left_over(tmp_path: Path) -> None:
    atomic.write_text(tmp_path / "a", "whole")
    for _ in range(2):
        atomic.link_or_copy(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "a").samefile(tmp_path / "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_files_that_belong_together_go_together(tmp_path: Path) -> None:
    last, others = tmp_path / "a.json", (tmp_path / "a.webm", tmp_path / "none")
    for error in (OSError(errno.ENOSPC, "full"), KeyboardInterrupt()):
        atomic.write_text(others[0], "whole")
        with pytest.raises(type(error)), atomic.together(last, *others):
            raise error
        assert list(tmp_path.iterdir()) == []


def test_what_an_earlier_last_file_stands_for_stays_after_an_interrupt(tmp_path: Path) -> None:
    last, other = tmp_path / "a.json", tmp_path / "a.webm"
    for path in (last, other):
        atomic.write_text(path, "whole")
    with pytest.raises(KeyboardInterrupt), atomic.together(last, other):
        raise KeyboardInterrupt
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.webm"]
    with pytest.raises(OSError, match="full"), atomic.together(last, other):
        raise OSError(errno.ENOSPC, "full")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_names_are_shortened_only_where_they_must() -> None:
    assert atomic.fitting("x" * 250, ".json") == "x" * 250
    long = atomic.fitting("x" * 251, ".json")
    assert long.startswith("x" * 233 + "=")
    assert len(long + ".json") == 255
    other = atomic.fitting("x" * 250 + "y", ".json")
    assert other != long
    letters = atomic.fitting("é" * 125 + "e", ".json")  # 251 bytes; half an é is none
    assert letters.startswith("é" * 116 + "=")
    assert len((letters + ".json").encode()) == 254


def test_a_name_that_is_no_utf8_survives_json(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.avi")
    atomic.write_json(tmp_path / "a.json", {name: "é"})
    assert (tmp_path / "a.json").read_bytes().decode() == '{\n "caf\\udce9.avi": "é"\n}\n'
    assert json.loads((tmp_path / "a.json").read_text()) == {name: "é"}


def test_the_digest_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    """Of `abc` as FIPS 180-2 prints it."""
    (tmp_path / "f").write_bytes(b"abc")
    assert (
        atomic.sha256_of(tmp_path / "f") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
