"""Scores of some videos at every frame, for the tests of this folder."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from repro.types import Scores

# The worked example of paper1.md 10.5.
PAIR = Scores(
    video_ids=("one", "two"),
    labels=np.array([0, 2]),
    lengths_frames=np.array([4, 4]),
    observed_frames=np.array([4, 4]),
    scores=np.array(
        [
            [[0.50, 0.30, 0.20], [0.60, 0.30, 0.10], [0.55, 0.25, 0.20], [0.80, 0.15, 0.05]],
            [[0.20, 0.70, 0.10], [0.40, 0.35, 0.25], [0.30, 0.30, 0.40], [0.10, 0.55, 0.35]],
        ],
        np.float32,
    ),
)


@st.composite
def some_scores(draw: st.DrawFn) -> Scores:
    videos, steps, classes = draw(st.integers(1, 6)), draw(st.integers(1, 7)), draw(st.integers(1, 4))
    observed = np.array(draw(st.lists(st.integers(1, steps), min_size=videos, max_size=videos)))
    extra = np.array(draw(st.lists(st.integers(0, 9), min_size=videos, max_size=videos)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    # eighths: sums are exact, so that loops and arrays meet the same ties
    scores = rng.integers(0, 9, (videos, steps, classes)).astype(np.float32) / 8
    scores[np.arange(steps)[None, :] >= observed[:, None]] = 0
    return Scores(
        video_ids=tuple(f"v{i}" for i in range(videos)),
        labels=rng.integers(0, classes, videos),
        lengths_frames=observed + extra,
        observed_frames=observed,
        scores=scores,
    )


@st.composite
def some_probabilities(draw: st.DrawFn) -> Scores:
    """As `some_scores`, each row a distribution."""
    scores = draw(some_scores())
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    classes = scores.scores.shape[2]
    rows = rng.multinomial(16, np.full(classes, 1 / classes), size=scores.scores.shape[:2]) / 16
    rows[np.arange(rows.shape[1])[None, :] >= scores.observed_frames[:, None]] = 0
    return replace(scores, scores=rows.astype(np.float32))
