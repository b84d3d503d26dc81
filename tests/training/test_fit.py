"""What `fit` refuses, keeps and writes, on a network that trains in about a second."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers.small_training import CLASSES, STEPS_T, WIDTH, InMemory, train
from repro.backbones import weights
from repro.training import results
from repro.training.checkpoint import Checkpoints
from repro.training.fit import Diverged, Interrupted
from repro.training.results import claim, finished
from repro.training.schedules import sgd
from repro.types import InputError

pytestmark = pytest.mark.slow


def dense(units: int = 4) -> keras.Model:
    x = inputs = keras.Input((STEPS_T, WIDTH), name="frames")
    x = keras.layers.Flatten(name="flat")(x)
    x = keras.layers.Dropout(0.3, name="drop")(x)
    x = keras.layers.Dense(units, name="hidden")(x)
    model = keras.Model(inputs, keras.layers.Dense(CLASSES, activation="softmax", name="scores")(x))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    return model


def ever_worse(rate: float = -0.1) -> keras.Model:
    """It climbs the gradient, so the first epoch stays the best; at a rate of 0 all are equal."""
    model = dense()
    model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy", jit_compile=False)
    return model


def stopped_in(
    folder: Path, epoch: int, step: int, number: int = signal.SIGTERM, **changes: Any
) -> Interrupted:
    """Train until the batch of that step is drawn, then send this process a signal."""

    def before(at_epoch: int, at_step: int) -> None:
        if (at_epoch, at_step) == (epoch, step):
            os.kill(os.getpid(), number)

    with pytest.raises(Interrupted) as caught:
        train(folder, build=dense, data=InMemory(before_batch=before), **changes)
    return caught.value


def arrays_of(path: Path) -> dict[str, bytes]:
    with np.load(path) as stored:
        return {name: stored[name].tobytes() for name in stored.files}


def checkpoints_of(folder: Path) -> list[Path]:
    return sorted((folder / "checkpoints").iterdir())


def scalars_of(folder: Path) -> dict[str, list[tuple[int, float]]]:
    found: dict[str, list[tuple[int, float]]] = {}
    for file in (folder / "tensorboard").iterdir():
        for event in tf.compat.v1.train.summary_iterator(str(file)):
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, float(tf.make_ndarray(value.tensor))))
    return found


@pytest.mark.graph
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_saves_and_the_rest_is_equal(tmp_path: Path, number: int, status: int) -> None:
    whole = train(tmp_path / "whole", build=dense)
    stop = stopped_in(tmp_path / "stopped", 1, 2, number)
    assert stop.exit_status == status
    assert [p.name[:22] for p in checkpoints_of(tmp_path / "stopped")][-1].startswith("state-000001-")
    rest = train(tmp_path / "stopped", build=dense)
    assert arrays_of(rest.final) == arrays_of(whole.final)
    assert arrays_of(rest.weights) == arrays_of(whole.weights)
    assert [{**r, "seconds": 0} for r in rest.rows] == [{**r, "seconds": 0} for r in whole.rows]
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_signal_during_validation(tmp_path: Path) -> None:
    """The epoch is kept as trained; only its validation runs again."""
    whole = train(tmp_path / "whole", build=dense)

    def before(epoch: int, step: int) -> None:
        if step == 1:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Interrupted):
        train(tmp_path / "stopped", build=dense, validation=InMemory(9, 4, seed=1, before_batch=before))
    assert [p.name[:22] for p in checkpoints_of(tmp_path / "stopped")] == ["state-000000-000000006"]
    rest = train(tmp_path / "stopped", build=dense)
    assert arrays_of(rest.final) == arrays_of(whole.final)
    assert [{**r, "seconds": 0} for r in rest.rows] == [{**r, "seconds": 0} for r in whole.rows]


def test_a_signal_while_the_results_are_written_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a large network that takes seconds; the next model would begin as if nobody had asked."""
    write = results.write_json

    def asked_to_stop(path: Path, content: Any) -> None:
        if path.name == results.DONE:
            os.kill(os.getpid(), signal.SIGTERM)
        write(path, content)

    monkeypatch.setattr(results, "write_json", asked_to_stop)
    with pytest.raises(Interrupted) as stopped:
        train(tmp_path / "run", build=dense)
    assert stopped.value.exit_status == 143
    assert finished(tmp_path / "run") == train(tmp_path / "run", build=dense)


