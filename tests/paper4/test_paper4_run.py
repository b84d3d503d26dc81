"""Fusion, tubes and outside scores of paper 4, seen in its shared run."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from helpers import tiny_runs
from helpers.tiny_demo import tiny_demo
from repro import datasets, score_file
from repro.cli import main
from repro.localisation import tube_file

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("paper4")]


@pytest.fixture(scope="module")
def finished(tiny_run: Callable[[int], Path]) -> Path:
    return tiny_run(4)


def test_fusion_is_the_product_of_its_parts(finished: Path) -> None:
    scores = tiny_runs.run_folder(4, finished) / "scores"
    parts = [score_file.read(scores / f"{name}.npz") for name in ("rgb-video_lstm", "flow-conv_alstm")]
    fused = score_file.read(scores / "table3-videolstm.npz")
    product = parts[0].scores.astype(np.float64) * parts[1].scores
    wanted = product / product.sum(axis=2, keepdims=True)
    np.testing.assert_allclose(fused.scores, wanted, rtol=0, atol=1e-6)
    assert fused.video_ids == parts[0].video_ids


def test_one_tube_covers_every_frame_of_each_test_video(finished: Path) -> None:
    run = tiny_runs.run_folder(4, finished)
    tubes = tube_file.read(run / "tubes/rgb-video_lstm.npz")
    lengths = score_file.read(run / "scores/rgb-video_lstm.npz")
    assert list(tubes) == list(lengths.video_ids)
    for entry, length in zip(tubes.values(), lengths.lengths_frames, strict=True):
        boxes = entry.tubes.smoothed.boxes
        assert len(boxes) == length
        assert (boxes >= 0).all()
        assert (boxes[:, 2] <= 160).all()
        assert (boxes[:, 3] <= 120).all()


def test_tubes_of_baselines_have_the_confidence_of_the_trained_model(finished: Path) -> None:
    folder = tiny_runs.run_folder(4, finished) / "tubes"
    trained = tube_file.read(folder / "rgb-video_lstm.npz")
    for maps in ("cell", "untrained"):  # of 2 x 2 places, which an untrained model sees alike
        others = tube_file.read(folder / f"rgb-video_lstm-{maps}.npz")
        assert list(others) == list(trained)
        for video_id, other in others.items():
            np.testing.assert_array_equal(other.scores, trained[video_id].scores)
        same = [np.array_equal(e.tubes.raw.boxes, trained[v].tubes.raw.boxes) for v, e in others.items()]
        assert maps == "untrained" or not any(same)


def test_rows_of_other_methods_alone_train_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One is right on all videos, one is never; the held-out videos say which to follow."""
    split = datasets.load_split("demo", tiny_demo(), "1")
    classes = len(split.classes)
    given = []
    for name, right in (("iDT(FV)", 0), ("Objects", 1)):
        lines = ["video_id," + ",".join(split.classes)]
        for ref in (*split.train, *split.test):
            said = [
                0.9 if k == (ref.label + right) % classes else 0.1 / (classes - 1) for k in range(classes)
            ]
            lines.append(f"{ref.video_id}," + ",".join(f"{p:.9f}" for p in said))
        path = tmp_path / f"{right}.csv"
        path.write_text("\n".join(lines) + "\n")
        given.append(f"{name}={path}")
    row = ["--rows", "table4/others-iDT(FV)", "--scores", *given]
    assert main(tiny_runs.command(4, tmp_path, *row)) == 0
    run = tiny_runs.run_folder(4, tmp_path)
    found = [
        json.loads(path.read_text())["own"]["mean"]["value"] for path in (run / "results").glob("*.json")
    ]
    assert found == [100, 100]
    assert not (run / "sequence").exists()
    assert not (tmp_path / "cache" / "networks").exists()
    assert "exponents of iDT(FV), Objects" in capsys.readouterr().out


def test_table4_takes_scores_of_other_methods(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = ["--rows", "table4/iDT(FV)+VideoLSTM"]
    assert main(tiny_runs.command(4, finished, *row)) == 2
    assert "--scores" in capsys.readouterr().err
    split = datasets.load_split("demo", tiny_demo(), "1")
    rng = np.random.default_rng(0)
    lines = ["video_id," + ",".join(split.classes)]
    for ref in (*split.train, *split.test):
        said = rng.dirichlet(np.ones(len(split.classes)))
        lines.append(ref.video_id + "," + ",".join(f"{p:.9f}" for p in np.maximum(said, 1e-6)))
    outside = finished / "idt.csv"
    outside.write_text("\n".join(lines) + "\n")
    wanted = tiny_runs.command(4, finished, *row, "--scores", f"iDT(FV)={outside}")
    assert main([*wanted, "--stage", "evaluate"]) == 0
    (result,) = (tiny_runs.run_folder(4, finished) / "results").glob("table4*iDT_FV_+VideoLSTM.json")
    assert 0 <= json.loads(result.read_text())["own"]["mean"]["value"] <= 100
