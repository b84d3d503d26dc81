"""A training that left the numbers: it stops at the step, and says where."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NoReturn

from repro.types import InputError


class Diverged(InputError):
    """The loss, a metric or a weight became NaN or infinite; the checkpoint from before is kept."""


def refuse_not_finite(values: Mapping[str, float], where: str) -> None:
    """Diverged if a value is NaN or infinite."""
    bad = [f"{name} = {value}" for name, value in values.items() if not math.isfinite(value)]
    if bad:
        diverge(", ".join(bad), where)


def diverge(what: str, where: str) -> NoReturn:
    """Raise Diverged."""
    raise Diverged(
        f"not finite {where}: {what}; the checkpoint from before is kept. "
        "Lower the learning rate (in a new folder) or look at that batch"
    )
