from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.close import assert_same_float32, of_terms
from oracles import losses as oracle
from repro.paper3 import losses, networks
from repro.paper3.recipe import for_row, recipe

# One window of two steps and one of two: quarters and halves, so that every log is one of log 2's multiples.
P = np.array([[[0.5, 0.25, 0.25], [0.25, 0.25, 0.5]], [[1.0, 0.0, 0.0], [0.25, 0.5, 0.25]]])
LABELS = np.array([2, 1])
LOG_2 = np.log(2)
# (log 4 + log 2) / 2; the zero is clipped to 1e-7: (7 log 10 + log 2) / 2
STEPS = [1.5 * LOG_2, 3.5 * np.log(10) + 0.5 * LOG_2]
# means 3/8 and 1/4
MEAN = [np.log(8 / 3), 2 * LOG_2]


@pytest.mark.parametrize("y", [LABELS, LABELS.astype("float32")], ids=["int", "float"])
def test_cross_entropy_is_the_mean_over_the_steps(y):
    np.testing.assert_allclose(losses.choose("softmax").call(y, P), STEPS, rtol=1e-12)


def test_cross_entropy_on_the_mean_of_the_steps():
    np.testing.assert_allclose(losses.choose("softmax", "mean").call(LABELS, P), MEAN, rtol=1e-12)


def test_of_one_step_both_are_the_same():
    """So in variant b the choice plays no part."""
    for activation, y in (("softmax", LABELS), ("sigmoid", np.eye(3)[LABELS])):
        one = P[:, 1:]
        found = [losses.choose(activation, loss_on).call(y, one) for loss_on in losses.LOSS_ON]
        np.testing.assert_array_equal(*found)


def test_binary_cross_entropy_is_summed_over_classes_its_mean_over_steps():
    """Of the first window the classes 0 and 2 are true: what was given to the truth is 1/2, 3/4, 1/4 at the
    first step and 1/4, 3/4, 1/2 at the second. The second window has no class: 0 (clipped), 1, 1 and 3/4,
    1/2, 3/4.
    """
    y = np.array([[1, 0, 1], [0, 0, 0]])
    first = -np.log([1 / 2, 3 / 4, 1 / 4, 1 / 4, 3 / 4, 1 / 2]).sum() / 2
    second = -np.log([1e-7, 1 - 1e-7, 1 - 1e-7, 3 / 4, 1 / 2, 3 / 4]).sum() / 2
    np.testing.assert_allclose(losses.choose("sigmoid").call(y, P), [first, second], rtol=1e-8)
    # The mean of the steps gives the truth 3/8, 3/4, 3/8 in the first window.
    on_mean = np.asarray(losses.choose("sigmoid", "mean").call(y, P))
    assert on_mean[0] == pytest.approx(-np.log([3 / 8, 3 / 4, 3 / 8]).sum(), rel=1e-12)


@pytest.mark.parametrize("over_classes", losses.OVER_CLASSES)
def test_with_several_classes_it_equals_plain_loops(over_classes):
    rng = np.random.default_rng(3)
    y, p = rng.integers(0, 2, (4, 12)), rng.random((4, 6, 12))
    wanted = [oracle.several_classes(*sample, over_classes) for sample in zip(y, p, strict=True)]
    np.testing.assert_allclose(
        losses.choose("sigmoid", of_classes=over_classes).call(y, p), wanted, rtol=1e-12
    )


@pytest.mark.slow
def test_c3d_sums_over_the_classes_too(tmp_path: Path):
    """A network that says one thing of a chunk: p [B, K]."""
    y, p = np.array([[1, 0, 1], [0, 0, 0]]), P[:, 0]
    wanted = [oracle.several_classes(*sample) for sample in zip(y, p[:, None], strict=True)]
    several = for_row(recipe("tiny"), {"task": "hollywood2", "loss_on": "mean"})
    built = networks.fine_tuning_network(several, "c3d", 3, tmp_path)
    np.testing.assert_allclose(built.loss["c3d"].call(y, p), wanted, rtol=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**16), st.integers(0, 4))
def test_the_loss_on_the_mean_is_never_larger(seed, label):
    """-log is convex."""
    p = np.random.default_rng(seed).dirichlet(np.ones(5), size=(1, 6))
    on_steps, on_mean = (
        losses.choose("softmax", loss_on).call(np.array([label]), p) for loss_on in losses.LOSS_ON
    )
    assert float(on_mean[0]) <= float(on_steps[0]) + 1e-12


@pytest.mark.parametrize(
    ("activation", "loss_on", "y", "expected"),
    [
        ("softmax", "steps", LABELS, np.mean(STEPS)),
        ("softmax", "mean", LABELS, np.mean(MEAN)),
        ("sigmoid", "steps", np.eye(3, dtype="float32")[LABELS], None),
    ],
)
def test_keras_takes_the_mean_over_the_batch(activation, loss_on, y, expected):
    loss = losses.choose(activation, loss_on)
    p = keras.Input((2, 3), name="p")
    model = keras.Model(p, {"frame": keras.layers.Identity(name="frame")(p), "weights": p})
    model.compile(loss={"frame": loss}, jit_compile=False)
    found = model.evaluate(P.astype("float32"), {"frame": y}, verbose=0)
    expected = np.mean(loss.call(y, P)) if expected is None else expected
    # 2 windows x 2 steps x 3 classes, each by a logarithm, added in float32.
    assert_same_float32(found, expected, of_terms(3 * 2 * 2 * 3))


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("relu", "steps"), "activation 'relu'; wanted one of softmax, sigmoid"),
        (("softmax", "last"), "loss_on 'last'; wanted one of steps, mean"),
        (("sigmoid", "mean", "least"), "of_classes 'least'; wanted one of sum, mean"),
    ],
)
def test_unknown_names_are_refused(names, words):
    with pytest.raises(ValueError, match=words):
        losses.choose(*names)
