"""Paper 3's results as rows: those that it prints, without attention, highlighting measured, other readings.

A row differs from another in recipe fields (`overrides`: what the decoder reads and attends to) and in what
is done with its scores (`metric_options`: averaged with whose). In `printed.csv` a model is `obj-fc8` (a
decoder on C3D's fc6 that attends to fc8 of VGG for objects), `lstm-obj` (an LSTM on its fc6) or `cnn`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from repro.experiment.rows import AS_RUN, on_demo, read_rows, reading_rows, regression_row
from repro.types import Protocol, Row

ACTIVITYNET, HOLLYWOOD2 = "ActivityNet (203 classes)", "Hollywood2"
DATASETS = {"activitynet": ACTIVITYNET, "hollywood2": HOLLYWOOD2, "jhmdb21": "JHMDB-21", "demo": "demo"}
_TASKS = {ACTIVITYNET: {"task": "activitynet"}, HOLLYWOOD2: {"task": "hollywood2"}}
LAYERS = ("fc6", "fc8")


def alstm(attended: str, layer: str, **others: Any) -> dict[str, Any]:
    """The recipe fields of a decoder on C3D's fc6 that attends to a layer of another network."""
    return {"architecture": "alstm", "input": "c3d", "attended": attended, "layer": layer, **others}


def lstm(source: str) -> dict[str, Any]:
    """Those of the vanilla LSTM on a network's fc6."""
    return {"architecture": "lstm", "input": source}


ATTENDED = {"c3d": "C3D", "obj": "objects", "sce": "scenes", "act": "actions"}
_ATTENDING = [(x, layer) for x in ATTENDED for layer in LAYERS if (x, layer) != ("c3d", "fc6")]  # Table 1
VANILLA = lstm("c3d")
PROPOSED = alstm("act", "fc8")  # the best single model of Table 1
OVER_OBJECTS = alstm("obj", "fc8")  # ImageNet has no scenes, and no actions
HEADLINE: tuple[str, ...] = ("table1/alstm-vgg_act-fc8/map", "table2/act+obj+sce-all/map")
_OF_SEVERAL = {"task": "hollywood2", **alstm("obj", "fc8")}  # that of Table 4
HIGHLIGHTED = tuple(alstm(attended, "fc8") for attended in ("obj", "sce", "act"))  # Figs. 2, 3
_MODELS: dict[str, dict[str, Any]] = {
    "cnn": {"architecture": "cnn", "input": "c3d"},
    **{f"lstm-{source}": lstm(source) for source in ("c3d", "obj", "sce", "act")},
    **{f"{x}-{layer}": alstm(x, layer) for x in ("c3d", "obj", "sce", "act") for layer in LAYERS},
    "obj-fc8-b": alstm("obj", "fc8", variant="b"),
    "obj-fc8-x2": alstm("obj", "fc8", attended_per_step=2),  # T = 24
}
_PROTOCOLS = {
    "1": Protocol(),  # ActivityNet's validation videos, Hollywood2's test clips
    "window": Protocol(note="the videos are not stated; one window, 6 of 12 attended frames"),
}
PRINTED = read_rows(
    Path(__file__).parent, 3, _PROTOCOLS, lambda name, dataset: {**_TASKS[dataset], **_MODELS[name]}
)
# Figure 3 prints attention weights under six frames of one window, for three models (A10). Which videos they
# are of is not stated, so these rows are listed and never run.
_RUN = tuple(row for row in PRINTED if row.metric != "attention weight")

# Other readings of what the paper leaves open: name -> (what it is, recipe fields beside the best model's).
READINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "peephole": ("A4: peephole connections", {"peephole": True}),
    "loss-on-mean": ("A6: loss on the mean of the steps", {"loss_on": "mean"}),
    "no-dropout-of-context": ("A7: no dropout of k_t", {"dropout_context": False}),
    "dropout-of-input": ("A7: dropout of v_t", {"dropout_fc_input": True}),
    "attention-at-the-end": ("Fig. 4 (b): attention at the last step alone", {"variant": "b"}),
    "twice-the-frames": ("3.2: T = 24 attended frames", {"attended_per_step": 2}),
    "softmax-attended": ("A22: fc8 after the softmax", {"fc8": "softmax"}),
    "learned-start": ("A19: learned initial state", {"learn_initial_state": True}),
    "forget-bias": ("A19: forget bias 1", {"unit_forget_bias": True}),
    **{
        f"fc8-standardised-{x}": (
            f"A22: attention to fc8 of {what}, standardised",
            alstm(x, "fc8", fc8="standardised"),
        )
        for x, what in ATTENDED.items()
    },
}


