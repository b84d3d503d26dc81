"""Memory that a training step gives back stays with the process for the next step.

The GNU allocator hands large blocks back to the system, and gets new ones whose every page the system has to
clear: as many system calls and page faults in each step as its tensors have pages.

How much other processes can take is asked here too.
"""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from pathlib import Path

MIB = 2**20
FEW_CORES = 4  # with more, threads would wait for each other at the one heap
# The parameters of `mallopt`, by their numbers in malloc.h.
TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD, ARENA_MAX = -1, -2, -3, -8
SETTINGS = {
    ARENA_MAX: 1,  # the others hold for the main heap alone
    TRIM_THRESHOLD: 2**31 - 1,
    MMAP_THRESHOLD: 32 * MIB,  # the most that it takes
    TOP_PAD: 64 * MIB,
}


def hold_memory() -> bool:
    """Ask the GNU C library for it, before threads begin, which have their own heaps; whether it was done."""
    if sys.platform != "linux" or (os.cpu_count() or 1) > FEW_CORES:
        return False
    change = getattr(ctypes.CDLL(None), "mallopt", None)  # another C library has none
    if change is None:
        return False
    done = [change(*setting) for setting in SETTINGS.items()]
    return all(done)


def free_bytes() -> int | None:
    """What new processes can take, of the machine and of their control group; None where neither is known."""
    limits = []
    with suppress(OSError, ValueError, StopIteration):
        limits.append(1024 * _number(Path("/proc/meminfo"), "MemAvailable:"))
    group = Path("/sys/fs/cgroup")
    with suppress(OSError, ValueError, StopIteration):  # without a limit it says no number
        limits.append(int((group / "memory.max").read_text()) - _number(group / "memory.stat", "anon"))
    return max(0, min(limits)) if limits else None


def _number(file: Path, name: str) -> int:
    return next(int(line.split()[1]) for line in file.read_text().splitlines() if line.split()[0] == name)
