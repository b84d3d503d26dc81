"""Cells, losses, gate and networks give the same numbers under TensorFlow, JAX and PyTorch."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from repro.anticipation.sequence import CELLS
from repro.paper4.model import ARCHITECTURES

ROOT = Path(__file__).resolve().parents[1]


def _run(engine: str, folder: Path) -> dict[str, np.ndarray]:
    """The helper in a process of its own: Keras takes its engine once, when it is imported."""
    if importlib.util.find_spec(engine) is None:
        pytest.skip(f"{engine} is not installed (requirements-dev.txt)")
    path = folder / f"{engine}.npz"
    done = subprocess.run(
        [sys.executable, "-m", "helpers.backends", str(path)],
        env={
            **os.environ,
            "KERAS_BACKEND": engine,
            "JAX_ENABLE_X64": "1",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip().endswith(f"{engine}: equations agree")
    with np.load(path) as file:
        return dict(file)


@pytest.fixture(scope="module")
def of_tensorflow(tmp_path_factory) -> dict[str, np.ndarray]:
    return _run("tensorflow", tmp_path_factory.mktemp("tensorflow"))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["jax", "torch"])
def test_the_engines_agree(engine, of_tensorflow, tmp_path):
    """With the oracles inside each process; features and probabilities between the processes."""
    found = _run(engine, tmp_path)
    assert (
        set(found)
        == set(of_tensorflow)
        == {"context", "action", *CELLS, *(f"paper 4, {name}" for name in ARCHITECTURES)}
    )
    for name, expected in of_tensorflow.items():
        assert np.ptp(expected, axis=0).max() > 0.01 * np.abs(expected).max()
        atol = 2e-7 * np.abs(expected).max()  # one rounding, of the outputs to float32
        np.testing.assert_allclose(found[name], expected, rtol=0, atol=atol, err_msg=name)
