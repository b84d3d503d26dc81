"""Every model that a row names builds at tiny size and takes a training step that changes it."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from helpers.one_step import one_step
from repro.paper3 import experiments, networks
from repro.paper3.recipe import Recipe, for_row, model_name, recipe, schedule

CLASSES, VIDEOS = 3, 2
OUTPUTS = {"c3d": CLASSES, "act": CLASSES, "obj": 12, "sce": 6}


def _models() -> dict[str, Recipe]:
    base = recipe("tiny")
    found = {}
    for row in experiments.rows("demo"):
        chosen = for_row(base, row.overrides)
        if chosen.architecture != "cnn":
            found[model_name(chosen)] = chosen
    return found


MODELS = _models()
QUICK = ("c3d-lstm", "c3d-alstm-act-fc8", "c3d-alstm-obj-fc8-b-hollywood2")  # one of each kind


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in MODELS]
)
def test_a_step_trains_all_its_weights(name: str) -> None:
    chosen = replace(MODELS[name], dropout=0.0)  # or a small network may lose every path to some weight
    attends = chosen.architecture == "alstm"
    built = networks.training_decoder(chosen, CLASSES, OUTPUTS[chosen.attended] if attends else None)
    rng = np.random.default_rng(0)
    inputs = {tensor.name: rng.normal(size=(VIDEOS, *tensor.shape[1:])) for tensor in built.inputs}
    several = chosen.task == "hollywood2"
    targets = np.eye(CLASSES, dtype=np.float32)[[0, 2]] if several else np.array([0, 2])
    before = [weight.numpy().copy() for weight in built.trainable_weights]
    keras.utils.set_random_seed(0)
    loss = one_step(built, inputs, {"frame": targets})["loss"]
    assert np.isfinite(loss)
    for weight, old in zip(built.trainable_weights, before, strict=True):
        assert (weight.numpy() != old).any(), weight.path
    rate = schedule(chosen).learning_rate
    assert float(built.optimizer.learning_rate) == pytest.approx(rate)


@pytest.mark.slow
@pytest.mark.parametrize("name", networks.NETWORKS)
@pytest.mark.parametrize("task", ["activitynet", "hollywood2"])
def test_the_convolutional_networks_take_a_step(name: str, task: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    chosen = replace(recipe("tiny"), task=task)
    built = networks.fine_tuning_network(chosen, name, CLASSES, tmp_path)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (VIDEOS, *built.input_shape[1:]), np.uint8)
    targets = np.eye(CLASSES, dtype=np.float32)[[0, 2]] if task == "hollywood2" else np.array([0, 2])
    last = built.get_layer("fc8").kernel
    before = last.numpy().copy()
    assert np.isfinite(one_step(built, images, {networks.HEADS[name]: targets})["loss"])
    assert (last.numpy() != before).any()
    assert built.predict_on_batch(images)[networks.HEADS[name]].shape == (VIDEOS, CLASSES)
