"""Paper 4's recurrences over time: worked numbers, plain loops, orders that differ, and causality."""

import keras
import numpy as np
import pytest

from helpers import worked_example as worked
from helpers.named_kernels import fill
from helpers.recurrences import KINDS, T, small
from helpers.recurrences import expected as expected_of
from oracles import attention_lstm as oracle
from repro.recurrent.attention_lstm import AttentionLSTM


def _run(layer, inputs, state=None):
    return keras.tree.map_structure(np.asarray, layer(inputs, state))


def test_example_a():
    layer = AttentionLSTM(1, kernel_size=3, attention_units=1, dtype="float64")
    x = worked.A_X[None, None]
    layer.build({"x": x.shape})
    fill(layer, {"top": worked.A_TOP, "attention": worked.A_ATTENTION})
    said = _run(layer, {"x": x}, {name: s[None] for name, s in worked.A_STATE.items()})
    for name, expected in worked.A_EXPECTED.items():
        np.testing.assert_allclose(said[name].ravel(), expected, rtol=0, atol=5e-9, err_msg=name)
    for name in ("h", "c"):
        np.testing.assert_array_equal(said["last"][name], said[name][:, -1])


def _example_b(**options):
    layer = AttentionLSTM(2, kernel_size=3, attention_units=2, dtype="float64", **options)
    layer.build({"x": worked.B_X.shape, "motion": worked.B_MOTION.shape})
    return layer


def test_example_b():
    layer = fill(_example_b(motion=True, motion_kernel_size=3), worked.B_WEIGHTS)
    inputs = {"x": worked.B_X, "motion": worked.B_MOTION}
    said = _run(layer, inputs, worked.B_STATE)
    frame_by_frame = oracle.sequence(
        worked.B_X[0],
        {name: s[0] for name, s in worked.B_STATE.items()},
        worked.B_WEIGHTS,
        worked.B_MOTION[0],
    )
    first = _run(layer, {name: x[:, :1] for name, x in inputs.items()}, worked.B_STATE)["last"]
    for name, expected in worked.B_EXPECTED.items():
        np.testing.assert_allclose(frame_by_frame[name].reshape(2, -1), expected, rtol=0, atol=5e-9)
        if name in said:
            np.testing.assert_allclose(said[name].reshape(2, -1), expected, rtol=0, atol=5e-9, err_msg=name)
        if name in first:
            np.testing.assert_allclose(first[name].ravel(), expected[0], rtol=0, atol=5e-9, err_msg=name)
            np.testing.assert_allclose(
                said["last"][name].ravel(), expected[1], rtol=0, atol=5e-9, err_msg=name
            )


def test_example_b_in_wrong_orders_is_another():
    """What the numbers would be if the attention took an older state, or the bottom layer stood alone."""
    x, motion = worked.B_X[0, 0], worked.B_MOTION[0, 0]
    state = {name: s[0] for name, s in worked.B_STATE.items()}
    look = worked.B_WEIGHTS["attention"]
    from_last_motion = oracle.attention(x, state["motion_h"], look).ravel()
    from_top = oracle.attention(x, state["h"], look).ravel()
    alone, _ = oracle.lstm(motion, state["motion_h"], state["motion_c"], worked.B_WEIGHTS["bottom"])
    np.testing.assert_allclose(from_last_motion, worked.B_IF_FROM_LAST_MOTION, rtol=0, atol=5e-9)
    np.testing.assert_allclose(from_top, worked.B_IF_FROM_TOP, rtol=0, atol=5e-9)
    np.testing.assert_allclose(alone.ravel()[:2], worked.B_IF_BOTTOM_IS_ALONE, rtol=0, atol=5e-9)
    ours = np.array(worked.B_EXPECTED["attention"][0])
    for wrong in (from_last_motion, from_top):
        assert np.abs(wrong - ours).max() > 1e-3


