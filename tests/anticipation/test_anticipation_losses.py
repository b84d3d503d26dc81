"""The losses against the worked numbers of paper1.md and paper2.md 10, plain loops, and their gradients."""

import math

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from helpers.close import assert_same_float32, of_terms
from oracles import losses as oracle
from repro.anticipation import losses

# Of each sample, in the precision of what is given; as Keras calls them they are float32 means of the batch.
LOSSES = {name: losses.by_name(name).call for name in losses.LOSSES}
SAMPLE_1 = [[0.50, 0.30, 0.20], [0.60, 0.30, 0.10], [0.55, 0.25, 0.20], [0.80, 0.15, 0.05]]  # class 0
SAMPLE_2 = [[0.20, 0.70, 0.10], [0.40, 0.35, 0.25], [0.30, 0.30, 0.40], [0.10, 0.55, 0.35]]  # class 2
P = np.array([SAMPLE_1, SAMPLE_2])
WORKED = {
    "anticipation": (0.99928572, 2.64048543),
    "anticipation_without_1_over_n": (2.99785715, 7.92145630),
    "ce": (0.43695578, 1.95369034),
    "ce_every_frame": (2.02495336 / 4, 5.65499231 / 4),  # the mean of -FN_t
    "ece": (1.03984962, 3.05393992),
    "lgl": (2.07312470, 5.27229761),
    "exp_softmax": (0.54671799, 1.68916015),
    "ranking": (2.32495336, 5.95499231),
    # Margins of sample 1: 0.2, 0.3, 0.3, 0.65, none falls. Of sample 2: -0.6, -0.15, 0.1, -0.2: 0.3 lost.
    "ranking_margin": (2.02495336, 5.65499231 + 6 * 0.3),
}
WORKED |= {"plgl": WORKED["anticipation"], "egl": WORKED["ece"]}  # paper 1's names
WORKED_2_OF_4_FRAMES = {
    "anticipation": 1.78134872,
    "ce": 2.32790290,
    "ce_every_frame": (2.30258509 + 1.38629436) / 2,
    "ece": 3.69998339,
    "lgl": 4.19275363,
    "exp_softmax": 2.23336808,
    "ranking": 3.68887945,
}
PRINTED = 6e-9  # the worked numbers have eight decimals


def targets(labels, lengths, steps=4, classes=3) -> np.ndarray:
    """One-hot [B, T, N], zero rows from each sample's length on."""
    y = np.zeros((len(labels), steps, classes))
    for row, label, length in zip(y, labels, lengths, strict=True):
        row[:length, label] = 1
    return y


def test_every_loss_has_a_worked_number_and_an_oracle():
    assert set(LOSSES) == set(WORKED) == set(oracle.LOSSES)


@pytest.mark.parametrize("name", LOSSES)
def test_worked_numbers(name):
    y = targets([0, 2], [4, 4])
    np.testing.assert_allclose(LOSSES[name](y, ops.convert_to_tensor(P)), WORKED[name], rtol=0, atol=PRINTED)
    np.testing.assert_allclose(
        [oracle.LOSSES[name](*sample) for sample in zip(y, P, strict=True)], WORKED[name], atol=PRINTED
    )


@pytest.mark.parametrize("name", WORKED_2_OF_4_FRAMES)
def test_a_shorter_video_has_its_own_length_and_its_padding_means_nothing(name):
    y = targets([0, 2], [4, 2])
    changed = P.copy()
    changed[1, 2:] = [[0.001, 0.998, 0.001], [1, 0, 0]]
    for p in (P, changed):
        found = LOSSES[name](y, ops.convert_to_tensor(p))
        expected = [WORKED[name][0], WORKED_2_OF_4_FRAMES[name]]
        np.testing.assert_allclose(found, expected, rtol=0, atol=PRINTED)


def test_the_two_stage_total():
    """Eq. (4): the loss of both stages, mean over the batch; stage 2 = stage 1 with the frames reversed."""
    y = targets([0, 2], [4, 4])
    image = keras.Input((4, 3), dtype="float64")
    both = keras.Model(image, {"stage1": image, "stage2": ops.flip(image, axis=1)})
    both.compile(loss=dict.fromkeys(("stage1", "stage2"), losses.by_name("anticipation")), jit_compile=False)
    total = both.evaluate(P, {"stage1": y, "stage2": y}, batch_size=2, verbose=0, return_dict=True)["loss"]
    # Keras computes losses in float32: the sum of two stages, each of 4 frames x 3 classes.
    assert_same_float32(total, 3.75840581, of_terms(2 * 4 * 3))


