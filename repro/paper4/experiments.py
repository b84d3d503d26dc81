"""Paper 4's results as rows: which model on which data, and the number the paper prints.

A row differs from another in recipe fields (`overrides`: the architecture and the stream it reads) and in
what is done with its scores (`metric_options`: fused with whose, smoothed or not).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from repro.types import Row

UCF, HMDB, THUMOS = "UCF101", "HMDB51", "THUMOS13 localisation (UCF101, 24 classes)"
DATASETS = {"ucf101": UCF, "hmdb51": HMDB, "thumos13": THUMOS, "demo": "demo"}
SPLIT = "split 1"
MEAN = "mean of 3 splits (Sec. 5.1; the table itself does not say)"


def model(stream: str, architecture: str, **others: Any) -> dict[str, Any]:
    """The recipe fields of a model."""
    return {"stream": stream, "architecture": architecture, **others}


PROPOSED = model("rgb", "video_lstm")
FLOW_PART = model("flow", "conv_alstm")  # 10.8: what VideoLSTM is fused with

_WORDS = {
    "convnet": "ConvNet",
    "lstm": "LSTM",
    "alstm": "ALSTM",
    "conv_lstm": "ConvLSTM",
    "conv_alstm": "ConvALSTM",
    "motion_alstm": "ALSTM",
    "video_lstm": "ConvALSTM",
}
# Table 1, one number per data set.
_TABLE1: dict[tuple[str, str], tuple[float, float]] = {
    ("rgb", "convnet"): (77.4, 42.2),
    ("rgb", "lstm"): (77.5, 41.3),
    ("rgb", "alstm"): (77.0, 40.9),
    ("rgb", "conv_lstm"): (77.6, 41.8),
    ("rgb", "conv_alstm"): (79.6, 43.3),
    ("flow", "convnet"): (75.2, 41.8),
    ("flow", "lstm"): (78.3, 46.0),
    ("flow", "alstm"): (79.5, 49.2),
    ("flow", "conv_lstm"): (80.4, 48.2),
    ("flow", "conv_alstm"): (82.1, 52.6),
}
# Table 2, RGB into the (top) layer.
_TABLE2: dict[tuple[str, str], tuple[float, float]] = {
    ("Appearance", "alstm"): (77.0, 40.9),
    ("Appearance", "conv_alstm"): (79.6, 43.3),
    ("Motion", "motion_alstm"): (78.6, 42.6),
    ("Motion", "video_lstm"): (79.9, 44.8),
}
_OURS = {"conv_alstm", "motion_alstm", "video_lstm"}  # the rows that the paper calls its own


def _row(
    id: str,
    table: str,
    name: str,
    dataset: str,
    printed: float | None,
    overrides: Mapping[str, Any],
    *,
    split: str = SPLIT,
    metric: str = "accuracy",
    **options: Any,
) -> Row:
    return Row(4, id, table, name, dataset, split, metric, printed, "percent", overrides, options)


def _table1() -> list[Row]:
    inputs = {"rgb": "RGB appearance", "flow": "Optical flow"}
    return [
        _row(
            f"table1/{stream}-{architecture}",
            "1",
            f"{inputs[stream]} / {_WORDS[architecture]}",
            dataset,
            printed,
            model(stream, architecture),
        )
        for (stream, architecture), values in _TABLE1.items()
        for dataset, printed in zip((UCF, HMDB), values, strict=True)
    ]


def _table2() -> list[Row]:
    return [
        _row(
            f"table2/{attention.lower()}-{_WORDS[architecture]}",
            "2",
            f"{attention}-based attention / {_WORDS[architecture]}",
            dataset,
            printed,
            model("rgb", architecture),
        )
        for (attention, architecture), values in _TABLE2.items()
        for dataset, printed in zip((UCF, HMDB), values, strict=True)
    ]


def _fused() -> list[Row]:
    """Tables 3 and 4: the product of RGB VideoLSTM and the flow model, and both with outside scores."""
    rows = []
    for dataset, split, printed in ((UCF, SPLIT, 89.2), (HMDB, MEAN, 56.4)):
        rows.append(
            _row(
                "table3/videolstm",
                "3",
                "This paper (VideoLSTM)",
                dataset,
                printed,
                PROPOSED,
                split=split,
                product_with=[FLOW_PART],
            )
        )
    outside: dict[tuple[str, ...], tuple[float | None, float]] = {
        ("iDT(FV)",): (91.5, 63.0),
        ("iDT(FV)", "Objects"): (92.2, 64.9),
        ("iDT(SFV)", "Objects"): (None, 72.9),
    }
    for parts, values in outside.items():
        for dataset, split, number in zip((UCF, HMDB), (SPLIT, MEAN), values, strict=True):
            name = "+".join((*parts, "VideoLSTM"))
            rows.append(
                _row(
                    f"table4/{name}",
                    "4",
                    name,
                    dataset,
                    number,
                    PROPOSED,
                    split=split,
                    product_with=[FLOW_PART],
                    outside=list(parts),
                )
            )
    return rows


def _gains() -> list[Row]:
    """The gains that sections 5.3 and 5.4 quote."""
    pairs: list[tuple[str, str, Mapping[str, Any], Mapping[str, Any], float | None, float | None]] = [
        ("RGB ConvALSTM over ConvNet", "rgb", model("rgb", "conv_alstm"), model("rgb", "convnet"), 2.2, 1.1),
        ("flow ConvALSTM over LSTM", "flow", FLOW_PART, model("flow", "lstm"), 3.8, None),
        ("flow ConvALSTM over ALSTM", "flow", FLOW_PART, model("flow", "alstm"), 2.6, None),
        ("flow ConvALSTM over ConvLSTM", "flow", FLOW_PART, model("flow", "conv_lstm"), 1.7, None),
        (
            "motion over appearance attention, ALSTM",
            "rgb",
            model("rgb", "motion_alstm"),
            model("rgb", "alstm"),
            1.6,
            1.7,
        ),
        (
            "motion over appearance attention, ConvALSTM",
            "rgb",
            PROPOSED,
            model("rgb", "conv_alstm"),
            None,
            1.5,
        ),
    ]
    rows = []
    for name, _, better, worse, *printed in pairs:
        for dataset, number in zip((UCF, HMDB), printed, strict=True):
            if number is not None:
                id = f"gain/{name.replace(',', '').replace(' ', '-')}"
                rows.append(
                    _row(id, "text", name, dataset, number, better, metric="improvement", over_model=worse)
                )
    return rows


def _localisation() -> list[Row]:
    """Fig. 4: recall of one tube per video against the overlap, and mAP; the paper prints no number."""
    shown = {"video_lstm": "VideoLSTM", "alstm": "ALSTM"}
    rows = []
    for architecture, words in shown.items():
        for smoothed in (True, False):
            how = "with" if smoothed else "without"
            rows.append(
                _row(
                    f"fig4a/{architecture}-{'smoothed' if smoothed else 'raw'}",
                    "Fig. 4a",
                    f"{words}, {how} temporal smoothing",
                    THUMOS,
                    None,
                    model("rgb", architecture),
                    metric="recall",
                    smoothed=smoothed,
                )
            )
    rows += [
        _row(
            f"fig4b/{architecture}",
            "Fig. 4b",
            words,
            THUMOS,
            None,
            model("rgb", architecture),
            metric="tube_map",
            smoothed=True,
        )
        for architecture, words in shown.items()
    ]
    return rows


_ALL = (*_table1(), *_table2(), *_fused(), *_gains(), *_localisation())
PRINTED: tuple[Row, ...] = tuple(
    row
    for row in _ALL
    if row.printed is not None and (row.table not in ("1", "2") or row.overrides["architecture"] in _OURS)
)

# The readings of section 10 that are options: name -> (what it is, recipe fields of VideoLSTM or another).
READINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "motion-kernel-1": ("10.1: 1 x 1 kernels in the bottom layer", {**PROPOSED, "motion_kernel": 1}),
    "zero-start": ("10.2: all states start at zero", {**PROPOSED, "initial": "zeros"}),
    "first-frame-start": ("10.2: states start from frame 1 alone", {**PROPOSED, "initial_from": "first"}),
    "conv_lstm-learned-start": (
        "10.2: ConvLSTM with a learned start",
        model("rgb", "conv_lstm", initial="learned"),
    ),
    "lstm-authors-dropout": ("10.4: LSTM, 0.5 twice", model("rgb", "lstm", head_style="authors")),
    "alstm-authors-dropout": ("10.4: ALSTM, 0.5 twice", model("rgb", "alstm", head_style="authors")),
    "from-parts": (
        "5.4: started from a flow ConvLSTM and RGB ConvALSTM",
        {**PROPOSED, "start_from": "parts"},
    ),
    "spaced-segments": ("6: segments spread to the end", {**PROPOSED, "segment_rule": "linspace"}),
    "flow-flow": ("10.8: VideoLSTM with flow in both layers", model("flow", "video_lstm")),
}


def _readings(dataset: str) -> list[Row]:
    rows = [_row(f"readings/{n}", "10", what, dataset, None, m) for n, (what, m) in READINGS.items()]
    rows += [
        _row(
            f"readings/span-{span}",
            "10",
            f"10.13: window of {span} frames",
            dataset,
            None,
            {**PROPOSED, "span_frames": span},
            metric="recall",
            smoothed=True,
        )
        for span in (5, 15, 61)
    ]
    for norm in ("minmax", "video_max"):
        what = f"10.11: saliency scaled by {norm}"
        overrides = {**PROPOSED, "saliency_norm": norm}
        rows.append(
            _row(f"readings/{norm}", "10", what, dataset, None, overrides, metric="recall", smoothed=True)
        )
    whole = {**PROPOSED, "feeding": "whole"}
    rows.append(
        _row("readings/whole", "10", "10.10: one pass", dataset, None, whole, metric="recall", smoothed=True)
    )
    return rows


def rows(dataset: str) -> tuple[Row, ...]:
    """The rows that run on a data set; on `demo` those of UCF101 and THUMOS13, compared with each other."""
    name = DATASETS[dataset]
    wanted = {"ucf101": (UCF, THUMOS), "demo": (UCF, THUMOS)}.get(dataset, (name,))
    found = [row for row in _ALL if row.dataset in wanted]
    if dataset == "demo":
        found = [replace(row, dataset="demo", printed=None) for row in found]
    return (*found, *_readings(name))


def chosen(rows: Sequence[Row], wanted: Sequence[str]) -> tuple[Row, ...]:
    """Rows whose id begins with one of `wanted`; `all`: tables and figures that need nothing from outside.

    Table 4 needs score files of other methods, other readings are no result of the paper, and boxes of
    UCF101 are a download of their own: these run when they are named.
    """
    if list(wanted) == ["all"]:
        return tuple(
            row
            for row in rows
            if not row.id.startswith(("readings/", "table4/"))
            and not (row.id.startswith("fig4") and any(r.dataset == UCF for r in rows))
        )
    return tuple(row for row in rows if any(row.id.startswith(beginning) for beginning in wanted))


_TABLE1_CLAIMS = [
    (
        f"ConvALSTM beats {_WORDS[other]} on {stream if stream == 'flow' else 'RGB'}",
        f"table1/{stream}-conv_alstm",
        f"table1/{stream}-{other}",
    )
    for stream in ("rgb", "flow")
    for other in ("convnet", "lstm", "alstm", "conv_lstm")
]
# What the paper finds: (claim, better row, worse row).
ORDERINGS: tuple[tuple[str, str, str], ...] = (
    *_TABLE1_CLAIMS,
    ("motion beats appearance attention in ALSTM", "table2/motion-ALSTM", "table2/appearance-ALSTM"),
    (
        "motion beats appearance attention in ConvALSTM",
        "table2/motion-ConvALSTM",
        "table2/appearance-ConvALSTM",
    ),
    ("RGB x flow beats RGB alone", "table3/videolstm", "table2/motion-ConvALSTM"),
    ("RGB x flow beats flow alone", "table3/videolstm", "table1/flow-conv_alstm"),
    *(
        (
            f"VideoLSTM recalls more than ALSTM at {at}",
            f"fig4a/video_lstm-smoothed@{at}",
            f"fig4a/alstm-smoothed@{at}",
        )
        for at in ("0.2", "0.3", "0.5")
    ),
    *(
        (f"smoothing helps {words} at {at}", f"fig4a/{a}-smoothed@{at}", f"fig4a/{a}-raw@{at}")
        for a, words in (("video_lstm", "VideoLSTM"), ("alstm", "ALSTM"))
        for at in ("0.2", "0.5")
    ),
)
