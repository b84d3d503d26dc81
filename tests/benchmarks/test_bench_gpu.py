"""`python -m benchmarks.gpu`: asks what is not answered, survives what fails, and needs no TensorFlow."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import measuring
from benchmarks.gpu import __main__ as script
from benchmarks.gpu.answers import Answers
from benchmarks.gpu.names import NAMES
from helpers.half import CAPPED
from repro.paths import PROJECT

# Under a cap oneDNN makes PyTorch no LSTM in half precision, which is the peer of papers 1 and 2.
ASKED_OF_TORCH = tuple(name for name in NAMES if not (CAPPED and name == "papers12-bf16"))
FOUND = {"tflop_per_s": {"pytorch": 1.0}}


def child(engine: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in a process of its own, without TensorFlow, where Keras takes this engine.

    JAX compiles in haste. In `folder` lies what takes TensorFlow's place.
    """
    (folder / "tensorflow").mkdir()
    (folder / "tensorflow" / "__init__.py").write_text(
        "raise ImportError('TensorFlow is not to be had here')"
    )
    paths = os.pathsep.join([str(folder), str(PROJECT)])
    more = {"KERAS_BACKEND": engine, "PYTHONPATH": paths, "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **more, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def needs(engine: str) -> None:
    for package in {engine, "torch"}:
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed (requirements-dev.txt)")


@pytest.mark.slow
@pytest.mark.exhaustive  # for a lent machine
@pytest.mark.parametrize(
    ("engine", "only"),
    [("jax", ("matrix", "frames-bf16", "paper4-tf32")), ("torch", ASKED_OF_TORCH)],
    ids=["jax", "torch"],
)
def test_it_runs_at_tiny_size_and_asks_nothing_twice(
    engine: str, only: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs(engine)
    path = tmp_path / "gpu.json"
    arguments = ["--size", "tiny", "--repeat", "2", "--out", str(path), "--only", *only]
    done = child(engine, tmp_path, "-m", "benchmarks.gpu", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    content = json.loads(path.read_text())
    assert (content["size"], content["engine"]) == ("tiny", engine)
    assert content["asking"] is None
    assert {"device", "packages", "cuda", "date"} <= set(content["machine"])
    assert set(content["answers"]) == set(only)
    assert {f"{each}/pytorch" for each in ("bf16", "tf32", "fp32")} <= set(
        content["answers"]["matrix"]["tflop_per_s"]
    )
    for name, found in content["answers"].items():
        assert f"\n{name} " in done.stdout
        if name != "matrix":
            assert_consistent(found)

    def fail(*_: Any) -> None:
        raise AssertionError("a finished question was asked again")

    monkeypatch.setenv("KERAS_BACKEND", engine)
    monkeypatch.setattr(subprocess, "Popen", fail)
    before = path.read_bytes()
    assert script.main(arguments) == 0
    assert path.read_bytes() == before


def assert_consistent(found: dict[str, Any]) -> None:
    """One answer: both sides agreed, and what is reported follows from the times."""
    assert found["agrees"]
    assert found["differs"]
    middle = {part: spent["median"] for part, spent in found["parts_ms"].items()}
    peers = [part for part in middle if part.startswith("peer")]
    assert set(middle) == {"ours", *peers, "product"}
    assert all(len(spent["each"]) == 2 for spent in found["parts_ms"].values())
    # Medians are written with three digits after the point.
    assert found["ratio"] == pytest.approx(min(middle[peer] for peer in peers) / middle["ours"], rel=0.05)
    assert found["tflop_per_s"]["ours"] == pytest.approx(found["gflop"] / middle["ours"], rel=0.05)
    assert found["share_of_product"]["product"] == 1
    assert found["ratio_min"] <= found["ratio_max"]
    assert {"ours", "peak_of_pytorch"} == set(found["memory_mib"])


class Worker:
    """In place of the process that asks: answers in this one, as `ask` says, or never ends."""

    def __init__(self, answers: Answers, ask: Callable[[str], dict[str, Any]]) -> None:
        self.answers, self.ask, self.started = answers, ask, 0
        self.returncode: int | None = None

    def __call__(self, command: list[str]) -> "Worker":
        self.started += 1
        self.returncode = 0
        for name in command[len(command) - command[::-1].index("--only") :]:
            self.answers.ask(name, {"device": "a card"})
            found = self.ask(name)
            if "hangs" in found:
                self.returncode = None
                return self
            if "dies" in found:
                self.returncode = -11
                return self
            self.answers.give(name, found)
            if "error" in found:
                self.returncode = 1
                return self
        return self

    def poll(self) -> int | None:
        return self.returncode

    def kill(self) -> None:
        self.returncode = -9

    def wait(self) -> None:
        pass


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ({"error": "OutOfMemory: too large"}, "OutOfMemory: too large"),
        ({"dies": True}, "the process ended with -11"),
        ({"hangs": True}, "not answered within 0 s"),
    ],
    ids=["raises", "dies", "hangs"],
)
def test_a_question_that_fails_leaves_its_error_and_the_others_are_asked(
    trouble: dict[str, Any],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "gpu.json"
    worker = Worker(Answers(path, "tiny", "jax"), lambda name: trouble if name == "paper3-bf16" else FOUND)
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setattr(subprocess, "Popen", worker)
    assert script.main(["--size", "tiny", "--limit", "0", "--out", str(path)]) == 1
    answers = json.loads(path.read_text())["answers"]
    assert set(answers) == set(NAMES)
    assert {name for name, found in answers.items() if "error" in found} == {"paper3-bf16"}
    assert answers["paper3-bf16"]["error"] == words
    assert words in capsys.readouterr().out
    assert worker.started == 2

    # Asked again, with all others, no more: only what failed.
    worker.ask = lambda name: FOUND
    assert script.main(["--size", "tiny", "--limit", "0", "--out", str(path)]) == 0
    assert worker.started == 3


def test_when_the_time_is_up_the_rest_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "gpu.json"
    worker = Worker(Answers(path, "tiny", "jax"), lambda name: {"hangs": True} if "tf32" in name else FOUND)
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setattr(subprocess, "Popen", worker)
    assert script.main(["--size", "tiny", "--out", str(path), "--minutes", "0.001"]) == 1
    answers = json.loads(path.read_text())["answers"]
    assert answers["frames-tf32"] == {"error": "the time of all questions was up"}
    assert "frames-bf16" in answers
    assert "frames-fp32" not in answers


def test_a_worker_writes_what_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    from benchmarks.gpu import questions, worker

    def ask(name: str, size: str, repeats: int) -> dict[str, Any]:
        if name == "bad":
            raise RuntimeError("no such\nthing")
        return FOUND

    monkeypatch.setattr(questions, "ask", ask)
    answers = Answers(tmp_path / "gpu.json", "tiny", "tensorflow")
    assert worker.ask(answers, ["good", "bad", "later"], 1) == 1
    assert answers.answers() == {"good": FOUND, "bad": {"error": "RuntimeError: no such thing"}}
    assert answers.asking() is None


@pytest.mark.parametrize(
    ("engine", "arguments", "words"),
    [
        ("tensorflow", [], "KERAS_BACKEND is 'tensorflow'; set it to jax or torch"),
        ("jax", ["--only", "paper6"], "no question begins with ['paper6']; there are: matrix, "),
        ("torch", [], "holds answers of {'size': 'paper', 'engine': 'jax'}"),
    ],
)
def test_wrong_input_is_one_line(
    engine: str,
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "gpu.json"
    Answers(path, "paper", "jax").give("matrix", FOUND)
    monkeypatch.setenv("KERAS_BACKEND", engine)
    assert script.main([*arguments, "--out", str(path)]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_a_turn_waits_once_for_all_its_runs() -> None:
    pytest.importorskip("torch")
    from benchmarks.gpu.ours import Run
    from benchmarks.gpu.timing import MOST_RUNS, in_turn

    done: list[str] = []

    def run(name: str) -> Run:
        return Run(lambda: done.append(name), lambda: done.append(f"{name} done"))

    times, counts = in_turn({"ours": run("a"), "peer": run("b")}, 2, turn_s=1.0)
    assert counts == {"ours": MOST_RUNS, "peer": MOST_RUNS}  # as short as they are
    warm_up = ["a", "a done"] * 2 + ["b", "b done"] * 2
    turn = ["a"] * MOST_RUNS + ["a done"] + ["b"] * MOST_RUNS + ["b done"]
    assert done == warm_up + 2 * turn
    assert [len(each) for each in times.values()] == [2, 2]


def test_the_fastest_peer_and_the_product_decide() -> None:
    pytest.importorskip("torch")
    from benchmarks.gpu.timing import compared

    times: measuring.Times = {
        "ours": [10.0, 20.0],
        "peer": [40.0, 30.0],
        "peer_channels_last": [15.0, 25.0],
        "product": [1.0, 1.0],
    }
    result = compared(times, {"ours": 3e12, "peer": 3e12, "peer_channels_last": 3e12, "product": 4e11})
    assert result["ratio"] == 20 / 15
    assert (result["ratio_min"], result["ratio_max"]) == (1.25, 1.5)
    assert result["tflop_per_s"]["ours"] == 200
    assert result["share_of_product"]["ours"] == 0.5


def test_sides_that_differ_are_marked() -> None:
    pytest.importorskip("torch")
    from benchmarks.gpu.case import _difference

    there = np.array([[3.0, 4.0], [1.0, 0.0], [0.0, 2.0]], np.float32)
    # 0.5 of 5, 0 of 1, 2 of 2: the median sample is a tenth away
    here = there + np.array([[0.3, 0.4], [0, 0], [0, 2]], np.float32)
    assert _difference(here, there) == pytest.approx(0.1)
    assert _difference(here * np.nan, there) > 1e6
