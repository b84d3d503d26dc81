"""What `fit` keeps besides: the weights after given epochs, and the values of every single update."""

import random
import signal
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers.close import assert_same_float32, of_network
from helpers.small_training import CLASSES, STEPS_T, WIDTH, InMemory, network, run, train
from repro.backbones import weights
from repro.training.fit import Interrupted
from repro.training.results import epoch_file
from repro.types import InputError

pytestmark = pytest.mark.slow

KILLED = -9
BOTH: dict[str, Any] = {"keep_epochs": (1, 3), "each_update": ("loss",)}


class TwoTargets:
    """The samples of `InMemory` for a model of two outputs, called "frame" and "other"."""

    failure = None

    def __init__(self, source: InMemory | None = None) -> None:
        self.source = source or InMemory()
        self.steps_per_epoch = self.source.steps_per_epoch

    def dataset(self, epoch: int, start_step: int = 0, epochs: int = 1) -> tf.data.Dataset:
        return self.source.dataset(epoch, start_step, epochs).map(lambda x, y: (x, {"frame": y, "other": y}))


def cross_entropy(y: Any, p: Any) -> Any:
    return -keras.ops.log(keras.ops.take_along_axis(p, keras.ops.cast(y, "int32")[:, None], 1)[:, 0])


def two_heads(rate: float = 0.1) -> keras.Model:
    x = inputs = keras.Input((STEPS_T, WIDTH), name="frames")
    x = keras.layers.Flatten(name="flat")(x)
    x = keras.layers.Dense(8, "relu", kernel_regularizer=keras.regularizers.L2(0.1), name="hidden")(x)
    heads = {n: keras.layers.Dense(CLASSES, "softmax", name=n)(x) for n in ("frame", "other")}
    model = keras.Model(inputs, heads)
    model.compile(
        keras.optimizers.SGD(rate),
        loss=dict.fromkeys(heads, cross_entropy),
        loss_weights={"other": 7.0, "frame": 1.0},
        jit_compile=False,
    )
    return model


def files_of(folder: Path) -> dict[str, bytes]:
    """Weights by content (an archive holds dates), updates.csv as it is."""
    found = {"updates.csv": (folder / "updates.csv").read_bytes()}
    for path in folder.glob("*.npz"):
        with np.load(path) as arrays:
            found |= {f"{path.name}/{name}": arrays[name].tobytes() for name in arrays.files}
    return found


def rows_of(folder: Path) -> tuple[str, list[list[str]]]:
    header, *lines = (folder / "updates.csv").read_text().splitlines()
    return header, [line.split(",") for line in lines]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("uninterrupted")
    assert run(folder, **BOTH) == 0
    header, rows = rows_of(folder)
    assert header == "update,loss"
    assert [row[0] for row in rows] == [str(n) for n in range(1, 19)]  # three epochs of six
    assert len({row[1] for row in rows}) == 18
    assert {p.name for p in folder.glob("*.npz")} == {"best.npz", "final.npz", "epoch-1.npz", "epoch-3.npz"}
    return folder


@pytest.mark.parametrize("batch", [15, *(pytest.param(n, marks=pytest.mark.exhaustive) for n in (2, 9))])
def test_killed_at_a_step(tmp_path: Path, uninterrupted: Path, batch: int) -> None:
    """Checkpoints after every step, or (9) none within an epoch; rows beyond the last one are cut off."""
    every_s = 60.0 if batch == 9 else 0.0
    assert run(tmp_path, at_batch=batch, checkpoint_every_s=every_s, **BOTH) == KILLED
    with (tmp_path / "updates.csv").open("a") as file:
        file.write("8,0.125\n9,0.125\n")
    assert run(tmp_path, checkpoint_every_s=every_s, **BOTH) == 0
    assert files_of(tmp_path) == files_of(uninterrupted)


def test_killed_while_writing(tmp_path: Path, uninterrupted: Path) -> None:
    """In some flush of each start: checkpoints, updates, kept weights, the done mark."""
    draw, kills = random.Random(5), 0
    while status := run(tmp_path, at_sync=draw.randint(2, 60), checkpoint_every_s=0.0, **BOTH):
        assert status == KILLED
        kills += 1
    assert 1 < kills < 40
    assert files_of(tmp_path) == files_of(uninterrupted)


@pytest.mark.exhaustive  # test_distribution.py trains on two
def test_killed_on_two_replicas(tmp_path: Path) -> None:
    """A batch of 5 samples is shared as 2 + 3; the last one of 1 is counted once."""
    whole, killed, one = tmp_path / "whole", tmp_path / "killed", tmp_path / "one"
    options: dict[str, Any] = {**BOTH, "dropout": 0.0, "data": InMemory(11, 5)}
    assert run(whole, devices=2, **options) == 0
    assert run(killed, devices=2, at_sync=25, checkpoint_every_s=0.0, **options) == KILLED
    assert run(killed, devices=2, **options) == 0
    assert files_of(killed) == files_of(whole)
    assert run(one, **options) == 0
    alone, shared = (np.array(rows_of(folder)[1], float) for folder in (one, whole))
    # 9 updates by gradients of 5 samples, each through a convolution, 5 steps of a memory, and back.
    assert_same_float32(shared, alone, of_network(network(), times=9 * 5 * 2))


