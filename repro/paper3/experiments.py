"""Paper 3's results as rows: which model on which data, and the number the paper prints.

A row differs from another in recipe fields (`overrides`: what the decoder reads and attends to) and in what
is done with its scores (`metric_options`: averaged with whose).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from repro.types import Row

ACTIVITYNET, HOLLYWOOD2 = "ActivityNet (203 classes)", "Hollywood2"
DATASETS = {"activitynet": ACTIVITYNET, "hollywood2": HOLLYWOOD2, "demo": "demo"}
SPLITS = {
    ACTIVITYNET: "official validation split, 8403 trimmed samples, used as test set",
    HOLLYWOOD2: "test, 884 clips",
}
FIGURE_SPLIT = "one window, 6 of 12 attended frames"
TASKS = {ACTIVITYNET: "activitynet", HOLLYWOOD2: "hollywood2"}
LAYERS = ("fc6", "fc8")


def alstm(attended: str, layer: str, **others: Any) -> dict[str, Any]:
    """The recipe fields of a decoder on C3D's fc6 that attends to a layer of another network."""
    return {"architecture": "alstm", "input": "c3d", "attended": attended, "layer": layer, **others}


def lstm(source: str) -> dict[str, Any]:
    """Those of the vanilla LSTM on a network's fc6."""
    return {"architecture": "lstm", "input": source}


CNN: dict[str, Any] = {"architecture": "cnn", "input": "c3d"}
VANILLA = lstm("c3d")
PROPOSED = alstm("act", "fc8")  # the best single model of Table 1
HIGHLIGHTED = tuple(alstm(attended, "fc8") for attended in ("sce", "obj", "act"))  # Figs. 2, 3

# Models of Tables 1 and 4: name -> recipe fields, AC and mAP on ActivityNet, mAP on Hollywood2.
_SINGLE: dict[str, tuple[dict[str, Any], tuple[float, float] | None, float]] = {
    "C3D (fc8)": (CNN, (40.9, 40.0), 41.4),
    "LSTM-C3D (fc6)": (VANILLA, (40.3, 40.6), 39.9),
    "aLSTM-C3D (fc8)": (alstm("c3d", "fc8"), (42.7, 42.5), 44.4),
    "aLSTM-VGG_obj (fc6)": (alstm("obj", "fc6"), (45.7, 46.2), 43.6),
    "aLSTM-VGG_obj (fc8)": (alstm("obj", "fc8"), (47.4, 48.0), 46.3),
    "aLSTM-VGG_obj (fc8)(b)": (alstm("obj", "fc8", variant="b"), None, 44.1),
    "aLSTM-VGG_sce (fc6)": (alstm("sce", "fc6"), (44.0, 43.9), 43.6),
    "aLSTM-VGG_sce (fc8)": (alstm("sce", "fc8"), (45.3, 44.9), 41.6),
    "aLSTM-VGG_act (fc6)": (alstm("act", "fc6"), (47.0, 47.3), 44.8),
    "aLSTM-VGG_act (fc8)": (alstm("act", "fc8"), (48.1, 48.6), 45.3),
}
# Combinations of Tables 2 and 5.
_COMBINED: dict[tuple[str, str], tuple[tuple[float, float] | None, float | None]] = {
    ("act+obj", "fc6"): ((50.0, 51.0), 46.2),
    ("act+obj", "fc8"): ((50.7, 51.4), 48.5),
    ("act+obj", "all"): (None, 48.7),
    ("act+sce", "fc6"): ((50.4, 50.7), 46.1),
    ("act+sce", "fc8"): ((50.7, 51.2), 45.2),
    ("act+obj+sce", "fc6"): ((51.4, 52.4), 46.6),
    ("act+obj+sce", "fc8"): ((51.5, 52.8), 47.9),
    ("act+obj+sce", "all"): ((52.8, 54.2), 48.1),
}
# Table 3: an LSTM on VGG's fc6 beside attention to it. Its mAP is on another scale than Table 1's (9.14).
_TABLE3: dict[str, tuple[dict[str, Any], tuple[float, float]]] = {
    "LSTM-VGG_obj (fc6)": (lstm("obj"), (42.2, 47.6)),
    "aLSTM-VGG_obj (fc6)": (alstm("obj", "fc6"), (45.6, 51.2)),
    "LSTM-VGG_sce (fc6)": (lstm("sce"), (39.0, 44.4)),
    "aLSTM-VGG_sce (fc6)": (alstm("sce", "fc6"), (44.0, 49.5)),
    "LSTM-VGG_act (fc6)": (lstm("act"), (45.9, 51.1)),
    "aLSTM-VGG_act (fc6)": (alstm("act", "fc6"), (47.0, 52.4)),
}
# Figure 3: attention weights printed under six frames of one window, for three models (9.10).
_FIGURE3: dict[tuple[str, str], tuple[tuple[int, ...], tuple[tuple[float, ...], ...]]] = {
    ("Figure 3a", "Yatching"): (
        (1463, 1495, 1527, 1543, 1607, 1639),
        (
            (0.021, 0.002, 0.280, 0.253, 0.067, 0.140),
            (0.034, 0.008, 0.187, 0.250, 0.025, 0.216),
            (0.008, 0.005, 0.307, 0.380, 0.024, 0.027),
        ),
    ),
    ("Figure 3b", "Having Massage"): (
        (1308, 1324, 1388, 1420, 1452, 1468),
        (
            (0.156, 0.212, 0.018, 0.018, 0.016, 0.139),
            (0.148, 0.199, 0.047, 0.048, 0.047, 0.080),
            (0.164, 0.162, 0.045, 0.046, 0.045, 0.100),
        ),
    ),
}


