"""Under JAX the loop over time is a scan; it says what the Python loop says."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_scan_is_the_loop_with_its_gradients() -> None:
    """In a process of its own: Keras takes its engine once, when it is imported."""
    if importlib.util.find_spec("jax") is None:
        pytest.skip("jax is not installed (requirements-dev.txt)")
    paths = f"{ROOT}{os.pathsep}{ROOT / 'tests'}"
    done = subprocess.run(
        [sys.executable, "-m", "helpers.scanned"],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_ENABLE_X64": "1", "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip().endswith("scan and loop agree")
