"""Every model that a row of any data set names takes a step at tiny size that moves every weight."""

from pathlib import Path

import keras
import numpy as np
import pytest

from helpers.one_step import one_step
from helpers.row_models import ADAPTERS, CLASSES, FRAME_MODELS, LABELS, fine_tuned
from repro.anticipation import sequence
from repro.paper4 import model as paper4
from repro.paper5 import rows as paper5

MODELS = [(paper, name) for paper, adapter in ADAPTERS.items() for name in adapter.recipes]
QUICK = [(1, next(iter(ADAPTERS[1].recipes))), (3, "c3d-lstm"), (4, "rgb-lstm"), (5, "pool4-pyramid=False")]
FINE_TUNED = fine_tuned()


def test_there_is_a_model_for_every_change_that_a_table_makes() -> None:
    assert {paper: len(adapter.recipes) for paper, adapter in ADAPTERS.items()} == {
        1: 45,
        2: 21,
        3: 49,
        4: 20,
        5: 10 + len(paper5.READINGS) - 3,  # three readings only decide otherwise
    }
    assert len(FRAME_MODELS) == 12
    both = [recipe for paper in (1, 2) for recipe in ADAPTERS[paper].recipes.values()]
    assert {recipe.variant for recipe in both} == set(sequence.VARIANTS)
    assert {recipe.cell for recipe in both} == set(sequence.CELLS)
    assert {recipe.frames for recipe in both} == {"first", "sampled", "spaced"}
    assert {recipe.architecture for recipe in ADAPTERS[4].recipes.values()} == set(paper4.ARCHITECTURES)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("paper", "name"), [m if m in QUICK else pytest.param(*m, marks=pytest.mark.slow) for m in MODELS]
)
def test_a_step_moves_every_weight(paper: int, name: str) -> None:
    adapter = ADAPTERS[paper]
    recipe = adapter.recipes[name]
    keras.utils.set_random_seed(0)
    network, y = adapter.network(recipe), adapter.targets(recipe)
    rng = np.random.default_rng(0)
    x = {key: rng.random((len(LABELS), *tensor.shape[1:])) for key, tensor in network.input.items()}
    before = [np.array(weight) for weight in network.trainable_weights]
    assert np.isfinite(list(one_step(network, x, y).values())).all()
    for weight, old in zip(network.trainable_weights, before, strict=True):
        alone = paper < 3 and recipe.steps == 1 and "recurrent" in weight.path  # no frame before it
        assert alone or (np.array(weight) != old).any(), weight.path
    assert float(network.optimizer.learning_rate) == pytest.approx(adapter.rate(recipe))
    said = network.predict_on_batch(x)
    assert set(said) - {"weights"} == set(y)  # and where paper 3 looked
    frames = said[next(iter(y))]
    steps = recipe.clip_len if paper == 5 else recipe.steps
    after_all = paper == 3 and recipe.variant == "b"  # speaks once, at the end
    assert frames.shape == (len(LABELS), 1 if after_all else steps, CLASSES)
    if not name.endswith("hollywood2"):  # a video may have several classes there
        np.testing.assert_allclose(frames.sum(axis=-1), 1, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", FINE_TUNED)
def test_a_step_of_fine_tuning_moves_every_trained_weight(name: str, tmp_path: Path) -> None:
    keras.utils.set_random_seed(0)
    network = FINE_TUNED[name](tmp_path)
    images = np.random.default_rng(0).integers(0, 256, (len(LABELS), *network.input_shape[1:]), np.uint8)
    labels = np.eye(CLASSES, dtype=np.float32)[LABELS] if name.endswith("hollywood2") else LABELS
    before = [np.array(weight) for weight in network.trainable_weights]
    losses = one_step(network, images, dict.fromkeys(network.output, labels))
    assert np.isfinite(list(losses.values())).all()
    for weight, old in zip(network.trainable_weights, before, strict=True):
        assert (np.array(weight) != old).any(), weight.path
    for said in network.predict_on_batch(images).values():
        assert said.shape == (len(LABELS), CLASSES)
