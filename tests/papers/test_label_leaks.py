"""Test labels reach no feature, no choice of an epoch, no prediction: permuting them changes nothing.

The public codes gate test videos by their true class and select on the test split; hence these tests. The
true half is the paper's shared run; the other is made from nothing, with every test label replaced by the
next class.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpers import tiny_runs
from helpers.experiments import experiment_of
from helpers.tiny_demo import tiny_demo
from repro import datasets
from repro.papers import PAPERS
from repro.training.run_folder import RunFolder
from repro.types import Split
from repro.video.index import count_frames, with_contents

# Beside the main row: one that fuses two streams, one that draws boxes.
ALSO = {4: ("table3/videolstm", "fig4a/video_lstm-smoothed")}


def _rotated(split: Split) -> Split:
    """Every test label replaced by the next class."""
    classes = len(split.classes)
    test = tuple(replace(ref, label=(ref.label + 1) % classes) for ref in split.test)
    return replace(split, test=test)


def _run(paper: int, home: Path, wanted: tuple[str, ...], split: Split, last: str = "") -> Path:
    """The stages of some rows with these labels, up to `last`; the run's folder."""
    rows = [row for row in PAPERS[paper].rows("demo") if row.id.startswith(wanted)]
    index = count_frames((*split.train, *split.test), home / "frames.json")
    split = replace(split, train=with_contents(split.train, index), test=with_contents(split.test, index))
    with RunFolder(home / "run") as folder:
        recipe = PAPERS[paper].recipe("tiny")
        experiment = experiment_of(home, folder, split, recipe, index.frames, data=tiny_demo())
        pipeline = PAPERS[paper].pipeline(experiment, rows)
        for stage in pipeline.stages:
            stage.run()
            if stage.name == last:
                return folder.path
        for row in rows:
            if row.metric == "accuracy":
                pipeline.score_file(row)
    return folder.path


def _arrays(folder: Path, kind: str) -> dict[str, dict[str, np.ndarray]]:
    """All arrays of `scores/`, `tubes/` or `attention/` by file and name."""
    found = {}
    for path in sorted((folder / kind).glob("*.npz")):
        with np.load(path, allow_pickle=False) as file:
            found[path.name] = dict(file)
    return found


@pytest.mark.parametrize("paper", tiny_runs.EACH)
def test_permuted_test_labels_change_no_prediction_no_epoch_and_no_weight(
    paper: int, tiny_run: Callable[[int], Path], tmp_path: Path
) -> None:
    true = tiny_runs.run_folder(paper, tiny_run(paper))
    split = datasets.load_split("demo", tiny_demo(), "1")
    wanted = (tiny_runs.MAIN[paper], *ALSO.get(paper, ()))
    rotated = _run(paper, tmp_path, wanted, _rotated(split))
    labels = 0
    for kind in ("scores", "tubes", "attention"):
        of_true = _arrays(true, kind)
        for file, arrays in _arrays(rotated, kind).items():
            others = of_true[file]
            assert arrays.keys() == others.keys()
            for name, array in arrays.items():
                if name == "labels":
                    assert (array != others[name]).all(), file
                    labels += 1
                else:
                    np.testing.assert_array_equal(array, others[name], err_msg=f"{file}, {name}")
    assert labels
    for here in rotated.glob("sequence/*/*.npz"):
        assert here.read_bytes() == (true / here.relative_to(rotated)).read_bytes(), here
    for here in rotated.glob("sequence/*/done.json"):
        ours, theirs = (json.loads(p.read_text()) for p in (here, true / here.relative_to(rotated)))
        assert ours["best_epoch"] == theirs["best_epoch"]


@pytest.mark.slow
@pytest.mark.xdist_group("paper2")
def test_the_oracle_does_see_the_label(tmp_path: Path) -> None:
    """The diagnosis of A3 (c) is what the test above would catch: its features follow the labels."""
    split = datasets.load_split("demo", tiny_demo(), "1")
    seen = []
    for name, version in (("true", split), ("rotated", _rotated(split))):
        _run(2, tmp_path / name, ("diagnosis/oracle",), version, last="features")
        files = sorted((tmp_path / name / "cache/features").rglob("*.npz"))
        seen.append([file.read_bytes() for file in files])
    assert len(seen[0]) == len(split.train) + len(split.test)
    assert sum(one != other for one, other in zip(*seen, strict=True)) > len(split.test) / 2
