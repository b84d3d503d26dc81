"""Which version of the demo set a folder holds: results of two versions are not results of one data set."""

from __future__ import annotations

import json
from pathlib import Path

MARKER = "demo.json"  # what is written beside rendered videos, in whatever layout


def renderer_version(folder: Path | None) -> int | None:
    """The renderer's version of the demo set in `folder`; None for videos that were filmed, or no folder."""
    try:
        return None if folder is None else int(json.loads((folder / MARKER).read_text())["renderer"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
