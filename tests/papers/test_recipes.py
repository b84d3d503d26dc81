"""The numbers and rows of every paper against the paper's own; what one paper alone has is in its folder."""

import json
from dataclasses import fields, replace
from typing import Any

import pytest

from helpers.footage import PAPERS as LISTS
from repro.anticipation import recipe as anticipation
from repro.anticipation.losses import LOSSES
from repro.cli.readmes import path_of
from repro.experiment.rows import chosen
from repro.paper1 import recipe as recipe1
from repro.paper2 import recipe as recipe2
from repro.paper2.rows import BASELINES, FOLDS
from repro.paper3 import recipe as recipe3
from repro.paper4 import recipe as recipe4
from repro.paper4.rows import FLOW_PART
from repro.paper5 import recipe as recipe5
from repro.papers import PAPERS
from repro.provenance import ORIGIN, as_markdown
from repro.types import InputError, Row

EACH = pytest.mark.parametrize("paper", PAPERS)
CASES = [(paper, dataset) for paper in PAPERS for dataset in PAPERS[paper].datasets]
ALL_CASES = pytest.mark.parametrize(("paper", "dataset"), CASES)
NEEDS_LISTS = pytest.mark.skipif(LISTS is None, reason="no papers/ beside the project (set REPRO_SHARED)")

_BOTH: dict[str, Any] = {
    **{"size_px": 224, "steps": 50, "rotation_deg": 8.0, "crop_scale_min": 0.8, "units": 2048},
    **{"cnn_learning_rate": 0.001, "cnn_momentum": 0.9, "cnn_weight_decay": 0.0005, "cnn_batch": 32},
    **{"lstm_momentum": 0.9, "lstm_batch": 32, "variant": "ms_lstm", "features": ("context", "action")},
}
# What the papers print: 1; 2, section 4.2; 3, section 4.1 and the supplement; 4, sections 3 and 5.2; 5.
STATED: dict[int, dict[str, Any]] = {
    1: {**_BOTH, "lstm_learning_rate": 0.01, "loss": "plgl"},
    2: {**_BOTH, "lstm_learning_rate": 0.001, "loss": "anticipation"},
    3: {
        **{"window_frames": 192, "steps": 12, "attended_frames": 12, "units": 512, "matching": 512},
        **{"dropout": 0.5, "random_windows": 40, "flipped_windows": 40},
    },
    4: {
        **{"size_px": 224, "steps": 30, "segments": 25, "theta": 100, "units": 512, "attention_units": 512},
        **{"head_units": 1024, "head_dropout": 0.7, "lstm_learning_rate": 0.001, "lstm_decay": 0.9},
        **{"lstm_batch": 128, "architecture": "video_lstm", "stream": "rgb", "motion_kernel": 3},
    },
    5: {
        **{"size_px": 384, "clip_len": 30, "last_frames": 16, "channels": 256, "units": 1024, "layers": 3},
        **{"batch": 64, "lambda_att": 1000, "weight_decay": 1e-5, "branches": ("pool4", "conv5_3")},
        **{"fusion": "late", "temporal_net": "3d"},
    },
}
# What they do not say.
ASSUMED = {
    1: {"cnn_epochs", "lstm_epochs", "select", "jitter_alpha", "cell", "cam_pooling", "steps", "frames"},
    2: {"cnn_epochs", "lstm_epochs", "select", "fc_dropout", "cam_pooling"},
    3: {
        *("decay_ratio", "hollywood2_decay_ratio", "start_grid", "patience", "patience_from", "loss_on"),
        *("over_classes", "fc8", "cnn_learning_rate"),
    },
    4: {"lstm_epochs", "initial", "sigma_px", "span_frames", "rgb_learning_rate", "size_px", "flow_method"},
    5: {"learning_rate", "epochs", "stride", "pretraining", "reduce"},
}
_CONTEXT = {"variant": "single_lstm", "features": ("context",)}
_ACTION = {"variant": "single_lstm", "features": ("action",)}
# (paper, row) -> what its model has other than the recipe, what its metric is told.
CHANGES: dict[tuple[int, str], tuple[dict[str, Any], dict[str, Any]]] = {
    (1, "table1/ours"): ({}, {}),
    (1, "table3/action-lstm-egl"): ({**_ACTION, "loss": "egl", "units": 1024}, {}),
    (1, "table4/ours"): ({}, {}),
    (1, "table4/swapped"): ({"features": ("action", "context")}, {}),
    (1, "table4/parallel"): ({"variant": "parallel"}, {}),
    (1, "table5/plgl-w-2048"): ({}, {"pooled": True}),
    (1, "table5/lgl-wo-1024"): ({"loss": "lgl", "units": 1024}, {"pooled": False}),
    (1, "table6/first-50"): ({}, {}),
    (1, "table6/sampled-30"): ({"steps": 30, "frames": "sampled"}, {}),
    (1, "table7/ours+flow"): ({"features": ("context", "action", "flow")}, {}),
    (2, "table1/context+action-mslstm/earliest"): ({}, {"observed": "20%"}),
    (2, "table4/action-lstm/latest"): (_ACTION, {"observed": "100%"}),
    (2, "table2/context-lstm-ranking/earliest"): ({**_CONTEXT, "loss": "ranking"}, {"observed": "50%"}),
    (2, "table3/context-lstm-exp_softmax/latest/frame"): (
        {**_CONTEXT, "loss": "exp_softmax"},
        {"pooled": False},
    ),
    (3, "table1/alstm-vgg_act-fc8/ac"): ({}, {}),
    (3, "table4/alstm-vgg_obj-fc8-b"): ({"task": "hollywood2", "variant": "b", "attended": "obj"}, {}),
    (3, "text/T24-over-T12"): ({"task": "hollywood2", "attended": "obj", "attended_frames": 24}, {}),
    (4, "table2/motion-ConvALSTM"): ({}, {}),
    (4, "table1/flow-conv_alstm"): ({"stream": "flow", "architecture": "conv_alstm"}, {}),
    (4, "table3/videolstm"): ({}, {"product_with": [FLOW_PART]}),
    (5, "table1/late"): ({}, {}),
    (5, "table2/pool4"): ({"branches": ("pool4",), "pyramid": False}, {}),
    (5, "table3/3d+reg"): ({}, {}),
    (5, "table3/3d"): ({"lambda_att": 0}, {}),
}


