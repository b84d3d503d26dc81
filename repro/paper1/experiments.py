"""Paper 1's results as rows: what is evaluated, on what, and the number the paper prints.

A row differs from another only in recipe fields (`overrides`, at the paper's own size) and in how its score
file is read (`metric_options`). The default is the proposed model: MS-LSTM, context first, pLGL, 2048 units,
averaging, the first 50 frames.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from repro.anticipation.rows import FRACTIONS, MODELS, chosen, fraction_rows, reading_rows
from repro.types import Row

__all__ = ["CURVES", "DATASETS", "FRACTIONS", "ORDERINGS", "PRINTED", "PROPOSED", "chosen", "rows"]

DATASETS = {"ucf101": "UCF-101", "jhmdb21": "JHMDB-21", "demo": "demo"}
UCF, JHMDB = "UCF-101", "JHMDB-21"
PROPOSED: dict[str, Any] = {}
LOSSES = {"ce": "CE", "egl": "EGL", "lgl": "LGL", "plgl": "pLGL"}
SINGLE_UNITS = 1024  # 9.2: single LSTMs have 1024 units, the MS-LSTM 2048


def _row(
    id: str,
    table: str,
    name: str,
    dataset: str,
    printed: float,
    overrides: Mapping[str, Any],
    *,
    pooled: bool = True,
    split: str = "1",
) -> Row:
    options = {"observed": "100%", "pooled": pooled}
    return Row(1, id, table, name, dataset, split, "accuracy", printed, "percent", overrides, options)


def _gain(id: str, table: str, dataset: str, printed: float, over: float) -> Row:
    """Points above the best number the paper compares with."""
    options = {"observed": "100%", "pooled": True, "over": over}
    name = "Comparison to State-of-the-Art"
    return Row(
        1, id, table, name, dataset, "mean_of_3", "improvement", printed, "percentage_points", {}, options
    )


def _state_of_the_art() -> list[Row]:
    """Tables 1 and 2: the proposed model, mean of the three splits."""
    ours = "Ours (pLGL, AvgPool, 2048 units)"
    return [
        _row("table1/ours", "1", ours, UCF, 83.3, PROPOSED, split="mean_of_3"),
        _gain("table1/gain", "1", UCF, 0.7, over=82.6),
        _row("table2/ours", "2", ours, JHMDB, 58.3, PROPOSED, split="mean_of_3"),
        _gain("table2/gain", "2", JHMDB, 1.9, over=56.4),
    ]


# Table 3 and the rows of Table 5 with 2048 units: (UCF-101, JHMDB-21).
_FEATURES = {
    "context-lstm": "Context-Aware LSTM",
    "action-lstm": "Action-Aware LSTM",
    "context+action-mslstm": "Context+Action MS-LSTM",
}
_TABLE_3 = {
    "ce": ((72.38, 43.65), (44.24, 50.06), (78.93, 54.30)),
    "egl": ((72.41, 44.05), (77.20, 50.18), (80.38, 57.05)),
    "lgl": ((72.58, 44.72), (77.63, 50.34), (81.27, 57.70)),
    "plgl": ((72.71, 44.93), (77.86, 51.00), (83.37, 58.41)),
}


def table3_model(model: str, loss: str) -> dict[str, Any]:
    """What Table 3 changes: features, loss, and 1024 units for single LSTMs."""
    units = {} if model == "context+action-mslstm" else {"units": SINGLE_UNITS}
    return {**MODELS[model], "loss": loss, **units}


def _features_and_losses() -> list[Row]:
    """Table 3."""
    rows = []
    for loss, values in _TABLE_3.items():
        for (model, name), printed in zip(_FEATURES.items(), values, strict=True):
            for dataset, value in zip((UCF, JHMDB), printed, strict=True):
                id, overrides = f"table3/{model}-{loss}", table3_model(model, loss)
                rows.append(_row(id, "3", f"{name} ({LOSSES[loss]})", dataset, value, overrides))
    return rows


def _fusion() -> list[Row]:
    """Table 4; units of the first three are not stated, 2048 each (9.23)."""
    both = ("context", "action")
    return [
        _row(f"table4/{id}", "4", name, UCF, printed, overrides)
        for id, name, printed, overrides in (
            ("concatenation", "Concatenation LSTM (pLGL)", 77.16, {"variant": "concatenation"}),
            ("swapped", "Swapped LSTM (pLGL)", 78.80, {"features": both[::-1]}),
            ("parallel", "Parallel 2 Parallel LSTMs (pLGL)", 78.63, {"variant": "parallel"}),
            ("ours", "Ours MS-LSTM (pLGL)", 83.37, PROPOSED),
        )
    ]


_TABLE_5 = {
    "ce": ((77.26, 52.80), (78.09, 53.43), (78.93, 54.30)),
    "egl": ((79.10, 55.33), (79.41, 56.12), (80.38, 57.05)),
    "lgl": ((79.76, 55.70), (80.10, 56.83), (81.27, 57.70)),
    "plgl": ((81.94, 56.24), (82.16, 57.92), (83.37, 58.41)),
}


def _averaging_and_units() -> list[Row]:
    """Table 5."""
    rows = []
    for loss, values in _TABLE_5.items():
        cases = zip(((False, 1024), (False, 2048), (True, 2048)), values, strict=True)
        for (pooled, units), printed in cases:
            way = "w" if pooled else "wo"
            name = f"Ours ({LOSSES[loss]}) {way}/ average pooling, {units} units"
            for dataset, value in zip((UCF, JHMDB), printed, strict=True):
                id, overrides = f"table5/{loss}-{way}-{units}", {"loss": loss, "units": units}
                rows.append(_row(id, "5", name, dataset, value, overrides, pooled=pooled))
    return rows


_TABLE_6 = {10: (77.4, 80.0), 20: (78.5, 81.2), 30: (81.9, 82.0), 40: (82.2, 82.3), 50: (83.4, 83.2)}


def _number_of_frames() -> list[Row]:
    """Table 6: the first K frames, or K sampled from the whole video; trained and tested at that K."""
    ways = {"first": "First K", "sampled": "Sampling K"}
    return [
        _row(
            f"table6/{way}-{k}",
            "6",
            f"Ours K={k} {name}",
            UCF,
            printed[list(ways).index(way)],
            {"steps": k, "frames": way},
        )
        for k, printed in _TABLE_6.items()
        for way, name in ways.items()
    ]


def _flow() -> list[Row]:
    """Table 7: flow features enter stage 2."""
    name = "Ours (pLGL, AvgPool, 2048 units) + Optical Flow"
    overrides = {"features": ("context", "action", "flow")}
    split = "not stated (mean_of_3 assumed)"
    return [_row("table7/ours+flow", "7", name, UCF, 88.7, overrides, split=split)]


PRINTED: tuple[Row, ...] = (
    *_state_of_the_art(),
    *_features_and_losses(),
    *_fusion(),
    *_averaging_and_units(),
    *_number_of_frames(),
    *_flow(),
)

# Fig. 4 and Table 3 as curves over the observed part.
_FIGURE_4 = {f"mslstm-{loss}": {"loss": loss} for loss in LOSSES}
_SINGLE = {f"{model}-plgl": table3_model(model, "plgl") for model in ("context-lstm", "action-lstm")}
CURVES = {
    "losses.png": ("Fig. 4: multi-stage LSTM by loss", _FIGURE_4),
    "features.png": ("pLGL by features", {"mslstm-plgl": {"loss": "plgl"}, **_SINGLE}),
}
PER_CLASS = {name.split("-")[0]: overrides for name, overrides in _SINGLE.items()}

# What the paper finds: (claim, better row, worse row).
ORDERINGS: tuple[tuple[str, str, str], ...] = (
    *(
        (f"both features beat {kind} alone ({LOSSES[loss]})", both, f"table3/{kind}-lstm-{loss}")
        for loss in LOSSES
        for both in [f"table3/context+action-mslstm-{loss}"]
        for kind in ("context", "action")
    ),
    *(
        (
            f"pLGL beats {LOSSES[loss]}",
            "table3/context+action-mslstm-plgl",
            f"table3/context+action-mslstm-{loss}",
        )
        for loss in ("ce", "egl", "lgl")
    ),
    *(
        (f"the multi-stage LSTM beats {name}", "table4/ours", f"table4/{name}")
        for name in ("concatenation", "swapped", "parallel")
    ),
    *(
        (f"averaging helps ({LOSSES[loss]})", f"table5/{loss}-w-2048", f"table5/{loss}-wo-2048")
        for loss in LOSSES
    ),
    *(
        (f"2048 units beat 1024 ({LOSSES[loss]})", f"table5/{loss}-wo-2048", f"table5/{loss}-wo-1024")
        for loss in LOSSES
    ),
    *(
        (f"sampling beats the first frames at K = {k}", f"table6/sampled-{k}", f"table6/first-{k}")
        for k in (10, 20, 30, 40)
    ),
    ("50 frames beat 10", "table6/first-50", "table6/first-10"),
    ("flow helps", "table7/ours+flow", "table4/ours"),
)


def _units(dataset: str) -> list[Row]:
    """5.2.2: the number of units, chosen on a fifth of the training data; no number is printed."""
    models = {"context-lstm": MODELS["context-lstm"], "context+action-mslstm": {}}
    options = {"observed": "100%", "pooled": True, "part": "validation"}
    return [
        Row(
            1,
            f"units/{model}-{units}",
            "5.2.2",
            f"{model}, {units} units, on a fifth of the training data",
            dataset,
            "1",
            "accuracy",
            None,
            "percent",
            {**overrides, "units": units, "validation_fraction": 0.2},
            options,
        )
        for model, overrides in models.items()
        for units in (512, 1024, 2048, 4096)
    ]


def rows(dataset: str) -> tuple[Row, ...]:
    """The rows that run on a data set; on `demo` those of UCF-101, compared with each other only."""
    name = DATASETS[dataset]
    printed = [r for r in PRINTED if r.dataset == (UCF if dataset == "demo" else name)]
    if dataset == "demo":
        printed = [replace(r, dataset="demo", printed=None) for r in printed if r.metric == "accuracy"]
    curves = fraction_rows(1, name, "figure-4", {**_FIGURE_4, **_SINGLE})
    return (*printed, *curves, *_units(name), *reading_rows(1, name))