def test_the_ranking_penalty_by_hand():
    """Against the best score so far, not the one before: 0.5, 0.6, 0.4, 0.5 gives 0.2 + 0.1."""
    score = np.array([0.5, 0.6, 0.4, 0.5])
    p = np.stack([score, 1 - score], axis=-1)[None]
    found = losses.RankingLoss().penalty(targets([0], [4], classes=2), ops.convert_to_tensor(p))
    np.testing.assert_allclose(found, [0.3], atol=1e-15)
    np.testing.assert_allclose(
        losses.RankingLoss().penalty(targets([0, 2], [4, 4]), ops.convert_to_tensor(P)),
        [0.05, 0.05],
        atol=1e-15,
    )


def test_without_the_mask_padding_pushes_every_class_down():
    """A15's other reading: frames after the end have no class, enter the loss, and T is the batch's."""
    y = targets([0, 2], [4, 2])
    loss = losses.by_name("plgl", masked=False).call
    expected = [oracle.plgl_with_zero_labels(*sample) for sample in zip(y, P, strict=True)]
    np.testing.assert_allclose(loss(y, ops.convert_to_tensor(P)), expected, rtol=1e-12)
    assert expected[0] == pytest.approx(WORKED["plgl"][0], abs=PRINTED)
    assert expected[1] > WORKED_2_OF_4_FRAMES["anticipation"]


def test_losses_are_found_by_name():
    """A41: lambda is a setting; at lambda = 1 the ranking loss has its own worked number."""
    loss = losses.by_name("ranking", ranking_lambda=1.0).call
    y = targets([0, 2], [4, 4])
    np.testing.assert_allclose(loss(y, ops.convert_to_tensor(P)), [2.07495336, 5.70499231], atol=PRINTED)
    with pytest.raises(ValueError, match="hinge"):
        losses.by_name("hinge")


@pytest.mark.parametrize(
    ("classes", "ce", "ece", "exp_softmax", "lgl", "anticipation"),
    [
        (101, 5.61015360, 8.87513232, 7.30101316, 143.05891686, 2.53593435),
        (21, 4.02032572, 6.36006164, 4.81636358, 102.51830589, 8.43376693),
        (6, 2.70336725, 4.27666402, 2.83452174, 68.93586496, 18.80566199),
    ],
)
def test_the_loss_of_a_network_that_knows_nothing(classes, ce, ece, exp_softmax, lgl, anticipation):
    expected = {"ce": ce, "ece": ece, "exp_softmax": exp_softmax, "lgl": lgl, "anticipation": anticipation}
    p = np.full((1, 50, classes), 1 / classes)
    y = targets([classes - 1], [50], 50, classes)
    for name, value in expected.items():
        np.testing.assert_allclose(LOSSES[name](y, ops.convert_to_tensor(p)), [value], rtol=0, atol=PRINTED)


def test_weights_of_the_false_positives_go_from_a_fiftieth_to_one():
    """p_t = 1/2 for one wrong class at one frame, the rest certain: the loss shows that frame's weight."""
    y = targets([0], [50], 50, 2)
    weights = []
    for t in range(50):
        p = np.tile([1 - 1e-7, 1e-7], (1, 50, 1))
        base = np.asarray(LOSSES["lgl"](y, ops.convert_to_tensor(p)))
        p[0, t] = 0.5
        weights.append((np.asarray(LOSSES["lgl"](y, ops.convert_to_tensor(p))) - base)[0] / (2 * math.log(2)))
    np.testing.assert_allclose(weights, np.arange(1, 51) / 50, rtol=1e-5)


