"""C3D says the same under TensorFlow, JAX and PyTorch: what the oracle says."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["tensorflow", "jax", "torch"])
def test_the_engine_agrees_with_the_oracle(engine: str) -> None:
    """In a process of its own: Keras takes its engine once, when it is imported."""
    if importlib.util.find_spec(engine) is None:
        pytest.skip(f"{engine} is not installed (requirements-dev.txt)")
    done = subprocess.run(
        [sys.executable, "-m", "helpers.c3d_in_an_engine"],
        env={
            **os.environ,
            "KERAS_BACKEND": engine,
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip().endswith(f"{engine}: C3D agrees")
