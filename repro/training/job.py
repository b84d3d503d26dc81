"""One run: a paper's recipe on one split of a data set with one seed, and where it works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow as tf

from repro.training.run_folder import RunFolder
from repro.types import Split


@dataclass(frozen=True)
class Job:
    """What every stage of a paper is given.

    lengths_frames: decoded frames of each usable video, by video_id. cache: features shared by runs.
    weights: the folder of pre-trained weights. strategy: where the models live.
    """

    split: Split
    recipe: Any
    seed: int
    folder: RunFolder
    cache: Path
    weights: Path
    lengths_frames: Mapping[str, int]
    strategy: tf.distribute.Strategy
