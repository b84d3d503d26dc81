"""The demo set at a size for tests: drawn once for all of them, in a folder that test processes share."""

import fcntl
import tempfile
from pathlib import Path

from repro.demo.make import make
from repro.demo.renderer import VERSION

GROUPS = 10  # g01-g07 are split 1's test; two of the other three train, one selects the epoch


def tiny_demo() -> Path:
    """A folder in UCF101's layout: 12 classes, 10 groups, 1 clip each. Kept between test runs."""
    home = Path(tempfile.gettempdir()) / "repro-tests"
    home.mkdir(exist_ok=True)
    folder = home / f"demo-{GROUPS}x1-v{VERSION}"
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # `make` refuses a folder that another process draws into
        make(folder, clips_per_group=1, groups=GROUPS, processes=1)
    return folder
