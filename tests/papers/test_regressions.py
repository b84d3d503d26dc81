"""What logistic regression reads in papers 3 to 5, on their tiny runs: the models' features, or fc7 anew."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpers import tiny_runs
from helpers.experiments import experiment_of
from helpers.tiny_demo import tiny_demo
from repro import datasets, score_file
from repro.experiment import regression
from repro.experiment.rows import chosen
from repro.papers import PAPERS
from repro.training.run_folder import RunFolder
from repro.types import VideoRef
from repro.video.index import count_frames, with_contents

ROWS = {3: ["table1/logistic"], 4: ["table1/logistic", "table2/logistic"], 5: ["table2/logistic"]}

READS = {
    3: {"logistic-regression": ["fc6"]},
    4: {f"logistic-regression-{streams}": streams.split("+") for streams in ("rgb", "flow", "rgb+flow")},
    5: {"logistic-regression": ["pool4", "conv5_3"]},
}


@pytest.mark.parametrize("paper", [tiny_runs.of_paper(paper) for paper in ROWS])
def test_it_reads_what_the_papers_models_read(
    paper: int, tiny_run: Callable[[int], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, split = tiny_run(paper), datasets.load_split("demo", tiny_demo(), "1")
    index = count_frames((*split.train, *split.test), home / "cache" / "frames-demo.json")
    train, test = (with_contents(part, index) for part in (split.train, split.test))
    split = replace(split, train=train, test=test)
    rows = chosen(PAPERS[paper].rows("jhmdb21"), ROWS[paper])
    inputs: dict[str, list[str]] = {}
    as_written = regression.score

    def watched(experiment, read, features, name, **more):  # type: ignore[no-untyped-def]
        def of(ref: VideoRef) -> Mapping[str, np.ndarray]:
            arrays = read(ref)
            inputs[name] = list(arrays)
            assert {len(array) for array in arrays.values()} <= set(range(1, index.frames[ref.video_id] + 1))
            return arrays

        return as_written(experiment, of, features, name, **more)

    monkeypatch.setattr(regression, "score", watched)
    recipe = PAPERS[paper].recipe("tiny")
    with RunFolder(tmp_path / "run") as folder:
        experiment = experiment_of(home, folder, split, recipe, index.frames, data=tiny_demo())
        pipeline = PAPERS[paper].pipeline(experiment, rows)
        for stage in pipeline.stages:
            stage.run()
        values = [pipeline.measure(row)[0].values["value"] for row in rows]
    assert inputs == READS[paper]
    assert not pipeline.trained
    for path in (tmp_path / "run/scores").glob("*.npz"):
        scores = score_file.read(path).scores
        np.testing.assert_allclose(scores.sum(axis=-1), 1, rtol=0, atol=1e-6)
    assert all(0 <= value <= 100 for value in values)
