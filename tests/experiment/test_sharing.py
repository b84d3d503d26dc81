"""A run in a zip file: there and back the same bytes, and nothing of one that is not as its list says."""

import hashlib
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from helpers.as_installed import as_installed
from repro.cli import main
from repro.experiment.exported import ExportedRun

pytestmark = pytest.mark.slow  # imports the engine
FILES = ("model.json", "frame.npz", "sequence/best/best.npz")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of paper 2 that is nothing but its files."""
    folder = tmp_path / "here/runs/paper2/mine"
    (folder / "sequence/best").mkdir(parents=True)
    for number, name in enumerate(FILES[1:]):
        np.savez(folder / name, kernel=np.full((3, 4), number, np.float32))
    (folder / "results").mkdir()
    (folder / "results/a.json").write_text(
        json.dumps({"id": "table4/a", "own": {"mean": {"accuracy": 61.25}}})
    )
    (folder / "cookies.txt").write_text("not for others")
    networks = {"frame": FILES[1]}
    ExportedRun(folder, 2, "demo", "1", 0, ("sit", "stand"), "best", FILES[2], networks, {}).write()
    return folder


@pytest.fixture
def packed(run: Path, tmp_path: Path) -> Path:
    assert main(["run", "export", str(run), "--out", str(tmp_path)]) == 0
    return tmp_path / "mine.zip"


def imported(path: Path, runs: Path) -> int:
    return main(["run", "import", str(path), "--out", str(runs)])


def changed(packed: Path, name: str, content: bytes | None, *, as_link: bool = False) -> Path:
    """The archive with one member otherwise, or without it."""
    path = packed.with_name("changed.zip")
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(path, "w") as target:
        for info in source.infolist():
            if info.filename != name:
                target.writestr(info, source.read(info))
        if content is not None:
            member = zipfile.ZipInfo(name)
            if as_link:
                member.create_system, member.external_attr = 3, 0o120777 << 16
            target.writestr(member, content)
    return path


def test_there_and_back_it_is_the_same_run(run: Path, packed: Path, tmp_path: Path) -> None:
    assert imported(packed, tmp_path / "there") == 0
    folder = tmp_path / "there/paper2/mine"
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert found == {*FILES, "README.md", "checksums.json"}  # what predicts, and nothing private
    for name in FILES:
        assert (folder / name).read_bytes() == (run / name).read_bytes()
    assert [each.name for each in (tmp_path / "there").iterdir()] == ["paper2"]


def test_how_to_predict_with_it_can_be_typed(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    as_installed(tmp_path / "user", monkeypatch)
    assert imported(packed, tmp_path / "there") == 0
    assert "\npredict with it: repro predict VIDEO --run " in capsys.readouterr().out


def test_the_same_run_makes_the_same_file(run: Path, packed: Path, tmp_path: Path) -> None:
    assert main(["run", "export", str(run), "--out", str(tmp_path / "again")]) == 0
    assert (tmp_path / "again/mine.zip").read_bytes() == packed.read_bytes()


def test_its_card_says_what_it_is_and_reached(packed: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        card = archive.read("mine/README.md").decode()
    for words in (
        "(`repro/paper2`)",
        "demo, split 1, seed 0",
        "2 classes: sit, stand",
        "table4/a: 61.2 (accuracy)",
    ):
        assert words in card


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("mine/frame.npz", b"other weights", "frame.npz does not match its checksum"),
        ("mine/frame.npz", None, "'frame.npz' is in the archive or in its list alone"),
        ("mine/more.py", b"import os", "'more.py' is in the archive or in its list alone"),
        ("mine/checksums.json", None, "has no list of checksums"),
        ("mine/checksums.json", b"[1]", "has no list of checksums"),
        ("mine/model.json", None, "holds no run"),
        ("other/model.json", b"{}", "holds no run"),
        ("../evil.txt", b"x", "leads out of the folder"),
        ("/evil.txt", b"x", "leads out of the folder"),
    ],
)
def test_what_is_not_as_its_list_says_leaves_nothing(
    name: str,
    content: bytes | None,
    line: str,
    packed: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert imported(changed(packed, name, content), tmp_path / "there") == 2
    error = capsys.readouterr().err
    assert line in error
    assert error.count("\n") == 1
    assert list((tmp_path / "there").iterdir()) == []
    assert not (tmp_path / "evil.txt").exists()


def test_a_link_is_refused(packed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = changed(packed, "mine/passwords", b"/etc/passwd", as_link=True)
    assert imported(path, tmp_path / "there") == 2
    assert "is neither a file nor a folder" in capsys.readouterr().err


def test_a_run_with_a_file_elsewhere_is_not_packed(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run / FILES[1]).rename(run.parent / "outside.npz")
    content = json.loads((run / "model.json").read_text()) | {"networks": {"frame": "../outside.npz"}}
    (run / "model.json").write_text(json.dumps(content))
    assert main(["run", "export", str(run), "--out", str(tmp_path)]) == 2
    assert "names '../outside.npz', which is not in it" in capsys.readouterr().err
    assert not (tmp_path / "mine.zip").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("weights", "../../../secret.npz"), ("paper", "../../elsewhere"), ("facts", [1])),
        *(("weights", 7), ("weights", ["a"]), ("weights", "a\0b")),
        *(("networks", ["x"]), ("networks", {"f": ["x"]})),
    ],
)
def test_checksums_that_match_excuse_nothing(
    field: str, value: object, packed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever packs can write any list."""
    np.savez(tmp_path / "secret.npz", kernel=np.zeros(3))
    with zipfile.ZipFile(packed) as archive:
        model = json.loads(archive.read("mine/model.json")) | {field: value}
        sums = json.loads(archive.read("mine/checksums.json"))
    text = json.dumps(model).encode()
    sums["model.json"] = hashlib.sha256(text).hexdigest()
    forged = changed(packed, "mine/model.json", text).rename(tmp_path / "half.zip")
    forged = changed(forged, "mine/checksums.json", json.dumps(sums).encode())
    assert imported(forged, tmp_path / "there") == 2
    error = capsys.readouterr().err
    assert "names" in error
    assert error.count("\n") == 1
    assert list((tmp_path / "there").iterdir()) == []


def test_a_run_of_that_name_is_kept(packed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = tmp_path / "there/paper2/mine"
    there.mkdir(parents=True)
    (there / "model.json").write_text("mine")
    assert imported(packed, tmp_path / "there") == 2
    assert "is there already" in capsys.readouterr().err
    assert (there / "model.json").read_text() == "mine"


@pytest.mark.parametrize("words", [["import"], ["import", "nowhere.zip"], ["export", "nowhere"]])
def test_what_is_not_there_is_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", *words]) == 2
    assert capsys.readouterr().err.count("\n") == 1
