"""Every row of papers 1 and 2 builds its networks and trains a step at tiny size; what training touches."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpers.one_step import one_step
from repro.anticipation import networks as model
from repro.anticipation import sequence
from repro.anticipation.recipe import FRAME_FIELDS, Recipe, for_row, model_name
from repro.paper1 import experiments as paper1
from repro.paper1 import recipe as recipe1
from repro.paper2 import experiments as paper2
from repro.paper2 import recipe as recipe2

CLASSES = 3
TINY = recipe2.recipe("tiny")
PAPERS = ((paper1, recipe1.recipe("tiny")), (paper2, TINY))
# name -> recipe, of every model that a row of any data set needs: rows differ only in these.
MODELS: dict[str, Recipe] = {
    f"{type(tiny).__module__[6:12]}-{model_name(tiny, row.overrides)}": for_row(tiny, row.overrides)
    for experiments, tiny in PAPERS
    for dataset in experiments.DATASETS
    for row in experiments.rows(dataset)
}
# The others take a second or more each and wait for the whole suite.
FAST = [next(iter(MODELS))]
FRAME_MODELS = {
    name: chosen
    for name, chosen in MODELS.items()
    if any(getattr(chosen, field) != getattr(TINY, field) for field in FRAME_FIELDS)
}


def _batch(chosen: Recipe) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    rng = np.random.default_rng(0)
    width = model.feature_width(chosen)
    x = {n: rng.random((4, chosen.steps, width), np.float32) for n in chosen.features}
    y = np.zeros((4, chosen.steps, CLASSES), np.float32)
    y[np.arange(4), :, [0, 1, 2, 0]] = 1
    y[1, 3:] = 0  # a video shorter than T
    return x, dict.fromkeys(sequence.stages(chosen.variant), y)


def test_there_is_a_model_for_every_change_that_a_table_makes() -> None:
    assert len(MODELS) > 70
    assert {chosen.variant for chosen in MODELS.values()} == set(sequence.VARIANTS)
    assert {chosen.cell for chosen in MODELS.values()} == set(sequence.CELLS)
    assert {chosen.frames for chosen in MODELS.values()} == {"first", "sampled", "spaced"}
    assert len(FRAME_MODELS) > 10


@pytest.mark.parametrize(
    "name", [n if n in FAST else pytest.param(n, marks=pytest.mark.slow) for n in MODELS]
)
def test_every_rows_sequence_model_takes_a_step(name: str) -> None:
    chosen = MODELS[name]
    network = model.sequence_model(chosen, CLASSES)
    before = [w.numpy().copy() for w in network.trainable_weights]
    x, y = _batch(chosen)
    logs = one_step(network, x, y)
    assert np.isfinite(logs["loss"])
    for weight, old in zip(network.trainable_weights, before, strict=True):
        unused = chosen.steps == 1 and "recurrent" in weight.path  # one frame has no frame before it
        assert unused or (old != weight.numpy()).any(), weight.path


@pytest.mark.slow
@pytest.mark.parametrize("name", FRAME_MODELS)
def test_every_other_frame_network_takes_a_step_and_gives_features(name: str, tmp_path: Path) -> None:
    chosen = FRAME_MODELS[name]
    network = model.frame_training_model(chosen, CLASSES, tmp_path)
    images = np.random.default_rng(0).integers(0, 256, (3, chosen.size_px, chosen.size_px, 3), np.uint8)
    labels = dict.fromkeys(model.heads(chosen), np.array([0, 1, 2], np.int32))
    assert np.isfinite(one_step(network, images, labels)["loss"])
    features = model.frame_networks(chosen, CLASSES).features.predict_on_batch(images)
    assert {n: f.shape for n, f in features.items()} == dict.fromkeys(
        ("context", "action"), (3, model.feature_width(chosen))
    )


def test_the_flow_network_takes_a_step(tmp_path: Path) -> None:
    network = model.flow_training_model(TINY, CLASSES, tmp_path)
    stacks = np.random.default_rng(0).integers(0, 256, (3, TINY.size_px, TINY.size_px, 20), np.uint8)
    before = [w.numpy().copy() for w in network.trainable_weights]
    one_step(network, stacks, {"flow": np.array([0, 1, 2], np.int32)})
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
    one_step(network, images, dict.fromkeys(("context", "localisation"), labels))
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
