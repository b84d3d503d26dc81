"""What paper 4 quotes from others beside its own results; nothing here is run or checked by us."""

from __future__ import annotations

from repro.types import Quoted

# (table, method) -> data set -> percent
_QUOTED: dict[tuple[str, str], dict[str, float]] = {
    ("3", "Donahue et al."): {"UCF101": 82.9},
    ("3", "Ng et al."): {"UCF101": 88.3},
    ("3", "Srivastava et al."): {"UCF101": 84.3, "HMDB51": 44.0},
    ("3", "Sharma et al."): {"HMDB51": 41.3},
    ("4", "iDT(FV)"): {"UCF101": 83.0, "HMDB51": 57.9},
    ("4", "iDT(FV)+Objects"): {"UCF101": 87.6, "HMDB51": 61.4},
    ("4", "iDT(SFV)+Objects"): {"HMDB51": 71.3},
    ("text", "Two-stream networks (Simonyan and Zisserman)"): {"UCF101": 87.0, "HMDB51": 59.4},
    ("text", "Wu et al. (CNN + LSTM + fusion network)"): {"UCF101": 91.3},
}

QUOTED: tuple[Quoted, ...] = tuple(
    Quoted(table, method, dataset, {"": value})
    for (table, method), values in _QUOTED.items()
    for dataset, value in values.items()
)
