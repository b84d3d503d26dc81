"""Maps, their choice and the gate against the worked 2x2 example (paper1.md 10.4) and plain loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from oracles import cam as oracle
from repro.anticipation.cam import (
    RESCALINGS,
    SELECTIONS,
    CamGate,
    ClassScores,
    Pooling,
    SelectMap,
    first_highest,
    map_of_class,
)

F = np.array([[[[1.0, 2], [0, 1]], [[3, 0], [1, 1]]]])  # [1, 2, 2, L = 2]
W = np.array([[1, -1, 0.5], [-0.5, 1.5, 1]])  # [L, K = 3]
CONV = np.array([[[[2.0, 0], [2, 1]], [[0.5, 3], [4, 2]]]])
MAP_0 = np.array([[0, -0.5], [3, 0.5]])
MAP_2 = np.array([[2.5, 1], [1.5, 1.5]])
PRINTED = 6e-9


def _linear(w=W, b=None) -> ClassScores:
    layer = ClassScores(w.shape[1], dtype="float64")
    layer.build((None, len(w)))
    layer.set_weights([w, np.zeros(w.shape[1]) if b is None else b])
    return layer


def _gate(conv, chosen, rescale) -> np.ndarray:
    chosen = np.asarray(chosen)[..., None]
    return np.asarray(CamGate(rescale, dtype="float64")(conv, chosen))


def test_scores_and_maps_of_the_worked_example():
    linear = _linear()
    pooled = Pooling(dtype="float64")(F)
    np.testing.assert_array_equal(linear(pooled), [[0.75, 0.25, 1.625]])
    np.testing.assert_array_equal(linear(Pooling("sum", dtype="float64")(F)), [[3, 1, 6.5]])  # 4 places
    maps = np.asarray(linear(F, maps=True))
    np.testing.assert_array_equal(maps[0, :, :, 0], MAP_0)
    np.testing.assert_array_equal(maps[0, :, :, 2], MAP_2)


@pytest.mark.parametrize(
    ("chosen", "rescale", "expected"),
    [
        (MAP_0, "none", [[(0, 0), (0, 0)], [(1.5, 9), (2, 1)]]),
        (MAP_0, "mean", [[(0, 0), (0, 0)], [(1.61111111, 9.66666667), (2.14814815, 1.07407407)]]),
        (
            MAP_0,
            "min_max",
            [[(0.75324675, 0), (0, 0)], [(1.31818182, 7.90909091), (3.01298701, 1.50649351)]],
        ),
        (MAP_2, "none", [[(5, 0), (2, 1)], [(0.75, 4.5), (6, 3)]]),
        (
            MAP_2,
            "mean",
            [
                [(3.25842697, 0), (1.30337079, 0.65168539)],
                [(0.48876404, 2.93258427), (3.91011236, 1.95505618)],
            ],
        ),
        (
            MAP_2,
            "min_max",
            [[(5.61290323, 0), (0, 0)], [(0.46774194, 2.80645161), (3.74193548, 1.87096774)]],
        ),
    ],
)
def test_the_gate_of_the_worked_example(chosen, rescale, expected):
    np.testing.assert_allclose(_gate(CONV, chosen[None], rescale)[0], expected, rtol=0, atol=PRINTED)
    np.testing.assert_allclose(oracle.gate(CONV[0], chosen, rescale), expected, rtol=0, atol=PRINTED)


def test_a_map_without_a_positive_value_closes_the_gate():
    for rescale in ("none", "mean"):
        closed = _gate(CONV, np.full((1, 2, 2), -1.0), rescale)
        np.testing.assert_array_equal(closed, np.zeros_like(CONV))
    np.testing.assert_array_equal(_gate(CONV, np.full((1, 2, 2), 5.0), "min_max"), np.zeros_like(CONV))


def test_frames_of_a_batch_do_not_touch_each_other():
    conv, chosen = np.concatenate([CONV, 7 * CONV]), np.stack([MAP_0, -MAP_2 + 2])
    for rescale in RESCALINGS:
        both = _gate(conv, chosen, rescale)
        for frame in (0, 1):
            alone = _gate(conv[frame : frame + 1], chosen[frame : frame + 1], rescale)
            # Means of 8 values of up to 28 in float64, in a batch of two and alone.
            np.testing.assert_allclose(both[frame], alone[0], rtol=0, atol=1e-13)


def test_the_choice_follows_the_frame_and_ties_go_to_the_lower_index():
    maps = np.broadcast_to(np.array([10.0, 20, 30]), (3, 2, 2, 3))
    scores = np.array([[0.0, 2, 1], [3, 1, 2], [0, 5, 5]])
    chosen = np.asarray(SelectMap("predicted")(maps, scores))
    assert chosen.shape == (3, 2, 2, 1)
    assert chosen[:, 0, 0, 0].tolist() == [20, 10, 20]
    np.testing.assert_array_equal(SelectMap("context")(maps, scores), chosen)
    assert np.asarray(SelectMap("mean")(maps, scores))[:, 1, 1, 0].tolist() == [20] * 3
    assert np.asarray(SelectMap("max")(maps, scores))[:, 1, 1, 0].tolist() == [30] * 3


@settings(max_examples=50, deadline=None)
@given(scores=st.lists(st.lists(st.integers(-2, 2), min_size=4, max_size=4), min_size=1, max_size=6))
def test_the_first_of_the_highest_is_argmax_with_its_ties(scores):
    given = np.array(scores, np.float32) * 1e-30  # near each other, and never a sum that could round them
    np.testing.assert_array_equal(first_highest(ops.convert_to_tensor(given)), given.argmax(axis=-1))


def test_a_zero_of_either_sign_is_a_tie():
    assert np.asarray(first_highest(ops.convert_to_tensor([[-0.0, 0.0], [0.0, -0.0]]))).tolist() == [0, 0]


def test_the_map_of_a_given_class():
    maps = np.broadcast_to(np.array([10.0, 20, 30]), (2, 2, 2, 3))
    assert np.asarray(map_of_class(ops.convert_to_tensor(maps), np.array([2, 0])))[:, 0, 1, 0].tolist() == [
        30,
        10,
    ]


def test_unknown_readings_are_refused_with_the_known():
    with pytest.raises(ValueError, match="'oracle'; wanted one of predicted, context, mean, max"):
        SelectMap("oracle")
    with pytest.raises(ValueError, match="'sum'; wanted one of mean, none, min_max"):
        CamGate("sum")
    with pytest.raises(ValueError, match="'max'; wanted one of mean, sum"):
        Pooling("max")


def test_the_maps_are_by_the_weights_of_the_scores_and_without_their_bias():
    linear = _linear(2 * W, np.ones(3))
    assert len(linear.weights) == 2
    np.testing.assert_array_equal(np.asarray(linear(F, maps=True))[0, :, :, 0], 2 * MAP_0)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**16), select=st.sampled_from(SELECTIONS), rescale=st.sampled_from(RESCALINGS))
def test_the_chain_equals_plain_loops(seed, select, rescale):
    rng = np.random.default_rng(seed)
    f, conv = np.maximum(rng.normal(size=(2, 3, 4, 5)), 0), np.maximum(rng.normal(size=(2, 3, 4, 2)), 0)
    w, b = rng.normal(size=(5, 6)), rng.normal(size=6)
    linear = _linear(w, b)
    scores, maps = linear(f.mean(axis=(1, 2))), linear(f, maps=True)
    np.testing.assert_allclose(
        np.mean(maps, axis=(1, 2)), scores - b, rtol=0, atol=1e-13
    )  # the bias is no map's
    chosen = SelectMap(select, dtype="float64")(maps, scores)
    gated = np.asarray(CamGate(rescale, dtype="float64")(conv, chosen))
    for n in range(2):
        m, s = oracle.maps(f[n], w), oracle.scores(f[n], w, b)
        np.testing.assert_allclose(maps[n], m, rtol=0, atol=1e-13)
        np.testing.assert_allclose(scores[n], s, rtol=0, atol=1e-13)
        wanted = oracle.select(m, s, select)
        np.testing.assert_allclose(chosen[n, :, :, 0], wanted, rtol=0, atol=1e-13)
        np.testing.assert_allclose(gated[n], oracle.gate(conv[n], wanted, rescale), rtol=0, atol=1e-12)
        if rescale != "none" and gated[n].any():
            assert gated[n].mean() == pytest.approx(conv[n].mean())
