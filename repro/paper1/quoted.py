"""What paper 1 quotes from others beside its own results; nothing here is run or checked by us."""

from __future__ import annotations

from repro.types import Quoted

# (table, data set) -> method -> value in percent
_TABLES: dict[tuple[str, str], dict[str, float]] = {
    ("1", "UCF-101"): {
        "Dynamic Image Network [3]": 70.0,
        "Dynamic Image Network + Static RGB [3]": 76.9,
        "Rank Pooling [9]": 72.2,
        "Discriminative Hierarchical Ranking [9]": 78.8,
        "Realtime Action Recognition [47]": 74.4,
        "LSTM [34]": 74.5,
        "LRCN [7]": 68.8,
        "C3D [35]": 82.3,
        "Spatial Stream Network [29]": 73.0,
        "Deep Network [18]": 65.4,
        "ConvPool (Single frame) [45]": 73.3,
        "ConvPool (30 frames) [45]": 80.8,
        "ConvPool (120 frames) [45]": 82.6,
    },
    ("2", "JHMDB-21"): {
        "Spatial-CNN [13]": 37.9,
        "Motion-CNN [13]": 45.7,
        "Full Method [13]": 53.3,
        "Actionness-Spatial [40]": 42.6,
        "Actionness-Temporal [40]": 54.8,
        "Actionness-Full Method [40]": 56.4,
    },
    ("7", "UCF-101"): {
        "Spatio-temporal ConvNet [18]": 65.4,
        "LRCN [7]": 82.9,
        "Two-Stream ConvNet [29]": 88.0,
        "VLAD3 + Optical Flow [21]": 84.1,
        "Two-Stream Conv.Pooling [45]": 88.2,
        "LSTM [34]": 84.3,
        "CNN features + Optical Flow [29]": 73.9,
        "ConvPool (30 frames) + OpticalFlow [45]": 87.6,
        "ConvPool (120 frames) + OpticalFlow [45]": 88.2,
        "Two-Stream Net Fusion [8]": 92.5,
        "TSN [41]": 93.5,
    },
}

QUOTED: tuple[Quoted, ...] = tuple(
    Quoted(table, method, dataset, {"": value})
    for (table, dataset), methods in _TABLES.items()
    for method, value in methods.items()
)
