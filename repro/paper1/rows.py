"""Paper 1's results as rows: those that it prints, the curves of Fig. 4, numbers of units, readings."""

from __future__ import annotations

from pathlib import Path

from repro.anticipation.rows import MODELS as FEATURES
from repro.anticipation.rows import WHOLE, fraction_rows, reading_rows
from repro.experiment.rows import AS_RUN, THREE, on_demo, read_rows
from repro.paper1.model import LOSSES, MODELS
from repro.types import Protocol, Row

DATASETS = {"ucf101": "UCF-101", "jhmdb21": "JHMDB-21", "demo": "demo"}
# Table 7 does not state its split; 5.2: "All the analytical experiments were conducted on the first split".
_PROTOCOLS = {
    "1": Protocol(),
    "mean": Protocol(THREE),
    "1 by 5.2": Protocol(note="the table does not say; 5.2: analytical experiments are on the first split"),
}
PROPOSED = MODELS["ours"]
PRINTED = read_rows(Path(__file__).parent, 1, _PROTOCOLS, lambda name, _: MODELS[name])

# Fig. 4 and Table 3 as curves over the observed part.
BY_LOSS = {f"mslstm-{loss}": {"loss": loss} for loss in LOSSES}
SINGLE = {name: MODELS[name] for name in ("context-lstm-plgl", "action-lstm-plgl")}

_BOTH = "table3/context+action-mslstm"
# What the paper finds: (claim, better row, worse row).
CLAIMS: tuple[tuple[str, str, str], ...] = (
    *(
        (f"both features beat {kind} alone ({words})", f"{_BOTH}-{loss}", f"table3/{kind}-lstm-{loss}")
        for loss, words in LOSSES.items()
        for kind in ("context", "action")
    ),
    *((f"pLGL beats {LOSSES[loss]}", f"{_BOTH}-plgl", f"{_BOTH}-{loss}") for loss in ("ce", "egl", "lgl")),
    *(
        (f"the multi-stage LSTM beats {name}", "table4/ours", f"table4/{name}")
        for name in ("concatenation", "swapped", "parallel")
    ),
    *(
        (f"averaging helps ({words})", f"table5/{loss}-w-2048", f"table5/{loss}-wo-2048")
        for loss, words in LOSSES.items()
    ),
    *(
        (f"2048 units beat 1024 ({words})", f"table5/{loss}-wo-2048", f"table5/{loss}-wo-1024")
        for loss, words in LOSSES.items()
    ),
    *(
        (f"sampling beats the first frames at K = {k}", f"table6/sampled-{k}", f"table6/first-{k}")
        for k in (10, 20, 30, 40)
    ),
    ("50 frames beat 10", "table6/first-50", "table6/first-10"),
    ("flow helps", "table7/ours+flow", "table4/ours"),
)


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
    return (*printed, *curves, *_units(name, protocol), *reading_rows(like))
