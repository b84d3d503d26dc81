"""The models of a run: which way they are trained, and that they are the same either way, killed or not."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from helpers import tiny_runs
from repro.anticipation import recipe as anticipation
from repro.backbones.weights import read
from repro.cli import main
from repro.experiment import training
from repro.paper1.recipe import recipe as recipe1
from repro.paper2.recipe import recipe as recipe2
from repro.training import pool

CLIPS = 583  # of the drawn set, that train


@pytest.mark.parametrize("of", [recipe1, recipe2])
def test_small_models_are_trained_side_by_side_where_that_is_worth_its_start(
    of: Callable[[str], Any],
) -> None:
    assert anticipation.side_by_side(of("demo"), 10, CLIPS)
    assert anticipation.side_by_side(of("quick"), 10, CLIPS)
    assert not anticipation.side_by_side(of("tiny"), 10, CLIPS // 10)
    assert not anticipation.side_by_side(of("lite"), 10, CLIPS)  # two threads have other sums there
    assert not anticipation.side_by_side(of("paper"), 10, CLIPS)
    assert not anticipation.side_by_side(of("quick"), 2, CLIPS)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], int]]:
    """What the pool was asked for, which trains nothing: models, processes."""
    asked: list[tuple[list[str], int]] = []

    def train(calls: dict[str, Any], processes: int, **_: Any) -> None:
        asked.append((list(calls), processes))

    monkeypatch.setattr(pool, "train", train)
    monkeypatch.setattr(training, "usable_cores", lambda: 4)
    monkeypatch.setattr(training, "free_bytes", lambda: None)
    return asked


def _train_all(folder: Path, names: str, replicas: int = 1, held_bytes: int = 0, **how: Any) -> None:
    experiment: Any = SimpleNamespace(
        folder=SimpleNamespace(path=folder), strategy=SimpleNamespace(num_replicas_in_sync=replicas)
    )

    def call(name: str) -> Callable[..., Any]:
        return lambda strategy: SimpleNamespace(weights=folder / name)

    calls: dict[str, Any] = {name: partial(call, name) for name in names}
    trained = training.train_all(experiment, calls, **{"side_by_side": True, **how}, held_bytes=held_bytes)
    assert trained == {name: folder / name for name in names}


def _finish(folder: Path, name: str) -> None:
    (folder / "sequence" / name).mkdir(parents=True)
    (folder / "sequence" / name / "done.json").touch()


def test_one_model_large_ones_and_replicas_stay_in_this_process(asked: list, tmp_path: Path) -> None:
    _train_all(tmp_path, "a")
    _train_all(tmp_path, "abc", side_by_side=False)
    _train_all(tmp_path, "abc", replicas=2)
    assert asked == []


def test_one_core_and_a_gpu_stay_in_this_process(
    asked: list, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(training, "usable_cores", lambda: 1)
        _train_all(tmp_path, "abc")
    monkeypatch.setattr(training.keras.distribution, "list_devices", lambda kind: [f"{kind}:0"])
    _train_all(tmp_path, "abc")
    assert asked == []


def test_what_is_left_of_several_goes_the_same_way(asked: list, tmp_path: Path) -> None:
    """A resumed run must not depend on how far it was."""
    _train_all(tmp_path, "abc")
    _finish(tmp_path, "a")
    _finish(tmp_path, "b")
    _train_all(tmp_path, "abc")
    _finish(tmp_path, "c")
    _train_all(tmp_path, "abc")
    assert asked == [(["a", "b", "c"], 4), (["c"], 4)]


@pytest.mark.parametrize(("free_gib", "processes"), [(100, 4), (5, 2), (0, 1)])
def test_no_more_processes_than_memory_has_room_for(
    asked: list, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_gib: int, processes: int
) -> None:
    monkeypatch.setattr(training, "free_bytes", lambda: free_gib * 2**30)
    _train_all(tmp_path, "abcde", held_bytes=2 * 2**30 - training.PROCESS_BYTES)
    assert asked == [(["a", "b", "c", "d", "e"], processes)]


KILLS_ITSELF = """
from repro.training.checkpoint import Checkpoints
saved, left = Checkpoints.save, [3]
def save(self, *arguments):
    saved(self, *arguments)
    left[0] -= 1
    if not left[0]:
        import os
        os.kill(os.getpid(), 9)
Checkpoints.save, Checkpoints.due = save, lambda self: True
"""


@pytest.mark.slow
@pytest.mark.exhaustive
@pytest.mark.xdist_group("paper2")
def test_two_processes_one_after_the_other_and_killed_ones_give_the_same_bits(
    tiny_run: Callable[[int], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(anticipation, "FEWEST_UPDATES", 0)
    monkeypatch.setattr(training, "usable_cores", lambda: 2)
    before, program = tiny_run(2), pool._PROGRAM
    rows = ["--rows", tiny_runs.MAIN[2], "table4/context-lstm"]

    def run(name: str, processes: int, first: str = "") -> tuple[int, Path]:
        home = tmp_path / name
        if not home.exists():
            shutil.copytree(before, home)
            shutil.rmtree(tiny_runs.run_folder(2, home) / "sequence")
        monkeypatch.setattr(training, "_processes", lambda held_bytes: processes)
        code = program[2].replace("main()", first + "\nmain()") if first else program[2]
        monkeypatch.setattr(pool, "_PROGRAM", (*program[:2], code, *program[3:]))
        status = main(tiny_runs.command(2, home, *rows, "--stage", "sequence"))
        return status, tiny_runs.run_folder(2, home) / "sequence"

    status, together = run("together", 2)
    assert status == 0
    models = [path.name for path in together.iterdir()]
    assert len(models) == 2
    status, alone = run("alone", 1)
    assert status == 0
    capsys.readouterr()
    assert run("killed", 2, KILLS_ITSELF)[0] == 2
    assert "was killed" in capsys.readouterr().err
    status, killed = run("killed", 2)
    assert status == 0
    for other in (alone, killed):
        for name in models:
            for file in ("best.npz", "final.npz"):
                ours, theirs = read(together / name / file), read(other / name / file)
                assert {key: array.tobytes() for key, array in ours.items()} == {
                    key: array.tobytes() for key, array in theirs.items()
                }
