"""Every row of paper 4 builds its model and trains a step at tiny size."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.one_step import one_step
from repro.paper4 import experiments, networks
from repro.paper4.recipe import SEQUENCE_FIELDS, Recipe, for_row, model_name, recipe
from repro.paper4.stages import feeds

CLASSES = 3
TINY = recipe("tiny")


def _models() -> dict[str, Recipe]:
    found = {}
    for dataset in experiments.DATASETS:
        for row in experiments.rows(dataset):
            overrides = {k: v for k, v in row.overrides.items() if k in SEQUENCE_FIELDS}
            if overrides["architecture"] != "convnet":
                found[model_name(TINY, overrides)] = for_row(TINY, overrides)
    return found


MODELS = _models()
FAST = ("rgb-lstm",)


def _features(chosen: Recipe, rng: np.random.Generator) -> dict[str, np.ndarray]:
    side = chosen.size_px // networks.PLACES
    shapes = {"pool5": (side, side, round(512 * chosen.width)), "fc7": (round(4096 * chosen.width),)}
    return {
        name: rng.random((4, chosen.steps, *shapes[endpoint]), np.float32)
        for name, (_, endpoint) in feeds(chosen).items()
    }


def test_there_is_a_model_for_every_row_and_reading() -> None:
    assert len(MODELS) == 18
    assert {chosen.architecture for chosen in MODELS.values()} == {
        "lstm",
        "alstm",
        "conv_lstm",
        "conv_alstm",
        "motion_alstm",
        "video_lstm",
    }


@pytest.mark.parametrize(
    "name", [n if n in FAST else pytest.param(n, marks=pytest.mark.slow) for n in MODELS]
)
def test_every_rows_model_takes_a_step(name: str) -> None:
    chosen = MODELS[name]
    network = networks.sequence_network(chosen, CLASSES)
    before = [np.array(w) for w in network.trainable_weights]
    x = _features(chosen, np.random.default_rng(0))
    assert np.isfinite(one_step(network, x, {"frame": np.array([0, 1, 2, 0], np.int32)})["loss"])
    after = [np.array(w) for w in network.trainable_weights]
    moved = [
        w.path for w, a, b in zip(network.trainable_weights, after, before, strict=True) if (a != b).any()
    ]
    assert len(moved) == len(before), "a weight that no loss reaches"
    said = np.asarray(network.predict_on_batch(x)["frame"])
    assert said.shape == (4, chosen.steps, CLASSES)
    np.testing.assert_allclose(said.sum(axis=-1), 1, rtol=1e-5)


@pytest.mark.parametrize("stream", ["rgb", "flow"])
def test_each_vgg_takes_a_step(stream: str, tmp_path) -> None:
    network = networks.stream_training_model(TINY, stream, CLASSES, tmp_path)
    channels = 3 if stream == "rgb" else 2
    x = np.random.default_rng(0).integers(0, 256, (4, TINY.size_px, TINY.size_px, channels), np.uint8)
    before = [np.array(w) for w in network.trainable_weights]
    losses = one_step(network, x, {networks.HEADS[stream]: np.array([0, 1, 2, 0])})
    assert np.isfinite(list(losses.values())).all()
    assert all((np.array(w) != b).any() for w, b in zip(network.trainable_weights, before, strict=True))


def test_the_rate_falls_to_a_tenth() -> None:
    """2.4: 0.001, a tenth every 4,000 updates; 0.005, a tenth every 10,000."""
    paper = replace(
        TINY,
        rgb_learning_rate=0.001,
        rgb_decay_every=4000,
        flow_learning_rate=0.005,
        flow_decay_every=10_000,
    )
    for stream, rates in {"rgb": (0.001, 4000), "flow": (0.005, 10_000)}.items():
        schedule = networks.stream_training_model(paper, stream, 2, None).optimizer._learning_rate  # type: ignore[arg-type]
        rate, every = rates
        found = [float(schedule(step)) for step in (0, every - 1, every, 2 * every)]
        np.testing.assert_allclose(found, [rate, rate, rate / 10, rate / 100], rtol=1e-5)
