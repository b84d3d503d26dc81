"""Paper 5's losses against numbers by hand, the loops of the oracle, and what must hold for any maps."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from helpers.close import assert_same_float32, of_terms
from oracles import attention_gap as oracle
from repro.paper5.losses import ClipCrossEntropy, GapLoss, attention_gap, energy

P = np.array([[[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]], [[1.0, 0.0, 0.0], [0.25, 0.5, 0.25]]])
LABELS = np.array([2, 1])
# -log 0.25 - log 0.8; the zero is clipped to 1e-7
BY_HAND = [np.log(4) + np.log(1.25), 7 * np.log(10) + np.log(2)]

LAMBDA = 1000
# Worked example D of the specification: two frames, 2 x 2 locations, two channels.
X = np.array(
    [
        [[(1, 0), (2, 1)], [(0.5, 0.5), (3, 2)]],
        [[(0.2, 0.3), (0, 0)], [(1, 1.5), (1, 1)]],
    ]
)
ATT = np.array([[[0.1, 0.2], [0.3, 0.4]], [[0.25, 0.25], [0.25, 0.25]]])
GRADIENT = [[[-12, 8], [-52, 8]], [[-128, -168], [32, -8]]]


def test_cross_entropy_is_the_sum_over_the_frames():
    np.testing.assert_allclose(ClipCrossEntropy().call(LABELS, P), BY_HAND, rtol=1e-12)


@pytest.mark.parametrize(("classes", "expected"), [(101, 138.4536155), (51, 117.9547690)])
def test_cross_entropy_of_a_clip_that_tells_nothing(classes, expected):
    p = np.full((1, 30, classes), 1 / classes)
    np.testing.assert_allclose(ClipCrossEntropy().call(np.array([3]), p), [expected], rtol=0, atol=5e-8)


def test_example_d():
    np.testing.assert_allclose(
        energy(X[None])[0], [[[0.1, 0.3], [0.1, 0.5]], [[0.1, 0], [0.5, 0.4]]], rtol=0, atol=1e-15
    )
    assert float(LAMBDA * attention_gap(X[None], ATT[None])[0]) == pytest.approx(230, rel=0, abs=1e-10)
    per_frame = attention_gap(X[:, None], ATT[:, None])  # the frames as clips of one frame
    np.testing.assert_allclose(per_frame, [0.06, 0.17], rtol=0, atol=1e-15)


def test_gradient_of_example_d():
    found = LAMBDA * gradient(X[None], ATT[None])[0]
    np.testing.assert_allclose(found, np.repeat(np.array(GRADIENT)[..., None], 2, axis=-1), atol=1e-10)


def test_all_energy_at_one_of_121_locations():
    x = np.zeros((1, 1, 11, 11, 4))
    x[0, 0, 3, 7] = 5
    uniform = np.full((1, 1, 11, 11), 1 / 121)
    assert float(LAMBDA * attention_gap(x, uniform)[0]) == pytest.approx(991.73553719, rel=0, abs=5e-9)


def test_a_frame_without_activity():
    """Energy 0, and a gradient that is a number; its gap is the attention's own square."""
    x = X[None].copy()
    x[0, 1] = 0
    assert np.all(np.asarray(energy(x))[0, 1] == 0)
    assert float(attention_gap(x, ATT[None])[0]) == pytest.approx(0.06 + 0.25, rel=0, abs=1e-15)
    assert np.isfinite(gradient(x, ATT[None])).all()


SHAPE = (2, 3, 3, 2, 4)
MAPS = arrays.arrays(np.float64, SHAPE, elements=st.floats(0.125, 8))
LOOKS = arrays.arrays(np.float64, SHAPE[:-1], elements=st.floats(0.01, 1))


@settings(max_examples=25, deadline=None)
@given(MAPS, LOOKS)
def test_the_loops_say_the_same(x, att):
    np.testing.assert_allclose(energy(x), [oracle.energy(clip) for clip in x], rtol=1e-12)
    found, expected = attention_gap(x, att), [oracle.gap(*clip) for clip in zip(x, att, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    expected = np.array([oracle.gradient(*clip) for clip in zip(x, att, strict=True)])
    np.testing.assert_allclose(gradient(x, att), np.repeat(expected[..., None], 4, axis=-1), atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(MAPS, LOOKS, st.floats(0.01, 100))
def test_it_sees_shares_not_sizes(x, att, factor):
    """So the gradient is orthogonal to X; and where the attention is the energy there is nothing left."""
    np.testing.assert_allclose(attention_gap(factor * x, att), attention_gap(x, att), rtol=1e-10)
    along = (gradient(x, att) * x).sum(axis=(2, 3, 4))
    np.testing.assert_allclose(along, 0, atol=1e-11)
    np.testing.assert_allclose(attention_gap(x, energy(x)), 0, atol=1e-25)


def test_keras_adds_lambda_times_the_mean_gap_over_the_batch():
    inputs = {"x": keras.Input(X.shape, name="x"), "att": keras.Input(ATT.shape, name="att")}
    gap = keras.layers.Identity(name="gap")(attention_gap(inputs["x"], inputs["att"]))
    model = keras.Model(inputs, {"gap": gap})
    model.compile(loss={"gap": GapLoss()}, loss_weights={"gap": LAMBDA}, jit_compile=False)
    clips = {"x": np.stack([X, 3 * X, X]), "att": np.stack([ATT, ATT, np.asarray(energy(X[None])[0])])}
    clips = {name: clip.astype(np.float32) for name, clip in clips.items()}
    found = model.evaluate(clips, {"gap": np.array([0, 2, 1])}, verbose=0)  # the labels decide nothing
    # The energy of each place and of the map, the square, the sum over the clip, in float32.
    assert_same_float32(found, (230 + 230 + 0) / 3, of_terms(3 * X.size))


def gradient(x, att):
    """d gap / d X, [B, T, h, w, C], as the engine derives it."""
    maps = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(maps)
        total = tf.reduce_sum(attention_gap(maps, tf.constant(att)))
    return np.asarray(tape.gradient(total, maps))
