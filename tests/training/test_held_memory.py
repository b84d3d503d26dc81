"""Blocks that are given back and taken again, by any thread, are not cleared anew by the system."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES, ROUNDS = 3 * 1024, 20  # three blocks of 4 MiB
CODE = """
import resource, threading
from repro.training.memory import hold_memory
import numpy as np
held = {hold} and hold_memory()
def work():
    for _ in range({rounds}):
        blocks = [np.ones(2**20, np.float32) for _ in range(3)]
        del blocks
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
thread = threading.Thread(target=work)
thread.start()
thread.join()
print(held, resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def _faults(hold: bool) -> tuple[bool, int]:
    code = CODE.format(hold=hold, rounds=ROUNDS)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    return done[0] == "True", int(done[1])


@pytest.mark.slow
def test_pages_are_cleared_once() -> None:
    held, faults = _faults(hold=True)
    if not held:
        pytest.skip("another C library, or more cores than this is for")
    assert faults < 2 * PAGES
    assert _faults(hold=False)[1] > 5 * PAGES
