"""Means of models and gains of classes (paper 3, 4.4): matched by video, never by position."""

from dataclasses import replace

import numpy as np
import pytest

from repro.evaluation.combination import Gain, gains, mean
from repro.evaluation.fusion import fuse
from repro.types import InputError, Scores


def _scores(rows: list[list[float]], video_ids: str = "abc", labels: tuple[int, ...] = (0, 1, 2)) -> Scores:
    one = np.ones(len(rows), np.int64)
    return Scores(tuple(video_ids), np.array(labels), 9 * one, one, np.array(rows, np.float32)[:, None, :])


FIRST = _scores([[0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0.1, 0.1, 0.8]])
SECOND = _scores([[0.3, 0.1, 0.6], [0.1, 0.1, 0.8], [0.4, 0.2, 0.4]], "cab", (2, 0, 1))


def test_the_mean_by_hand_whatever_the_order() -> None:
    found = mean([FIRST, SECOND])
    assert found.video_ids == ("a", "b", "c")
    assert found.labels.tolist() == [0, 1, 2]
    wanted = [[0.3, 0.2, 0.5], [0.3, 0.35, 0.35], [0.2, 0.1, 0.7]]
    np.testing.assert_allclose(found.scores[:, 0], wanted, atol=1e-7)
    assert found.scores.dtype == np.float32
    np.testing.assert_allclose(
        mean([FIRST, SECOND, FIRST]).scores[0, 0], [1.1 / 3, 0.7 / 3, 1.2 / 3], atol=1e-7
    )
    np.testing.assert_array_equal(mean([FIRST]).scores, FIRST.scores)


def _several(scores: Scores, positive: list[list[int]]) -> Scores:
    return replace(scores, positive=np.array(positive, bool))


CLASSES = [[1, 1, 0], [0, 1, 0], [0, 0, 1]]
FREE = _several(_scores([[0.9, 0.8, 0.1], [0.2, 0.9, 0.3], [0.0, 0.1, 0.2]]), CLASSES)
TURNED = _several(
    _scores([[0.4, 0.1, 0.6], [0.1, 0.6, 0.1], [0.4, 0.1, 0.5]], "cab", (2, 0, 1)),
    [CLASSES[2], CLASSES[0], CLASSES[1]],
)


def test_probabilities_of_several_classes_need_no_sum_of_1() -> None:
    found = mean([FREE, TURNED])
    np.testing.assert_array_equal(found.positive, np.array(CLASSES, bool))
    np.testing.assert_allclose(found.scores[0, 0], [0.5, 0.7, 0.1], atol=1e-7)
    np.testing.assert_allclose(found.scores[2, 0], [0.2, 0.1, 0.4], atol=1e-7)
    with pytest.raises(ValueError, match="several classes"):
        fuse([FREE, TURNED])


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (FIRST, _scores([[0.5, 0.3, 0.2]] * 3, "abd"), "different videos: only one has c"),
        (FIRST, _scores([[0.9, 0.9, 0.9]] * 3), "not a probability over the classes at a; .* with sum 1"),
        (FREE, _several(_scores([[0.9, 0.9, 1.1]] * 3), CLASSES), "not a probability .* at a; .* at most 1"),
        (FREE, _several(FREE, [CLASSES[0], CLASSES[1], [1, 0, 1]]), "gives c another label"),
        (FREE, FIRST, "gives a another label"),
        (FIRST, _several(FIRST, CLASSES), "gives a another label"),
    ],
)
def test_scores_that_cannot_be_averaged_are_named(first: Scores, second: Scores, message: str) -> None:
    with pytest.raises(InputError, match=message):
        mean([first, second])


def test_no_score_has_no_mean() -> None:
    with pytest.raises(ValueError, match="the mean of no scores"):
        mean([])


def _naming(classes: list[int], labels: list[int]) -> Scores:
    """Scores of four classes whose highest is the given class."""
    return _scores((0.1 + 0.6 * np.eye(4)[classes]).tolist(), "abcdefg"[: len(labels)], tuple(labels))


def test_gains_by_hand() -> None:
    """Class 0: 1/2 to 2/2. Class 1: 0/2 to 2/2. Class 2: 2/2 to 1/2. Class 3 has no video."""
    labels = [0, 0, 1, 1, 2, 2]
    before, now = _naming([0, 3, 0, 2, 2, 2], labels), _naming([0, 0, 1, 1, 2, 3], labels)
    turned = Scores(
        before.video_ids[::-1], before.labels[::-1], before.lengths_frames, before.observed_frames,
        before.scores[::-1],
    )  # fmt: skip
    assert gains(now, turned) == (Gain(1, 1.0, 0.0), Gain(0, 1.0, 0.5), Gain(2, 0.5, 1.0))
    assert [gain.label for gain in gains(now, before, count=2)] == [1, 0]
    assert [gain.accuracy - gain.before for gain in gains(now, before)] == [1.0, 0.5, -0.5]
    assert [gain.label for gain in gains(now, now)] == [0, 1, 2]  # of equal ones the lower
    with pytest.raises(ValueError, match="wanted"):
        gains(now, before, count=0)
    with pytest.raises(InputError, match="different videos"):
        gains(now, FIRST)
