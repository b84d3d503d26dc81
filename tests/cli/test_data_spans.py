"""`data activitynet` says what is there, which file ends too early; `data hollywood2` counts all classes."""

import json
from pathlib import Path

import pytest

from helpers.clips import write_numbered
from repro.cli import main


def _video(subset: str, *segments: list[float]) -> dict[str, object]:
    annotations = [{"label": "Run", "segment": segment} for segment in segments]
    return {"subset": subset, "duration": 3.0, "annotations": annotations}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three of four videos, ten frames each at 25 a second."""
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    for tag, name in enumerate(("-aaaaaaaaaa", "bbbbbbbbbbb", "ccccccccccc")):
        write_numbered(tmp_path / f"v_{name}.avi", 10, tag)
    content = {
        "version": "mine",
        "taxonomy": [{"nodeId": 0, "nodeName": "Run", "parentId": None}],
        "database": {
            "-aaaaaaaaaa": _video("training", [0, 0.2], [0.2, 0.48]),
            "bbbbbbbbbbb": _video("validation", [0, 0.4]),
            "ccccccccccc": _video("validation", [1, 2], [0.12, 0.2]),
            "ddddddddddd": _video("validation", [0, 1]),
        },
    }
    (tmp_path / "activity_net.v1-x.json").write_text(json.dumps(content))
    return tmp_path


def test_what_is_there_of_activitynet(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "activitynet", "list", "--data", str(root)]) == 2
    assert "1 clips are missing" in capsys.readouterr().err
    assert main(["data", "activitynet", "list", "--data", str(root), "--partial"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "activitynet split 1: 2 train, 3 test (cut from 3 by their annotations)",
        "    0 Run                          2     3",
        "training: the videos of 2 of 2 annotated samples are there",
        "validation: the videos of 3 of 4 annotated samples are there",
    ]


def test_a_file_that_ends_before_its_annotation(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "activitynet", "verify", "--data", str(root), "--partial"]) == 1
    reason = "has 10 frames at 25 fps, its span 1 s to 2 s starts beyond them"
    assert capsys.readouterr().out.splitlines()[:-1] == [
        "activitynet: 5 videos (cut from 3 by their annotations), 22 frames decoded",
        "split 1: 2 train, 3 test; no published numbers of these",
        f"missing (tolerated): ddddddddddd/1 is listed, but not in {root}",
        f"broken: ccccccccccc/1: {reason} ({root / 'v_ccccccccccc.avi'})",
        "broken (tolerated): -aaaaaaaaaa/2: its file ends 2 frames before its annotation does",
        "training: the videos of 2 of 2 annotated samples are there",
        "validation: the videos of 3 of 4 annotated samples are there",
    ]


def test_a_clip_of_two_classes_counts_in_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ClipSets").mkdir()
    (tmp_path / "AVIClips").mkdir()
    for part in ("train", "test"):
        (tmp_path / "AVIClips" / f"actionclip{part}00001.avi").touch()
        for name in ("Jump", "Wave"):
            (tmp_path / "ClipSets" / f"{name}_{part}.txt").write_text(f"actionclip{part}00001  1\n")
    assert main(["data", "hollywood2", "list", "--data", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "hollywood2 split 1: 1 train, 1 test",
        "    0 Jump                         1     1",
        "    1 Wave                         1     1",
    ]