# On Hollywood2's recipe, beside the same model there.
_HOLLYWOOD2_READINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "mean-over-classes": ("A23: loss on the mean over the classes", {"over_classes": "mean"}),
    "twice-the-frames-hollywood2": ("supplement: T = 24 attended frames", {"attended_per_step": 2}),
}


def _without_attention(like: Row) -> list[Row]:
    """Beyond the paper: the rows with attention, their frames weighted alike; what they lack is its."""
    metrics = {"/ac": "accuracy", "/map": "map"}
    if like.dataset == HOLLYWOOD2:
        metrics = {"": "map"}
    return [
        replace(
            like,
            id=f"mean/{attended}-{layer}{ending}",
            table="mean",
            row=f"mean of {ATTENDED[attended]} ({layer})",
            metric=metric,
            overrides={
                **_TASKS.get(like.dataset or "", {}),
                **alstm(attended, layer),
                "architecture": "mean",
            },
        )
        for attended, layer in _ATTENDING
        for ending, metric in metrics.items()
    ]


def _highlighting(like: Row) -> list[Row]:
    """Beyond the paper: attention weights as a detector of the frames in which the action happens."""
    like = replace(like, table="highlighting", metric="highlighting")
    return [
        replace(
            like,
            id=f"highlighting/{attended}-{layer}",
            row=f"attention to {ATTENDED[attended]} ({layer})",
            overrides=alstm(attended, layer),
        )
        for attended, layer in _ATTENDING
    ]


def _on_jhmdb(like: Row) -> tuple[Row, ...]:
    """What attention to objects adds to an LSTM, on short clips for which the paper prints nothing; and what
    needs neither.
    """
    models = {
        "table1/alstm-vgg_obj-fc8/ac": ("attention to objects (fc8)", alstm("obj", "fc8")),
        "mean/obj-fc8/ac": ("mean of objects (fc8)", alstm("obj", "fc8", architecture="mean")),
        "table1/lstm-c3d-fc6/ac": ("LSTM on chunks (fc6)", VANILLA),
    }
    ours = (
        replace(like, id=id, table=id.partition("/")[0].removeprefix("table"), row=row, overrides=fields)
        for id, (row, fields) in models.items()
    )
    return (*ours, regression_row(like, "1", VANILLA))


def rows(dataset: str) -> tuple[Row, ...]:
    """The rows that run on a data set; on `demo` those that are compared with our own rows."""
    name = DATASETS[dataset]
    if dataset == "jhmdb21":
        return _on_jhmdb(Row(paper=3, id="", table="", row="", dataset=name, protocol=AS_RUN))
    base = {**_TASKS.get(name, {}), **PROPOSED}
    readings = {reading: (what, {**base, **fields}) for reading, (what, fields) in READINGS.items()}
    several = {n: (what, {**_OF_SEVERAL, **fields}) for n, (what, fields) in _HOLLYWOOD2_READINGS.items()}
    like = Row(paper=3, id="", table="readings", row="", dataset=name)
    like = replace(like, protocol=AS_RUN) if dataset == "demo" else like
    printed = tuple(row for row in _RUN if row.dataset == name)
    if dataset == "demo":
        printed = on_demo(row for row in _RUN if "over" not in row.metric_options)
        printed = (*printed, *_highlighting(like))
    if dataset != "hollywood2":
        printed = (*printed, *reading_rows(like, readings))
    if dataset != "activitynet":
        printed = (*printed, *reading_rows(replace(like, metric="map"), several))
    return (*printed, *_without_attention(like))