def test_a_finished_training_returns_at_once(tmp_path: Path) -> None:
    first = train(tmp_path, build=dense, settings={"units": 4})

    def never() -> keras.Model:
        raise AssertionError("built again")

    assert train(tmp_path, build=never, settings={"units": 4}) == first
    assert first.weights == tmp_path / "best.npz"
    assert not (tmp_path / "checkpoints").exists()
    with pytest.raises(InputError, match=r"settings\.units 4 -> 5"):
        train(tmp_path, build=never, settings={"units": 5})
    with pytest.raises(InputError, match="epochs 3 -> 4"):
        train(tmp_path, build=never, settings={"units": 4}, epochs=4)
    first.weights.write_bytes(first.weights.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"best\.npz is missing or damaged"):
        train(tmp_path, build=never, settings={"units": 4})


@pytest.mark.parametrize(
    ("name", "read"), [("settings.json", lambda f: claim(f, {})), ("done.json", finished)]
)
def test_a_damaged_note_says_what_to_delete(tmp_path: Path, name: str, read: Callable[[Path], Any]) -> None:
    (tmp_path / name).write_text("{")
    with pytest.raises(InputError, match=rf"{name} is damaged .*; delete {tmp_path} to train again"):
        read(tmp_path)


def test_an_unfinished_training_refuses_other_settings(tmp_path: Path) -> None:
    stopped_in(tmp_path, 0, 2, settings={"rate": 0.1})
    with pytest.raises(InputError, match=r"settings\.rate 0\.1 -> 0\.2"):
        train(tmp_path, build=dense, settings={"rate": 0.2})


def test_a_checkpoint_of_another_model_is_refused(tmp_path: Path) -> None:
    stopped_in(tmp_path, 0, 2)
    with pytest.raises(InputError, match=r"hidden/kernel: checkpoint \(30, 4\), model \(30, 5\)"):
        train(tmp_path, build=lambda: dense(5))


def test_damaged_checkpoints(tmp_path: Path) -> None:
    whole = train(tmp_path / "whole", build=dense)
    folder = tmp_path / "stopped"
    stopped_in(folder, 1, 4, checkpoint_every_s=0.0)
    kept = checkpoints_of(folder)
    assert len(kept) == 2
    content = bytearray(kept[1].read_bytes())
    content[len(content) // 2] ^= 1
    kept[1].write_bytes(content)
    with pytest.warns(RuntimeWarning, match=f"{kept[1].name} is damaged.*continues from {kept[0].name}"):
        rest = train(folder, build=dense)
    assert arrays_of(rest.final) == arrays_of(whole.final)


def test_every_checkpoint_damaged(tmp_path: Path) -> None:
    stopped_in(tmp_path, 1, 4, checkpoint_every_s=0.0)
    for path in checkpoints_of(tmp_path):
        path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match=r"every checkpoint in .* is damaged"):
        train(tmp_path, build=dense)
    assert len(checkpoints_of(tmp_path)) == 2


def test_a_loss_that_is_not_a_number_stops_at_its_step(tmp_path: Path) -> None:
    with pytest.raises(Diverged, match=r"epoch 2 at step 4 \(batch 3\).*loss = nan"):
        train(tmp_path, build=dense, data=InMemory(nan_at=(1, 3)), checkpoint_every_s=0.0)
    newest = checkpoints_of(tmp_path)[-1]
    assert newest.name.startswith("state-000001-000000003-")
    with np.load(newest) as stored:
        assert all(np.isfinite(stored[name]).all() for name in stored.files)


def test_weights_that_are_not_finite_are_never_saved(tmp_path: Path) -> None:
    """The loss of the step that ruins the weights is still finite."""

    def ruined() -> keras.Model:
        model = dense()
        rate = keras.optimizers.schedules.InverseTimeDecay(float("inf"), 1, 0.0)
        model.compile(sgd(rate, 0.0), "sparse_categorical_crossentropy", jit_compile=False)
        return model

    with pytest.raises(Diverged, match=r"epoch 1 by step 1: .*hidden/kernel"):
        train(tmp_path, build=ruined, checkpoint_every_s=0.0)
    assert not (tmp_path / "checkpoints").exists()


def test_best_weights_survive_a_death_before_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train(tmp_path / "whole", build=dense, epochs=1)

    def dies(model: keras.Model, path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(results.weights, "save", dies)
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path / "died", build=dense, epochs=1)
    assert arrays_of(train(tmp_path / "died", build=dense, epochs=1).weights) == arrays_of(whole.weights)


