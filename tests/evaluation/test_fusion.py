"""Products of scores (paper 4, 5.2, 5.3; paper4.md 11.6): by video, weighted, chosen without test labels."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from repro.evaluation.fusion import choose_exponents, fuse, product
from repro.types import InputError, Scores

RGB, FLOW = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.5, 0.3])


def _scores(rows: list[list[float]], video_ids: str = "abc", labels: tuple[int, ...] = (0, 1, 2)) -> Scores:
    one = np.ones(len(rows), np.int64)
    return Scores(tuple(video_ids), np.array(labels), 9 * one, one, np.array(rows, np.float32)[:, None, :])


def test_the_worked_example() -> None:
    np.testing.assert_allclose(product([RGB, FLOW]), [0.32258065, 0.48387097, 0.19354839], atol=5e-9)
    np.testing.assert_allclose(
        product([RGB, FLOW], (0.3, 0.7)), [0.27485461, 0.44782302, 0.27732237], atol=5e-9
    )


PROBABILITIES = hnp.arrays(np.float64, (4, 5), elements=st.floats(1e-6, 1)).map(
    lambda a: a / a.sum(axis=1, keepdims=True)
)


@given(PROBABILITIES, PROBABILITIES, st.floats(0, 3), st.floats(0.1, 3))
def test_products_are_what_the_formula_says(one: np.ndarray, two: np.ndarray, w1: float, w2: float) -> None:
    found = product([one, two], (w1, w2))
    plain = one**w1 * two**w2
    np.testing.assert_allclose(found, plain / plain.sum(axis=1, keepdims=True), rtol=1e-9)
    np.testing.assert_allclose(product([two, one], (w2, w1)), found, rtol=1e-9)
    np.testing.assert_allclose(product([7 * one, two], (w1, w2)), found, rtol=1e-9)  # no scale matters
    np.testing.assert_allclose(product([one]), one, rtol=1e-9)


def test_scores_far_below_one_do_not_vanish() -> None:
    """Twenty factors of 1e-30: their product, 1e-600, is below any float64."""
    score = np.array([1e-30, 2e-30, 1 - 3e-30])
    found = product([score] * 20 + [score[::-1]] * 20)
    assert np.isfinite(found).all()
    assert found[0] == pytest.approx(found[2])
    assert product([np.array([0.0, 0.4, 0.6]), np.array([1.0, 0.0, 0.0])]).sum() == pytest.approx(1)
    assert product([np.array([0.0, 1.0]), np.array([1.0, 0.0])]).tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("scores", "exponents"), [([RGB, FLOW[:2]], None), ([RGB], (1, 2)), ([RGB, FLOW], (1, -1)), ([], None)]
)
def test_what_does_not_fit_is_refused(scores: list, exponents: tuple | None) -> None:
    with pytest.raises(ValueError, match="with exponents"):
        product(scores, exponents)


FIRST = _scores([[0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [1 / 3, 1 / 3, 1 / 3]])
SECOND = _scores([[0.1, 0.1, 0.8], [0.2, 0.5, 0.3], [0.5, 0.3, 0.2]], "cab", (2, 0, 1))


def test_videos_are_matched_by_name_not_by_place() -> None:
    fused = fuse([FIRST, SECOND])
    assert fused.video_ids == ("a", "b", "c")
    assert fused.labels.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(fused.lengths_frames, [9, 9, 9])
    np.testing.assert_allclose(fused.scores[0, 0], [0.32258065, 0.48387097, 0.19354839], atol=1e-7)
    np.testing.assert_allclose(fused.scores[1, 0], fused.scores[0, 0], atol=1e-7)
    np.testing.assert_allclose(fused.scores[2, 0], [0.1, 0.1, 0.8], atol=1e-7)
    assert fused.scores.dtype == np.float32
    weighted = fuse([FIRST, SECOND], (0.3, 0.7)).scores[0, 0]
    np.testing.assert_allclose(weighted, [0.27485461, 0.44782302, 0.27732237], atol=1e-7)


def test_frames_that_were_not_seen_stay_zero() -> None:
    scores = np.zeros((1, 3, 2), np.float32)
    scores[0, :2] = [[0.25, 0.75], [0.5, 0.5]]
    part = Scores(("a",), np.array([0]), np.array([2]), np.array([2]), scores)
    np.testing.assert_allclose(fuse([part, part]).scores[0], [[0.1, 0.9], [0.5, 0.5], [0, 0]], atol=1e-7)


def _changed(part: Scores, row: list[float]) -> Scores:
    scores = part.scores.copy()
    scores[1, 0] = row
    return replace(part, scores=scores)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (_scores([[0.5, 0.3, 0.2]] * 3, "abd"), r"score 2 .* only one has c \(and 1 more\)"),
        (_scores([[0.5, 0.3, 0.2]] * 2, "ab", (0, 1)), r"score 2 .* only one has c \(and 0 more\)"),
        (_scores([[0.5, 0.5]] * 3), r"score 2 .* classes \(1, 2\) a video, the first \(1, 3\)"),
        (replace(SECOND, labels=np.array([2, 0, 0])), "gives b another label"),
        (_changed(SECOND, [0.5, 0.6, -0.1]), "not a probability over the classes at a"),
        (_changed(SECOND, [0.5, 0.4, 0.2]), "not a probability over the classes at a"),
        (_changed(SECOND, [0.5, np.nan, 0.2]), "not a probability over the classes at a"),
    ],
)
def test_scores_that_cannot_be_fused_are_named(other: Scores, message: str) -> None:
    with pytest.raises(InputError, match=message):
        fuse([FIRST, other])


def _drawn(seed: int, trust: tuple[float, ...], videos: int = 60) -> list[Scores]:
    """Scores of several models whose logits are trust * label + noise."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, videos)
    parts = []
    for weight in trust:
        logits = weight * np.eye(4)[labels] + rng.normal(size=(videos, 4))
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        one = np.ones(videos, np.int64)
        names = tuple(f"v{i}" for i in range(videos))
        parts.append(Scores(names, labels, one, one, p[:, None].astype(np.float32)))
    return parts


