"""A run's experiment in the test's own folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from repro.experiment.experiment import Experiment
from repro.training import distribution
from repro.training.run_folder import RunFolder
from repro.types import Split


def experiment_of(
    home: Path, folder: RunFolder, split: Split, recipe: Any, lengths: Mapping[str, int], **more: Any
) -> Experiment:
    """With seed 0, on one device; cache and weights lie in `home`. more: `data`, `outside`."""
    return Experiment(
        split=split,
        recipe=recipe,
        seed=0,
        folder=folder,
        cache=home / "cache",
        weights=home,
        lengths_frames=lengths,
        strategy=distribution.strategy(1),
        **more,
    )
