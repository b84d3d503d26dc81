"""Times, profiles and their invariances: worked numbers, agreement, properties."""

from dataclasses import replace

import numpy as np
import pytest
from early_scores import PAIR, some_probabilities
from hypothesis import given
from hypothesis import strategies as st

from repro.evaluation import anticipation
from repro.evaluation.average_precision import mean_average_precision
from repro.evaluation.calibration import expected_calibration_error
from repro.types import Scores

PARTS = ("first frame", "1%", "10%", "20%", "50%", "100%")


def test_worked_times() -> None:
    """Video one is right from its first frame; video two only at frame 3, and wrong again at its last."""
    assert anticipation.time_to_action(PAIR, pooled=False).tolist() == [0.25, np.inf]
    until_3 = replace(PAIR, observed_frames=np.array([4, 3]))
    assert anticipation.time_to_action(until_3, pooled=False).tolist() == [0.25, 0.75]
    of_12_frames = replace(until_3, lengths_frames=np.array([5, 12]))
    assert anticipation.time_to_action(of_12_frames, pooled=False).tolist() == [0.2, 0.25]
    assert anticipation.time_to_action(until_3, pooled=True).tolist() == [0.25, np.inf]
    labels = replace(PAIR, labels=np.array([0, 1]))  # first at frames 1 and 4
    assert anticipation.time_to_action(labels, pooled=False).tolist() == [0.25, 1.0]


def test_worked_profile() -> None:
    """Confidences after the first frame: 0.5 right, 0.7 wrong; at the end 0.8 right, 0.55 wrong."""
    found = anticipation.profile(PAIR, ("100%", "first frame"), pooled=False)
    assert list(found) == ["top-1", "mAP", "ECE"]  # of three classes, top-5 could not miss
    assert all(list(values) == ["100%", "first frame"] for values in found.values())
    assert found["top-1"] == {"100%": 0.5, "first frame": 0.5}
    # class 0 ranks video one first, always; class 2 ranks video two first at the end, second at the start
    assert found["mAP"] == {"100%": 1.0, "first frame": 0.75}
    assert found["ECE"]["first frame"] == pytest.approx((0.5 + 0.7) / 2, abs=1e-7)
    assert found["ECE"]["100%"] == pytest.approx((0.2 + 0.55) / 2, abs=1e-7)


def test_top_5_needs_six_classes() -> None:
    scores = np.zeros((1, 1, 6), np.float32)
    scores[0, 0] = np.array([1, 2, 3, 4, 5, 6]) / 21
    one = np.ones(1, np.int64)
    for label, hit in ((0, 0.0), (1, 1.0)):
        video = Scores(("v",), label * one, one, one, scores)
        assert anticipation.profile(video, ("100%",), pooled=True)["top-5"] == {"100%": hit}
    five = Scores(("v",), 0 * one, one, one, np.full((1, 1, 5), 0.2, np.float32))
    assert "top-5" not in anticipation.profile(five, ("100%",), pooled=True)


def _everything(scores: Scores, pooled: bool) -> list[object]:
    """All that is reported of the videos together."""
    return [
        anticipation.profile(scores, PARTS, pooled=pooled),
        sorted(anticipation.time_to_action(scores, pooled=pooled).tolist()),
        anticipation.curve(scores, pooled=pooled).tolist()[: scores.observed_frames.max()],
    ]


@given(some_probabilities(), st.booleans())
def test_a_profile_is_the_metrics_of_the_probabilities_at_each_part(scores: Scores, pooled: bool) -> None:
    profile = anticipation.profile(scores, PARTS, pooled=pooled)
    for part in PARTS:
        said = anticipation.scores_after(scores, part, pooled=pooled)
        assert profile["top-1"][part] == anticipation.hits_after(scores, part, pooled=pooled).mean()
        assert profile["mAP"][part] == mean_average_precision(scores.labels, said)
        assert profile["ECE"][part] == expected_calibration_error(scores.labels, said)


@pytest.mark.slow
@given(some_probabilities(), st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_the_videos_changes_nothing(scores: Scores, pooled: bool, random: object) -> None:
    order = list(range(len(scores.video_ids)))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = Scores(
        tuple(scores.video_ids[i] for i in order),
        scores.labels[order],
        scores.lengths_frames[order],
        scores.observed_frames[order],
        scores.scores[order],
    )
    (profile, *rest), (other, *others) = _everything(scores, pooled), _everything(shuffled, pooled)
    assert rest == others
    for metric, values in profile.items():
        assert other[metric] == pytest.approx(values, abs=1e-14)  # sums in another order


@pytest.mark.slow
@given(some_probabilities(), st.booleans(), st.integers(1, 4), st.floats(0, 1e6, width=32))
def test_padding_of_any_length_and_content_is_not_read(
    scores: Scores, pooled: bool, steps: int, content: float
) -> None:
    padded = np.pad(scores.scores, ((0, 0), (0, steps), (0, 0)))
    padded[np.arange(padded.shape[1])[None, :] >= scores.observed_frames[:, None]] = content
    padded[..., 0] += (np.arange(padded.shape[1])[None, :] >= scores.observed_frames[:, None]) * 7
    other = replace(scores, scores=padded)
    assert _everything(other, pooled) == _everything(scores, pooled)
    before, after = anticipation.curve(scores, pooled=pooled), anticipation.curve(other, pooled=pooled)
    assert after.tolist() == [*before, *[before[-1]] * steps]


def test_scores_that_are_no_probabilities_have_no_profile() -> None:
    logits = replace(PAIR, scores=PAIR.scores * 3)
    assert anticipation.curve(logits, pooled=False).tolist() == [0.5, 0.5, 1.0, 0.5]
    with pytest.raises(ValueError, match="wanted probabilities"):
        anticipation.profile(logits, ("100%",), pooled=True)