def test_the_best_of_epochs_without_checkpoint_survives_a_death(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first epoch stays the best; it is held in memory until the checkpoint of a step in the third."""
    whole = train(tmp_path / "whole", build=ever_worse)
    folder = tmp_path / "stopped"

    def dies(path: Path, arrays: dict[str, np.ndarray]) -> None:
        raise KeyboardInterrupt

    def before(epoch: int, step: int) -> None:
        if (epoch, step) == (2, 1):
            os.kill(os.getpid(), signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoints, "due_after_epoch", lambda self: False)
        patch.setattr(results, "write_npz", dies)
        with pytest.raises(KeyboardInterrupt) as died:
            train(folder, build=ever_worse, data=InMemory(before_batch=before))
    assert not isinstance(died.value, Interrupted)
    (name,) = [path.name for path in checkpoints_of(folder)]
    assert name.startswith("state-000002-")
    assert not (folder / "best.npz").exists()
    rest = train(folder, build=ever_worse)
    assert rest.best_epoch == 1
    assert arrays_of(rest.weights) == arrays_of(whole.weights)
    assert arrays_of(rest.final) == arrays_of(whole.final)
    assert [{**r, "seconds": 0} for r in rest.rows] == [{**r, "seconds": 0} for r in whole.rows]


def test_the_best_epoch_is_selected(tmp_path: Path) -> None:
    """Of equals the earliest."""
    assert train(tmp_path / "equal", build=lambda: ever_worse(0.0), epochs=2).best_epoch == 1
    result = train(tmp_path, build=dense, epochs=4)
    losses = [row["val_loss"] for row in result.rows]
    assert result.best_value == min(losses)
    assert result.best_epoch == 1 + losses.index(min(losses))
    model = dense()
    weights.load(model, result.final)
    final = model.get_weights()
    weights.load(model, result.weights)
    same = all(np.array_equal(a, b) for a, b in zip(final, model.get_weights(), strict=True))
    assert same == (result.best_epoch == 4)


def test_the_size_of_the_weights_has_no_part_in_the_selection(tmp_path: Path) -> None:
    """Weights that never change: the training loss has the penalty, the held-out one is as without it."""

    def heavy() -> keras.Model:
        model = ever_worse(0.0)
        model.get_layer("hidden").kernel.regularizer = keras.regularizers.L2(10.0)
        return model

    light, penalised = (
        train(tmp_path / name, build=build, epochs=1).rows[0]
        for name, build in (("light", lambda: ever_worse(0.0)), ("heavy", heavy))
    )
    assert penalised["loss"] > light["loss"] + 1
    assert penalised["val_loss"] == pytest.approx(light["val_loss"], rel=1e-4)


def test_patience_ends_a_training_that_gets_no_better(tmp_path: Path) -> None:
    options = {"build": ever_worse, "epochs": 6, "patience": 2}
    result = train(tmp_path, **options)
    assert (result.best_epoch, len(result.rows)) == (1, 3)
    assert train(tmp_path, **options).rows == result.rows  # finished
    later = train(tmp_path / "later", **options, patience_from=2)
    assert (later.best_epoch, len(later.rows)) == (1, 4)  # epochs 3 and 4 were no better
    with pytest.raises(InputError, match="patience_from 2"):
        train(tmp_path / "later", **options)
    with pytest.raises(ValueError, match="patience"):
        train(tmp_path / "other", build=dense, epochs=1, select_best=False, validation=None, patience=1)


def test_the_last_epoch_without_selection(tmp_path: Path) -> None:
    result = train(tmp_path, build=dense, epochs=1, select_best=False, validation=None)
    assert result.weights == result.final == tmp_path / "final.npz"
    assert not (tmp_path / "best.npz").exists()


def test_tensorboard_and_history_agree_after_a_resume(tmp_path: Path) -> None:
    stopped_in(tmp_path, 2, 1)
    result = train(tmp_path, build=dense)
    scalars = scalars_of(tmp_path)
    names = {"accuracy", "loss", "val_accuracy", "val_loss", "learning_rate", "seconds"}
    assert set(scalars) == names
    for name in names - {"seconds"}:
        assert scalars[name] == [(row["epoch"], row[name]) for row in result.rows]
    header, *lines = (tmp_path / "history.csv").read_text().splitlines()
    assert header.split(",") == list(result.rows[0])
    losses = [np.float32(line.split(",")[header.split(",").index("loss")]) for line in lines]
    assert losses == [np.float32(row["loss"]) for row in result.rows]


def test_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no validation data"):
        train(tmp_path, build=dense, validation=None)
    with pytest.raises(ValueError, match="epochs 0"):
        train(tmp_path, build=dense, epochs=0)


def test_settings_are_written_first(tmp_path: Path) -> None:
    stopped_in(tmp_path, 0, 1, settings={"size": (3, 4)})
    written = json.loads((tmp_path / "settings.json").read_text())
    assert written["settings"] == {"size": [3, 4]}
    assert written["seed"] == 5
    assert written["best_of"] == ["val_loss", 1]  # as all finished trainings have it
