"""Tube metrics: the worked example, exact fractions, properties of the overlap."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracles import tubes as oracle
from repro.evaluation.tubes import OVERLAPS, THRESHOLDS, mean_ap, overlaps, st_iou, volume_iou
from repro.types import Tube


def _square(x: int, frames: int = 10) -> Tube:
    return Tube(np.arange(frames), np.tile([x, 0.0, x + 10, 10], (frames, 1)))


TUBES = {"v1": _square(0), "v2": _square(5), "v3": _square(0)}
SCORES = {"v1": np.array([0.9, 0.1]), "v2": np.array([0.6, 0.4]), "v3": np.array([0.7, 0.3])}
TRUTH = {
    "v1": [(0, _square(2))],
    "v2": [(0, _square(0)), (0, _square(30))],
    "v3": [(1, _square(0, frames=5))],
}


def test_worked_overlaps() -> None:
    np.testing.assert_allclose(overlaps(TUBES, TRUTH), [2 / 3, 1 / 3, 0, 0.5], atol=1e-15)


@pytest.mark.parametrize(
    ("threshold", "first", "second", "mean", "found"),
    [
        (0.2, 0.55555556, 0.5, 0.52777778, 0.75),
        (0.3, 0.55555556, 0.5, 0.52777778, 0.75),
        (0.5, 0.33333333, 0.5, 0.41666667, 0.5),
        (0.6, 0.33333333, 0, 0.16666667, 0.25),
    ],
)
def test_worked_example(threshold: float, first: float, second: float, mean: float, found: float) -> None:
    assert np.mean(overlaps(TUBES, TRUTH) >= threshold) == found
    assert mean_ap(TUBES, SCORES, TRUTH, [threshold]) == pytest.approx([mean], abs=6e-9)
    one = {v: [actor for actor in actors if actor[0] == 0] for v, actors in TRUTH.items()}
    other = {v: [actor for actor in actors if actor[0] == 1] for v, actors in TRUTH.items()}
    assert mean_ap(TUBES, SCORES, one, [threshold]) == pytest.approx([first], abs=6e-9)
    assert mean_ap(TUBES, SCORES, other, [threshold]) == pytest.approx([second], abs=6e-9)


def test_thresholds_of_the_figure() -> None:
    assert THRESHOLDS == (0.05, 0.1, 0.125, 0.2, 0.3, 0.4, 0.5)
    assert len(mean_ap(TUBES, SCORES, TRUTH)) == 7


def test_annotations_may_have_gaps() -> None:
    gaps = Tube(np.array([1, 3, 12]), np.tile([0.0, 0, 10, 10], (3, 1)))
    assert st_iou(_square(0), gaps) == 2 / 11
    assert st_iou(_square(0, frames=1), gaps) == 0


def test_ten_times_a_fifth_reaches_a_fifth() -> None:
    """Each frame shares exactly 0.2; ten of them added one after the other give less than 2."""
    wide = Tube(np.arange(10), np.tile([0.0, 0, 50, 10], (10, 1)))
    assert np.cumsum([0.2] * 10)[-1] < 2
    assert overlaps({"v": wide}, {"v": [(0, _square(0))]}) >= 0.2


PIXELS = st.integers(0, 6)
BOX = st.tuples(PIXELS, PIXELS, st.integers(1, 6), st.integers(1, 6)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)
TUBE = st.dictionaries(st.integers(0, 5), BOX, min_size=1, max_size=5)


def _tube(boxes: dict[int, tuple[int, ...]]) -> Tube:
    frames = sorted(boxes)
    return Tube(np.array(frames), np.array([boxes[t] for t in frames], np.float64))


@given(TUBE, TUBE)
def test_overlaps_agree_with_exact_fractions(a: dict, b: dict) -> None:
    assert st_iou(_tube(a), _tube(b)) == pytest.approx(float(oracle.st_iou(a, b)), abs=1e-15)


@given(TUBE, TUBE)
def test_overlaps_of_volumes_agree_with_exact_fractions(a: dict, b: dict) -> None:
    assert volume_iou(_tube(a), _tube(b)) == pytest.approx(float(oracle.volume_iou(a, b)), abs=1e-15)


@pytest.mark.parametrize("overlap", OVERLAPS)
@given(a=TUBE, b=TUBE)
def test_overlap_is_symmetric_and_one_for_equal_tubes_only(overlap: str, a: dict, b: dict) -> None:
    of = OVERLAPS[overlap]
    there, back = of(_tube(a), _tube(b)), of(_tube(b), _tube(a))
    assert there == back
    assert 0 <= there <= 1
    assert (there == 1) == (a == b)
    assert of(_tube(a), _tube(a)) == 1


@pytest.mark.parametrize("overlap", OVERLAPS)
def test_empty_boxes_overlap_nothing(overlap: str) -> None:
    point = Tube(np.array([0]), np.array([[3.0, 3, 3, 3]]))
    assert OVERLAPS[overlap](point, point) == 0


def test_a_frame_counts_by_its_boxes_where_volumes_are_compared() -> None:
    """Right in the frame of the small box, half right in that of the large one: 3/4 against 300 of 500."""
    true = Tube(np.arange(2), np.array([[0.0, 0, 10, 10], [0, 0, 20, 20]]))
    found = Tube(np.arange(2), np.array([[0.0, 0, 10, 10], [0, 0, 20, 10]]))
    tubes, truth, scores = {"v": found}, {"v": [(0, true)]}, {"v": np.ones(1)}
    for overlap, share in (("frames", 0.75), ("volumes", 0.6)):
        assert overlaps(tubes, truth, overlap) == [share]
        assert mean_ap(tubes, scores, truth, [0.6, 0.7], overlap).tolist() == [1, float(share > 0.7)]


@st.composite
def _set(draw: st.DrawFn) -> tuple[dict, dict, dict]:
    """A few videos with tubes, scores (different for each video, as the oracle has no ties) and truth."""
    videos = [f"v{n}" for n in range(draw(st.integers(1, 5)))]
    tubes = {v: draw(TUBE) for v in videos}
    columns = [draw(st.permutations(range(len(videos)))) for _ in range(3)]
    scores = {v: [column[n] / 8 for column in columns] for n, v in enumerate(videos)}
    actor = st.one_of(TUBE, st.sampled_from(list(tubes.values())))
    truth = {v: draw(st.lists(st.tuples(st.integers(0, 2), actor), max_size=3)) for v in videos}
    truth[videos[0]] = truth[videos[0]] or [(1, tubes[videos[0]])]
    return tubes, scores, truth


# No overlap of boxes of whole pixels is one of these: at 0.01 the exact fraction of the float, which is a
# little above, would not be reached by 1/25 in one frame of four.
BETWEEN = (0.010101, 0.150151, 0.370371, 0.990099)


@settings(max_examples=40)
@given(_set(), st.sampled_from(BETWEEN))
def test_map_and_hits_agree_with_exact_fractions(made: tuple, threshold: float) -> None:
    plain, plain_scores, plain_truth = made
    tubes = {v: _tube(boxes) for v, boxes in plain.items()}
    scores = {v: np.array(row) for v, row in plain_scores.items()}
    truth = {v: [(label, _tube(boxes)) for label, boxes in actors] for v, actors in plain_truth.items()}
    exact = Fraction(threshold)
    expected = oracle.mean_ap(plain, plain_scores, plain_truth, exact)
    assert mean_ap(tubes, scores, truth, [threshold]) == pytest.approx([float(expected)], abs=1e-14)
    reached = [oracle.st_iou(plain[v], true) >= exact for v in plain_truth for _, true in plain_truth[v]]
    assert (overlaps(tubes, truth) >= threshold).tolist() == reached


@pytest.mark.parametrize(
    ("tubes", "scores", "truth", "message"),
    [
        ({"v1": TUBES["v1"]}, SCORES, TRUTH, "v2 is among tubes or truth only"),
        (TUBES, {"v1": SCORES["v1"]}, TRUTH, "wanted one \\[K\\] each"),
        (TUBES, {**SCORES, "v1": np.ones(3)}, TRUTH, "wanted one \\[K\\] each"),
        (TUBES, {**SCORES, "v1": np.array([np.nan, 0])}, TRUTH, "finite"),
        (TUBES, SCORES, {**TRUTH, "v3": [(2, _square(0))]}, "v3: label 2 with 2 scores"),
        (TUBES, SCORES, {**TRUTH, "v3": [(-1, _square(0))]}, "v3: label -1"),
        (TUBES, SCORES, {v: [] for v in TUBES}, "no annotated tube"),
    ],
)
def test_refuses(tubes: dict, scores: dict, truth: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mean_ap(tubes, scores, truth)


@pytest.mark.parametrize(
    ("frames", "boxes"),
    [
        ([], np.zeros((0, 4))),
        ([0, 0], np.zeros((2, 4))),
        ([1, 0], np.zeros((2, 4))),
        ([-1], np.zeros((1, 4))),
        ([0], np.zeros((2, 4))),
        ([0], np.zeros((1, 3))),
        ([0], np.array([[0, 0, -1, 1.0]])),
        ([0], np.array([[0, 0, np.nan, 1.0]])),
    ],
)
def test_tubes_that_cannot_be(frames: list[int], boxes: np.ndarray) -> None:
    with pytest.raises(ValueError):
        Tube(np.array(frames, np.int64), boxes)
