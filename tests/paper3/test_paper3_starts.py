"""What a decoder takes over from one that was trained on other classes."""

from pathlib import Path

import keras
import numpy as np
import pytest

from repro.backbones.weights import save
from repro.experiment.start import start_from
from repro.paper3 import losses, networks
from repro.paper3.recipe import for_row, recipe
from repro.paper3.starts import HEAD, origin, started_decoder
from repro.training.seeding import seed_everything, seed_of
from repro.types import InputError


@pytest.mark.slow
def test_a_start_fills_all_layers_but_the_scores(tmp_path: Path) -> None:
    """A17: the classes are others, so the last layer keeps its own draw."""
    chosen = recipe("tiny")
    keras.utils.set_random_seed(1)
    trained = networks.decoder(chosen, 3, 12)
    save(trained, tmp_path / "best.npz")
    keras.utils.set_random_seed(2)
    built = networks.decoder(chosen, 5, 12)
    own = built.get_layer("scores").kernel.numpy().copy()
    start_from(built, tmp_path / "best.npz", last="scores")
    for layer in ("sigmoid", "decoder"):
        for one, other in zip(trained.get_layer(layer).weights, built.get_layer(layer).weights, strict=True):
            np.testing.assert_array_equal(one.numpy(), other.numpy())
    np.testing.assert_array_equal(built.get_layer("scores").kernel.numpy(), own)
    with pytest.raises(InputError, match="no weights at"):
        start_from(built, tmp_path / "none.npz", last="scores")


def test_neither_the_variant_nor_what_only_hollywood2_has_needs_another_origin() -> None:
    base = for_row(recipe("tiny"), {"attended": "obj"})
    of_several = {"task": "hollywood2", "variant": "b", "attended_per_step": 2, "over_classes": "mean"}
    assert origin(for_row(base, of_several)) == base


@pytest.mark.slow
def test_a_new_head_knows_nothing_before_it_is_trained(tmp_path: Path) -> None:
    """The layers around a head fit its first draw: under the same seed, a head not trained yet names most.

    Ten heads of their own name 1 of K = 6 classes each in the mean, with a deviation of 1 / (K sqrt(10)),
    that is 0.17 and 0.05: a map from classes to classes has one fixed point in the mean, with deviation 1.
    """
    classes, each = 6, 20
    chosen = for_row(recipe("tiny"), {"architecture": "lstm", "dropout": 0.0, "units": 24})
    labels = np.tile(np.arange(classes, dtype=np.int32), each)
    width = networks.width_of(chosen, "fc6", 0)
    rng = np.random.default_rng(0)
    seen = rng.normal(size=(classes, 1, width))[labels] + rng.normal(size=(len(labels), chosen.steps, width))

    def right(network: keras.Model) -> float:
        said = np.asarray(network({"input": seen}, training=False)["frame"]).mean(axis=1)
        return float((said.argmax(axis=-1) == labels).mean())

    seed_everything(0)
    built = networks.decoder(chosen, classes, None)
    first = built.get_layer(HEAD).kernel.numpy().copy()
    built.compile(keras.optimizers.Adam(0.003), {"frame": losses.choose("softmax")}, jit_compile=False)
    for _ in range(40):
        built.train_on_batch({"input": seen}, {"frame": labels})
    assert right(built) > 0.9
    save(built, tmp_path / "best.npz")
    built.get_layer(HEAD).set_weights([first, np.zeros(classes)])
    assert right(built) > 0.5  # what is to be avoided

    several = for_row(chosen, {"task": "hollywood2"})
    found = []
    for seed in range(10):
        started = started_decoder(several, classes, None, tmp_path / "best.npz", seed_of(seed, "a name"))
        assert np.abs(started.get_layer(HEAD).kernel.numpy() - first).max() > 0.1
        found.append(right(started))
    assert np.mean(found) < 0.17 + 3 * 0.053, found
