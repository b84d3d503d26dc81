"""What goes wrong while batches are made reaches the user in its own words."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from repro.training.fit import fit
from repro.types import InputError


class BrokenBatches:
    """One good batch, then a video that does not decode."""

    steps_per_epoch = 2
    failure: InputError | None = None

    def dataset(self, epoch: int, start_step: int = 0, epochs: int = 1) -> tf.data.Dataset:
        def batches():
            yield np.zeros((2, 3), np.float32), np.zeros((2, 1), np.float32)
            self.failure = InputError("video v_Run_g01_c01 is truncated")
            raise self.failure

        signature = (tf.TensorSpec((None, 3)), tf.TensorSpec((None, 1)))
        return tf.data.Dataset.from_generator(batches, output_signature=signature)


def test_a_broken_video_is_named(tmp_path: Path) -> None:
    def build() -> keras.Model:
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse", jit_compile=False)
        return model

    with pytest.raises(InputError, match="v_Run_g01_c01 is truncated"):
        fit(build, BrokenBatches(), epochs=1, folder=tmp_path, seed=0, select_best=False)
