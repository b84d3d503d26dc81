"""The methods of flow by the words of a recipe's `flow_method`: TV-L1 as printed, two ways, and DIS."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from repro.flow import dis, tvl1
from repro.flow.dis import DISSettings
from repro.flow.tvl1 import TVL1Settings
from repro.types import Frames

Settings = TVL1Settings | DISSettings
METHODS: dict[str, Settings] = {**tvl1.METHODS, "dis": dis.FAST}


def version(settings: Settings) -> str:
    """The method and the library that computes it, for the key of a store."""
    return dis.VERSION if isinstance(settings, DISSettings) else tvl1.VERSION


def fields(frames: Frames, settings: Settings) -> Iterator[NDArray[np.float32]]:
    """The flow from each frame to the next: uint8 [T, H, W, 3] RGB -> float32 [H, W, 2] for each pair.

    Field t leads from frame t to t + 1, in pixels: channel 0 is x (right), 1 is y (down). Raises as
    `tvl1.fields`.
    """
    if isinstance(settings, DISSettings):
        return dis.fields(frames, settings)
    return tvl1.fields(frames, settings)
