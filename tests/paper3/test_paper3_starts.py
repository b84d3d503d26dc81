"""What a decoder takes over from one that was trained on other classes."""

from pathlib import Path

import keras
import numpy as np
import pytest

from repro.backbones.weights import save
from repro.experiment.exported import start_from
from repro.paper3 import networks
from repro.paper3.recipe import recipe
from repro.types import InputError


@pytest.mark.slow
def test_a_start_fills_all_layers_but_the_scores(tmp_path: Path) -> None:
    """9.17: the classes are others, so the last layer keeps its own draw."""
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
