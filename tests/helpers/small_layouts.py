"""The demo set in every official layout with pictures of noise: as drawn, but in a second."""

import zlib
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from repro.demo import make as make_module
from repro.demo.renderer import RenderedClip
from repro.types import Segment

GROUPS = 20  # of UT-Interaction's twenty folds each needs one
FRAMES = 6


def noise_clip(seed: int, label: str, group: int, clip: int, *, frames: int = FRAMES) -> RenderedClip:
    """A clip of its own for every name: frames [T, 24, 32, 3], one box over the whole picture."""
    draws = np.random.default_rng([seed, zlib.crc32(label.encode()), group, clip])
    return RenderedClip(
        frames=draws.integers(0, 256, (frames, 24, 32, 3), np.uint8),
        boxes_px=np.tile(np.array([1, 2, 20, 10], np.float32), (frames, 1)),
        joints_px=np.ones((2, 15, frames), np.float32),
        mask=np.ones((24, 32, frames), np.uint8),
        action=Segment(1, frames - 1),
        scene="noise",
        height_px=10.0,
        viewpoint="E",
    )


def make_small(folder: Path, layout: str, groups: int = GROUPS, frames: int = FRAMES) -> None:
    """Write the layout, one clip a group and class, into a new folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make_module, "render_clip", partial(noise_clip, frames=frames))
        make_module.make(folder, layout, clips_per_group=1, groups=groups, processes=1)
