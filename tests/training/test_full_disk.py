"""A training whose disk takes no more: the error names the file, and the next call continues."""

import errno
from pathlib import Path

import keras
import pytest

from helpers.disks import files_up_to
from helpers.small_training import CLASSES, STEPS_T, WIDTH, InMemory
from repro.training.fit import FitResult, fit
from repro.training.history import Scalars

ROW = {"epoch": 1.0, "loss": 0.5, "learning_rate": 0.1, "seconds": 1.0}


def _train(folder: Path) -> FitResult:
    def build() -> keras.Model:
        layers = [keras.Input((STEPS_T, WIDTH)), keras.layers.Flatten(), keras.layers.Dense(100)]
        model = keras.Sequential([*layers, keras.layers.Dense(CLASSES, activation="softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy", jit_compile=False)
        return model

    return fit(build, InMemory(4), epochs=1, folder=folder, seed=0, select_best=False)


@pytest.mark.slow
def test_it_continues_when_there_is_room_again(tmp_path: Path) -> None:
    """The weights are larger than what the disk takes, settings and history are not."""
    with files_up_to(8000), pytest.raises(OSError) as refused:
        _train(tmp_path)
    assert refused.value.errno == errno.EFBIG
    named = Path(str(refused.value.filename))
    assert (named.parent, named.name[:18]) == (tmp_path / "checkpoints", "state-000001-00000")
    assert not list(tmp_path.rglob("*.part"))
    assert [row["epoch"] for row in _train(tmp_path).rows] == [1]


def test_scalars_where_no_folder_can_be(tmp_path: Path) -> None:
    (tmp_path / "tensorboard").write_text("a file")
    with pytest.raises(NotADirectoryError) as refused:
        Scalars(tmp_path / "tensorboard", [ROW])
    assert refused.value.filename == str(tmp_path / "tensorboard")


@pytest.mark.parametrize("room", [0, 600])
def test_scalars_on_a_disk_that_takes_no_more(tmp_path: Path, room: int) -> None:
    """Told by the first event, or by a later epoch."""
    with files_up_to(room), pytest.raises(OSError) as refused:
        Scalars(tmp_path, [{**ROW, "epoch": float(epoch)} for epoch in range(1, 9)])
    assert (refused.value.errno, refused.value.filename) == (errno.EFBIG, str(tmp_path))
