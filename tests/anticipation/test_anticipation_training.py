"""What training touches in the networks of papers 1 and 2, what it starts from, what features then are."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from helpers.one_step import one_step
from helpers.row_models import CLASSES, FRAME_MODELS, tiny
from repro.anticipation import networks
from repro.backbones import weights

TINY = tiny(2)


@pytest.mark.slow
@pytest.mark.parametrize("name", FRAME_MODELS)
def test_every_frame_network_gives_features(name: str) -> None:
    chosen = FRAME_MODELS[name]
    images = np.random.default_rng(0).integers(0, 256, (3, chosen.size_px, chosen.size_px, 3), np.uint8)
    features = networks.frame_networks(chosen, CLASSES).features.predict_on_batch(images)
    shapes = dict.fromkeys(("context", "action"), (3, networks.feature_width(chosen)))
    assert {n: f.shape for n, f in features.items()} == shapes


@pytest.mark.slow
def test_the_loss_of_an_untrained_model_is_that_of_uniform_predictions() -> None:
    """N * anticipation = T A + (T+1)/2 B with A = log N, B = -(N-1) log(1 - 1/N), on both stages (10.2)."""
    chosen = replace(TINY, lstm_dropout=0.0)
    network = networks.sequence_model(chosen, CLASSES)
    for stage in ("stage1_dense", "stage2_dense"):
        network.get_layer(stage).kernel.assign(network.get_layer(stage).kernel * 0)
    shape = (4, chosen.steps, networks.feature_width(chosen))
    x = {name: np.random.default_rng(0).random(shape, np.float32) for name in chosen.features}
    y = np.zeros((*shape[:2], CLASSES), np.float32)
    y[..., 0] = 1
    a, b, t = np.log(3), -2 * np.log(2 / 3), TINY.steps
    expected = 2 * (t * a + (t + 1) / 2 * b) / 3
    found = network.evaluate(x, {"stage1": y, "stage2": y}, verbose=0, return_dict=True)["loss"]
    assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.slow
def test_fine_tuning_trains_the_sub_models_and_nothing_else(tmp_path: Path) -> None:
    network = networks.frame_training_model(TINY, CLASSES, tmp_path)
    before = {layer.name: [w.copy() for w in layer.get_weights()] for layer in network.layers}
    images = np.random.default_rng(0).integers(0, 256, (6, TINY.size_px, TINY.size_px, 3), np.uint8)
    labels = np.array([0, 1, 2, 0, 1, 2], np.int32)
    one_step(network, images, dict.fromkeys(("context", "localisation"), labels))
    changed = {
        layer.name
        for layer in network.layers
        if any((a != b).any() for a, b in zip(before[layer.name], layer.get_weights(), strict=True))
    }
    assert changed == {"conv5_3", "fc6", "fc7", "fc8", "loc_conv", "linear"}


@pytest.mark.slow
@pytest.mark.parametrize("cam_from", ["conv5_2", "conv5_3", "context"])
def test_own_fc_layers_start_from_the_fine_tuned_ones_and_learn_alone(tmp_path: Path, cam_from: str) -> None:
    """Phase 4: behind the finished network, whatever the map comes from."""
    own = replace(TINY, own_fc=True, cam_from=cam_from)
    shared = networks.frame_training_model(own, CLASSES, tmp_path)
    for number, weight in enumerate(shared.trainable_variables):
        weight.assign(np.random.default_rng(number).normal(0, 0.1, weight.shape))  # as if it had learned
    weights.save(shared, tmp_path / "fine-tuned.npz")
    network = networks.own_fc_training_model(own, CLASSES, tmp_path / "fine-tuned.npz")
    for name in ("fc6", "fc7"):
        for found, wanted in zip(
            network.get_layer(f"action_{name}").get_weights(),
            shared.get_layer(name).get_weights(),
            strict=True,
        ):
            np.testing.assert_array_equal(found, wanted)
    before = {name: np.array(array) for name, array in weights.named_weights(network).items()}
    for name, array in weights.named_weights(shared).items():
        np.testing.assert_array_equal(before[name], array)
    images = np.random.default_rng(0).integers(0, 256, (6, own.size_px, own.size_px, 3), np.uint8)
    one_step(network, images, dict.fromkeys(networks.heads(own), np.array([0, 1, 2, 0, 1, 2], np.int32)))
    moved = {
        n.split("/")[0] for n, v in weights.named_weights(network).items() if (v != before[n]).numpy().any()
    }
    assert moved == {"action_fc6", "action_fc7", "action_fc8"}


def test_weight_decay_is_the_stated_one(tmp_path: Path) -> None:
    """0.0005 w in the gradient is l2(0.00025) in the loss, on trained kernels only."""
    network = networks.frame_training_model(TINY, CLASSES, tmp_path)
    decayed = [layer.kernel for layer in network.layers if layer.trainable and hasattr(layer, "kernel")]
    expected = 0.00025 * sum(float((k.numpy() ** 2).sum()) for k in decayed)
    assert len(decayed) == 6
    assert float(sum(network.losses)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.slow
def test_the_localisation_part_alone_has_a_rate_of_its_own(tmp_path: Path) -> None:
    """Ten times the rate moves it ten times as far in a first update, and nothing else."""
    images = np.random.default_rng(0).integers(0, 256, (4, TINY.size_px, TINY.size_px, 3), np.uint8)
    moved = {}
    for ratio in (1.0, 10.0):
        keras.utils.set_random_seed(0)
        chosen = replace(TINY, loc_rate_ratio=ratio, fc_dropout=0.0)
        network = networks.frame_training_model(chosen, CLASSES, tmp_path)
        before = [np.array(v) for v in network.trainable_variables]
        one_step(network, images, dict.fromkeys(networks.heads(chosen), np.array([0, 1, 2, 0], np.int32)))
        for variable, old in zip(network.trainable_variables, before, strict=True):
            moved.setdefault(variable.path, []).append(np.abs(np.array(variable) - old).max())
    faster = {path.split("/")[0] for path, (slow, fast) in moved.items() if fast > 5 * slow}
    assert faster == {"loc_conv", "linear"}
    for path, (slow, fast) in moved.items():
        # A step is a difference of two float32 weights.
        assert fast / slow == pytest.approx(10 if path.split("/")[0] in faster else 1, rel=0.01), path