def _recipe(paper: int) -> Any:
    return (recipe1, recipe2, recipe3, recipe4, recipe5)[paper - 1]


def _rows_recipe(paper: int, base: Any, row: Row) -> tuple[str, Any]:
    """The name and the recipe of a row's model."""
    module = anticipation if paper < 3 else _recipe(paper)
    own = module.for_row(base, row.overrides)
    return (module.model_name(own) if paper == 3 else module.model_name(base, row.overrides)), own


def _rows(paper: int, dataset: str) -> tuple[Row, ...]:
    return PAPERS[paper].rows(dataset)


def _printed(paper: int) -> tuple[Row, ...]:
    """The rows of the paper's tables, with what its authors ran beside their own method."""
    return (*PAPERS[paper].results.PRINTED, *(BASELINES if paper == 2 else ()))


@EACH
def test_every_number_has_an_origin(paper: int) -> None:
    assert all(ORIGIN in field.metadata for field in fields(_recipe(paper).Recipe))


@EACH
def test_the_stated_recipe(paper: int) -> None:
    base = _recipe(paper).recipe("paper")
    assert {name: getattr(base, name) for name in STATED[paper]} == STATED[paper]
    assumed = {f.name for f in fields(base) if f.metadata[ORIGIN] != "stated"}
    assert assumed >= ASSUMED[paper]


@EACH
def test_the_readme_shows_the_recipe(paper: int) -> None:
    text, module = path_of(PAPERS[paper]).read_text(), _recipe(paper)
    assert as_markdown(module.Recipe()) in text
    for name, value in module.PRESETS["demo"].items():
        assert f"`{name}` {value}" in text, name


@EACH
def test_presets_are_closed(paper: int) -> None:
    with pytest.raises(InputError, match="paper, demo, tiny"):
        _recipe(paper).recipe("large")


