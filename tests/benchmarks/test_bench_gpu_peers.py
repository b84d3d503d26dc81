"""The peers of papers 1, 2, 3 in PyTorch say what ours say and have their gradients; the work is counted."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from repro.paper1.recipe import recipe as recipe1
from repro.paper2.recipe import recipe as recipe2
from repro.paper3.recipe import recipe as recipe3

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.slow  # two engines

CLASSES, BATCH = 5, 4


def arrays_of(model: keras.Model) -> dict[str, np.ndarray]:
    from repro.backbones.weights import named_weights

    return {name: np.asarray(variable) for name, variable in named_weights(model).items()}


def assert_same_gradients(ours: keras.Model, data: tuple, peer: Any, loss: Any, empty: Any) -> None:
    """Of the losses that each trains with: ours, put where the weights go in `empty`, are the peer's."""
    import tensorflow as tf

    from repro.backbones.weights import named_weights

    inputs, targets = data
    variables = {name: v for name, v in named_weights(ours).items() if v.trainable}
    with tf.GradientTape() as tape:
        value = ours.compute_loss(y=targets, y_pred=ours(inputs, training=True))
    gradients = dict(zip(variables, tape.gradient(value, [v.value for v in variables.values()]), strict=True))
    assert loss.item() == pytest.approx(float(value), rel=1e-5)
    loss.backward()
    empty.copy({name: np.asarray(gradient) for name, gradient in gradients.items()})
    for (name, weight), wanted in zip(peer.named_parameters(), empty.parameters(), strict=True):
        if not weight.requires_grad:
            assert "bias_hh" in name
            continue
        assert weight.grad is not None, name
        scale = float(wanted.detach().abs().max())
        assert scale > 0, name
        difference = float((weight.grad - wanted).detach().abs().max())
        assert difference <= 2e-5 * scale, name  # float32 sums in another order


def drawn(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape, np.float32)


def test_multi_stage_lstm() -> None:
    from benchmarks.peers import ms_lstm
    from helpers.initial_weights import vary
    from repro.anticipation import networks

    numbers = replace(recipe1("tiny"), lstm_dropout=0.0)
    # Moderate weights: the losses cut probabilities at 1e-7.
    ours = vary(networks.sequence_model(numbers, CLASSES), gain=1.0)
    width, labels = networks.feature_width(numbers), np.array([0, 4, 2, 2])
    inputs = {name: drawn(BATCH, numbers.steps, width) for name in ("context", "action")}
    whole = np.repeat(np.eye(CLASSES, dtype=np.float32)[labels][:, None], numbers.steps, axis=1)

    def build() -> Any:
        return ms_lstm.MultiStageLSTM(width=width, units=numbers.units, classes=CLASSES, dropout=0.0)

    peer = build()
    peer.copy(arrays_of(ours))
    scores = peer(*(torch.from_numpy(each) for each in inputs.values()))
    for stage, found in zip(("stage1", "stage2"), scores, strict=True):
        expected = ours.predict_on_batch(inputs)[stage]
        np.testing.assert_allclose(torch.softmax(found, dim=2).detach().numpy(), expected, rtol=2e-5)
    loss = ms_lstm.loss(scores, torch.from_numpy(labels))
    assert_same_gradients(ours, (inputs, dict.fromkeys(("stage1", "stage2"), whole)), peer, loss, build())


def test_decoder() -> None:
    from benchmarks.peers import decoder
    from helpers.initial_weights import vary
    from repro.paper3 import networks

    numbers = replace(recipe3("tiny"), dropout=0.0)
    ours = vary(networks.training_decoder(numbers, CLASSES, 7), gain=1.0)
    inputs = {name: drawn(BATCH, *ours.input[name].shape[1:]) for name in ("input", "attended")}
    labels = np.array([0, 4, 2, 2])

    def build() -> Any:
        return decoder.Decoder(
            width=inputs["input"].shape[-1],
            attended=7,
            units=numbers.units,
            attention_units=numbers.matching,
            classes=CLASSES,
            dropout=0.0,
        )

    peer = build()
    peer.copy(arrays_of(ours))
    scores = peer(*(torch.from_numpy(each) for each in inputs.values()))
    expected = ours.predict_on_batch(inputs)["frame"]
    np.testing.assert_allclose(torch.softmax(scores, dim=2).detach().numpy(), expected, rtol=2e-5)
    loss = decoder.loss(scores, torch.from_numpy(labels))
    assert_same_gradients(ours, (inputs, {"frame": labels}), peer, loss, build())


def test_frame_network() -> None:
    from benchmarks.peers.frame_network import FrameNetwork
    from helpers.initial_weights import vary
    from repro.anticipation import networks

    numbers = recipe2("tiny")
    ours = vary(networks.frame_networks(numbers, CLASSES).features)
    images = np.random.default_rng(0).integers(0, 256, (BATCH, numbers.size_px, numbers.size_px, 3), np.uint8)
    peer = FrameNetwork(
        size=numbers.size_px, width=numbers.width, loc_units=numbers.loc_units, classes=CLASSES
    )
    peer.copy(arrays_of(ours))
    with torch.no_grad():
        there = dict(zip(("context", "action"), peer(torch.from_numpy(images)), strict=True))
    for name, expected in ours.predict_on_batch(images).items():
        largest = np.abs(expected).max()
        assert np.ptp(expected, axis=0).max() > 0.01 * largest  # the frames are told apart
        np.testing.assert_allclose(there[name].numpy(), expected, rtol=0, atol=2e-5 * largest)


def test_counted_work_at_the_papers_sizes() -> None:
    from benchmarks.gpu.papers12 import frame_multiply_adds
    from benchmarks.step_work import decoder_flop, ms_lstm_flop

    counted = frame_multiply_adds(recipe2("paper"))
    # VGG-16's convolutions at 224 x 224: 15.3 billion; conv1_1 alone 224^2 x 9 x 3 x 64
    assert counted["convolutions"] == 15_346_630_656
    assert counted["localisation"] == 14 * 14 * (9 * 512 + 101) * 1024 + 1024 * 101
    assert counted["fc6 and fc7, twice"] == 2 * (25_088 * 4096 + 4096 * 4096)
    # per step from features 2 x 4096 x 8192, from states (1 + 2) x 2048 x 8192 and 2 x 2048 x 101
    step = 2 * (2 * 4096 * 8192) + 3 * (3 * 2048 * 8192 + 2 * 2048 * 101)
    assert ms_lstm_flop(recipe1("paper"), 32, 4096, 101) == 2 * 32 * 50 * step
    features = 12 * 4096 * 4096 + 12 * 200 * 512 + 12 * 12 * 200
    others = 12 * ((4096 + 512 + 200) * 2048 + 512 * 512 + 12 * 512 + 512 * 200)
    assert decoder_flop(recipe3("paper"), 200, 4096, 200, 200) == 2 * 200 * (2 * features + 3 * others)
