"""How what is missing gets into the environment that this program runs in."""

from __future__ import annotations

import shlex
import sys


def install(*pins: str) -> str:
    """What to type. A bare `pip` may be that of another environment, whether one has a checkout or not."""
    return shlex.join((sys.executable, "-m", "pip", "install", *pins))
