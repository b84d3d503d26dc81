"""Paper 5's results as rows: which model on which data, and the number the paper prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from repro.types import Row

UCF, HMDB = "UCF101", "HMDB51"
DATASETS = {"ucf101": UCF, "hmdb51": HMDB, "demo": "demo"}
MEAN = "mean of splits 1-3"
LATE: dict[str, Any] = {"fusion": "late"}
EARLY: dict[str, Any] = {"fusion": "early"}
PROPOSED = LATE
NOT_REGULARISED: dict[str, Any] = {**LATE, "lambda_att": 0.0}
TWO_D: dict[str, Any] = {**LATE, "temporal_net": "2d"}
STRAIGHT: dict[str, Any] = {**LATE, "temporal_net": "none"}
FUSIONS = {"early": EARLY, "late": LATE}

# Table 4 and its averages, Table 1: data set -> fusion -> split 1, 2, 3, mean.
_TABLE4: dict[str, dict[str, tuple[float, float, float, float]]] = {
    UCF: {"early": (90.2, 90.8, 89.9, 90.3), "late": (90.7, 90.8, 90.3, 90.6)},
    HMDB: {"early": (60.9, 61.4, 61.2, 61.2), "late": (61.9, 61.6, 61.6, 61.7)},
}


def alone(branch: str) -> dict[str, Any]:
    """The recipe fields of a model of one level: a standard first LSTM layer, no pyramid (C18)."""
    return {"branches": (branch,), "pyramid": False}


def _row(
    id: str,
    table: str,
    name: str,
    dataset: str,
    split: str,
    printed: float | None,
    overrides: Mapping[str, Any],
    *,
    metric: str = "accuracy",
    **options: Any,
) -> Row:
    return Row(5, id, table, name, dataset, split, metric, printed, "percent", overrides, options)


def _table1() -> list[Row]:
    return [
        _row(
            f"table1/{fusion}",
            "1",
            f"{fusion.capitalize()} fusion joint LSTM (our model)",
            dataset,
            MEAN,
            _TABLE4[dataset][fusion][3],
            overrides,
        )
        for fusion, overrides in FUSIONS.items()
        for dataset in (UCF, HMDB)
    ]


def _table2() -> list[Row]:
    one_level = "not stated"
    both = f"{MEAN} (equals Tables 1 and 4; the table itself does not state it)"
    return [
        _row("table2/pool4", "2", "pool4", HMDB, one_level, 42.8, alone("pool4")),
        _row("table2/conv5_3", "2", "conv5_3", HMDB, one_level, 45.5, alone("conv5_3")),
        _row("table2/late", "2", "Late fusion", HMDB, both, 61.7, LATE),
    ]


def _table3() -> list[Row]:
    found = {
        "straight": ("straightly connect VGG16 to LSTM", 57.3, STRAIGHT),
        "2d+reg": ("2d-convnet with regularization", 57.5, TWO_D),
        "3d": ("simple 3d-convnet", 59.4, NOT_REGULARISED),
        "3d+reg": ("3d-convnet with regularization", 61.9, LATE),
    }
    return [
        _row(f"table3/{id}", "3", name, HMDB, "1", printed, overrides, only_split="1")
        for id, (name, printed, overrides) in found.items()
    ]


def _table4() -> list[Row]:
    rows = []
    for dataset, by_fusion in _TABLE4.items():
        for fusion, values in by_fusion.items():
            name = f"{dataset} %s, {fusion} fusion"
            for split, printed in zip("123", values[:3], strict=True):
                rows.append(
                    _row(
                        f"table4/split{split}-{fusion}",
                        "4",
                        name % f"split{split}",
                        dataset,
                        split,
                        printed,
                        FUSIONS[fusion],
                        only_split=split,
                    )
                )
            rows.append(
                _row(
                    f"table4/average-{fusion}",
                    "4",
                    name % "average",
                    dataset,
                    MEAN,
                    values[3],
                    FUSIONS[fusion],
                )
            )
    return rows


def _gains() -> list[Row]:
    """The differences that the text quotes."""
    kind = "improvement"
    soft = "best model minus soft attention [14]"
    regularised = "3d-convnet with regularization minus"
    return [
        _row("gain/over-soft-attention", "text", soft, HMDB, MEAN, 20.4, LATE, metric=kind, over=41.3),
        *(
            _row(
                f"gain/over-{name}",
                "text",
                f"{regularised} {words}",
                HMDB,
                "1",
                printed,
                LATE,
                metric=kind,
                over_model=other,
                only_split="1",
            )
            for name, words, printed, other in (
                ("2d", "2d-convnet with regularization", 4.4, TWO_D),
                ("straight", "straight VGG16 to LSTM", 4.6, STRAIGHT),
            )
        ),
    ]


_ALL = (*_table1(), *_table2(), *_table3(), *_table4(), *_gains())
PRINTED: tuple[Row, ...] = _ALL

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
    "pool4-pyramid": ("C18: pool4 alone, with a pyramid", {"branches": ("pool4",)}),
    "conv5_3-pyramid": ("C18: conv5_3 alone, with a pyramid", {"branches": ("conv5_3",)}),
    "final-gate-bias": ("C23: final gates with a bias", {**LATE, "final_gate_bias": True}),
    "printed-lambda": ("lambda as printed, where a preset has another", {**LATE, "lambda_att": 1000.0}),
    "dropout": (
        "3.10: half of the FC units and of h dropped",
        {**LATE, "dropout_fc": 0.5, "dropout_lstm": 0.5},
    ),
    "flow": (
        "the paper's extension: optical flow as a third branch",
        {**LATE, "branches": ("pool4", "conv5_3", "flow_conv5_3")},
    ),
}
BOTH_RULES = ("readings/mean-rule-early", "readings/mean-rule-late")  # the two rules are always reported


def _readings(dataset: str) -> list[Row]:
    return [
        _row(f"readings/{name}", "readings", what, dataset, "1", None, overrides)
        for name, (what, overrides) in READINGS.items()
    ]


def rows(dataset: str) -> tuple[Row, ...]:
    """The rows that run on a data set; on `demo` one of each model, compared with each other."""
    name = DATASETS[dataset]
    if dataset != "demo":
        return (*(row for row in _ALL if row.dataset == name), *_readings(name))
    found = [row for row in _ALL if row.dataset == HMDB and row.metric == "accuracy" and row.table != "4"]
    shown = [replace(row, dataset="demo", split="1", printed=None, metric_options={}) for row in found]
    return (*shown, *_readings("demo"))


def chosen(rows: Sequence[Row], wanted: Sequence[str]) -> tuple[Row, ...]:
    """Rows whose id begins with one of `wanted`; `all`: the tables, and the other rule of prediction (C16).

    Other readings are no result of the paper: these run when they are named.
    """
    if list(wanted) == ["all"]:
        return tuple(row for row in rows if not row.id.startswith("readings/") or row.id in BOTH_RULES)
    return tuple(row for row in rows if any(row.id.startswith(beginning) for beginning in wanted))


# What the paper finds: (claim, better row, worse row).
ORDERINGS: tuple[tuple[str, str, str], ...] = (
    ("late beats early fusion", "table1/late", "table1/early"),
    ("both levels beat pool4 alone", "table2/late", "table2/pool4"),
    ("both levels beat conv5_3 alone", "table2/late", "table2/conv5_3"),
    ("conv5_3 beats pool4", "table2/conv5_3", "table2/pool4"),
    ("the regulariser helps the 3-d network", "table3/3d+reg", "table3/3d"),
    ("3-d beats 2-d convolutions, both regularised", "table3/3d+reg", "table3/2d+reg"),
    ("3-d beats 2-d convolutions even without the regulariser", "table3/3d", "table3/2d+reg"),
    ("regularised 2-d convolutions beat a straight connection", "table3/2d+reg", "table3/straight"),
    ("the full model beats a straight connection", "table3/3d+reg", "table3/straight"),
)
