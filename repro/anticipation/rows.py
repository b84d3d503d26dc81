"""Row material that papers 1 and 2 share: the curves over the observed part, the readings."""

from __future__ import annotations

from collections.abc import Mapping
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
# Parts of a clip at which everything is measured: "5 frames" or a share of its own length.
FRACTIONS = ("first frame", "2 frames", "10%", "20%", "50%", "100%")

# The readings of section 9 that are options: name -> (what it is, recipe fields).
READINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "peephole": ("9.1: diagonal peepholes, Eqs. (1)-(5)", {"cell": "peephole"}),
    "full-peephole": ("9.1: peepholes with full matrices", {"cell": "full_peephole"}),
    "mean-map": ("9.3 (d): mean of the maps of all classes", {"select": "mean"}),
    "max-map": ("9.3 (d): maximum of the maps of all classes", {"select": "max"}),
    "label-in-training": ("9.3 (b): the label gates training videos", {"select": "label_in_training"}),
    "cam-conv5_3": ("9.4 (A): the map from an own conv5-3", {"cam_from": "conv5_3"}),
    "cam-context": ("9.4 (C): the map from the context path's conv5-3", {"cam_from": "context"}),
    "own-fc": ("9.6: own fc6 and fc7 behind the gate", {"own_fc": True}),
    "plain-gate": ("9.9: Eq. (7) alone, no rescaling", {"rescale": "none"}),
    "min-max-gate": ("9.9: the public code's scaling of the map", {"rescale": "min_max"}),
    "without-1-over-n": ("9.11: no factor 1/N", {"loss": "anticipation_without_1_over_n"}),
    "zero-padding": ("9.15: short videos end in zeros, as the public code", {"short_videos": "zeros"}),
    "literal-alpha": ("9.18: alpha = 0.3 taken literally", {"literal_alpha": True}),
}
# 9.3 (c): the test label chooses the map. It measures what a leak would be worth and is no result.
ORACLE = ("9.3 (c), a diagnosis with the label in it, NOT a result", {"select": "oracle"})


def fraction_rows(like: Row, models: Models, beginning: str = "fractions") -> tuple[Row, ...]:
    """Each model's curve over the observed part, with and without averaging; the papers print no number.

    like: what the rows share.
    """
    return tuple(
        replace(
            like,
            id=f"{beginning}/{name}/{way}",
            row=f"{name}, {words} averaging",
            metric="accuracy_at_fractions",
            overrides=overrides,
            metric_options={"observed": FRACTIONS, "pooled": pooled},
        )
        for name, overrides in models.items()
        for pooled, way, words in ((True, "averaged", "with"), (False, "frame", "without"))
    )


def reading_rows(like: Row) -> tuple[Row, ...]:
    """The proposed model under each other reading of section 9, and the oracle as a diagnosis."""
    like = replace(like, table="9", metric_options=WHOLE)
    (oracle,) = rows.reading_rows(like, {"oracle": ORACLE})
    return (*rows.reading_rows(like, READINGS), replace(oracle, id="diagnosis/oracle"))
