"""Paper 2's numbers and rows against the paper's own."""

import importlib
import json
from dataclasses import fields
from pathlib import Path

import pytest

from helpers.footage import PAPERS
from repro.anticipation.recipe import FRAME_FIELDS, NAMES, for_row, model_name
from repro.paper2 import experiments
from repro.paper2.losses import LOSSES
from repro.paper2.recipe import PRESETS, Recipe, recipe
from repro.provenance import ORIGIN, as_markdown, fields_without_origin
from repro.types import InputError

README = Path(__file__).resolve().parents[2] / "repro" / "paper2" / "README.md"
ROWS = {row.id: row for row in experiments.PRINTED}


def test_every_number_has_an_origin() -> None:
    assert fields_without_origin(Recipe) == []
    assert tuple(f.name for f in fields(Recipe)) == NAMES


def test_the_stated_recipe() -> None:
    """Section 4.2, number by number."""
    paper = recipe("paper")
    assert (paper.size_px, paper.steps, paper.rotation_deg, paper.crop_scale_min) == (224, 50, 8.0, 0.8)
    assert (paper.cnn_learning_rate, paper.cnn_momentum, paper.cnn_weight_decay) == (0.001, 0.9, 0.0005)
    assert (paper.cnn_batch, paper.lstm_batch, paper.units) == (32, 32, 2048)
    assert (paper.lstm_learning_rate, paper.lstm_momentum) == (0.001, 0.9)
    assert (paper.loss, paper.variant, paper.features) == ("anticipation", "ms_lstm", ("context", "action"))
    stated = {f.name for f in fields(Recipe) if f.metadata[ORIGIN] == "stated"}
    assert {"cnn_epochs", "lstm_epochs", "select", "fc_dropout"}.isdisjoint(stated)


def test_the_readme_shows_the_recipe() -> None:
    text = README.read_text()
    assert as_markdown(Recipe()) in text
    for name, value in PRESETS["demo"].items():
        assert f"`{name}` {value}" in text, name


def test_presets_are_closed() -> None:
    with pytest.raises(InputError, match="paper, demo, tiny"):
        recipe("large")


def test_rows_change_what_their_table_says() -> None:
    paper = recipe("paper")
    assert for_row(paper, ROWS["table1/context+action-mslstm/earliest"].overrides) == paper
    single = for_row(paper, ROWS["table4/action-lstm/latest"].overrides)
    assert (single.variant, single.features, single.units) == ("single_lstm", ("action",), 2048)
    baselines = {row.id: row for row in experiments.BASELINES}
    cited = for_row(paper, baselines["table2/context-lstm-ranking/earliest"].overrides)
    assert (cited.features, cited.loss, cited.units) == (("context",), "ranking", 2048)
    assert baselines["table2/context-lstm-ranking/earliest"].metric_options["observed"] == "50%"
    assert not baselines["table3/context-lstm-exp_softmax/latest/frame"].metric_options["pooled"]


def test_rows_name_losses_of_the_paper() -> None:
    for dataset in experiments.DATASETS:
        for row in experiments.rows(dataset):
            assert for_row(recipe("paper"), row.overrides).loss in LOSSES


@pytest.mark.parametrize("dataset", experiments.DATASETS)
def test_ids_are_unique_and_a_name_means_one_model(dataset: str) -> None:
    rows = experiments.rows(dataset)
    assert len({row.id for row in rows}) == len(rows)
    models = {(model_name(Recipe(), r.overrides), for_row(Recipe(), r.overrides)) for r in rows}
    assert len({name for name, _ in models}) == len({chosen for _, chosen in models}) == len(models)


def test_rows_of_tables_and_figures_share_the_frame_network() -> None:
    """Only other readings and the comparison of units, which run when named, train another one."""
    for dataset in experiments.DATASETS:
        for row in experiments.chosen(experiments.rows(dataset), ["all"]):
            assert not set(row.overrides) & set(FRAME_FIELDS), row.id
            assert not row.id.startswith(("readings/", "units/", "diagnosis/"))


def test_claims_are_about_rows_that_run() -> None:
    known = {row.id for row in experiments.rows("demo")}
    for _, better, worse in experiments.ORDERINGS:
        assert better.split("@")[0] in known, better
        assert worse.split("@")[0] in known, worse


@pytest.mark.skipif(PAPERS is None, reason="no papers/ beside the project (set REPRO_SHARED)")
def test_printed_values_are_the_papers() -> None:
    """Each row's table, name, data set, split and value stand in the list of printed results, and all do."""
    assert PAPERS is not None
    printed = json.loads((PAPERS / "paper2_results.json").read_text())
    for rows, wanted in (
        (experiments.PRINTED, [e for e in printed if e["ours"]]),
        (experiments.BASELINES, [e for e in printed if e["role"] == "reimplemented_baseline"]),
    ):
        found = {(r.table, r.row, r.dataset, r.split, r.printed) for r in rows if r.printed is not None}
        assert found == {(e["table"], e["row"], e["dataset"], e["split"], e["value"]) for e in wanted}
    assert len(experiments.PRINTED) == 24


@pytest.mark.skipif(PAPERS is None, reason="no papers/ beside the project (set REPRO_SHARED)")
@pytest.mark.parametrize("number", [1, 2])
def test_quoted_values_are_the_papers(number: int) -> None:
    assert PAPERS is not None
    printed = json.loads((PAPERS / f"paper{number}_results.json").read_text())
    quoted = importlib.import_module(f"repro.paper{number}.quoted").QUOTED
    found = sorted((q.table, q.method, q.dataset, v) for q in quoted for v in q.values.values())
    cited = [e for e in printed if e["role"] == "cited_baseline"]
    assert found == sorted((e["table"], e["row"], e["dataset"], e["value"]) for e in cited)