@pytest.mark.parametrize(("paper", "id"), CHANGES)
def test_rows_change_what_their_table_says(paper: int, id: str) -> None:
    changed, options = CHANGES[paper, id]
    base = _recipe(paper).recipe("paper")
    of_datasets = [row for row in _printed(paper) if row.id == id]
    assert of_datasets
    for row in of_datasets:
        assert _rows_recipe(paper, base, row)[1] == replace(base, **changed)
        assert {name: row.metric_options[name] for name in options} == options


@ALL_CASES
def test_ids_are_unique_and_a_name_means_one_model(paper: int, dataset: str) -> None:
    rows, module = _rows(paper, dataset), _recipe(paper)
    assert len({row.id for row in rows}) == len(rows)
    # Paper 5's names compare with the preset's values, those of the others with the paper's.
    for preset in module.PRESETS if paper == 5 else ("paper",):
        models = {_rows_recipe(paper, module.recipe(preset), row) for row in rows}
        assert len({name for name, _ in models}) == len({own for _, own in models}) == len(models)


@pytest.mark.parametrize(("paper", "dataset"), [case for case in CASES if case[0] < 3])
def test_rows_of_papers_1_and_2_name_their_losses_and_share_the_frame_network(
    paper: int, dataset: str
) -> None:
    """Only other readings and the comparison of units, which run when named, train another one."""
    base = _recipe(paper).recipe("paper")
    for row in _rows(paper, dataset):
        assert _rows_recipe(paper, base, row)[1].loss in LOSSES, row.id
    for row in chosen(_rows(paper, dataset), ["all"]):
        assert not set(row.overrides) & set(anticipation.frame_settings(base)), row.id
        assert not row.id.startswith(("readings/", "units/", "diagnosis/"))


# How the list of printed results says which splits, and where the paper says otherwise, by its beginning.
SPLITS = {
    "mean_of_3": ("1", "2", "3"),
    "mean of 3 splits": ("1", "2", "3"),
    "mean of splits 1-3": ("1", "2", "3"),
    "10-fold": FOLDS.splits,
    "1": ("1",),
    "2": ("2",),
    "3": ("3",),
    "split 1": ("1",),
    "official validation split": ("1",),
    "test, 884 clips": ("1",),
    "one window": ("1",),
    "not stated (mean_of_3 assumed)": ("1",),  # paper 1, 5.2: its analytical experiments are on split 1
    "not stated": ("1", "2", "3"),  # paper 5, Table 2: its last row is the mean of Tables 1 and 4
}
TABLES = {"JHMDB-21": SPLITS["mean_of_3"], "UT-Interaction": FOLDS.splits, "UCF-101": SPLITS["mean_of_3"]}


def _splits(entry: dict[str, Any]) -> tuple[str, ...] | None:
    said = entry["split"]
    if said is None or said == "as the table":
        return None if said is None else TABLES[entry["dataset"]]
    return SPLITS[max((words for words in SPLITS if said.startswith(words)), key=len)]


def test_folds_are_counted_together_in_two_sets() -> None:
    assert FOLDS.splits == (*FOLDS.sets["set 1"], *FOLDS.sets["set 2"])
    assert [len(folds) for folds in FOLDS.sets.values()] == [10, 10]


@NEEDS_LISTS
@EACH
def test_printed_and_quoted_values_are_the_papers(paper: int) -> None:
    """Each row's table, name, data set, splits and value stand in the list of printed results, and all do."""
    assert LISTS is not None
    everything = json.loads((LISTS / f"paper{paper}_results.json").read_text())
    listed = [entry for entry in everything if entry["value"] is not None]
    # Paper 4's authors ran all of its Tables 1 and 2; others' rows of its Table 4 take their scores.
    theirs = {"1", "2", "4"} if paper == 4 else set()
    own = [
        e for e in listed if e["ours"] or e.get("role") == "reimplemented_baseline" or e["table"] in theirs
    ]
    found = {
        (r.table, r.row, r.dataset, r.protocol and r.protocol.splits, r.printed)
        for r in _printed(paper)
        if r.printed is not None
    }
    assert found == {(e["table"], e["row"], e["dataset"], _splits(e), e["value"]) for e in own}
    cited = [e for e in listed if e not in own]
    wanted = sorted((e["table"], e["row"], e["dataset"], e["value"]) for e in cited)
    values = sorted((r.table, r.method, r.dataset, r.printed) for r in PAPERS[paper].reported)
    assert values == wanted
