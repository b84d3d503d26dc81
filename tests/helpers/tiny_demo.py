"""The demo set at a size for tests: drawn once for all of them, in a folder that test processes share."""

import tempfile
from pathlib import Path

from repro.demo.make import make

GROUPS = 10  # g01-g07 are split 1's test; two of the other three train, one selects the epoch


def tiny_demo() -> Path:
    """A folder in UCF101's layout: 12 classes, 10 groups, 1 clip each. Kept between test runs."""
    folder = Path(tempfile.gettempdir()) / "repro-tests" / f"demo-{GROUPS}x1"
    make(folder, clips_per_group=1, groups=GROUPS)
    return folder
