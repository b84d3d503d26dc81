import keras
import numpy as np
import pytest

from helpers.close import assert_same_float32, of_terms
from repro.paper4.losses import SnippetCrossEntropy

P = np.array([[[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]], [[1.0, 0.0, 0.0], [0.25, 0.5, 0.25]]])
LABELS = np.array([2, 1])
# -log 0.25 - log 0.8; the zero is clipped to 1e-7
BY_HAND = [np.log(4) + np.log(1.25), 7 * np.log(10) + np.log(2)]


@pytest.mark.parametrize(
    "y", [LABELS, LABELS.astype("float32"), np.eye(3)[LABELS]], ids=["int", "float", "one-hot"]
)
def test_it_is_the_sum_over_the_frames(y):
    np.testing.assert_allclose(SnippetCrossEntropy().call(y, P), BY_HAND, rtol=1e-12)


def test_a_certain_frame_costs_almost_nothing():
    p = np.zeros((1, 30, 3))
    p[..., 1] = 1
    np.testing.assert_allclose(SnippetCrossEntropy().call(np.array([1]), p), [30e-7], rtol=1e-6)


@pytest.mark.parametrize("y", [LABELS, np.eye(3, dtype="float32")[LABELS]], ids=["int", "one-hot"])
def test_keras_takes_the_mean_over_the_batch(y):
    p = keras.Input((2, 3), name="p")
    model = keras.Model(p, {"frame": keras.layers.Identity(name="frame")(p)})
    model.compile(loss={"frame": SnippetCrossEntropy()}, jit_compile=False)
    found = model.evaluate(P.astype("float32"), {"frame": y}, verbose=0)
    # 2 clips x 2 frames, each by a logarithm, added in float32.
    assert_same_float32(found, np.mean(BY_HAND), of_terms(3 * 2 * 2))