def test_gradient_for_the_logits_by_the_worked_numbers():
    worked = [
        [-0.19494048, 0.11875000, 0.07619048],
        [-0.18730159, 0.14444444, 0.04285714],
        [-0.23020833, 0.13020833, 0.10000000],
        [-0.12776058, 0.09736842, 0.03039216],
    ]
    np.testing.assert_allclose(
        _logit_gradient("anticipation", targets([0, 2], [4, 4]), P)[0], worked, atol=PRINTED
    )
    np.testing.assert_allclose(oracle.anticipation_gradient(SAMPLE_1, 0), worked, atol=PRINTED)


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_equal_differences_and_padding_has_none(name):
    """Central differences of the oracle through the softmax; frames after T_i get exactly zero."""
    y, smooth = targets([0, 2], [4, 2]), P.copy()
    smooth[0, 2] = [0.54, 0.26, 0.20]  # with P's own the margins of t = 2 and 3 are equal, a kink
    found = _logit_gradient(name, y, smooth)
    assert not found[1, 2:].any()
    z, h = np.log(smooth), 1e-6
    for b, t, k in [(0, 0, 1), (0, 2, 0), (0, 3, 0), (0, 3, 2), (1, 0, 2), (1, 1, 2), (1, 1, 0)]:
        sides = []
        for sign in (1, -1):
            moved = z[b].copy()
            moved[t, k] += sign * h
            p = np.exp(moved) / np.exp(moved).sum(axis=-1, keepdims=True)
            sides.append(oracle.LOSSES[name](y[b], p))
        assert found[b, t, k] == pytest.approx((sides[0] - sides[1]) / (2 * h), abs=1e-7)


def _logit_gradient(name, y, p) -> np.ndarray:
    import tensorflow as tf

    z = tf.Variable(np.log(p))
    with tf.GradientTape() as tape:
        loss = LOSSES[name](tf.constant(y), tf.nn.softmax(z))
    return tape.gradient(loss, z).numpy()


@pytest.mark.parametrize("name", LOSSES)
def test_certainty_costs_a_finite_number(name):
    """p of exactly 0 and 1 is clipped: neither a wrong nor a right certainty gives NaN, in float32 too."""
    y = targets([0, 0], [4, 3]).astype("float32")
    p = np.zeros((2, 4, 3), "float32")
    p[0, :, 1] = p[1, :, 0] = 1
    wrong, right = np.asarray(LOSSES[name](y, ops.convert_to_tensor(p)))
    assert np.isfinite(wrong)
    assert wrong > 5
    assert 0 <= right < 1e-4


@pytest.mark.parametrize("name", LOSSES)
def test_a_sample_without_frames_costs_nothing(name):
    """Padding of an incomplete batch: all rows zero."""
    found = LOSSES[name](targets([0, 2], [4, 0]), ops.convert_to_tensor(P))
    assert np.asarray(found)[1] == 0


probabilities = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).dirichlet(np.ones(5), size=(3, 6))
)
lengths = st.lists(st.integers(1, 6), min_size=3, max_size=3)


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(p=probabilities, lengths=lengths, labels=st.lists(st.integers(0, 4), min_size=3, max_size=3))
def test_every_loss_equals_its_plain_loops(p, lengths, labels):
    y = targets(labels, lengths, 6, 5)
    for name, loss in LOSSES.items():
        expected = [oracle.LOSSES[name](*sample) for sample in zip(y, p, strict=True)]
        np.testing.assert_allclose(loss(y, ops.convert_to_tensor(p)), expected, rtol=1e-12, atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(p=probabilities, label=st.integers(0, 4))
def test_identities_between_the_losses(p, label):
    """N * anticipation - LGL = -sum_t (1 - t/T) FN_t; with T = 1 all but the softmax losses agree."""
    y, p_ = targets([label] * 3, [6] * 3, 6, 5), ops.convert_to_tensor(p)
    missed = np.log(np.clip(p[:, :, label], 1e-7, 1))
    gap = -((1 - np.arange(1, 7) / 6) * missed).sum(axis=1)
    np.testing.assert_allclose(5 * LOSSES["anticipation"](y, p_) - LOSSES["lgl"](y, p_), gap, rtol=1e-9)
    one_y, one_p = y[:, :1], p_[:, :1]
    same = [LOSSES[n](one_y, one_p) for n in ("anticipation_without_1_over_n", "ce", "ece", "lgl")]
    for other in same[1:]:
        np.testing.assert_allclose(same[0], other, rtol=1e-12)


@pytest.mark.slow
@pytest.mark.graph
def test_they_work_where_the_length_is_unknown_when_the_graph_is_built():
    y, p = keras.Input((None, 3)), keras.Input((None, 3))
    for name, loss in LOSSES.items():
        model = keras.Model([y, p], loss(y, p))
        found = model.predict([targets([0, 2], [4, 4]), P], verbose=0)
        # Added over 4 frames x 3 classes, each by a logarithm of a share.
        assert_same_float32(found, WORKED[name], of_terms(3 * 4 * 3), name=name)
