"""Which overlap the tubes of a row are measured by."""

from pathlib import Path

import numpy as np
import pytest

from helpers.experiments import experiment_of
from repro.paper4.pipeline import Pipeline
from repro.paper4.recipe import recipe
from repro.papers import PAPERS
from repro.training.run_folder import RunFolder
from repro.types import Split, Tube, TubeComparison

TRUE = Tube(np.arange(2), np.array([[0.0, 0, 10, 10], [0, 0, 20, 20]]))
FOUND = Tube(np.arange(2), np.array([[0.0, 0, 10, 10], [0, 0, 20, 0]]))  # 1/2 of the frames, 1/5 of the area
COMPARED = TubeComparison({"v": FOUND}, {"v": np.ones(1)}, {"v": [(0, TRUE)]})


@pytest.mark.parametrize(
    ("id", "reached"),
    [("fig4a/video_lstm-smoothed", 100), ("fig4b/video_lstm", 100), ("readings/overlap-of-volumes", 0)],
)
def test_a_row_is_measured_by_its_own(
    id: str, reached: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [row for row in PAPERS[4].rows("demo") if row.id == id]
    split = Split("demo", "1", ("c",), (), ())
    monkeypatch.setattr(Pipeline, "tubes", lambda pipeline, row: COMPARED)
    with RunFolder(tmp_path / "run") as folder:
        pipeline = Pipeline(experiment_of(tmp_path, folder, split, recipe("tiny"), {}), rows)
        measured, videos = pipeline.measure(rows[0])
    assert videos == 1
    assert measured.values["0.2"] == 100
    assert measured.values["0.5"] == reached
