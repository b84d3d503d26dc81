"""Paper 1's results as rows: those that it prints, the curves of Fig. 4, numbers of units, readings."""

from __future__ import annotations

from pathlib import Path

from repro.anticipation.rows import MODELS as FEATURES
from repro.anticipation.rows import (
    WHOLE,
    fraction_rows,
    place_rows,
    reading_rows,
    regression_rows,
    stage1_rows,
    under_readings,
)
from repro.experiment.rows import AS_RUN, THREE, on_demo, read_rows
from repro.paper1.model import LOSSES, MODELS
from repro.types import Protocol, Row

DATASETS = {"ucf101": "UCF-101", "jhmdb21": "JHMDB-21", "demo": "demo"}
_PROTOCOLS = {
    "1": Protocol(),
    "mean": Protocol(THREE),
    "1 by 5.2": Protocol(note="the table does not say; 5.2: analytical experiments are on the first split"),
}
PROPOSED = MODELS["ours"]
HEADLINE: tuple[str, ...] = ("table1/ours", "table2/ours")
PRINTED = read_rows(Path(__file__).parent, 1, _PROTOCOLS, lambda name, _: MODELS[name])

# Fig. 4 and Table 3 as curves over the observed part.
BY_LOSS = {f"mslstm-{loss}": {"loss": loss} for loss in LOSSES}
SINGLE = {name: MODELS[name] for name in ("context-lstm-plgl", "action-lstm-plgl")}


def _units(dataset: str, protocol: Protocol) -> tuple[Row, ...]:
    """5.2.2: the number of units, chosen on a fifth of the training data; no number is printed."""
    return tuple(
        Row(
            paper=1,
            id=f"units/{model}-{units}",
            table="5.2.2",
            row=f"{model}, {units} units, on a fifth of the training data",
            dataset=dataset,
            protocol=protocol,
            overrides={**overrides, "units": units, "validation_fraction": 0.2},
            metric_options={**WHOLE, "part": "validation"},
            on_request=True,
        )
        for model, overrides in (("context-lstm", FEATURES["context-lstm"]), ("context+action-mslstm", {}))
        for units in (512, 1024, 2048, 4096)
    )


def rows(dataset: str) -> tuple[Row, ...]:
    """The rows that run on a data set; on `demo` those of UCF-101, compared with each other only."""
    name, demo = DATASETS[dataset], dataset == "demo"
    printed = tuple(row for row in PRINTED if row.dataset == (DATASETS["ucf101"] if demo else name))
    if demo:
        printed = on_demo(row for row in printed if row.metric == "accuracy")
    protocol = AS_RUN if demo else Protocol()
    like = Row(paper=1, id="", table="figure-4", row="", dataset=name, protocol=protocol)
    curves = fraction_rows(like, {**BY_LOSS, **SINGLE})
    readings = (
        *reading_rows(like, MODELS["action-lstm-plgl"]),
        *under_readings((*printed, *curves), ("3",), "plgl"),
    )
    regressions = regression_rows(printed if name == "JHMDB-21" else (), like)
    return (
        *printed,
        *regressions,
        *curves,
        *stage1_rows(like, BY_LOSS),
        *place_rows(dataset, like),
        *_units(name, protocol),
        *readings,
    )