@pytest.mark.parametrize("seed", range(4))
def test_no_multiple_of_a_tenth_is_right_more_often(seed: int) -> None:
    parts = _drawn(seed, (0.5, 1.5, 1.0))
    chosen = choose_exponents(parts)
    assert sum(chosen) == pytest.approx(1)

    def right(exponents: tuple[float, ...]) -> int:
        return int((fuse(parts, exponents).scores[:, 0].argmax(-1) == parts[0].labels).sum())

    tried = [w for w in itertools.product(np.arange(11) / 10, repeat=3) if abs(sum(w) - 1) < 1e-9]
    assert len(tried) == 66
    counts = {w: right(w) for w in tried}
    assert right(chosen) == max(counts.values())
    even = min(sum(e * e for e in w) for w, count in counts.items() if count == max(counts.values()))
    assert sum(e * e for e in chosen) == pytest.approx(even)


def test_a_model_that_knows_nothing_is_outweighed() -> None:
    """Class 0 for all, loudly, against the truth in a whisper."""
    loud = _scores([[0.8, 0.1, 0.1]] * 3)
    quiet = _scores([[0.6, 0.2, 0.2], [0.2, 0.6, 0.2], [0.2, 0.2, 0.6]])
    # log 8 against log 3: right from 1 : 1.9 on; 0.3 and 0.7 are the most even multiples that do it.
    assert choose_exponents([loud, quiet]) == (0.3, 0.7)
    assert choose_exponents([quiet, quiet]) == (0.5, 0.5)


def test_one_score_a_video_is_wanted() -> None:
    wide = Scores(("a",), np.array([0]), np.array([2]), np.array([2]), np.full((1, 2, 2), 0.5, np.float32))
    with pytest.raises(ValueError, match=r"wanted \[V, 1, K\]"):
        choose_exponents([wide, wide])
    with pytest.raises(InputError, match="only one has c"):
        choose_exponents([FIRST, _scores([[0.5, 0.3, 0.2]] * 3, "abd")])
