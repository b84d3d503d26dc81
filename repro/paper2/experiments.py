"""Paper 2's results as rows: what is evaluated, on what, and the number the paper prints.

Rows of one data set share their models: a row differs from another only in the recipe fields of its
sequence model (`overrides`) and in how its score file is read (`metric_options`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from repro.types import Row

# The three feature sets of Table 4, as recipe overrides.
MODELS: dict[str, dict[str, Any]] = {
    "context+action-mslstm": {"variant": "ms_lstm", "features": ("context", "action")},
    "context-lstm": {"variant": "single_lstm", "features": ("context",)},
    "action-lstm": {"variant": "single_lstm", "features": ("action",)},
}
LOSSES = ("anticipation", "ce")
PROPOSED = {**MODELS["context+action-mslstm"], "loss": "anticipation"}  # the paper's own, for predictions
FRACTIONS = ("first frame", "1%", "10%", "20%", "50%", "100%")
DATASETS = {"ucf101": "UCF-101", "jhmdb21": "JHMDB-21", "demo": "demo"}


def _accuracy(
    id: str, table: str, row: str, dataset: str, split: str, printed: float, model: str, **options: Any
) -> Row:
    options = {"pooled": True, **options}
    metric = "class_accuracy" if "class_name" in options else "accuracy"
    overrides = {**MODELS[model], "loss": "anticipation"}
    return Row(2, id, table, row, dataset, split, metric, printed, "percent", overrides, options)


def _earliest_latest(
    table: str, row: str, dataset: str, split: str, model: str, earliest: tuple[str, float], latest: float
) -> list[Row]:
    name = f"table{table}/{model}"
    observed, printed = earliest
    return [
        _accuracy(f"{name}/earliest", table, row, dataset, split, printed, model, observed=observed),
        _accuracy(f"{name}/latest", table, row, dataset, split, latest, model, observed="100%"),
    ]


def _class_rows() -> list[Row]:
    """Section 4.4.2: classes with irrelevant motion, action-aware against context-aware."""
    printed = {
        ("Baseball pitch", "BaseballPitch"): (66.1, 58.2),
        ("Basketball", "Basketball"): (83.0, 76.4),
        ("Cricket Shot", "CricketShot"): (65.1, 58.0),
        ("Ice dancing", "IceDancing"): (92.3, 91.7),
    }
    rows = []
    for (words, name), values in printed.items():
        for kind, value in zip(("action", "context"), values, strict=True):
            rows.append(
                _accuracy(
                    f"text-4.4.2/{kind}-lstm/{name}",
                    "text-4.4.2",
                    f"{words}, {kind}-aware framework",
                    "UCF-101",
                    "1 (inferred)",
                    value,
                    f"{kind}-lstm",
                    observed="100%",
                    class_name=name,
                )
            )
    return rows


def _fraction_rows(dataset: str) -> list[Row]:
    """Figures 5 and 6 and Table 4 as curves: no number is printed, each model with and without averaging."""
    rows = []
    for model, fields in MODELS.items():
        for loss in LOSSES:
            for pooled in (True, False):
                way = "averaged" if pooled else "frame"
                rows.append(
                    Row(
                        paper=2,
                        id=f"fractions/{model}-{loss}/{way}",
                        table="figures-5-6",
                        row=f"{model}, {loss}, {'with' if pooled else 'without'} averaging",
                        dataset=dataset,
                        split="1",
                        metric="accuracy_at_fractions",
                        printed=None,
                        overrides={**fields, "loss": loss},
                        metric_options={"observed": FRACTIONS, "pooled": pooled},
                    )
                )
    return rows


_MEAN = "mean_of_3"
_UCF_MEAN = "mean_of_3 by section 4.1; the values equal the split-1 ones"
PRINTED: tuple[Row, ...] = (
    *_earliest_latest("1", "Ours", "JHMDB-21", _MEAN, "context+action-mslstm", ("20%", 55), 58),
    *_earliest_latest("3", "Ours", "UCF-101", _UCF_MEAN, "context+action-mslstm", ("2 frames", 80.5), 83.4),
    *_earliest_latest(
        "4", "Context-Aware LSTM", "UCF-101", "1", "context-lstm", ("first frame", 62.80), 72.71
    ),
    *_earliest_latest("4", "Action-Aware LSTM", "UCF-101", "1", "action-lstm", ("first frame", 69.33), 77.86),
    *_earliest_latest(
        "4", "Context+Action MS-LSTM", "UCF-101", "1", "context+action-mslstm", ("first frame", 80.5), 83.37
    ),
    *_class_rows(),
)


def rows(dataset: str) -> tuple[Row, ...]:
    """The rows that run on a data set; on `demo` those of UCF-101, compared with each other only."""
    if dataset == "demo":
        shared = [r for r in PRINTED if r.dataset == "UCF-101" and r.metric == "accuracy"]
        return (*(replace(r, dataset="demo", printed=None) for r in shared), *_fraction_rows("demo"))
    printed = tuple(r for r in PRINTED if r.dataset == DATASETS[dataset])
    return (*printed, *_fraction_rows(DATASETS[dataset]))
