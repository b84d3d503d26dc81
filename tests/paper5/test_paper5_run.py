"""The votes of paper 5's clips, seen in its shared run."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from helpers import tiny_runs
from repro import score_file
from repro.paper5.recipe import recipe
from repro.sampling.clips import clip_starts

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("paper5")]


@pytest.mark.parametrize("name", ["late", "late-clip_rule=mean"])
def test_scores_are_votes_that_probabilities_only_decide_between(
    tiny_run: Callable[[int], Path], name: str
) -> None:
    run, tiny = tiny_runs.run_folder(5, tiny_run(5)), recipe("tiny")
    said = score_file.read(run / f"scores/{name}.npz")
    clips = [len(clip_starts(n, tiny.clip_len, tiny.test_stride)) for n in said.lengths_frames.tolist()]
    votes = np.floor(said.scores[:, 0] * (np.array(clips)[:, None] + 0.5) + 1e-6)
    np.testing.assert_array_equal(votes.sum(axis=1), clips)
    assert max(clips) > 1
    assert not (run / "sequence/late-clip_rule=mean").exists()  # decided otherwise, trained once
