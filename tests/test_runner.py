"""Result files: what is written, how runs gather, what is reported."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from repro import runner, score_file
from repro.types import InputError, Row, Scores

ROW = Row(2, "table4/model/latest", "4", "Model", "UCF-101", "mean_of_3 by text", "accuracy", 80.5)


def _run(split: str = "1", seed: int = 0) -> runner.Run:
    return runner.Run(
        split, seed, "demo", "standin", "demo", "abc", "cpu", "2026-01-01", "bash run.sh", {"keras": "3"}
    )


def _scores() -> Scores:
    """Two videos of two classes; the first is called rightly from frame 2 on, the second never."""
    scores = np.array([[[0.4, 0.6], [0.9, 0.1]], [[0.7, 0.3], [0.8, 0.2]]], np.float32)
    lengths = np.array([2, 2])
    return Scores(("a", "b"), np.array([0, 1]), lengths, lengths, scores)


def test_runs_gather_and_replace(tmp_path: Path) -> None:
    for split, seed, value in (("1", 0, 50.0), ("2", 0, 70.0), ("1", 1, 80.0), ("1", 0, 60.0)):
        path = runner.record(tmp_path, ROW, _run(split, seed), {"value": value}, 10)
    content = json.loads(path.read_text())
    assert [(r["split"], r["seed"], r["values"]["value"]) for r in content["runs"]] == [
        ("1", 0, 60.0),
        ("1", 1, 80.0),
        ("2", 0, 70.0),
    ]
    # seed 0: (60 + 70) / 2 = 65; seed 1: 80; mean 72.5, sample deviation 10.6066
    assert content["own"]["mean"]["value"] == 72.5
    assert content["own"]["std"]["value"] == 10.61
    assert content["state"] == "split 1, 2 of 3"
    assert content["printed"] == 80.5


def test_one_seed_has_no_deviation(tmp_path: Path) -> None:
    path = runner.record(tmp_path, ROW, _run(), {"value": 50.0}, 10)
    assert json.loads(path.read_text())["own"]["std"]["value"] is None


def test_a_partial_copy_is_no_result(tmp_path: Path) -> None:
    path = runner.record(tmp_path, ROW, replace(_run(), partial=True), {"value": 50.0}, 6)
    assert json.loads(path.read_text())["state"] == "partial copy, 6 test clips"


def test_metrics_of_rows() -> None:
    def row(metric: str, **options: object) -> Row:
        return Row(2, "r", "4", "r", "demo", "1", metric, None, metric_options=options)

    at = row("accuracy", observed="first frame", pooled=True)
    assert runner.values_of(at, _scores(), ("x", "y")) == {"value": 0.0}
    at = row("accuracy", observed="100%", pooled=False)
    assert runner.values_of(at, _scores(), ("x", "y")) == {"value": 50.0}
    curve = row("accuracy_at_fractions", observed=("first frame", "100%"), pooled=True)
    assert runner.values_of(curve, _scores(), ("x", "y")) == {"first frame": 0.0, "100%": 50.0}
    one = row("class_accuracy", observed="100%", pooled=True, class_name="x")
    assert runner.values_of(one, _scores(), ("x", "y")) == {"value": 100.0}
    with pytest.raises(ValueError, match="unknown metric"):
        runner.values_of(row("guess"), _scores(), ("x", "y"))


def test_a_damaged_result_is_named(tmp_path: Path) -> None:
    path = tmp_path / "row.json"
    path.write_text("{")
    with pytest.raises(InputError, match=r"row\.json"):
        runner.load(path)


def test_score_files_keep_everything(tmp_path: Path) -> None:
    path = tmp_path / "scores.npz"
    score_file.write(path, _scores())
    again = score_file.read(path)
    assert again.video_ids == ("a", "b")
    for name in ("labels", "lengths_frames", "observed_frames", "scores"):
        np.testing.assert_array_equal(getattr(again, name), getattr(_scores(), name))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match=r"scores\.npz"):
        score_file.read(path)


def test_scores_refuse_what_does_not_fit() -> None:
    ones = np.ones(2, np.int64)
    with pytest.raises(ValueError, match="twice"):
        Scores(("a", "a"), ones, ones, ones, np.zeros((2, 1, 1), np.float32))
    with pytest.raises(ValueError, match="shapes"):
        Scores(("a", "b"), ones[:1], ones, ones, np.zeros((2, 1, 1), np.float32))
