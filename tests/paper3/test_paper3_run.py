"""Combinations, attention and starts of paper 3, seen in its shared run."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from helpers import tiny_runs
from repro import score_file
from repro.backbones.weights import read
from repro.paper3 import scoring

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("paper3")]


@pytest.fixture(scope="module")
def run(tiny_run: Callable[[int], Path]) -> Path:
    return tiny_runs.run_folder(3, tiny_run(3))


def test_a_combination_is_the_mean_of_its_members(run: Path) -> None:
    parts = [
        score_file.read(run / f"scores/c3d-alstm-{attended}-fc8.npz").scores.astype(np.float64)
        for attended in ("act", "obj")
    ]
    combined = score_file.read(run / "scores/table2-act+obj-fc8-ac.npz")
    np.testing.assert_allclose(combined.scores, np.mean(parts, axis=0), rtol=0, atol=1e-6)
    np.testing.assert_allclose(combined.scores.sum(axis=-1), 1, rtol=0, atol=1e-5)


def test_attention_weights_of_every_video(run: Path) -> None:
    path = run / "attention/c3d-alstm-act-fc8.npz"
    lengths = score_file.read(run / "scores/c3d-alstm-act-fc8.npz")
    looked, first = scoring.read_attention(path), scoring.first_windows(path)
    assert list(looked) == list(lengths.video_ids)
    for (video_id, (frames, weights)), length in zip(looked.items(), lengths.lengths_frames, strict=True):
        assert 0 <= frames.min() <= frames.max() < length
        assert (weights >= 0).all()
        np.testing.assert_allclose(first[video_id].sum(axis=-1), 1, rtol=0, atol=1e-5)


def test_hollywood2_starts_from_the_same_run(run: Path) -> None:
    """A few steps of a small rate away from where Table 1's decoder ended, nowhere near another draw."""
    before = read(run / "sequence/c3d-alstm-obj-fc8/best.npz")
    after = read(run / "sequence/c3d-alstm-obj-fc8-hollywood2/final.npz")
    for name, array in before.items():
        if not name.startswith("scores/"):
            np.testing.assert_allclose(array, after[name], rtol=0, atol=0.05, err_msg=name)
    head = "scores/kernel"  # before had hardly moved from its first draw either
    assert np.abs(before[head] - after[head]).max() > 0.2
