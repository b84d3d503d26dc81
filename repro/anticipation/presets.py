"""What the small networks change in papers 1 and 2: sizes. Topology, losses, sampling, protocol stay."""

from __future__ import annotations

from typing import Any

DEMO: dict[str, Any] = {
    "size_px": 96,
    "steps": 40,
    "width": 0.125,
    "loc_units": 128,
    "units": 64,
    "pretraining": "standin",
    "cnn_epochs": 6,
    "frames_per_visit": 16,
    "flow_height_px": 96,
    "flow_width_px": 128,
    "flow_method": "fast",
    "flow_epochs": 6,
    "flow_dropout": (0.5, 0.5),
    "stacks_per_visit": 8,
    "lstm_epochs": 25,
}
TINY: dict[str, Any] = {
    **DEMO,
    "size_px": 32,
    "steps": 6,
    "width": 0.0625,
    "loc_units": 16,
    "units": 8,
    "pretraining": "random",
    "cnn_batch": 8,
    "cnn_epochs": 1,
    "frames_per_visit": 2,
    "flow_height_px": 48,
    "flow_width_px": 64,
    "flow_batch": 8,
    "flow_epochs": 1,
    "stacks_per_visit": 2,
    "lstm_batch": 8,
    "lstm_epochs": 2,
}
SIZES: dict[str, dict[str, Any]] = {"paper": {}, "demo": DEMO, "tiny": TINY}
