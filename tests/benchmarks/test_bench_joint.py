"""The peer of paper 5 in PyTorch says what ours says, has its gradients and its sets; the work is counted."""

from dataclasses import replace

import numpy as np
import pytest

from repro.paper5.recipe import recipe

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.slow  # two engines


def test_counted_work_at_the_paper_s_size() -> None:
    from benchmarks.joint_work import multiply_adds, sizes_of, training_flop

    sizes = sizes_of(recipe("paper"), 1)
    counted = multiply_adds(sizes)
    # two branches of two layers 3 x 3 x 3, 256 to 256 channels, on 121 places of 30 frames
    assert counted["3-d convolutions"] == 2 * 2 * 30 * 121 * 27 * 256 * 256
    # Matrices only, so a step has one of them for each weight that is no bias: paper5.md 10.1.
    assert counted["joint layer"] == 30 * (25_828_864 - 2 * (1280 + 2 * 1024) - 1024)
    assert counted["other layers"] == 30 * 2 * (8_392_704 - 4096)
    assert counted["FC1"] == 2 * 30 * (31_720_448 - 1024)
    assert counted["FC2 and scores"] == 2 * 30 * (1_049_600 - 1024 + 103_424)
    assert counted["start states"] == 3_151_872 - 6 * 1024
    assert counted["attention"] == 30 * 123_904
    assert counted["prediction"] == 30 * 103_424
    assert counted["reduction"] == 2 * 30 * 121 * (131_328 - 256)
    assert counted["pyramids"] == 2 * 30 * 121 * 5 * 256
    forward = sum(counted.values())
    assert counted["3-d convolutions"] / forward == pytest.approx(0.86, abs=0.005)
    flop = training_flop(sizes)
    assert flop["3-d convolutions"] == 6 * counted["3-d convolutions"]
    assert flop["reduction"] == 4 * counted["reduction"]  # no gradient to the stored maps
    again = training_flop(sizes._replace(batch=7))
    assert again == {part: 7 * each for part, each in flop.items()}


def both(**changes: object) -> tuple:
    """A small network of ours compiled, the peer class's arguments, the recipe and a batch."""
    from benchmarks.joint_step import peer_sizes
    from benchmarks.joint_work import sampled_batch, sizes_of
    from helpers.initial_weights import vary
    from repro.paper5 import networks

    numbers = replace(recipe("tiny"), units=3, fc_units=7, channels=5, **changes)
    sizes = sizes_of(numbers, 2)
    assert sizes.grid == (3, 3)  # odd: the quadrants are not alike
    # Moderate weights: our loss cuts probabilities at 1e-7, the peer's has none.
    ours = vary(networks.sequence_network(numbers, sizes.classes, None), gain=1.0)
    inputs, labels = sampled_batch(sizes)
    targets = dict.fromkeys(networks.outputs_of(numbers), labels)
    return numbers, ours, peer_sizes(sizes), inputs, targets


def peer_with(sizes: dict, arrays: dict) -> torch.nn.Module:
    """The peer with our arrays where its weights are."""
    from benchmarks.peers import joint_attention

    peer = joint_attention.JointAttention(**sizes)
    peer.copy({name: np.asarray(array) for name, array in arrays.items()})
    return peer


def given_to_torch(inputs: dict, targets: dict) -> tuple[dict, torch.Tensor]:
    """The maps with channels before time, and the labels."""
    maps = {branch: torch.from_numpy(x.transpose(0, 4, 1, 2, 3).copy()) for branch, x in inputs.items()}
    return maps, torch.from_numpy(targets["frame"].astype(np.int64))


def test_the_same_outputs_loss_and_gradients() -> None:
    import tensorflow as tf

    from benchmarks.peers import joint_attention
    from repro.backbones.weights import named_weights

    # lambda, zeta: so that each of the three kinds of loss weighs something in every gradient that it has.
    numbers, ours, sizes, inputs, targets = both(lambda_att=3.0, weight_decay=0.01)
    variables = named_weights(ours)
    with tf.GradientTape() as tape:
        said = ours(inputs, training=True)
        value = ours.compute_loss(y={name: tf.constant(y) for name, y in targets.items()}, y_pred=said)
    gradients = dict(zip(variables, tape.gradient(value, [v.value for v in variables.values()]), strict=True))

    peer = peer_with(sizes, variables)
    maps, classes = given_to_torch(inputs, targets)
    there = peer(maps)
    assert set(there) == set(said)
    for name, output in there.items():
        shown = output if name.endswith("_gap") else torch.softmax(output, dim=2)
        np.testing.assert_allclose(shown.detach().numpy(), np.asarray(said[name]), rtol=2e-5, err_msg=name)
    loss = joint_attention.loss(peer, there, classes, numbers.lambda_att, numbers.weight_decay)
    assert loss.item() == pytest.approx(float(value), rel=1e-5)
    loss.backward()

    # Our gradients, put where the weights go, are the peer's.
    expected = peer_with(sizes, gradients)
    for (name, weight), wanted in zip(peer.named_parameters(), expected.parameters(), strict=True):
        if not weight.requires_grad:
            assert name.endswith("bias_hh")
            continue
        assert weight.grad is not None, name
        scale = float(wanted.detach().abs().max())
        assert scale > 0, name
        difference = float((weight.grad - wanted).detach().abs().max())
        assert difference <= 2e-5 * scale, name  # float32 sums in another order


def test_the_same_weights_after_an_update() -> None:
    from benchmarks.peers import joint_attention
    from repro.backbones.weights import named_weights

    # The first step is rate * g / (|g| + epsilon) in PyTorch and epsilon / sqrt(1 - 0.999) in Keras; with one
    # this large it shows how long g is, and so whether the norm cut the same sets.
    rate, epsilon, norm = 0.1, 0.05, 0.5
    numbers, ours, sizes, inputs, targets = both(
        learning_rate=rate, adam_epsilon=epsilon * 0.001**0.5, clip_norm=norm, weight_decay=0.01
    )
    peer = peer_with(sizes, named_weights(ours))
    before = [weight.detach().clone() for weight in peer.parameters()]
    ours.train_on_batch(inputs, targets)
    maps, classes = given_to_torch(inputs, targets)
    value = joint_attention.loss(peer, peer(maps), classes, numbers.lambda_att, numbers.weight_decay)
    assert joint_attention.update(peer, joint_attention.optimizer(peer, rate, epsilon), value, norm) > 0

    expected = peer_with(sizes, named_weights(ours))
    for (name, weight), start, wanted in zip(
        peer.named_parameters(), before, expected.parameters(), strict=True
    ):
        assert float((weight - wanted).detach().abs().max()) <= 1e-4 * rate, name
        assert not weight.requires_grad or float((weight - start).detach().abs().max()) > 1e-4 * rate, name


def test_a_peer_that_says_something_else_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks import joint_step
    from benchmarks.joint_work import sizes_of
    from benchmarks.peers import joint_attention
    from repro.types import InputError

    numbers = recipe("tiny")
    monkeypatch.setattr(joint_attention.JointAttention, "copy", lambda self, weights: None)
    with pytest.raises(InputError, match="do not agree"):
        joint_step.sides(numbers, sizes_of(numbers, 2))
