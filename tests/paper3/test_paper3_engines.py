"""Paper 3's decoders and losses give the same numbers under TensorFlow, JAX and PyTorch."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from helpers.decoders import KINDS

ROOT = Path(__file__).resolve().parents[2]


def _run(engine: str, folder: Path) -> dict[str, np.ndarray]:
    """The helper in a process of its own: Keras takes its engine once, when it is imported."""
    if importlib.util.find_spec(engine) is None:
        pytest.skip(f"{engine} is not installed (requirements-dev.txt)")
    path = folder / f"{engine}.npz"
    done = subprocess.run(
        [sys.executable, "-m", "helpers.decoders", str(path)],
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
    assert done.stdout.strip().endswith(f"{engine}: decoders agree")
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


@pytest.fixture(scope="module")
def of_tensorflow(tmp_path_factory) -> dict[str, np.ndarray]:
    return _run("tensorflow", tmp_path_factory.mktemp("tensorflow"))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["jax", "torch"])
def test_the_engines_agree(engine, of_tensorflow, tmp_path):
    """With the oracle to 1e-10 inside each process; probabilities, rounded to float32, between them."""
    found = _run(engine, tmp_path)
    assert set(found) == set(of_tensorflow) == set(KINDS)
    for kind, wanted in of_tensorflow.items():
        assert np.ptp(wanted, axis=0).max() > 0.05
        np.testing.assert_allclose(found[kind], wanted, rtol=0, atol=2e-7, err_msg=kind)
