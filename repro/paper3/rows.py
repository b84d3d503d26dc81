"""Paper 3's results as rows: those that it prints, highlighting measured, other readings.

A row differs from another in recipe fields (`overrides`: what the decoder reads and attends to) and in what
is done with its scores (`metric_options`: averaged with whose). In `printed.csv` a model is `obj-fc8` (a
decoder on C3D's fc6 that attends to fc8 of VGG for objects), `lstm-obj` (an LSTM on its fc6) or `cnn`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from repro.experiment.rows import AS_RUN, on_demo, read_rows, reading_rows
from repro.types import Protocol, Row

ACTIVITYNET, HOLLYWOOD2 = "ActivityNet (203 classes)", "Hollywood2"
DATASETS = {"activitynet": ACTIVITYNET, "hollywood2": HOLLYWOOD2, "demo": "demo"}
_TASKS = {ACTIVITYNET: {"task": "activitynet"}, HOLLYWOOD2: {"task": "hollywood2"}}
LAYERS = ("fc6", "fc8")


def alstm(attended: str, layer: str, **others: Any) -> dict[str, Any]:
    """The recipe fields of a decoder on C3D's fc6 that attends to a layer of another network."""
    return {"architecture": "alstm", "input": "c3d", "attended": attended, "layer": layer, **others}


def lstm(source: str) -> dict[str, Any]:
    """Those of the vanilla LSTM on a network's fc6."""
    return {"architecture": "lstm", "input": source}


VANILLA = lstm("c3d")
PROPOSED = alstm("act", "fc8")  # the best single model of Table 1
HIGHLIGHTED = tuple(alstm(attended, "fc8") for attended in ("sce", "obj", "act"))  # Figs. 2, 3
_MODELS: dict[str, dict[str, Any]] = {
    "cnn": {"architecture": "cnn", "input": "c3d"},
    **{f"lstm-{source}": lstm(source) for source in ("c3d", "obj", "sce", "act")},
    **{f"{x}-{layer}": alstm(x, layer) for x in ("c3d", "obj", "sce", "act") for layer in LAYERS},
    "obj-fc8-b": alstm("obj", "fc8", variant="b"),
    "obj-fc8-x2": alstm("obj", "fc8", attended_per_step=2),  # T = 24
}
_PROTOCOLS = {
    "1": Protocol(),  # ActivityNet's validation videos, Hollywood2's test clips
    "window": Protocol(note="of which videos is not said; one window, 6 of 12 attended frames"),
}
PRINTED = read_rows(
    Path(__file__).parent, 3, _PROTOCOLS, lambda name, dataset: {**_TASKS[dataset], **_MODELS[name]}
)
# Figure 3 prints attention weights under six frames of one window, for three models (9.10). Which videos they
# are of is not said, so these rows are listed and never run.
_RUN = tuple(row for row in PRINTED if row.metric != "attention weight")

# The readings of section 9 that are options: name -> (what it is, recipe fields beside the best model's).
READINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "peephole": ("9.4: peephole connections", {"peephole": True}),
    "loss-on-mean": ("9.6: loss on the mean of the steps", {"loss_on": "mean"}),
    "no-dropout-of-context": ("9.7: no dropout of k_t", {"dropout_context": False}),
    "dropout-of-input": ("9.7: dropout of v_t", {"dropout_fc_input": True}),
    "softmax-attended": ("2.4: fc8 after the softmax", {"fc8_softmax": True}),
    "learned-start": ("3.6: learned initial state", {"learn_initial_state": True}),
    "forget-bias": ("9.19: forget bias 1", {"unit_forget_bias": True}),
}


def _highlighting(like: Row) -> list[Row]:
    """Beyond the paper: attention weights as a detector of the frames in which the action happens."""
    names = {"sce": "scenes", "obj": "objects", "act": "actions", "c3d": "C3D"}
    shown = [(x, layer) for x in ("sce", "obj", "act") for layer in LAYERS]
    like = replace(like, table="highlighting", metric="highlighting")
    return [
        replace(
            like,
            id=f"highlighting/{attended}-{layer}",
            row=f"attention to {names[attended]} ({layer})",
            overrides=alstm(attended, layer),
        )
        for attended, layer in (*shown, ("c3d", "fc8"))
    ]


def rows(dataset: str) -> tuple[Row, ...]:
    """The rows that run on a data set; on `demo` those that are compared with our own rows."""
    name = DATASETS[dataset]
    base = {**_TASKS.get(name, {}), **PROPOSED}
    readings = {reading: (what, {**base, **fields}) for reading, (what, fields) in READINGS.items()}
    like = Row(paper=3, id="", table="9", row="", dataset=name)
    if dataset == "demo":
        like = replace(like, protocol=AS_RUN)
        found = on_demo(row for row in _RUN if "over" not in row.metric_options)
        return (*found, *_highlighting(like), *reading_rows(like, readings))
    found = tuple(row for row in _RUN if row.dataset == name)
    return (*found, *(reading_rows(like, readings) if dataset == "activitynet" else ()))
