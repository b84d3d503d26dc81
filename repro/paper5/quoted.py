"""What paper 5 quotes from others beside its own results; nothing here is run or checked by us."""

from __future__ import annotations

from repro.types import Quoted

# method -> data set -> percent, Table 1
_QUOTED: dict[str, dict[str, float]] = {
    "Two-stream Conv net [15]": {"UCF101": 88.0, "HMDB51": 61.4},
    "Soft attention [14]": {"HMDB51": 41.3},
    "Multi-skip Feature Stacking [8]": {"HMDB51": 65.1},
    "LRCN [2]": {"UCF101": 82.9},
    "iDT+FV [12]": {"UCF101": 85.9, "HMDB51": 57.2},
    "TDD [25]": {"UCF101": 90.3, "HMDB51": 63.2},
    "TDD+iDT [25]": {"UCF101": 91.5, "HMDB51": 65.9},
}

QUOTED: tuple[Quoted, ...] = tuple(
    Quoted("1", method, dataset, {"": value})
    for method, values in _QUOTED.items()
    for dataset, value in values.items()
)
