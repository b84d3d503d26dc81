"""tf.data tunes nothing while a model is trained or validated: its end would wait for that thread."""

from pathlib import Path
from typing import Any

import keras
import pytest
import tensorflow as tf

from helpers.small_training import CLASSES, STEPS_T, WIDTH, InMemory, train


def _network() -> keras.Model:
    inputs = keras.Input((STEPS_T, WIDTH), name="frames")
    flat = keras.layers.Flatten(name="flat")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(CLASSES, activation="softmax", name="scores")(flat))
    model.compile("sgd", "sparse_categorical_crossentropy", jit_compile=False)
    return model


@pytest.mark.slow
def test_autotuning_is_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tunes: dict[str, bool] = {}

    def noting(name: str) -> None:
        kept = getattr(keras.Model, name)

        def noted(self: keras.Model, data: tf.data.Dataset, **more: Any) -> Any:
            tunes[name] = data.options().autotune.enabled
            return kept(self, data, **more)

        monkeypatch.setattr(keras.Model, name, noted)

    noting("fit")
    noting("evaluate")
    train(tmp_path, build=_network, data=InMemory(4), validation=InMemory(4, seed=1), epochs=1)
    assert tunes == {"fit": False, "evaluate": False}
