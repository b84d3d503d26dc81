"""The demo set at a size for tests: drawn once for all of them, in a folder that test processes share."""

import fcntl
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.six_classes import six_classes
from repro.demo import make as make_module
from repro.demo.renderer import VERSION, RenderedClip, render_clip
from repro.types import Segment

GROUPS = 10  # g01-g07 are split 1's test; two of the other three train, one selects the epoch
EVERY = 2  # of the drawn frames: half as many to decode, to look at and to store


def thinned(seed: int, label: str, group: int, clip: int) -> RenderedClip:
    """A drawn clip at half its frame rate, with its ground truth."""
    drawn = render_clip(seed, label, group, clip)
    return replace(
        drawn,
        frames=drawn.frames[::EVERY],
        boxes_px=drawn.boxes_px[::EVERY],
        joints_px=drawn.joints_px[..., ::EVERY],
        mask=drawn.mask[..., ::EVERY],
        action=Segment(-(-drawn.action.start_frames // EVERY), -(-drawn.action.stop_frames // EVERY)),
    )


def tiny_demo() -> Path:
    """A folder in UCF101's layout: 6 classes, 10 groups, 1 clip each. Kept between test runs."""
    home = Path(tempfile.gettempdir()) / "repro-tests"
    home.mkdir(exist_ok=True)
    folder = home / f"demo-6x{GROUPS}x1-every{EVERY}-v{VERSION}"
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # `make` refuses a folder that another process draws into
        with six_classes(), pytest.MonkeyPatch.context() as patch:
            patch.setattr(make_module, "render_clip", thinned)
            make_module.make(folder, clips_per_group=1, groups=GROUPS, processes=1)
    return folder
