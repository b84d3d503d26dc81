import numpy as np
from keras import ops

from repro.anticipation.metrics import video_accuracy

P = ops.convert_to_tensor(
    [  # frames: first says class 1 a little, later ones class 0
        [[0.4, 0.6], [0.9, 0.1], [0.8, 0.2]],
        [[0.4, 0.6], [0.9, 0.1], [0.8, 0.2]],
        [[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]],
    ]
)


def _targets(label: int, lengths: list[int]) -> np.ndarray:
    y = np.zeros((3, 3, 2), "float32")
    for row, length in zip(y, lengths, strict=True):
        row[:length, label] = 1
    return y


def test_the_mean_over_the_observed_frames_decides():
    """Two frames: (1.3, 0.7)/2 says 0. One frame: 1. A tie goes to the lower index."""
    assert np.asarray(video_accuracy(_targets(0, [3, 1, 2]), P)).tolist() == [1, 0, 1]
    assert np.asarray(video_accuracy(_targets(1, [3, 1, 2]), P)).tolist() == [0, 1, 0]


def test_frames_after_the_end_say_nothing():
    changed = np.array(P)
    changed[0, 1:] = [0.0, 1.0]
    y = _targets(1, [1, 3, 3])
    np.testing.assert_array_equal(video_accuracy(y, P), video_accuracy(y, ops.convert_to_tensor(changed)))
