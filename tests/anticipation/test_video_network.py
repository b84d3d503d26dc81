"""From the frames of a video to probabilities: drawn as in the papers, or with time folded into the batch."""

import keras
import numpy as np
import pytest

from helpers.close import assert_same_float32, of_network
from helpers.initial_weights import calm, rms, vary
from repro.anticipation import feature_network, sequence, video_network
from repro.anticipation.feature_network import FeatureSettings

STEPS = 3
VIDEO = np.random.default_rng(0).integers(0, 256, (2, STEPS, 32, 32, 3)).astype("float32")
ALL = [
    ("ms_lstm", ("context", "action")),
    ("ms_lstm", ("action", "context")),
    ("parallel", ("context", "action")),
    ("single_lstm", ("action",)),
]


@pytest.fixture(scope="module")
def features() -> keras.Model:
    settings = FeatureSettings(classes=3, size=32, width=1 / 64, loc_units=8)
    model = vary(feature_network.build(settings).features)
    # Else every gate that reads fc7 is open or shut, whatever the frame.
    return calm(model, "fc7", rms(model(VIDEO[0])))


def _sequence(variant, names) -> keras.Model:
    widths = dict.fromkeys(names, 64)
    return vary(sequence.build(variant, features=widths, units=4, classes=3, steps=STEPS))


@pytest.mark.slow
@pytest.mark.parametrize(("variant", "names"), ALL)
def test_drawn_and_by_hand_are_equal(features, variant, names):
    lstm = _sequence(variant, names)
    # Of the order 1, in batches of 2 or of 6 frames.
    roundings = np.hypot(of_network(features), of_network(lstm, times=STEPS))
    by_frame = [features(VIDEO[:, t]) for t in range(STEPS)]
    by_hand = lstm({name: np.stack([f[name] for f in by_frame], axis=1) for name in names})
    said = video_network.build(features, lstm, STEPS)(VIDEO)
    assert set(said) == set(by_hand)
    for stage, p in by_hand.items():
        assert np.ptp(p, axis=1).max() > 0.01
        assert_same_float32(said[stage], p, roundings, scale=1)


@pytest.mark.slow
def test_the_drawing_shows_every_frame_and_owns_no_second_copy(features):
    lstm = _sequence("ms_lstm", ("context", "action"))
    drawn = video_network.build(features, lstm, STEPS)
    lines: list[str] = []
    drawn.summary(line_length=120, print_fn=lambda line, **_: lines.append(line))
    assert "every_frame (TimeDistributed)" in "\n".join(lines)
    assert drawn.count_params() == features.count_params() + lstm.count_params()
