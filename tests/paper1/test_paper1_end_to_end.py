"""Paper 1 at tiny size on its data sets' layouts: every row of its tables, flow included, to pictures."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from helpers.tiny_demo import tiny_demo
from repro import score_file
from repro.cli import main
from repro.paper1 import experiments

RUN = "runs/paper1/demo-split1-tiny-seed0"


@pytest.fixture(scope="module")
def finished(tiny_run: Callable[[int], Path]) -> Path:
    """The home of one whole tiny run."""
    out = tiny_run(1)
    command = ["paper1", "demo", "--preset", "tiny", "--data", str(tiny_demo()), "--out", str(out)]
    assert main([*command, "--rows", "units/context+action-mslstm-512", "--stage", "evaluate"]) == 0
    return out


def _results(home: Path) -> dict[str, dict]:
    contents = [json.loads(p.read_text()) for p in (home / "results/paper1/demo-tiny").glob("*.json")]
    return {content["id"]: content for content in contents}


@pytest.mark.slow
def test_every_row_has_its_result(finished: Path) -> None:
    found = _results(finished)
    wanted = {
        row.id
        for row in experiments.chosen(experiments.rows("demo"), ["all"])
        if not row.id.startswith(("table1", "table5"))
    }
    assert wanted | {"units/context+action-mslstm-512"} == set(found)
    for content in found.values():
        value = content["own"]["mean"].get("value")
        assert value is None or 0 <= value <= 100
        assert content["printed"] is None  # the demo set is compared with itself only
    low, high = found["table4/ours"]["own"]["interval"]["value"]
    assert low <= found["table4/ours"]["own"]["mean"]["value"] <= high


@pytest.mark.slow
def test_everything_promised_is_there(finished: Path) -> None:
    run = finished / RUN
    for name in (
        "table.txt",
        "early_warning.webm",
        "frame_network.npz",
        "figures/losses.png",
        "figures/features.png",
        "figures/per_class.png",
        "figures/gate.png",
        "figures/fine_tune.png",
        "figures/fine_tune_flow.png",
    ):
        assert (run / name).stat().st_size > 0, name
    assert "The paper's orderings on this data" in (run / "table.txt").read_text()


@pytest.mark.slow
def test_the_comparison_of_units_looks_at_training_clips_only(finished: Path) -> None:
    """5.2.2 compares on held-out training clips; the test split takes no part."""
    name = "context+action-ms_lstm-plgl-units=512-validation_fraction=0.2"
    held_out = score_file.read(finished / RUN / "scores" / f"{name}-validation.npz")
    tested = score_file.read(finished / RUN / "scores" / "context+action-ms_lstm-plgl.npz")
    assert not set(held_out.video_ids) & set(tested.video_ids)
    assert not (finished / RUN / "scores" / f"{name}.npz").exists()


@pytest.mark.slow
def test_fewer_frames_are_fewer_frames(finished: Path) -> None:
    """Table 6 at tiny size: T = 6 stands for 50, so K = 20 for 2; sampled ones come from the whole clip."""
    for way in ("first", "sampled"):
        name = "context+action-ms_lstm-plgl-" + ("frames=sampled-" if way == "sampled" else "") + "steps=20"
        scores = score_file.read(finished / RUN / "scores" / f"{name}.npz")
        assert scores.scores.shape[1] == 2
        np.testing.assert_array_equal(scores.observed_frames, np.minimum(scores.lengths_frames, 2))


@pytest.mark.slow
def test_paper_2_shares_the_frame_network_and_its_features(finished: Path) -> None:
    made = [*(finished / "cache").rglob("*.npz")]
    before = {path: path.stat().st_mtime_ns for path in made}
    command = ["paper2", "demo", "--preset", "tiny", "--data", str(tiny_demo()), "--out", str(finished)]
    assert main([*command, "--rows", "table4/context-lstm", "--stage", "evaluate"]) == 0
    assert {path: path.stat().st_mtime_ns for path in (finished / "cache").rglob("*.npz")} == before