def test_example_b_without_motion():
    layer = _example_b()
    fill(layer, {name: worked.B_WEIGHTS[name] for name in ("top", "attention")})
    said = _run(layer, {"x": worked.B_X}, {name: worked.B_STATE[name] for name in ("h", "c")})
    for name, expected in worked.B_APPEARANCE.items():
        np.testing.assert_allclose(said[name][0, 1].ravel(), expected, rtol=0, atol=5e-9, err_msg=name)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("start", ["zeros", "snippet", "first"])
def test_a_sequence_equals_plain_loops(kind, start):
    layer, weights, inputs = small(kind, start, motion_kernel=1 if start == "first" else 3)
    said = _run(layer, inputs)
    for sample in range(2):
        expected = expected_of(layer, weights, inputs, start, sample)
        for name in said.keys() - {"last"}:
            np.testing.assert_allclose(said[name][sample], expected[name], rtol=0, atol=1e-12, err_msg=name)
        for name, last in said["last"].items():
            np.testing.assert_allclose(last[sample], expected[name][-1], rtol=0, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("start", ["zeros", "first", "snippet"])
def test_no_frame_sees_a_later_one_unless_the_start_does(kind, start):
    layer, _, inputs = small(kind, start)
    before = _run(layer, inputs)["h"]
    changed = {name: np.concatenate([x[:, :2], x[:, 2:] + 1], axis=1) for name, x in inputs.items()}
    after = _run(layer, changed)["h"]
    assert np.abs(after[:, 2:] - before[:, 2:]).max() > 1e-3
    if start == "snippet":
        assert np.abs(after[:, 0] - before[:, 0]).max() > 1e-3
    else:
        np.testing.assert_array_equal(after[:, :2], before[:, :2])


@pytest.mark.parametrize("kind", KINDS)
def test_a_sequence_may_be_cut_anywhere(kind):
    layer, _, inputs = small(kind, "first")
    whole = _run(layer, inputs)
    head = _run(layer, {name: x[:, :3] for name, x in inputs.items()})
    tail = _run(layer, {name: x[:, 3:] for name, x in inputs.items()}, head["last"])
    for name in whole.keys() - {"last"}:
        pieces = np.concatenate([head[name], tail[name]], axis=1)
        np.testing.assert_allclose(pieces, whole[name], rtol=0, atol=1e-14)


def test_attention_that_scores_nothing_divides_by_the_number_of_positions():
    layer, weights, inputs = small("conv_alstm")
    weights["attention"]["W_z"] *= 0
    fill(layer, weights)
    plain, *_ = small("conv_lstm")
    fill(plain, {"top": weights["top"]})
    expected = _run(plain, {"x": inputs["x"] / 6})["h"]  # 2 x 3 positions
    np.testing.assert_allclose(_run(layer, inputs)["h"], expected, rtol=0, atol=1e-14)


def test_motion_that_the_attention_ignores_changes_nothing():
    layer, weights, inputs = small("video_lstm")
    weights["attention"]["W_ha"] *= 0
    fill(layer, weights)
    single, *_ = small("conv_alstm")
    fill(single, {name: weights[name] for name in ("top", "attention")})
    found, expected = _run(layer, inputs), _run(single, {"x": inputs["x"]})
    for name in ("h", "c", "attention"):
        np.testing.assert_allclose(found[name], expected[name], rtol=0, atol=1e-14)


@pytest.mark.filterwarnings("ignore:You are using a softmax over axis")
def test_attention_over_one_region_is_no_attention():
    layer, weights, inputs = small("alstm")
    x = inputs["x"][:, :, :1, :1]
    plain, *_ = small("lstm")
    fill(plain, {"top": weights["top"]})
    expected = _run(plain, {"x": x[:, :, 0, 0]})["h"]
    found = _run(layer, {"x": x})
    np.testing.assert_allclose(found["h"], expected, rtol=0, atol=1e-14)
    np.testing.assert_array_equal(found["attention"], np.ones((2, T, 1, 1)))


def test_senseless_settings_are_refused():
    with pytest.raises(ValueError, match="start 'mean'; wanted one of zeros, snippet, first"):
        AttentionLSTM(2, start="mean")
    with pytest.raises(ValueError, match="wanted attention_units"):
        AttentionLSTM(2, motion=True)