def test_every_value_is_that_of_its_batch(tmp_path: Path) -> None:
    """With a learning rate of 0 the model stays, and each row is the loss of that batch by itself."""
    data = TwoTargets()
    names = ("other_loss", "frame_loss")
    train(
        tmp_path,
        build=lambda: two_heads(0.0),
        data=data,
        validation=None,
        select_best=False,
        epochs=2,
        each_update=names,
    )
    model = two_heads()
    weights.load(model, tmp_path / "final.npz")
    expected = []
    for epoch in range(2):
        for x, targets in data.dataset(epoch):
            p = model.predict_on_batch(x.numpy())
            rows = np.arange(len(x)), targets["frame"].numpy()
            expected.append([float(-np.log(p[name.split("_")[0]][rows]).mean()) for name in names])
    header, found = rows_of(tmp_path)
    assert header == "update,other_loss,frame_loss"
    assert_same_float32(np.array(found, float)[:, 1:], expected, of_network(model, times=5))


@pytest.mark.graph  # in a graph Keras gives the mean of the batches, else that of the samples
def test_history_and_weights_are_the_same_as_without(tmp_path: Path) -> None:
    """Also of an epoch that was resumed: its mean spans what was before."""

    def before(epoch: int, step: int) -> None:
        if (epoch, step) == (1, 3):
            signal.raise_signal(signal.SIGTERM)

    options: dict[str, Any] = {
        "build": two_heads,
        "validation": TwoTargets(InMemory(9, 4, seed=1)),
    }
    names = {"each_update": ("frame_loss",)}
    plain = train(tmp_path / "plain", data=TwoTargets(), **options)
    with pytest.raises(Interrupted):
        train(tmp_path / "told", data=TwoTargets(InMemory(before_batch=before)), **options, **names)
    assert 6 < len(rows_of(tmp_path / "told")[1]) < 12
    told = train(tmp_path / "told", data=TwoTargets(), **options, **names)
    with np.load(plain.final) as wanted, np.load(told.final) as found:
        assert {n: wanted[n].tobytes() for n in wanted.files} == {n: found[n].tobytes() for n in found.files}
    for a, b in zip(plain.rows, told.rows, strict=True):
        assert {**a, "seconds": 0, "frame_loss": 0} == {**b, "seconds": 0, "frame_loss": 0}
        assert b["frame_loss"] == pytest.approx(a["frame_loss"], rel=1e-6)
    of_updates = np.array(rows_of(tmp_path / "told")[1], float)[:, 1].reshape(3, 6).mean(1)
    np.testing.assert_allclose([row["frame_loss"] for row in told.rows], of_updates, rtol=1e-6)


def test_kept_epochs_are_the_weights_after_them(tmp_path: Path) -> None:
    """Those of a training over one epoch, over two; without selection of the best."""
    last: dict[str, Any] = {"select_best": False, "validation": None}
    result = train(tmp_path / "three", keep_epochs=(2, 1), **last)
    for epochs in (1, 2):
        shorter = train(tmp_path / f"{epochs}", epochs=epochs, keep_epochs=(epochs,), **last)
        assert (tmp_path / f"{epochs}" / epoch_file(epochs)).exists()  # the last epoch may be one of them
        with np.load(tmp_path / "three" / epoch_file(epochs)) as found, np.load(shorter.final) as wanted:
            assert all(found[n].tobytes() == wanted[n].tobytes() for n in wanted.files)
    assert train(tmp_path / "three", keep_epochs=(1, 2), **last) == result
    with pytest.raises(InputError, match="keep_epochs"):
        train(tmp_path / "three", keep_epochs=(1,), **last)
    (tmp_path / "three" / epoch_file(1)).unlink()
    with pytest.raises(InputError, match=r"epoch-1\.npz is missing or damaged"):
        train(tmp_path / "three", keep_epochs=(1, 2), **last)


def test_a_folder_from_before_stays_valid(tmp_path: Path) -> None:
    """Without these arguments its settings hold no word of them; with them it is another training."""
    train(tmp_path, epochs=1)
    assert "keep" not in (tmp_path / "settings.json").read_text()
    assert "update" not in (tmp_path / "settings.json").read_text()
    assert not (tmp_path / "updates.csv").exists()
    with pytest.raises(InputError, match="each_update"):
        train(tmp_path, epochs=1, each_update=("loss",))


def test_lost_rows_are_not_made_up(tmp_path: Path) -> None:
    assert run(tmp_path, at_batch=9, checkpoint_every_s=0.0, **BOTH) == KILLED
    rows = rows_of(tmp_path)[1]
    (tmp_path / "updates.csv").write_text("update,loss\n1,0.5\n")
    with pytest.raises(InputError, match=rf"has 1 of the {len(rows)} updates before the checkpoint"):
        train(tmp_path, **BOTH)
    (tmp_path / "updates.csv").unlink()
    with pytest.raises(InputError, match="has 0 of"):
        train(tmp_path, **BOTH)


def test_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"keep_epochs \(4,\): wanted 1 to 3"):
        train(tmp_path, keep_epochs=(4,))
    with pytest.raises(ValueError, match="frame_loss of each update; the model has loss"):
        train(tmp_path, each_update=("frame_loss",))
