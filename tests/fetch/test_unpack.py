"""Honest archives arrive whole; of hostile ones not a byte is written, inside the target or outside of it."""

import errno
import os
import stat
import tarfile
from collections import namedtuple
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.archives import install_unrar, tar_info, write_tar, write_zip
from helpers.disks import files_up_to
from repro.fetch import members
from repro.fetch import unpack as unpack_module
from repro.fetch.unpack import unpack
from repro.types import InputError

GOOD = [("set/a.avi", b"aaa"), ("set/deep/b [1];#!.avi", b"bb"), ("lists/one.txt", b"")]


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


@pytest.fixture
def unrar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{install_unrar(tmp_path / 'bin')}:{os.environ['PATH']}")


def _refused(archive: Path, target: Path, message: str) -> None:
    """The archive is refused, and nothing but it lies where it did before."""
    outside = sorted(path for path in target.parent.rglob("*") if target not in path.parents)
    with pytest.raises(InputError, match=message) as caught:
        unpack(archive, target)
    assert archive.name in str(caught.value)
    assert list(target.iterdir()) == []
    assert sorted(path for path in target.parent.rglob("*") if target not in path.parents) == outside


@pytest.mark.parametrize("name", ["set.zip", "set.tar", "set.tar.gz", "set.tgz", "set.rar"])
def test_an_archive_arrives_whole_and_once(tmp_path: Path, target: Path, unrar: None, name: str) -> None:
    archive = tmp_path / name
    (write_tar if ".t" in name else write_zip)(archive, GOOD)
    unpack(archive, target)
    assert _tree(target) == dict(GOOD)
    assert sorted(path.name for path in target.iterdir()) == ["lists", "set"]
    before = (target / "set" / "a.avi").stat()
    unpack(archive, target)
    assert (target / "set" / "a.avi").stat() == before


def test_a_folder_that_lacks_something_is_not_taken_for_the_content(tmp_path: Path, target: Path) -> None:
    archive = write_zip(tmp_path / "set.zip", GOOD)
    (target / "set").mkdir()
    (target / "set" / "a.avi").write_bytes(b"aaa")
    with pytest.raises(InputError, match=r"set is there, but not set/deep/b .* move set away"):
        unpack(archive, target)
    assert _tree(target) == {"set/a.avi": b"aaa"}


def test_what_a_killed_run_left_is_removed(tmp_path: Path, target: Path) -> None:
    archive = write_zip(tmp_path / "set.zip", GOOD)
    (target / ".set.zip.unpacking" / "set").mkdir(parents=True)
    (target / ".set.zip.unpacking" / "set" / "half.avi").write_bytes(b"h")
    (target / "lists").mkdir()
    (target / "lists" / "one.txt").write_bytes(b"")  # it had got so far
    unpack(archive, target)
    assert _tree(target) == dict(GOOD)


def test_a_crash_while_writing_leaves_no_final_name(
    tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = write_zip(tmp_path / "set.zip", GOOD)

    def crash() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(unpack_module.os, "sync", crash)
    with pytest.raises(KeyboardInterrupt):
        unpack(archive, target)
    assert list(target.iterdir()) == []


@pytest.mark.parametrize("name", ["set.zip", "set.tar", "set.tar.gz", "set.tar.xz"])
def test_a_disk_that_takes_no_more_does_not_make_the_archive_damaged(
    tmp_path: Path, target: Path, name: str
) -> None:
    large = [("set/a.avi", os.urandom(9000)), ("set/b.avi", b"b")]
    archive = (write_tar if ".t" in name else write_zip)(tmp_path / name, large)
    with files_up_to(5000), pytest.raises(OSError) as refused:
        unpack(archive, target)
    assert refused.value.errno == errno.EFBIG
    assert str(refused.value.filename).endswith("set/a.avi")
    assert list(target.iterdir()) == []
    unpack(archive, target)
    assert _tree(target) == dict(large)


@pytest.mark.parametrize("name", ["set.tar.gz", "set.tar.bz2", "set.tar.xz"])
def test_damage_inside_a_packed_tar(tmp_path: Path, target: Path, name: str) -> None:
    archive = write_tar(tmp_path / name, [("set/a.avi", os.urandom(200_000)), ("set/b.avi", b"b")])
    content = bytearray(archive.read_bytes())
    content[100_000:100_100] = bytes(100)
    archive.write_bytes(content)
    _refused(archive, target, r"is damaged \(.*\); delete it and get it again")


NAMES = [
    "../out.txt",
    "a/../../out.txt",
    "/out.txt",
    "//out.txt",
    "a//b.txt",
    "a/./b.txt",
    "..",
    "a/..",
    "C:out.txt",
    "c:/out.txt",
    "..\\out.txt",
    "a\\b.txt",
    "a\nb.txt",
    "a\x1b[2Jb.txt",
    "NUL",
    "a/con.txt",
    "COM1/b.txt",
    "lpt9.avi",
    "a./b.txt",
    "a /b.txt",
    "b.txt.",
    "x" * 256,
    "/".join(["deep"] * 300),
    "a\u202eb.txt",
]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:30])
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_name_that_leads_astray(tmp_path: Path, target: Path, kind: str, name: str) -> None:
    write = write_zip if kind == "zip" else write_tar
    archive = write(tmp_path / f"set.{kind}", [("good.txt", b"g"), (name, b"bad")])
    _refused(archive, target, "nothing of it is unpacked")


