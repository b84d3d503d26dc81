"""Where a class folder or a clip may not be read, it is named, and `verify` goes on with the others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.clips import write_numbered
from helpers.disks import Done, bound_by_rights, product

pytestmark = pytest.mark.slow  # each command is a process of its own


@pytest.fixture(autouse=True)
def opened_again(tmp_path: Path) -> Iterator[None]:
    """So that the folder can be removed."""
    yield
    for path in tmp_path.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)


def _run(place: Path, *command: str | Path) -> Done:
    return bound_by_rights(place / "home", product(*map(str, command)))


def _own(place: Path) -> Path:
    """Three classes of two clips: a folder is closed, a clip in another is, and one is broken."""
    root = place / "mine"
    for tag, name in enumerate(f"{of}/{number}.avi" for of in ("a", "b", "c") for number in (1, 2)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        write_numbered(root / name, 6, tag)
    (root / "c").chmod(0)
    (root / "a" / "1.avi").chmod(0)
    (root / "b" / "1.avi").write_bytes(b"no video")
    return root


def test_verify_of_own_videos_names_them_and_goes_on(tmp_path: Path) -> None:
    root = _own(tmp_path)
    done = _run(tmp_path, "data", root, "verify")
    assert (done.status, done.errors) == (1, [])
    lines = done.out
    assert lines[0].endswith(": 4 videos, 12 frames decoded")
    closed = f"unreadable: {root}/c cannot be listed: Permission denied; change its rights (chmod, chown), "
    assert any(line.startswith(closed) for line in lines)
    assert any(line.startswith("broken: a/1: there is no right to read it") for line in lines)
    assert any(line.startswith("broken: b/1: not a video") for line in lines)
    assert "3 faults (1 unreadable, 2 broken)" in lines[-1]


def test_a_run_on_own_videos_stops_with_one_line(tmp_path: Path) -> None:
    root = _own(tmp_path)
    line = _run(tmp_path, "paper2", root, "--preset", "tiny", "--stage", "data").refused()
    assert line.startswith(f"{root}/c cannot be listed: Permission denied; ")


def test_a_closed_class_folder_of_a_public_set_hides_no_other_fault(tmp_path: Path) -> None:
    root = tmp_path / "set"
    for tag, name in enumerate(("Archery", "Zebra")):
        for group in (1, 8, 22):
            (root / "UCF-101" / name).mkdir(parents=True, exist_ok=True)
            write_numbered(root / "UCF-101" / name / f"v_{name}_g{group:02d}_c01.avi", 6, tag * 30 + group)
    (root / "UCF-101" / "Zebra" / "v_Zebra_g01_c01.avi").write_bytes(b"no video")
    (root / "UCF-101" / "Archery").chmod(0)
    done = _run(tmp_path, "data", "ucf101", "verify", "--data", root)
    assert done.status == 1, done.errors
    closed = f"unreadable: {root}/UCF-101/Archery cannot be listed: Permission denied"
    for fault in (closed, "broken: Zebra/v_Zebra_g01_c01: not a video"):
        assert any(line.startswith(fault) for line in done.out), fault


def test_a_closed_root_says_so(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir(mode=0)
    line = _run(tmp_path, "data", "ucf101", "list", "--data", tmp_path / "set").refused()
    assert line.startswith(f"{tmp_path}/set cannot be listed: Permission denied")
