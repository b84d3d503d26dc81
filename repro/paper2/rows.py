"""Paper 2's results as rows: those that it prints, the curves of Figs. 5 and 6, other readings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

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
from repro.paper2.model import CITED, LOSSES, MODELS
from repro.types import Protocol, Row

UCF, UT = "UCF-101", "UT-Interaction"
DATASETS = {"ucf101": UCF, "jhmdb21": "JHMDB-21", "ut_interaction": UT, "demo": "demo"}
REAL_ON_TWO_CORES = ("JHMDB-21", UT)  # where logistic regression stands in every table
_LEFT_OUT = tuple(str(sequence) for sequence in range(1, 21))
FOLDS = Protocol(
    _LEFT_OUT,
    {"set 1": _LEFT_OUT[:10], "set 2": _LEFT_OUT[10:]},
    "leave one sequence out in each set; how the two sets are combined is not stated",
)
_PROTOCOLS = {
    "1": Protocol(),
    "1 inferred": Protocol(note="the text does not say which split; inferred"),
    "mean": Protocol(THREE),
    "mean by 4.1": Protocol(THREE, note="by section 4.1; the values equal those of split 1"),
    "folds": FOLDS,
}
PROPOSED, PROPOSED_LOSS = MODELS["ours"], "anticipation"
HEADLINE: tuple[str, ...] = (
    *(f"table{table}/context+action-mslstm/{when}" for table in (1, 2) for when in ("earliest", "latest")),
    "table3/context+action-mslstm/earliest",
)
_READ = read_rows(Path(__file__).parent, 2, _PROTOCOLS, lambda name, _: MODELS[name])
# What the authors ran beside their own method in Tables 1 to 3; with averaging and without (A42).
BASELINES = tuple(row for row in _READ if "/context-lstm-" in row.id)
PRINTED = tuple(row for row in _READ if row not in BASELINES)

# Figs. 5 and 6 (losses; without and with averaging) and Table 4 as curves.
BY_LOSS = {f"mslstm-{loss}": {"loss": loss} for loss in LOSSES}
SINGLE = {f"{kind}-lstm-anticipation": MODELS[f"{kind}-lstm"] for kind in ("context", "action")}
OTHER_LOSSES = {name: MODELS[name] for name in ("context-lstm-exp_softmax", "context-lstm-ranking")}

_BOTH = "context+action-mslstm"
_WHEN = ("earliest", "latest")


def _spaced(dataset: str, protocol: Protocol) -> tuple[Row, ...]:
    """A38 (b): T frames spaced evenly over what is observed. On UT-Interaction they stand beside Table 2, and
    so do the baselines."""
    words = {_BOTH: "Ours"}
    if dataset == UT:
        words |= {f"context-lstm-{loss}": f"Context-Aware+{name}" for name, loss in CITED.items()}
    return tuple(
        Row(
            paper=2,
            id=f"{'table2-spaced' if dataset == UT else 'readings/spaced'}/{model}/{when}",
            table="2",
            row=f"{name}, frames spaced over the observed part (A38 b)",
            dataset=dataset,
            protocol=protocol,
            overrides={**MODELS[model], "frames": "spaced"},
            metric_options={**WHOLE, "seen": span},
            on_request=dataset != UT,
        )
        for model, name in words.items()
        for when, span in zip(_WHEN, ("50%", "100%"), strict=True)
    )


def _after_35_frames(like: Row) -> tuple[Row, ...]:
    """Fig. 5: what the other losses reach after 30 to 40 frames, by 4.4.1 about what ours does after 2."""
    return tuple(
        replace(
            like,
            id=f"figure5/mslstm-{loss}/35-frames",
            row=f"mslstm-{loss}",
            overrides={"loss": loss},
            metric_options={"observed": "35 frames", "pooled": False},
        )
        for loss in LOSSES
        if loss != PROPOSED_LOSS
    )


def rows(dataset: str) -> tuple[Row, ...]:
    """The rows that run on a data set; on `demo` those of UCF-101, compared with each other only."""
    name, demo = DATASETS[dataset], dataset == "demo"
    printed = tuple(row for row in _READ if row.dataset == (UCF if demo else name))
    if demo:
        printed = on_demo(row for row in printed if row.metric == "accuracy")
    protocol = {"demo": AS_RUN, UT: FOLDS}.get(name, Protocol())
    like = Row(paper=2, id="", table="figures-5-6", row="", dataset=name, protocol=protocol)
    curves = fraction_rows(like, {**BY_LOSS, **SINGLE, **OTHER_LOSSES})
    supplement = replace(like, table="supplement", on_request=True)
    curves += fraction_rows(supplement, {"mslstm+flow": MODELS["flow"]}, "supplement")
    spaced = _spaced(name, protocol) if demo or name == UT else ()
    readings = (
        *reading_rows(like, MODELS["action-lstm"]),
        *under_readings((*printed, *curves), ("4", "text-4.4.2"), PROPOSED_LOSS),
    )
    after_35 = _after_35_frames(like) if name in ("demo", UCF) else ()  # others' clips are over by then
    regressions = regression_rows((*printed, *spaced) if name in REAL_ON_TWO_CORES else (), like)
    return (
        *printed,
        *spaced,
        *regressions,
        *curves,
        *after_35,
        *stage1_rows(like, BY_LOSS),
        *place_rows(dataset, like),
        *readings,
    )