def _slug(name: str) -> str:
    """`aLSTM-VGG_obj (fc8)(b)` -> `alstm-vgg_obj-fc8-b`."""
    return name.lower().replace(" ", "").replace(")(", "-").replace("(", "-").replace(")", "")


def _row(
    id: str,
    table: str,
    name: str,
    dataset: str,
    metric: str,
    printed: float | None,
    overrides: Mapping[str, Any],
    **options: Any,
) -> Row:
    task = {"task": TASKS[dataset]} if dataset in TASKS else {}
    unit = "points" if metric == "improvement" else "percent"
    return Row(
        3,
        id,
        table,
        name,
        dataset,
        SPLITS.get(dataset, ""),
        metric,
        printed,
        unit,
        {**task, **overrides},
        {
            key: _with_task(value, task) if key in ("combined", "over_model") else value
            for key, value in options.items()
        },
    )


def _with_task(value: Any, task: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        return {**task, **value}
    return [{**task, **each} for each in value]


def _both(
    beginning: str,
    table: str,
    name: str,
    printed: tuple[float, float],
    overrides: Mapping[str, Any],
    **options: Any,
) -> list[Row]:
    """The two numbers that ActivityNet's tables print of a model."""
    return [
        _row(f"{beginning}/{short}", table, name, ACTIVITYNET, metric, value, overrides, **options)
        for (short, metric), value in zip((("ac", "accuracy"), ("map", "map")), printed, strict=True)
    ]


def members(named: str, layer: str) -> list[dict[str, Any]]:
    """The models of a combination: `act+obj`, `fc8`; `all` means both layers of those named (9.11)."""
    layers = LAYERS if layer == "all" else (layer,)
    return [alstm(attended, each) for each in layers for attended in named.split("+")]


def _singles() -> list[Row]:
    rows = []
    for name, (overrides, activitynet, hollywood2) in _SINGLE.items():
        if activitynet is not None:
            rows += _both(f"table1/{_slug(name)}", "1", name, activitynet, overrides)
        rows.append(_row(f"table4/{_slug(name)}", "4", name, HOLLYWOOD2, "map", hollywood2, overrides))
    for name, (overrides, printed) in _TABLE3.items():
        rows += _both(f"table3/{_slug(name)}", "3", name, printed, overrides)
    return rows


def _combined() -> list[Row]:
    rows = [
        *_both("table2/cnn-c3d-fc8", "2", "CNN-C3D (fc8)", (40.9, 40.0), CNN),
        _row("table5/cnn-c3d-fc8", "5", "CNN-C3D (fc8)", HOLLYWOOD2, "map", 41.4, CNN),
    ]
    for (named, layer), (activitynet, hollywood2) in _COMBINED.items():
        name = f"aLSTM-VGG_{named} ({layer})"
        first, *others = members(named, layer)
        if activitynet is not None:
            rows += _both(f"table2/{named}-{layer}", "2", name, activitynet, first, combined=others)
        if hollywood2 is not None:
            id = f"table5/{named}-{layer}"
            rows.append(_row(id, "5", name, HOLLYWOOD2, "map", hollywood2, first, combined=others))
    return rows


def _gains() -> list[Row]:
    """Differences that the text quotes."""
    first, *others = members("act+obj+sce", "all")
    best, *with_it = members("act+obj", "all")
    object_fc8 = alstm("obj", "fc8")
    return [
        _row(
            "text/T24-over-T12",
            "text-A",
            "T=24 minus T=12",
            HOLLYWOOD2,
            "improvement",
            0.2,
            {**object_fc8, "attended_per_step": 2},
            of="map",
            over_model=object_fc8,
        ),
        _row(
            "text/b-over-a",
            "text-A",
            "variant b minus variant a",
            HOLLYWOOD2,
            "improvement",
            -2.2,
            alstm("obj", "fc8", variant="b"),
            of="map",
            over_model=object_fc8,
        ),
        _row(
            "text/alstm-over-lstm",
            "text-1",
            "best single aLSTM minus vanilla LSTM",
            ACTIVITYNET,
            "improvement",
            8.0,
            PROPOSED,
            of="map",
            over_model=VANILLA,
        ),
        _row(
            "text/combination-over-single",
            "text-4.4",
            "best combination minus best single",
            ACTIVITYNET,
            "improvement",
            5.6,
            first,
            of="map",
            combined=others,
            over_model=PROPOSED,
        ),
        _row(
            "text/alstm-c3d-over-lstm",
            "text-4.3",
            "aLSTM-C3D minus LSTM-C3D, approximately",
            ACTIVITYNET,
            "improvement",
            2.0,
            alstm("c3d", "fc8"),
            of="map",
            over_model=VANILLA,
        ),
        _row(
            "text/alstm-c3d-over-lstm-hollywood2",
            "text-A",
            "aLSTM-C3D minus LSTM-C3D, approximately",
            HOLLYWOOD2,
            "improvement",
            4.0,
            alstm("c3d", "fc8"),
            of="map",
            over_model=VANILLA,
        ),
        _row(
            "text/combination-over-soft-attention",
            "text-A",
            "best combination minus [32], approximately",
            HOLLYWOOD2,
            "improvement",
            5.0,
            best,
            of="map",
            combined=with_it,
            over=43.9,
        ),
    ]


def _figure3() -> list[Row]:
    """The printed weights. Which videos they are of is not said, so these rows are listed and never run."""
    rows = []
    for (figure, name), (frames, printed) in _FIGURE3.items():
        for number, (model, weights) in enumerate(zip(HIGHLIGHTED, printed, strict=True), start=1):
            for frame, weight in zip(frames, weights, strict=True):
                row = _row(
                    f"{figure.lower().replace(' ', '')}/{model['attended']}-{frame}",
                    figure,
                    f"{name}, row {number}, frame {frame}",
                    ACTIVITYNET,
                    "attention weight",
                    weight,
                    model,
                )
                rows.append(replace(row, split=FIGURE_SPLIT, unit="weight"))
    return rows


def _highlighting(dataset: str) -> list[Row]:
    """Beyond the paper: attention weights as a detector of the frames in which the action happens."""
    names = {"sce": "scenes", "obj": "objects", "act": "actions", "c3d": "C3D"}
    shown = [
        (f"{attended}-{layer}", attended, layer) for attended in ("sce", "obj", "act") for layer in LAYERS
    ]
    return [
        _row(
            f"highlighting/{name}",
            "highlighting",
            f"attention to {names[attended]} ({layer})",
            dataset,
            "highlighting",
            None,
            alstm(attended, layer),
        )
        for name, attended, layer in (*shown, ("c3d-fc8", "c3d", "fc8"))
    ]


# The readings of section 9 that are options: name -> (what it is, recipe fields of the model).
READINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "peephole": ("9.4: peephole connections", {**PROPOSED, "peephole": True}),
    "loss-on-mean": ("9.6: loss on the mean of the steps", {**PROPOSED, "loss_on": "mean"}),
    "no-dropout-of-context": ("9.7: no dropout of k_t", {**PROPOSED, "dropout_context": False}),
    "dropout-of-input": ("9.7: dropout of v_t", {**PROPOSED, "dropout_fc_input": True}),
    "softmax-attended": ("2.4: fc8 after the softmax", {**PROPOSED, "fc8_softmax": True}),
    "learned-start": ("3.6: learned initial state", {**PROPOSED, "learn_initial_state": True}),
    "forget-bias": ("9.19: forget bias 1", {**PROPOSED, "unit_forget_bias": True}),
}


