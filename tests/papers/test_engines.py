"""The equations of every paper and C3D give the same numbers under TensorFlow, JAX and PyTorch.

One process an engine for all papers; a part that fails there fails its own test here.
"""

import fcntl
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from helpers import decoders
from repro.anticipation.sequence import CELLS
from repro.paper4.model import ARCHITECTURES

ROOT = Path(__file__).resolve().parents[2]
OF_ONE = ("frame", "attention", "conv5_3", "conv5_3_gap", "energy/conv5_3")
OF_TWO = (*OF_ONE, "pool4", "pool4_gap", "energy/pool4")
# part -> what its networks say; C3D is compared with the oracle only, the loops with others.
PARTS: dict[str, set[str]] = {
    "c3d": set(),
    "loop over time": set(),
    "LSTM on sequences": set(),
    "papers 1 and 2": {"context", "action", *CELLS},
    "paper 3": set(decoders.KINDS),
    "paper 4": set(ARCHITECTURES),
    "paper 5": {f"two branches, {n}" for n in OF_TWO} | {f"one branch, {n}" for n in OF_ONE},
}
# JAX takes as long as the others together: of the exhaustive tier.
GROUPS = {"tensorflow": "engines", "torch": "engines", "jax": "engine jax"}
CASES = [
    pytest.param(
        engine,
        part,
        marks=[pytest.mark.xdist_group(group), *([pytest.mark.exhaustive] if engine == "jax" else [])],
    )
    for engine, group in GROUPS.items()
    for part in PARTS
    if engine == "jax" or part != "loop over time"
]
EPS = np.finfo(np.float32).eps
Said = dict[str, np.ndarray]


def _run(engine: str, folder: Path) -> None:
    """The checks in a process of their own: Keras takes its engine once, when it is imported."""
    done = subprocess.run(
        [sys.executable, "-m", "helpers.engine_checks", str(folder)],
        env={
            **os.environ,
            "KERAS_BACKEND": engine,
            "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",  # what is compiled runs once
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    (folder / "stderr.txt").write_text(done.stderr)


@pytest.fixture(scope="session")
def said(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Said]:
    """(engine, part) -> what its networks said. An engine runs once, for the test process that asks first."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared

    def of(engine: str, part: str) -> Said:
        if importlib.util.find_spec(engine) is None:
            pytest.skip(f"{engine} is not installed (requirements-dev.txt)")
        folder = shared / f"engine-{engine}"
        with (shared / f"engine-{engine}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                folder.mkdir()
                _run(engine, folder)
        path, why = folder / f"{part}.npz", folder / f"{part}.txt"
        if not path.exists():  # without a reason of its own where the whole process ended
            pytest.fail(f"{engine}, {part}: {(why if why.exists() else folder / 'stderr.txt').read_text()}")
        with np.load(path, allow_pickle=False) as file:
            return dict(file)

    return of


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "part"), CASES)
def test_the_engine_agrees(engine: str, part: str, said: Callable[[str, str], Said]) -> None:
    """With the oracle to 1e-10 inside the process; with TensorFlow what networks said, rounded to float32."""
    found = said(engine, part)
    of_tensorflow = said("tensorflow", part) if found else {}
    assert set(found) == set(of_tensorflow) == PARTS[part]
    for name, wanted in of_tensorflow.items():
        largest = np.abs(wanted).max()
        assert np.ptp(wanted, axis=0).max() > (0.05 if part == "paper 3" else 0.01 * largest), name
        # Equal before they are rounded, two numbers round to neighbours at worst. Paper 3's softmax is taken
        # in float32: half a rounding for the exponential and for the quotient, in either engine. Energies
        # and gaps are sums in float32 of up to 7 x 9 x 5 = 315 terms, whose roundings walk sqrt(315) far.
        sums = "energy" in name or "gap" in name
        roundings = 16 if sums else 2 if part == "paper 3" else 1
        np.testing.assert_allclose(found[name], wanted, rtol=0, atol=roundings * EPS * largest, err_msg=name)
