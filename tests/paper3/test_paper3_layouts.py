"""Paper 3 on the layouts of ActivityNet and Hollywood2, written from the demo material, at tiny size."""

import json
from pathlib import Path

import numpy as np
import pytest

from repro import score_file
from repro.backbones.weights import read
from repro.cli import main
from repro.demo.make import make

GROUPS = 12
ROW = "alstm-vgg_sce-fc8"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("layouts3")


def _run(home: Path, dataset: str, *more: str, out: Path | None = None) -> int:
    make(home / dataset, dataset, clips_per_group=1, groups=GROUPS, processes=1)
    data = str(home / dataset)
    return main(["paper3", dataset, "--preset", "tiny", "--data", data, "--out", str(out or home), *more])


@pytest.mark.slow
def test_hollywood2_starts_from_a_run_on_activitynet(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Segments in seconds, then clips of several classes: the networks of one run serve the other."""
    assert _run(home, "activitynet", "--rows", f"table1/{ROW}") == 0
    said = capsys.readouterr().out
    assert "annotated samples are on disk" in said
    before = home / "runs/paper3/activitynet-split1-tiny-seed0"
    scores = score_file.read(before / "scores/c3d-alstm-sce-fc8.npz")
    assert scores.positive is None
    assert "/" in scores.video_ids[0]  # the number of the annotation
    results = home / "results/paper3"
    assert len(list((results / "activitynet-tiny").glob("*.json"))) == 2

    assert _run(home, "hollywood2", "--rows", f"table4/{ROW}", "--start-from", str(before)) == 0
    after = home / "runs/paper3/hollywood2-split1-tiny-seed0"
    scores = score_file.read(after / "scores/c3d-alstm-sce-fc8-hollywood2.npz")
    assert scores.positive is not None
    assert scores.positive.sum(axis=1).max() == 2
    started = read(before / "sequence/c3d-alstm-sce-fc8/best.npz")
    trained = read(after / "sequence/c3d-alstm-sce-fc8-hollywood2/final.npz")
    kernel = "sigmoid/kernel"
    assert (started[kernel] != trained[kernel]).any()
    np.testing.assert_allclose(started[kernel], trained[kernel], atol=0.01)
    (result,) = (results / "hollywood2-tiny").glob("*.json")
    assert set(json.loads(result.read_text())["own"]["mean"]) == {"value", "interpolated"}


@pytest.mark.slow
def test_hollywood2_says_where_it_has_to_start_from(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = ["--rows", f"table4/{ROW}"]
    assert _run(home, "hollywood2", *rows, out=tmp_path / "one") == 2
    assert "--start-from" in capsys.readouterr().err
    nowhere = str(tmp_path / "nowhere")
    assert _run(home, "hollywood2", *rows, "--start-from", nowhere, out=tmp_path / "two") == 2
    assert "nowhere" in capsys.readouterr().err


@pytest.mark.slow
def test_hollywood2_alone_starts_from_drawn_weights(home: Path, tmp_path: Path) -> None:
    wanted = ["--rows", "table4/c3d-fc8", f"table4/{ROW}", "--start-from", "scratch"]
    assert _run(home, "hollywood2", *wanted, out=tmp_path) == 0
