"""The localisation part of THUMOS13, or UCF101-24: the 24 classes of UCF101 whose actors have boxes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from repro.datasets import ucf101
from repro.paths import data_lists_folder
from repro.types import Split


@cache
def expected() -> dict[str, Any]:
    """The 24 classes in label order, which is alphabetical; the sizes of split 1 and of the annotation."""
    content: dict[str, Any] = json.loads((data_lists_folder() / "thumos13" / "expected.json").read_text())
    return content


def load(root: Path, split: str, lists: Path | None = None, *, allow_partial: bool = False) -> Split:
    """Split "1", "2" or "3" of UCF101 without the 77 classes that have no boxes; `root` may hold them too.

    Labels count in the 24 classes. Where the lists know other classes than UCF101's, as the demo set's do,
    all are taken. Raises InputError as `ucf101.load` does, so for a test video in the training list.
    """
    only = expected()["classes"]
    return ucf101.load(root, split, lists, allow_partial=allow_partial, dataset="thumos13", only=only)
