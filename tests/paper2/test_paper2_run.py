"""What paper 2's score files hold, and what its run folder refuses, seen in its shared run."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from helpers import tiny_runs
from repro import score_file
from repro.cli import main
from repro.paths import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("paper2")]


@pytest.fixture(scope="module")
def finished(tiny_run: Callable[[int], Path]) -> Path:
    return tiny_run(2)


def test_score_files_follow_the_videos(finished: Path) -> None:
    """Probabilities for every observed frame of every test video, nothing after its end."""
    name = "scores/context+action-ms_lstm-anticipation.npz"
    scores = score_file.read(tiny_runs.run_folder(2, finished) / name)
    assert len(scores.video_ids) == 42
    assert all("_g0" in name and int(name.split("_g")[1][:2]) <= 7 for name in scores.video_ids)
    np.testing.assert_array_equal(scores.observed_frames, np.minimum(scores.lengths_frames, 6))
    np.testing.assert_allclose(scores.scores.sum(axis=2), 1, rtol=0, atol=1e-5)


def test_the_first_stage_is_kept_beside_the_second(finished: Path) -> None:
    """The first stage reads context alone, the second sees more; a model of one stage has one file."""
    scores = tiny_runs.run_folder(2, finished) / "scores"
    name = "context+action-ms_lstm-anticipation"
    first, last = (score_file.read(scores / f"{name}{stage}.npz") for stage in ("-stage1", ""))
    assert first.video_ids == last.video_ids
    np.testing.assert_array_equal(first.observed_frames, last.observed_frames)
    np.testing.assert_allclose(first.scores.sum(axis=2), 1, rtol=0, atol=1e-5)
    assert np.abs(first.scores - last.scores).max() > 1e-3
    assert not (scores / "context-single_lstm-anticipation-stage1.npz").exists()


def test_other_settings_in_the_same_folder_are_refused(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    standin = PROJECT / "weights" / "standin_vgg16.npz"
    assert main(tiny_runs.command(2, finished, "--pretraining", str(standin))) == 2
    assert "pretraining" in capsys.readouterr().err
