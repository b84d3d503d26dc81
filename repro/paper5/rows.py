"""Paper 5's results as rows: those that it prints, and other readings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from repro.experiment.rows import AS_RUN, THREE, on_demo, read_rows, reading_rows, regression_row
from repro.types import Protocol, Row

UCF, HMDB, JHMDB = "UCF101", "HMDB51", "JHMDB-21"
DATASETS = {"ucf101": UCF, "hmdb51": HMDB, "jhmdb21": JHMDB, "demo": "demo"}
LATE: dict[str, Any] = {"fusion": "late"}
EARLY: dict[str, Any] = {"fusion": "early"}
PROPOSED = LATE
HEADLINE: tuple[str, ...] = ("table1/late", "table3/3d+reg")
NOT_REGULARISED: dict[str, Any] = {**LATE, "lambda_att": 0.0}
_MODELS = {
    "late": LATE,
    "early": EARLY,
    "late-unregularised": NOT_REGULARISED,
    "late-2d": {**LATE, "temporal_net": "2d"},
    "late-2d-unregularised": {**NOT_REGULARISED, "temporal_net": "2d"},
    "late-straight": {**LATE, "temporal_net": "none"},
    # One level: a standard first LSTM layer, no pyramid (C18)
    **{branch: {"branches": (branch,), "pyramid": False} for branch in ("pool4", "conv5_3")},
    **{f"{branch}-pyramid": {"branches": (branch,)} for branch in ("pool4", "conv5_3")},
}
_PROTOCOLS = {
    "mean": Protocol(THREE),
    "mean, not stated": Protocol(THREE, note="Table 2 does not say; its last row is the mean of Tables 1, 4"),
    **{f"only {split}": Protocol((split,), only=True) for split in THREE},
}
# Rows without a number are ours: what a printed row must be compared with for one thing alone to differ.
_ALL = read_rows(Path(__file__).parent, 5, _PROTOCOLS, lambda name, _: _MODELS[name])
PRINTED = tuple(row for row in _ALL if row.printed is not None)

# The readings that are options: name -> (what it is, recipe fields).
READINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "mean-rule-early": (
        "C16: early fusion, mean probability of the last frames",
        {**EARLY, "clip_rule": "mean"},
    ),
    "mean-rule-late": (
        "C16: late fusion, mean probability of the last frames",
        {**LATE, "clip_rule": "mean"},
    ),
    "mean-of-clips": ("C17: mean of the clips' scores", {**LATE, "clip_rule": "mean", "video_rule": "mean"}),
    "conv3x3s2": ("C2: a strided convolution of 3 x 3 reduces", {**LATE, "reduce": "conv3x3s2"}),
    "conv3x3_pool2": ("C2: a convolution of 3 x 3, then pooling", {**LATE, "reduce": "conv3x3_pool2"}),
    "reduction-in-vgg": (
        "C27: the reduction fine-tuned within VGG-16, then frozen",
        {**LATE, "reduce": "in_vgg"},
    ),
    "no-scale": ("C3: VGG's maps as they are", {**LATE, "feature_scale": "none"}),
    "first-layer-attention": (
        "C7: attention from the joint layer's state",
        {**LATE, "attention_source": "first"},
    ),
    "overlap": ("C8: regions that share the middle", {**LATE, "pyramid_split": "overlap"}),
    "renormalise": ("C8: attention sums to 1 in each region", {**LATE, "pyramid_renormalise": True}),
    "projection": ("C10: x^k mapped to the LSTM's width", {**LATE, "input_projection": True}),
    "zero-start": ("C12: states start at zero", {**LATE, "init_state": "zeros"}),
    "features-not-stopped": (
        "C14: the LSTM's gradient enters the 3-d network",
        {**LATE, "stop_features": False},
    ),
    "attention-not-stopped": ("C15: the attention follows the energy", {**LATE, "stop_attention": False}),
    "content-attention": ("C24: attention that sees the features", {**LATE, "attention": "content"}),
    "content-attention-unregularised": (
        "C24: attention that sees the features, lambda 0",
        {**NOT_REGULARISED, "attention": "content"},
    ),
    "unit-rms": ("C25: x^k over its root mean square", {**LATE, "unit_rms": True}),
    "open-input-gates": ("C25: sub-gates i^k start open, b_i^k = 1", {**LATE, "input_bias": 1.0}),
    "no-supervision": (
        "C26: no classifiers; the LSTM's loss trains the 3-d networks",
        {**LATE, "supervision": False},
    ),
    "final-gate-bias": ("C23: final gates with a bias", {**LATE, "final_gate_bias": True}),
    "printed-lambda": ("lambda as printed, where a preset has another", {**LATE, "lambda_att": 1000.0}),
    "dropout": (
        "half of the FC units and of h dropped",
        {**LATE, "dropout_fc": 0.5, "dropout_lstm": 0.5},
    ),
    "flow": (
        "the paper's extension: optical flow as a third branch",
        {**LATE, "branches": ("pool4", "conv5_3", "flow_conv5_3")},
    ),
}
BOTH_RULES = ("readings/mean-rule-early", "readings/mean-rule-late")  # C16: both rules are always reported


def _readings(dataset: str, protocol: Protocol) -> tuple[Row, ...]:
    like = Row(paper=5, id="", table="readings", row="", dataset=dataset, protocol=protocol)
    return tuple(replace(row, on_request=row.id not in BOTH_RULES) for row in reading_rows(like, READINGS))


def rows(dataset: str) -> tuple[Row, ...]:
    """The rows that run on a data set; on `demo` one of each model, compared with each other."""
    name = DATASETS[dataset]
    if dataset in ("ucf101", "hmdb51"):
        return (*(row for row in _ALL if row.dataset == name), *_readings(name, Protocol()))
    alike = [row for row in _ALL if row.dataset == HMDB and row.metric == "accuracy" and row.table != "4"]
    if dataset == "demo":
        return (*on_demo(alike), *_readings("demo", AS_RUN))
    # The models of Tables 2 and 3, and early fusion, on real video for which the paper prints nothing.
    ours = (replace(row, dataset=name, printed=None, protocol=AS_RUN) for row in alike)
    like = Row(paper=5, id="", table="", row="", dataset=name, protocol=AS_RUN)
    regressions = (regression_row(like, table, LATE) for table in dict.fromkeys(row.table for row in alike))
    return (*ours, *regressions, *_readings(name, AS_RUN))
