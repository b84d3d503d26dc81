"""A file is the old one or the new one, whatever happens in between."""

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
