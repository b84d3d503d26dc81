"""The localisation part of THUMOS13, or UCF101-24: the 24 classes of UCF101 whose actors have boxes."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from repro.datasets import ucf101
from repro.datasets.parsing import published
from repro.types import Split

# The 24 classes in label order, which is alphabetical; the sizes of split 1 and of the annotation.
expected = partial(published, "thumos13")


def load(root: Path, split: str, lists: Path | None = None, *, allow_partial: bool = False) -> Split:
    """Split "1", "2" or "3" of UCF101 without the 77 classes that have no boxes; `root` may hold them too.

    Labels count in the 24 classes. Where the lists know other classes than UCF101's, as the demo set's do,
    all are taken. Raises InputError as `ucf101.load` does, so for a test video in the training list.
    """
    only = expected()["classes"]
    return ucf101.load(root, split, lists, allow_partial=allow_partial, dataset="thumos13", only=only)
