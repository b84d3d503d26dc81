"""Row material that papers 1 and 2 share: the curves over the observed part, the readings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from repro.experiment import rows
from repro.types import Row

Models = Mapping[str, Mapping[str, Any]]
MODELS: dict[str, dict[str, Any]] = {
    "context+action-mslstm": {"variant": "ms_lstm", "features": ("context", "action")},
    "context-lstm": {"variant": "single_lstm", "features": ("context",)},
    "action-lstm": {"variant": "single_lstm", "features": ("action",)},
}
WHOLE = {"observed": "100%", "pooled": True}
INSIDE = "inside"  # metric: how much of a map lies within the actor's box
MAPS = {
    "map": "class activation map of the predicted class",
    "conv5_3": "conv5-3, mean over channels",
    "gated": "gated conv5-3, mean over channels",
    "even": "no map: every place alike",
    "middle": "no map: the middle alone",
}
_WITH_BOXES = ("demo", "jhmdb21")
_ALONE = {"alone": True, "pooled": False}  # no model of the paper's; its features are averaged already
# Parts of a clip at which everything is measured: "5 frames" or a share of its own length.
FRACTIONS = ("first frame", "2 frames", "10%", "20%", "50%", "100%")

# The other readings of our list that are options: name -> (what it is, recipe fields).
READINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "peephole": ("A1: diagonal peepholes, Eqs. (1)-(5)", {"cell": "peephole"}),
    "full-peephole": ("A1: peepholes with full matrices", {"cell": "full_peephole"}),
    "context-gate": ("A3: by the class that the context path predicts", {"select": "context"}),
    "mean-map": ("A3 (d): mean of the maps of all classes", {"select": "mean"}),
    "max-map": ("A3 (d): maximum of the maps of all classes", {"select": "max"}),
    "label-in-training": ("A3 (b): the label gates training videos", {"select": "label_in_training"}),
    "cam-conv5_3": ("A4 (A): the map from an own conv5-3", {"cam_from": "conv5_3"}),
    "cam-context": ("A4 (C): the map from the context path's conv5-3", {"cam_from": "context"}),
    # At the rate of the rest: a sum's gradients are so much larger already.
    "sum-pooling": ("A8: F_l a sum, as the formula", {"cam_pooling": "sum", "loc_rate_ratio": 1.0}),
    "own-fc": ("A6: own fc6 and fc7 behind the gate", {"own_fc": True}),
    "plain-gate": ("A9: Eq. (7) alone, no rescaling", {"rescale": "none"}),
    "min-max-gate": ("A9: the public code's scaling of the map", {"rescale": "min_max"}),
    "without-1-over-n": ("A11: no factor 1/N", {"loss": "anticipation_without_1_over_n"}),
    "ce-every-frame": ("A46: cross-entropy on every frame", {"loss": "ce_every_frame"}),
    "zero-padding": ("A15: short videos end in zeros, as the public code", {"short_videos": "zeros"}),
    "literal-alpha": ("A18: alpha = 0.3 taken literally", {"literal_alpha": True}),
}
# A3 (c): the test label chooses the map. It measures what a leak would be worth and is no result.
ORACLE = ("A3 (c), a diagnosis with the label in it, NOT a result", {"select": "oracle"})
# The proposed model by whose class the map of a frame is taken, for the figure that sets them side by side.
GATES: Models = {
    "by the predicted class": {},
    "by the context path's class": READINGS["context-gate"][1],
    "by the true class (no result)": ORACLE[1],
}


def fraction_rows(like: Row, models: Models, beginning: str = "fractions", **options: Any) -> tuple[Row, ...]:
    """Each model's curve over the observed part, with and without averaging; the papers print no number.

    like: what the rows share. options: of the metric, besides.
    """
    return tuple(
        replace(
            like,
            id=f"{beginning}/{name}/{way}",
            row=f"{name}{', stage 1' if 'stage' in options else ''}, {words} averaging",
            metric="accuracy_at_fractions",
            overrides=overrides,
            metric_options={"observed": FRACTIONS, "pooled": pooled, **options},
        )
        for name, overrides in models.items()
        for pooled, way, words in ((True, "averaged", "with"), (False, "frame", "without"))
    )


def regression_rows(printed: Iterable[Row], curve: Row) -> tuple[Row, ...]:
    """Logistic regression on mean features beside the tables of `printed`: at each part that one of their
    accuracies is measured at, by the same protocol; and its curve over the observed part.

    curve: what the rows of curves share. Without printed ones it runs when named.
    """
    at = {}
    for row in printed:
        options = {name: of for name, of in row.metric_options.items() if name in ("observed", "seen")}
        if row.metric == "accuracy" and options.get("observed"):
            frames = {"frames": "spaced"} if "seen" in options else {}
            when = options.get("seen", options["observed"])
            begins = row.id.split("/")[0]
            at[begins, when] = replace(
                row,
                id=f"{begins}/{rows.REGRESSION}/{when.rstrip('%')}",
                row=rows.REGRESSION_IN_WORDS,
                printed=None,
                overrides=frames,
                metric_options={**options, **_ALONE},
            )
    _, of_parts = fraction_rows(replace(curve, on_request=not at), {rows.REGRESSION: {}})
    of_parts = replace(
        of_parts,
        id=f"fractions/{rows.REGRESSION}",
        row=rows.REGRESSION_IN_WORDS,
        metric_options={**of_parts.metric_options, **_ALONE},
    )
    return (*at.values(), of_parts)


def place_rows(dataset: str, like: Row) -> tuple[Row, ...]:
    """Where the proposed model's maps lie, beside what needs no network; no number is printed.

    On filmed actors they run when named: not every copy of the data set has its boxes.
    """
    if dataset not in _WITH_BOXES:
        return ()
    like = replace(like, table="maps", metric=INSIDE, on_request=dataset != "demo")
    return tuple(
        replace(like, id=f"inside/{name}", row=what, metric_options={"map": name})
        for name, what in MAPS.items()
    )


def stage1_rows(like: Row, models: Models) -> tuple[Row, ...]:
    """What the first stages of MS-LSTMs say by themselves: whether the second one improves on it."""
    return fraction_rows(like, models, "stage1", stage=1)


def reading_rows(like: Row, action: Mapping[str, Any]) -> tuple[Row, ...]:
    """The proposed model under each other reading, and what a leak of the label would be worth.

    On whole clips and at the first frame, where the gate decides most; run when named. action: the LSTM on
    action-aware features, in which nothing but the gate could bring in the label.
    """
    like = replace(like, metric_options=WHOLE)
    ours = rows.reading_rows(replace(like, table="readings"), READINGS)
    what, oracle = ORACLE
    like = replace(
        like, id="diagnosis/oracle", table="diagnosis", row=what, overrides=oracle, on_request=True
    )
    of_action = replace(
        like, id=f"{like.id}/action-lstm", row=f"{what}; Action-Aware LSTM", overrides={**action, **oracle}
    )
    ours += (like, of_action)
    early = {**WHOLE, "observed": "first frame"}
    return (*ours, *(replace(row, id=f"{row.id}/first-frame", metric_options=early) for row in ours))


def readings_of(reading: str, at: Iterable[Row]) -> tuple[Row, ...]:
    """Rows of the paper's tables again, all under one of `READINGS`: `readings/own-fc/table3/...`.

    For readings that a whole table must be made under before its rows may be compared; run when named.
    """
    what, fields = READINGS[reading]
    return tuple(
        replace(
            row,
            id=f"readings/{reading}/{row.id}",
            row=f"{what}; {row.row}",
            printed=None,
            overrides={**row.overrides, **fields},
            on_request=True,
        )
        for row in at
    )


def under_readings(at: Sequence[Row], features: tuple[str, ...], usual_loss: str) -> tuple[Row, ...]:
    """The rows among `at` that other readings of the whole table decide.

    own-fc: the tables of `features`, which compare context with action. without-1-over-n: where the papers'
    loss (`usual_loss`, of rows that name none) stands beside LGL. ce-every-frame: where CE stands.
    """
    losses = {row.id: row.overrides.get("loss", usual_loss) for row in at}
    with_lgl = {row.table for row in at if losses[row.id] == "lgl"}
    return (
        *readings_of("own-fc", (row for row in at if row.table in features)),
        *readings_of(
            "without-1-over-n",
            (row for row in at if row.table in with_lgl and losses[row.id] == usual_loss),
        ),
        *readings_of("ce-every-frame", (row for row in at if losses[row.id] == "ce")),
    )
