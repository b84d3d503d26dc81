"""A model that starts from another run is another one when that run was made anew in its place."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.experiments import experiment_of
from repro.atomic import write_npz
from repro.experiment.exported import ExportedRun
from repro.experiment.streams import Streams
from repro.paper3.features import Features
from repro.papers import PAPERS
from repro.training.run_folder import RunFolder
from repro.types import InputError, Split, VideoRef

VIDEO = VideoRef("c/v", Path("v.avi"), 0, "g", content="c")
CASES = {
    3: ({"architecture": "lstm", "task": "hollywood2"}, "c3d-lstm", Features({}, {})),
    4: ({"architecture": "lstm", "stream": "rgb"}, "rgb-lstm", lambda chosen: Streams({}, {})),
}


@pytest.mark.parametrize("number", CASES)
def test_what_a_model_starts_from_decides_it(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overrides, name, features = CASES[number]
    paper, run = PAPERS[number], tmp_path / "before"
    weights = run / "sequence" / name / "best.npz"
    run.mkdir()
    ExportedRun(run, number, "ucf101", "1", 0, ("c",), name, str(weights.relative_to(run)), {}, {}).write()
    chosen = replace(paper.recipe("tiny"), start_from=str(run), **overrides)
    with RunFolder(tmp_path / "run") as folder:
        split = Split("demo", "1", ("c",), (VIDEO, replace(VIDEO, video_id="c/w", group="h")), ())
        experiment = experiment_of(tmp_path, folder, split, chosen, {"c/v": 99, "c/w": 99})
        pipeline: Any = paper.pipeline(experiment, ())
        pipeline.features = features
        if number == 3:
            monkeypatch.setattr(Features, "digest", lambda *_: "")
        for batches in ("_windows", "_snippets"):
            given = type("Batches", (), {"steps_per_epoch": 1})()
            monkeypatch.setattr(pipeline, batches, lambda *_, given=given, **__: given, raising=False)
        with pytest.raises(InputError, match=r"no weights at .* to start from"):
            pipeline._training(name, chosen)
        settings = []
        for value in (0, 1):
            write_npz(weights, {"scores/bias": np.full(1, value, np.float32)})
            settings.append(pipeline._training(name, chosen).keywords["settings"])
    assert settings[0] != settings[1]
    assert {k: v for k, v in settings[0].items() if k != "start"} == {
        k: v for k, v in settings[1].items() if k != "start"
    }
