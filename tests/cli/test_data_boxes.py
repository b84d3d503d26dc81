"""`data thumos13 verify` says which videos have boxes, and `data demo make` how to use each layout."""

import re
from pathlib import Path

import pytest

from helpers.clips import write_numbered
from helpers.tube_annotations import mat, tube, write
from repro.cli import main
from repro.demo import make as make_module


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two videos of a set of its own in each split, four in all; boxes of three."""
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    folder = tmp_path / "thumos13"
    for group in (1, 8, 15, 22):
        (folder / "UCF-101" / "Zebra").mkdir(parents=True, exist_ok=True)
        write_numbered(folder / "UCF-101" / "Zebra" / f"v_Zebra_g{group:02d}_c01.avi", 5, group)
    videos = [
        {"name": f"Zebra/v_Zebra_g{group:02d}_c01", "num_imgs": 5, "tubes": [tube(1, [[1, 2, 3, 4]])] * count}
        for group, count in ((1, 2), (15, 1), (22, 1))
    ]
    write(folder / "finalAnnots.mat", mat(videos))
    return folder


def test_videos_without_boxes_are_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "thumos13", "verify", "--data", str(root)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "thumos13: 4 videos, 20 frames decoded"
    assert lines[-3:-1] == [
        f"boxes of 4 actors in 3 videos: {root / 'finalAnnots.mat'}",
        "without boxes: Zebra/v_Zebra_g08_c01",
    ]


def test_without_annotation_it_says_what_is_looked_for(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "finalAnnots.mat").unlink()
    assert main(["data", "thumos13", "verify", "--data", str(root)]) == 1
    said = "annotation: no boxes in .*: neither finalAnnots.mat nor the folder UCF101_24_Annotations"
    assert re.search(said, capsys.readouterr().out)


@pytest.mark.parametrize(
    ("layout", "paper"),
    [
        ("jhmdb21", "paper2"),
        ("ut_interaction", "paper2"),
        ("ut_interaction_segmented", "paper2"),
        ("hmdb51", "paper5"),
        ("thumos13", "paper4"),
        ("activitynet", "paper3"),
        ("hollywood2", "paper3"),
    ],
)
def test_a_drawn_layout_says_how_it_is_used(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    layout: str,
    paper: str,
) -> None:
    monkeypatch.setattr(make_module, "make", lambda *words, **settings: None)
    assert main(["data", "demo", "make", "--layout", layout, "--data", str(tmp_path)]) == 0
    dataset = layout.removesuffix("_segmented")
    assert f"bash run.sh {paper} {dataset} --preset demo --data {tmp_path}" in capsys.readouterr().out
