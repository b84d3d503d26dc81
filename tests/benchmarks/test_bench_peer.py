"""The peer in PyTorch is VideoLSTM: it says what ours says and has its gradients; the work is counted."""

from dataclasses import replace

import numpy as np
import pytest

from repro.paper4.recipe import recipe

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.slow  # two engines


def test_counted_work_at_the_paper_s_size() -> None:
    from benchmarks.video_lstm_work import multiply_adds, sizes_of, training_flop

    sizes = sizes_of(recipe("paper"), 1)
    counted = multiply_adds(sizes)
    # 3 x 3 kernels from 512 + 512 + 512 and from 512 + 512 channels to 4 x 512 on 49 places, 30 times
    assert counted["bottom layer"] == 30 * 49 * 9 * 1536 * 2048
    assert counted["top layer"] == 30 * 49 * 9 * 1024 * 2048
    assert counted["head"] == 30 * (25_088 * 1024 + 1024 * 101)
    forward = sum(counted.values())
    assert 2 * forward == pytest.approx(1.4e11, rel=0.02)  # 140 GFLOP
    assert 5 * forward < training_flop(sizes) < 6 * forward
    assert training_flop(sizes._replace(batch=7)) == 7 * training_flop(sizes)


def test_the_same_loss_and_the_same_gradients() -> None:
    import tensorflow as tf

    from benchmarks.peers import video_lstm
    from benchmarks.video_lstm_work import sampled_batch, sizes_of
    from helpers.initial_weights import vary
    from repro.backbones.weights import named_weights
    from repro.paper4 import networks
    from repro.paper4.losses import SnippetCrossEntropy

    numbers = replace(recipe("tiny"), head_dropout=0.0, channels=3, head_units=7)
    sizes = sizes_of(numbers, 2)
    assert sizes.grid == (2, 2)
    ours = vary(networks.sequence_network(numbers, sizes.classes))
    inputs, labels = sampled_batch(sizes)
    variables = named_weights(ours)
    with tf.GradientTape() as tape:
        value = SnippetCrossEntropy()(tf.constant(labels), ours(inputs, training=True)["frame"])
    gradients = dict(zip(variables, tape.gradient(value, [v.value for v in variables.values()]), strict=True))

    peer = video_lstm.VideoLSTM(
        channels=sizes.channels, grid=sizes.grid, units=3, attention_units=sizes.attention_units,
        head_units=7, classes=sizes.classes, dropout=0.0,
    )  # fmt: skip
    peer.copy({name: np.asarray(variable) for name, variable in variables.items()})
    maps = [torch.from_numpy(np.ascontiguousarray(x.transpose(0, 1, 4, 2, 3))) for x in inputs.values()]
    loss = video_lstm.loss(peer(*maps), torch.from_numpy(labels.astype(np.int64)))
    assert loss.item() == pytest.approx(float(value), rel=1e-5)
    loss.backward()

    # Our gradients, put where the weights go, are the peer's.
    expected = video_lstm.VideoLSTM(
        channels=sizes.channels, grid=sizes.grid, units=3, attention_units=sizes.attention_units,
        head_units=7, classes=sizes.classes, dropout=0.0,
    )  # fmt: skip
    expected.copy({name: np.asarray(gradient) for name, gradient in gradients.items()})
    for (name, weight), wanted in zip(peer.named_parameters(), expected.parameters(), strict=True):
        assert weight.grad is not None, name
        scale = float(wanted.detach().abs().max())
        assert scale > 0, name
        difference = float((weight.grad - wanted).detach().abs().max())
        assert difference <= 2e-5 * scale, name  # float32 sums in another order


def test_a_peer_that_says_something_else_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks import video_lstm_step
    from benchmarks.peers import video_lstm
    from benchmarks.video_lstm_work import sizes_of
    from repro.types import InputError

    numbers = recipe("tiny")
    monkeypatch.setattr(video_lstm.VideoLSTM, "copy", lambda self, weights: None)
    with pytest.raises(InputError, match="do not agree"):
        video_lstm_step.sides(numbers, sizes_of(numbers, 2))