def test_a_name_cut_at_a_nul(tmp_path: Path, target: Path) -> None:
    archive = write_zip(tmp_path / "set.zip", [("good.txt", b"g"), ("a@b.txt", b"bad")])
    archive.write_bytes(archive.read_bytes().replace(b"a@b.txt", b"a\0b.txt"))
    _refused(archive, target, "means different files")


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(["..", ".", "", "a", "B", "b", "~", "con", "x.", "C:", "\\"]), min_size=1, max_size=5
    )
)
def test_no_generated_name_leaves_the_target(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    base = tmp_path_factory.mktemp("names")
    (base / "target").mkdir()
    archive = write_zip(base / "set.zip", [("/".join(parts), b"content")])
    try:
        unpack(archive, base / "target")
        written = True
    except InputError:
        written = False
    assert sorted(path.name for path in base.iterdir()) == ["set.zip", "target"]
    safe = set(parts[1:] if parts[0] == "." else parts) <= {"a", "B", "b", "~"} and parts != ["."]
    assert written == safe
    assert len(_tree(base / "target")) == written


OTHERS = {
    "symlink": tar_info(tarfile.SYMTYPE, "/etc"),
    "symlink to itself": tar_info(tarfile.SYMTYPE, "."),
    "hard link": tar_info(tarfile.LNKTYPE, "good.txt"),
    "hard link out": tar_info(tarfile.LNKTYPE, "../set.tar"),
    "device": tar_info(tarfile.CHRTYPE),
    "block device": tar_info(tarfile.BLKTYPE),
    "fifo": tar_info(tarfile.FIFOTYPE),
}


@pytest.mark.parametrize("what", OTHERS)
def test_tar_members_that_are_no_files(tmp_path: Path, target: Path, what: str) -> None:
    members = [("good.txt", b"g"), ("way", OTHERS[what]), ("way/out.txt", b"through it")]
    _refused(write_tar(tmp_path / "set.tar", members), target, "'way' is neither a file nor a folder")


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_zip_members_that_are_no_files(tmp_path: Path, target: Path, mode: int) -> None:
    archive = write_zip(tmp_path / "set.zip", [("way", b"/etc/passwd")], mode=mode | 0o777)
    _refused(archive, target, "is neither a file nor a folder")


def test_rar_links_are_refused_and_what_was_written_is_looked_at(
    tmp_path: Path, target: Path, unrar: None
) -> None:
    archive = write_zip(tmp_path / "set.rar", [("way", b"/etc")], mode=stat.S_IFLNK | 0o777)
    _refused(archive, target, "is neither a file nor a folder")
    archive = write_zip(tmp_path / "set.rar", [("link.txt", b"listed as a file")])
    _refused(archive, target, "which is not a plain file")


def test_without_unrar_it_says_what_to_install(
    tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    _refused(write_zip(tmp_path / "set.rar", GOOD), target, "unrar is not installed; install it")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a.txt", "a.txt"], "appears twice"),
        (["a.txt", "A.txt"], "appears twice"),
        (["set/a.txt", "Set/b.txt"], "upper and lower case"),
        (["a", "a/b.txt"], "is a file and a folder"),
        (["a/b.txt", "a"], "is a file and a folder"),
        (["A", "a/b.txt"], "is a file and a folder"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_clash(tmp_path: Path, target: Path, names: list[str], message: str) -> None:
    _refused(write_zip(tmp_path / "set.zip", [(name, b"x") for name in names]), target, message)


def test_bombs(tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = write_zip(tmp_path / "set.zip", [("zeros", bytes(10**6))], packed=True)
    _refused(archive, target, "would become 1000000, more than 100 times")
    archive = write_zip(tmp_path / "set.zip", GOOD)
    monkeypatch.setattr(members, "MAX_MEMBERS", 2)
    _refused(archive, target, "3 members, more than 2")
    monkeypatch.undo()
    free = namedtuple("usage", "free")(members.RESERVE_BYTES + 4)
    monkeypatch.setattr(members.shutil, "disk_usage", lambda path: free)
    _refused(archive, target, "its content has 5 bytes")


@pytest.mark.parametrize("name", ["set.zip", "set.tar", "set.tar.gz", "set.rar"])
def test_damaged_archives(tmp_path: Path, target: Path, unrar: None, name: str) -> None:
    archive = tmp_path / name
    (write_tar if ".t" in name else write_zip)(archive, [("a.txt", bytes(range(256)) * 20)])
    whole = archive.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"<html>not here</html>", b""):
        archive.write_bytes(damaged)
        _refused(archive, target, "damaged|not RAR|holds no file|would become")
    if name == "set.zip":
        archive.write_bytes(whole.replace(bytes(range(100, 200)), bytes(100), 1))
        _refused(archive, target, "damaged .*CRC")


def test_a_zip_that_says_less_than_it_holds(tmp_path: Path, target: Path) -> None:
    archive = write_zip(tmp_path / "set.zip", [("a.txt", b"0123456789")])
    content = bytearray(archive.read_bytes())
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = (4).to_bytes(4, "little")
    archive.write_bytes(bytes(content))
    _refused(archive, target, "damaged")


def test_a_zip_that_lacks_bytes_in_its_middle(tmp_path: Path, target: Path) -> None:
    """Its first file begins before the archive does: an error of the system, but not of the disk."""
    archive = write_zip(tmp_path / "set.zip", [("a.txt", bytes(100))])
    content = archive.read_bytes()
    archive.write_bytes(content[:40] + content[50:])
    _refused(archive, target, "damaged .*Invalid argument")


def test_archives_inside_are_unpacked_in_their_place_and_no_deeper(
    tmp_path: Path, target: Path, unrar: None
) -> None:
    deepest = write_zip(tmp_path / "deepest.rar", [("x.txt", b"x")]).read_bytes()
    wave = write_zip(tmp_path / "wave.rar", [("wave/a.avi", b"a"), ("wave/deepest.rar", deepest)])
    walk = write_zip(tmp_path / "walk.rar", [("walk/b.avi", b"b")])
    outer = write_zip(tmp_path / "all.rar", [(path.name, path.read_bytes()) for path in (wave, walk)])
    unpack(outer, target, into="hmdb51_org", nested=True)
    assert _tree(target) == {
        "hmdb51_org/wave/a.avi": b"a",
        "hmdb51_org/wave/deepest.rar": deepest,
        "hmdb51_org/walk/b.avi": b"b",
    }
    unpack(outer, target, into="hmdb51_org", nested=True)


def test_a_hostile_archive_inside_spoils_all(tmp_path: Path, target: Path, unrar: None) -> None:
    good = write_zip(tmp_path / "good.rar", [("good/a.avi", b"a")]).read_bytes()
    bad = write_zip(tmp_path / "bad.rar", [("../../out.txt", b"b")]).read_bytes()
    outer = write_zip(tmp_path / "all.rar", [("bad.rar", bad), ("good.rar", good)])
    with pytest.raises(InputError, match="leads out of the folder"):
        unpack(outer, target, into="all", nested=True)
    assert list(target.iterdir()) == []
    clash = write_zip(tmp_path / "all.rar", [("one.rar", good), ("two.rar", good)])
    with pytest.raises(InputError, match="'good' is already there from another archive"):
        unpack(clash, target, into="all", nested=True)
    assert list(target.iterdir()) == []
