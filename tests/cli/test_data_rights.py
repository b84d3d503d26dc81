"""Where a class folder or a clip may not be read, it is named, and `verify` goes on with the others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers import unprivileged
from helpers.clips import write_numbered


@pytest.fixture
def place() -> Iterator[Path]:
    with unprivileged.folder() as folder:
        yield folder


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


def test_verify_of_own_videos_names_them_and_goes_on(place: Path) -> None:
    root = _own(place)
    done = unprivileged.run(place / "home", "data", str(root), "verify")
    lines = done.out.splitlines()
    assert (done.status, "Traceback" in done.err) == (1, False), done.err
    assert lines[0].endswith(": 4 videos, 12 frames decoded")
    closed = f"unreadable: {root}/c cannot be listed: Permission denied; change its rights (chmod, chown), "
    assert any(line.startswith(closed) for line in lines)
    assert any(line.startswith("broken: a/1: there is no right to read it") for line in lines)
    assert any(line.startswith("broken: b/1: not a video") for line in lines)
    assert "3 faults (1 unreadable, 2 broken)" in lines[-1]


def test_a_run_on_own_videos_stops_with_one_line(place: Path) -> None:
    root = _own(place)
    done = unprivileged.run(place / "home", "paper2", str(root), "--preset", "tiny", "--stage", "data")
    assert done.status == 2
    assert done.err.startswith(f"error: {root}/c cannot be listed: Permission denied; ")
    assert len(done.err.splitlines()) == 1


def test_a_closed_class_folder_of_a_public_set_hides_no_other_fault(place: Path) -> None:
    root = place / "set"
    for tag, name in enumerate(("Archery", "Zebra")):
        for group in (1, 8, 22):
            (root / "UCF-101" / name).mkdir(parents=True, exist_ok=True)
            write_numbered(root / "UCF-101" / name / f"v_{name}_g{group:02d}_c01.avi", 6, tag * 30 + group)
    (root / "UCF-101" / "Zebra" / "v_Zebra_g01_c01.avi").write_bytes(b"no video")
    (root / "UCF-101" / "Archery").chmod(0)
    done = unprivileged.run(place / "home", "data", "ucf101", "verify", "--data", str(root))
    assert done.status == 1, done.err
    assert f"unreadable: {root}/UCF-101/Archery cannot be listed: Permission denied" in done.out
    assert "broken: Zebra/v_Zebra_g01_c01: not a video" in done.out


def test_a_closed_root_says_so(place: Path) -> None:
    (place / "set").mkdir(mode=0)
    done = unprivileged.run(place / "home", "data", "ucf101", "list", "--data", str(place / "set"))
    assert (done.status, len(done.err.splitlines())) == (2, 1)
    assert f"{place}/set cannot be listed: Permission denied" in done.err
