"""Paper 2's networks: they build and step for every row at tiny size, and have the paper's sizes at full."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from repro.paper2 import experiments, model
from repro.paper2.recipe import Recipe, recipe

CLASSES = 3
TINY = recipe("tiny")
ALL_ROWS = {row.id: row for dataset in experiments.DATASETS for row in experiments.rows(dataset)}
OVERRIDES = {repr(sorted(row.overrides.items())): row.overrides for row in ALL_ROWS.values()}


def _batch(sequence_recipe: Recipe) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    rng = np.random.default_rng(0)
    width = model.feature_width(sequence_recipe)
    x = {n: rng.random((4, TINY.steps, width), np.float32) for n in sequence_recipe.features}
    y = np.zeros((4, TINY.steps, CLASSES), np.float32)
    y[np.arange(4), :, [0, 1, 2, 0]] = 1
    y[1, 3:] = 0  # a video shorter than T
    stages = ("stage1", "stage2") if sequence_recipe.variant == "ms_lstm" else ("stage1",)
    return x, dict.fromkeys(stages, y)


@pytest.mark.parametrize("overrides", OVERRIDES.values(), ids=[str(i) for i in range(len(OVERRIDES))])
def test_every_rows_model_takes_a_step(overrides: dict) -> None:
    chosen = replace(TINY, **overrides)
    network = model.sequence_model(chosen, CLASSES)
    before = [w.numpy().copy() for w in network.trainable_weights]
    x, y = _batch(chosen)
    logs = network.train_on_batch(x, y, return_dict=True)
    assert np.isfinite(logs["loss"])
    assert all((a != w.numpy()).any() for a, w in zip(before, network.trainable_weights, strict=True))


def test_the_loss_of_an_untrained_model_is_that_of_uniform_predictions() -> None:
    """N * anticipation = T A + (T+1)/2 B with A = log N, B = -(N-1) log(1 - 1/N), on both stages (10.2)."""
    chosen = replace(TINY, lstm_dropout=0.0)
    network = model.sequence_model(chosen, CLASSES)
    for stage in ("stage1_dense", "stage2_dense"):
        network.get_layer(stage).kernel.assign(network.get_layer(stage).kernel * 0)
    x, y = _batch(chosen)
    y = {k: np.repeat(v[:1], 4, axis=0) for k, v in y.items()}
    a, b, t = np.log(3), -2 * np.log(2 / 3), TINY.steps
    expected = 2 * (t * a + (t + 1) / 2 * b) / 3
    assert network.evaluate(x, y, verbose=0, return_dict=True)["loss"] == pytest.approx(expected, rel=1e-5)


def test_fine_tuning_trains_the_sub_models_and_nothing_else(tmp_path: Path) -> None:
    network = model.frame_training_model(TINY, CLASSES, tmp_path)
    before = {layer.name: [w.copy() for w in layer.get_weights()] for layer in network.layers}
    images = np.random.default_rng(0).integers(0, 256, (6, TINY.size_px, TINY.size_px, 3), np.uint8)
    labels = np.array([0, 1, 2, 0, 1, 2], np.int32)
    network.train_on_batch(images, dict.fromkeys(("context", "localisation"), labels))
    changed = {
        layer.name
        for layer in network.layers
        if any((a != b).any() for a, b in zip(before[layer.name], layer.get_weights(), strict=True))
    }
    assert changed == {"conv5_3", "fc6", "fc7", "fc8", "loc_conv", "linear"}


def test_weight_decay_is_the_stated_one(tmp_path: Path) -> None:
    """0.0005 w in the gradient is l2(0.00025) in the loss, on trained kernels only."""
    network = model.frame_training_model(TINY, CLASSES, tmp_path)
    decayed = [layer.kernel for layer in network.layers if layer.trainable and hasattr(layer, "kernel")]
    expected = 0.00025 * sum(float((k.numpy() ** 2).sum()) for k in decayed)
    assert len(decayed) == 6
    assert float(sum(network.losses)) == pytest.approx(expected, rel=1e-5)
