"""What paper 1's rows say of frames and of held-out clips, seen in its shared run."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from helpers import tiny_runs
from repro import score_file
from repro.cli import main
from repro.types import Scores

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("paper1")]


@pytest.fixture(scope="module")
def finished(tiny_run: Callable[[int], Path]) -> Path:
    return tiny_run(1)


def _file(home: Path, name: str) -> Path:
    return tiny_runs.run_folder(1, home) / "scores" / f"context+action-ms_lstm-plgl{name}.npz"


def _scores(home: Path, name: str) -> Scores:
    return score_file.read(_file(home, name))


def test_the_comparison_of_units_looks_at_training_clips_only(finished: Path) -> None:
    """5.2.2 compares on held-out training clips; the test split takes no part."""
    held_out = _scores(finished, "-units=512-validation_fraction=0.2-validation")
    assert not set(held_out.video_ids) & set(_scores(finished, "").video_ids)
    assert not _file(finished, "-units=512-validation_fraction=0.2").exists()


@pytest.mark.parametrize("way", ["", "-frames=sampled"])
def test_fewer_frames_are_fewer_frames(finished: Path, way: str) -> None:
    """Table 6 at tiny size: T = 6 stands for 50, so K = 20 for 2; sampled ones come from the whole clip."""
    scores = _scores(finished, f"{way}-steps=20")
    assert scores.scores.shape[1] == 2
    np.testing.assert_array_equal(scores.observed_frames, np.minimum(scores.lengths_frames, 2))


def test_paper_2_shares_the_frame_network_and_its_features(finished: Path) -> None:
    made = [*(finished / "cache").rglob("*.npz")]
    before = {path: path.stat().st_mtime_ns for path in made}
    rows = ["--rows", "table4/context-lstm", "--stage", "evaluate"]
    assert main(tiny_runs.command(2, finished, *rows)) == 0
    assert {path: path.stat().st_mtime_ns for path in (finished / "cache").rglob("*.npz")} == before
