"""Paper 5's recurrence, losses and networks give the same numbers under TensorFlow, JAX and PyTorch."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
OF_ONE = ("frame", "attention", "conv5_3", "conv5_3_gap", "energy/conv5_3")
OF_TWO = (*OF_ONE, "pool4", "pool4_gap", "energy/pool4")


def _run(engine: str, folder: Path) -> dict[str, np.ndarray]:
    """The helper in a process of its own: Keras takes its engine once, when it is imported."""
    if importlib.util.find_spec(engine) is None:
        pytest.skip(f"{engine} is not installed (requirements-dev.txt)")
    path = folder / f"{engine}.npz"
    done = subprocess.run(
        [sys.executable, "-m", "helpers.joint", str(path)],
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
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


@pytest.fixture(scope="module")
def of_tensorflow(tmp_path_factory) -> dict[str, np.ndarray]:
    return _run("tensorflow", tmp_path_factory.mktemp("tensorflow"))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["jax", "torch"])
def test_the_engines_agree(engine, of_tensorflow, tmp_path):
    """With the oracle to 1e-10 inside each process; the networks' outputs, float32, between them."""
    found = _run(engine, tmp_path)
    names = {f"two branches, {name}" for name in OF_TWO} | {f"one branch, {name}" for name in OF_ONE}
    assert set(found) == set(of_tensorflow) == names
    for name, wanted in of_tensorflow.items():
        assert np.ptp(wanted, axis=0).max() > 0.01 * np.abs(wanted).max(), name
        # Energies and gaps are sums in float32 of a few hundred terms; of the others only the result is.
        atol = (2e-6 if "energy" in name or "gap" in name else 2e-7) * np.abs(wanted).max()
        np.testing.assert_allclose(found[name], wanted, rtol=0, atol=atol, err_msg=name)