def _readings(dataset: str) -> list[Row]:
    return [
        _row(f"readings/{name}", "9", what, dataset, "accuracy", None, overrides)
        for name, (what, overrides) in READINGS.items()
    ]


_RUN = (*_singles(), *_combined(), *_gains())
PRINTED: tuple[Row, ...] = (*_RUN, *_figure3())


def rows(dataset: str) -> tuple[Row, ...]:
    """The rows that run on a data set; on `demo` those that are compared with our own rows."""
    name = DATASETS[dataset]
    if dataset == "demo":
        found = [
            replace(row, dataset="demo", printed=None) for row in _RUN if "over" not in row.metric_options
        ]
        return (*found, *_highlighting("demo"), *_readings("demo"))
    found = [row for row in _RUN if row.dataset == name]
    return (*found, *(_readings(name) if dataset == "activitynet" else ()))


def chosen(rows: Sequence[Row], wanted: Sequence[str]) -> tuple[Row, ...]:
    """Rows whose id begins with one of `wanted`; `all`: those of tables, text and highlighting."""
    if list(wanted) == ["all"]:
        return tuple(row for row in rows if not row.id.startswith("readings/"))
    return tuple(row for row in rows if any(row.id.startswith(beginning) for beginning in wanted))


def _claims() -> Iterable[tuple[str, str, str]]:
    vanilla = "table1/lstm-c3d-fc6/ac"
    yield "LSTM-C3D beats C3D's softmax", vanilla, "table1/c3d-fc8/ac"
    for name in ("c3d-fc8", *(f"vgg_{x}-{layer}" for x in ("obj", "sce", "act") for layer in LAYERS)):
        yield f"aLSTM-{name} beats LSTM-C3D", f"table1/alstm-{name}/ac", vanilla
    for x in ("obj", "sce", "act"):
        yield f"fc8 beats fc6, VGG_{x}", f"table1/alstm-vgg_{x}-fc8/ac", f"table1/alstm-vgg_{x}-fc6/ac"
        attended, alone = f"table3/alstm-vgg_{x}-fc6/ac", f"table3/lstm-vgg_{x}-fc6/ac"
        yield f"attention to VGG_{x} fc6 beats an LSTM on it", attended, alone
    best = "table1/alstm-vgg_act-fc8/ac"
    for name in ("act+obj-fc8", "act+sce-fc8", "act+obj+sce-fc8", "act+obj+sce-all"):
        yield f"{name} combined beats the best single", f"table2/{name}/ac", best
    a, b = (f"table4/alstm-vgg_obj-fc8{end}@top-1" for end in ("", "-b"))
    yield "variant a beats b (Hollywood2's recipe, top-1)", a, b


# What the paper finds: (claim, better row, worse row).
ORDERINGS: tuple[tuple[str, str, str], ...] = tuple(_claims())
