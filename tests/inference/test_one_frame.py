"""Frame by frame through the real networks equals the whole clip through them."""

from pathlib import Path

import numpy as np
import pytest

from helpers.close import assert_same_float32, of_network, of_terms
from helpers.initial_weights import calm, rms

pytestmark = pytest.mark.slow  # imports the engine and builds networks

CLASSES = ("run", "jump", "walk")
FRAMES = 7


@pytest.fixture(scope="module")
def features():
    from repro.anticipation import feature_network

    settings = feature_network.FeatureSettings(classes=3, size=32, width=1 / 32, loc_units=8)
    model = feature_network.build(settings).features
    _vary(model)
    # Else fc7 reaches a thousand, and every gate that reads it is open or shut, whatever the frame.
    return calm(model, "fc7", rms(model.predict_on_batch(_clip())))


def _vary(model) -> None:
    """Weights drawn larger than at the start of training, so that frames and classes clearly differ."""
    rng = np.random.default_rng(3)
    model.set_weights([rng.normal(0, 1.6 / np.sqrt(w[..., 0].size), w.shape) for w in model.get_weights()])


def _clip() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (FRAMES, 32, 32, 3), np.uint8)


@pytest.mark.parametrize("cell", ["lstm", "peephole"])
@pytest.mark.parametrize("variant", ["ms_lstm", "single_lstm", "concatenation", "parallel"])
def test_streaming_equals_the_whole_clip(features, variant: str, cell: str) -> None:
    from repro.anticipation import sequence
    from repro.inference.network import one_frame
    from repro.inference.stream import Stream

    widths = {"context": 128} if variant == "single_lstm" else {"context": 128, "action": 128}
    model = sequence.build(variant, features=widths, units=5, classes=3, steps=FRAMES, cell=cell)
    _vary(model)
    stage = sequence.prediction(variant)
    clip = _clip()
    extracted = features.predict_on_batch(clip)
    whole = model.predict_on_batch({name: extracted[name][np.newaxis] for name in widths})[stage][0]
    assert np.ptp(whole, axis=0).max() > 0.01  # the frames are told apart, else equality would say little

    advance = one_frame(features, sequence.step_model(model), stage, sequence.initial_state(model))
    stream = Stream(advance, CLASSES, 32, FRAMES)
    states = {name: stream.start() for name in ("there", "back")}
    predictions: dict[str, list] = {name: [] for name in states}
    for position in range(FRAMES):  # two streams through one network
        for name, order in (("there", 1), ("back", -1)):
            prediction, states[name] = stream.step(clip[::order][position], states[name])
            predictions[name].append(prediction)
    averaged = np.cumsum(whole, axis=0) / np.arange(1, FRAMES + 1)[:, np.newaxis]
    # A batch of one frame instead of all; features, the gates' sums and probabilities are of order 1.
    roundings = np.hypot(of_network(features), of_network(model, times=FRAMES))
    assert_same_float32([p.probabilities for p in predictions["there"]], whole, roundings, scale=1)
    # The mean adds up to seven numbers.
    averages = np.hypot(roundings, of_terms(FRAMES))
    assert_same_float32([p.averaged for p in predictions["there"]], averaged, averages, scale=1)
    assert np.abs(np.stack([p.probabilities for p in predictions["back"]]) - whole).max() > 0.01


def test_networks_that_do_not_fit_are_refused(features) -> None:
    from repro.anticipation import sequence
    from repro.inference.network import one_frame

    model = sequence.build("ms_lstm", features={"context": 128, "flow": 9}, units=5, classes=3)
    with pytest.raises(ValueError, match=r"\['flow'\] should come out of ms_lstm_step"):
        one_frame(features, sequence.step_model(model), "stage2", sequence.initial_state(model))


@pytest.mark.graph
def test_extraction_equals_the_frame_network(features, tmp_path: Path) -> None:
    from repro.features.extract import extract
    from repro.features.network import frame_function
    from repro.features.store import FeatureStore
    from repro.types import VideoRef
    from repro.video import encode

    refs = []
    for number, length in enumerate((5, 2, 4)):
        path = tmp_path / f"{number}.avi"
        encode.write_video(path, _clip()[:length] // (number + 1), 25, "ffv1")
        refs.append(VideoRef(f"{number}", path, 0, "g"))
    store = FeatureStore(tmp_path / "cache", {})
    extract(refs, frame_function(features, ("context", "action")), store, size=32, limit=4, batch=3)
    for number, ref in enumerate(refs):
        found = store.read(ref)
        assert found.keys() == {"context", "action"}
        wanted = features.predict_on_batch(_clip()[: len(found["context"])] // (number + 1))
        for name, array in found.items():
            assert np.ptp(wanted[name]) > 0.1
            # Batches of 3 frames of several clips instead of one clip each: the same sums in other blocks.
            assert_same_float32(array, wanted[name], of_network(features), name=f"{name} of {ref.video_id}")
    with pytest.raises(ValueError, match=r"no output \['fc8'\]"):
        frame_function(features, ("context", "fc8"))
