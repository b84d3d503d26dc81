"""Test labels reach no feature, no choice of an epoch, no prediction: permuting them changes nothing.

The public code gates test videos by their true class and selects on the test split; hence this test.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpers.tiny_demo import tiny_demo
from repro import datasets, score_file
from repro.anticipation.pipeline import Pipeline
from repro.paper2.experiments import rows
from repro.paper2.recipe import recipe
from repro.training import distribution
from repro.training.job import Job
from repro.training.run_folder import RunFolder
from repro.types import Split
from repro.video.index import count_frames

WANTED = (
    "table4/context+action-mslstm/latest",
    "readings/label-in-training",
    "readings/spaced/context+action-mslstm/earliest",
)


def _rotated(split: Split) -> Split:
    """Every test label replaced by the next class."""
    classes = len(split.classes)
    test = tuple(replace(ref, label=(ref.label + 1) % classes) for ref in split.test)
    return replace(split, test=test)


def _run(split: Split, home: Path, wanted: tuple[str, ...]) -> tuple[Pipeline, dict[str, Path]]:
    chosen = [row for row in rows("demo") if row.id in wanted]
    assert len(chosen) == len(wanted)
    index = count_frames((*split.train, *split.test), home / "frames.json")
    with RunFolder(home / "run") as folder:
        job = Job(
            split, recipe("tiny"), 0, folder, home / "cache", home, index.frames, distribution.strategy(1)
        )
        pipeline = Pipeline(job, chosen)
        for stage in pipeline.stages:
            stage.run()
        return pipeline, {row.id: pipeline.score_file(row) for row in pipeline.rows}


@pytest.mark.slow
def test_permuted_test_labels_change_no_prediction_and_no_selected_epoch(tmp_path: Path) -> None:
    split = datasets.load_split("demo", tiny_demo(), "1")
    told = {}
    for name, version in (("true", split), ("rotated", _rotated(split))):
        pipeline, files = _run(version, tmp_path / name, WANTED)
        selected = {
            model: json.loads((weights.parent / "done.json").read_text())["best_epoch"]
            for model, weights in pipeline._trained.items()
        }
        frame = {path.parent.name for path in pipeline.frame_weights.values()}
        told[name] = ({id: score_file.read(path) for id, path in files.items()}, selected, frame)
    (scores, selected, frame), (others, others_selected, others_frame) = told["true"], told["rotated"]
    assert selected == others_selected
    assert frame == others_frame
    for id in WANTED:
        assert scores[id].video_ids == others[id].video_ids
        assert (scores[id].labels != others[id].labels).all()
        np.testing.assert_array_equal(scores[id].scores, others[id].scores, err_msg=id)


@pytest.mark.slow
def test_the_oracle_does_see_the_label(tmp_path: Path) -> None:
    """The diagnosis of 9.3 (c) is what the test above would catch: its predictions follow the labels."""
    split = datasets.load_split("demo", tiny_demo(), "1")
    said = []
    for name, version in (("true", split), ("rotated", _rotated(split))):
        _, files = _run(version, tmp_path / name, ("diagnosis/oracle",))
        said.append(score_file.read(files["diagnosis/oracle"]).scores)
    assert (said[0] != said[1]).any()
