"""What paper 2 quotes from others beside its own results; nothing here is run or checked by us."""

from __future__ import annotations

from repro.types import Quoted

# (table, data set) -> method -> value in percent: earliest, latest
_TABLES: dict[tuple[str, str], dict[str, tuple[float, float]]] = {
    ("1", "JHMDB-21"): {
        "DP-SVM [32]": (5, 46),
        "S-SVM [32]": (5, 43),
        "Where/What [33]": (10, 43),
        "Ranking Loss [21]": (29, 43),
    },
    ("2", "UT-Interaction"): {
        "D-BoW [25]": (70.0, 85.0),
        "I-BoW [25]": (65.0, 81.7),
        "CuboidSVM [24]": (31.7, 85.0),
        "BP-SVM [17]": (65.0, 83.3),
        "CuboidBayes [25]": (25.0, 71.7),
        "DP-SVM [32]": (13.0, 14.6),
        "S-SVM [32]": (11.0, 13.4),
    },
}

QUOTED: tuple[Quoted, ...] = tuple(
    Quoted(table, method, dataset, {"earliest": earliest, "latest": latest})
    for (table, dataset), methods in _TABLES.items()
    for method, (earliest, latest) in methods.items()
)
