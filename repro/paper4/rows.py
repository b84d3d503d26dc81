"""Paper 4's results as rows: those that it prints, Fig. 4, which prints no number, and other readings.

A row differs from another in recipe fields (`overrides`: the architecture and the stream it reads) and in
what is done with its scores (`metric_options`: fused with whose, smoothed or not).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from repro.datasets.boxes import ANNOTATED
from repro.experiment.rows import (
    AS_RUN,
    REGRESSION_IN_WORDS,
    THREE,
    read_rows,
    reading_rows,
    regression_row,
    unprinted,
)
from repro.types import Protocol, Row

UCF, HMDB, THUMOS = "UCF101", "HMDB51", "THUMOS13 localisation (UCF101, 24 classes)"
DATASETS = {"ucf101": UCF, "hmdb51": HMDB, "thumos13": THUMOS, "jhmdb21": "JHMDB-21", "demo": "demo"}
UNPRINTED = ("demo", "jhmdb21")  # for these the paper prints nothing
_PROTOCOLS = {"1": Protocol(), "mean": Protocol(THREE, note="by section 5.1; the table does not say")}


def model(stream: str, architecture: str, **others: Any) -> dict[str, Any]:
    """The recipe fields of a model."""
    return {"stream": stream, "architecture": architecture, **others}


STREAMS = {"rgb": "RGB", "flow": "optical flow"}
PROPOSED = model("rgb", "video_lstm")
HEADLINE: tuple[str, ...] = ("table2/motion-ConvALSTM", "table3/videolstm")
FLOW_PART = model("flow", "conv_alstm")  # A8: what VideoLSTM is fused with

# Table 4 needs score files of other methods: its rows run when they are named.
_ALL = tuple(
    replace(row, on_request=row.table == "4")
    for row in read_rows(Path(__file__).parent, 4, _PROTOCOLS, lambda name, _: model(*name.split("-")))
)
PRINTED = tuple(row for row in _ALL if row.printed is not None)

# The readings A1 to A27 that are options: name -> (what it is, recipe fields of VideoLSTM or another).
READINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "motion-kernel-1": ("A1: 1 x 1 kernels in the bottom layer", {**PROPOSED, "motion_kernel": 1}),
    "zero-start": ("A2: all states start at zero", {**PROPOSED, "initial": "zeros"}),
    "first-frame-start": ("A2: states start from frame 1 alone", {**PROPOSED, "initial_from": "first"}),
    "conv_lstm-learned-start": (
        "A2: ConvLSTM with a learned start",
        model("rgb", "conv_lstm", initial="learned"),
    ),
    "lstm-authors-dropout": ("A4: LSTM, 0.5 twice", model("rgb", "lstm", head_style="authors")),
    "alstm-authors-dropout": ("A4: ALSTM, 0.5 twice", model("rgb", "alstm", head_style="authors")),
    "from-parts": (
        "A27: started from a flow ConvLSTM and RGB ConvALSTM",
        {**PROPOSED, "start_from": "parts"},
    ),
    **{
        f"{stream}-convnet-25-frames": (
            f"A7: ConvNet on {words}, over 25 equally spaced frames",
            model(stream, "convnet", convnet_frames=25),
        )
        for stream, words in STREAMS.items()
    },
    "spaced-segments": ("segments spread to the end of a video", {**PROPOSED, "segment_rule": "linspace"}),
    "flow-flow": ("A8: VideoLSTM with flow in both layers", model("flow", "video_lstm")),
    "map-code-start": ("A23: W_z of VideoLSTM as in the code", {**PROPOSED, "score_start": "code"}),
    "motion_alstm-map": (
        "A24: ALSTM whose bottom layer reads the mean of a flow map",
        model("rgb", "motion_alstm", motion_feature="pool5"),
    ),
}
# Fused with VideoLSTM on RGB: the row of Table 3 as its words have it.
FUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "rgb-x-flow-flow": ("A8: VideoLSTM on RGB x VideoLSTM on flow in both layers", PROPOSED),
}
# Those that only localisation sees: recall after smoothing.
LOCALISED: dict[str, tuple[str, dict[str, Any]]] = {
    **{f"span-{n}": (f"A13: window of {n} frames", {**PROPOSED, "span_frames": n}) for n in (5, 15, 61)},
    **{
        norm: (f"A11: saliency scaled by {norm}", {**PROPOSED, "saliency_norm": norm})
        for norm in ("minmax", "video_max")
    },
    "whole": ("A10: one pass", {**PROPOSED, "feeding": "whole"}),
    "overlap-of-volumes": ("overlap of tubes as volumes", {**PROPOSED, "tube_overlap": "volumes"}),
    "appearance-tubes": ("3.2: ConvALSTM, whose attention sees no motion", model("rgb", "conv_alstm")),
}


def _regressions(like: Row) -> Iterator[Row]:
    """Logistic regression beside Tables 1 to 3, on the streams that their models read."""
    for stream, words in STREAMS.items():
        row = regression_row(like, "1", model(stream, "convnet"), stream)
        yield replace(row, row=f"{REGRESSION_IN_WORDS}, {words}")
    for table in ("2", "3"):
        yield regression_row(like, table, PROPOSED)


def rows(dataset: str) -> tuple[Row, ...]:
    """The rows that run on a data set; on `UNPRINTED` ones those of UCF101 and THUMOS13, compared with each
    other.

    On UCF101 itself those of Fig. 4 run when they are named: its boxes are a download of their own.
    """
    name = DATASETS[dataset]
    wanted = (UCF, THUMOS) if dataset in ("ucf101", *UNPRINTED) else (name,)
    printed = tuple(row for row in _ALL if row.dataset in wanted)
    if dataset in UNPRINTED:
        printed = unprinted(printed, name)
    if dataset == "ucf101":
        printed = tuple(replace(row, on_request=row.on_request or row.dataset == THUMOS) for row in printed)
    protocol = AS_RUN if dataset in UNPRINTED else Protocol()
    like = Row(paper=4, id="", table="readings", row="", dataset=name, protocol=protocol)
    if dataset == "jhmdb21":
        printed = (*printed, *_regressions(like))
    fused = replace(like, metric_options={"product_with": [model("flow", "video_lstm")]})
    localised = replace(like, metric="recall", metric_options={"smoothed": True})
    with_boxes = LOCALISED if dataset in ANNOTATED else {}
    return (
        *printed,
        *reading_rows(like, READINGS),
        *reading_rows(fused, FUSED),
        *reading_rows(localised, with_boxes),
    )
