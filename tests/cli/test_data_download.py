"""`data DATASET download` against a server on this machine, from the address to `verify`."""

import hashlib
import json
from pathlib import Path

import pytest

from helpers.archives import write_tar, write_zip
from helpers.small_layouts import make_small
from helpers.web import Site, serving
from repro.cli import download, main
from repro.fetch import sources, transfer
from repro.fetch.sources import Item, Source, source_of


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "PAUSE_S", 0.0)


@pytest.mark.slow
def test_from_the_address_to_verify(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    make_small(tmp_path / "drawn", "jhmdb21")
    paths = [path for path in sorted((tmp_path / "drawn").rglob("*")) if path.is_file()]
    wanted = [
        (str(p.relative_to(tmp_path / "drawn")), p.read_bytes()) for p in paths if p.parent.name != "drawn"
    ]
    archive = write_zip(tmp_path / "set.zip", wanted)
    digest = f"sha256:{hashlib.sha256(archive.read_bytes()).hexdigest()}"
    with serving(Site(archive.read_bytes(), cut_after=[5000])) as site:
        offered = Source((Item("set.zip", site.url, digest),), ())
        monkeypatch.setattr(download, "source_of", lambda dataset: offered)
        for _ in range(2):
            assert main(["data", "jhmdb21", "download"]) == 0
        assert site.asked == ["", "bytes=5000-"]
    folder = tmp_path / "home" / "data" / "jhmdb21"
    assert f"data jhmdb21 verify --data {folder}" in capsys.readouterr().out
    assert main(["data", "jhmdb21", "verify"]) == 0


def test_a_wrong_archive_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = write_zip(tmp_path / "set.zip", [("../out.txt", b"x")])
    for digest, message in (
        ("sha256:" + "0" * 64, "the owner's file has 0000"),
        ("", "leads out of the folder"),
    ):
        with serving(Site(archive.read_bytes())) as site:
            offered = Source((Item("set.zip", site.url, digest),), ())
            monkeypatch.setattr(download, "source_of", lambda dataset, offered=offered: offered)
            assert main(["data", "jhmdb21", "download", "--data", str(tmp_path / "set")]) == 2
        error = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
        assert len(error) == 1
        assert message in error[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set", "set.zip"]
    assert sorted(path.name for path in (tmp_path / "set").iterdir()) == [".download.lock", "set.zip"]


def test_what_a_person_has_brought_is_checked_and_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["data", "hollywood2", "download", "--data", str(tmp_path)]
    assert main(command) == 1
    said = capsys.readouterr().out
    assert (
        f"1. about 15 GB; free for research. The owner offers it by FTP: wget -c -P {tmp_path} ftp://" in said
    )
    archive = write_tar(tmp_path / "Hollywood2-actions.tar.gz", [("Hollywood2/AVIClips/a.avi", b"a")])
    assert main(command) == 2
    assert "the owner's file has 55948d0ef45a569a2134ea44e6f8976c" in capsys.readouterr().err
    right = f"md5:{hashlib.md5(archive.read_bytes()).hexdigest()}"
    offered = Source((Item(archive.name, "", right),), ())
    monkeypatch.setattr(download, "source_of", lambda dataset: offered)
    assert main(command) == 0
    assert (tmp_path / "Hollywood2" / "AVIClips" / "a.avi").read_bytes() == b"a"


def test_what_must_be_asked_for_is_said_step_by_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", "activitynet", "download", "--data", str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "activitynet has to be requested in person:"
    assert [line[:5] for line in lines[1:]] == [f"  {number}. " for number in range(1, 5)]
    assert f"put the videos into {tmp_path}/videos" in lines[3]


def test_the_demo_set_is_not_offered(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "demo", "download"]) == 2
    assert "bash run.sh data demo make" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["ucf101", "hmdb51", "jhmdb21", "thumos13", "activitynet", "hollywood2", "ut_interaction"]
)
def test_every_data_set_has_addresses_or_steps(name: str) -> None:
    source = source_of(name)
    assert source is not None
    assert any(item.url for item in source.items) or source.steps
    for item in source.items:
        assert "/" not in item.name
        assert item.url.startswith(("http://", "https://")) or (not item.url and source.steps)
        kind, _, digest = item.digest.partition(":")
        assert len(digest) == {"sha256": 64, "md5": 32, "": 0}[kind]
    content = json.loads((sources.data_lists_folder() / "sources.json").read_text())
    assert {key for entry in content.values() for key in entry} <= {"files", "by_hand", "steps"}
