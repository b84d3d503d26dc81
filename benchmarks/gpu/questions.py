"""What every name stands for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.gpu import matrix, paper3, papers12, papers45
from benchmarks.gpu.case import Case, answer

CASES: dict[str, Callable[[str, str], Case]] = {
    "frames": papers12.frame_network,
    "papers12": papers12.ms_lstm,
    "paper3": paper3.decoder,
    "paper4": papers45.videolstm,
    "paper5": papers45.joint,
}


def ask(name: str, size: str, repeats: int) -> dict[str, Any]:
    """The answer to one of `names.NAMES`."""
    if name == "matrix":
        return matrix.answer(size, repeats)
    subject, precision = name.split("-")
    return answer(CASES[subject], size, precision, repeats)
