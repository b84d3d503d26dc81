"""Paper 1's numbers and rows against the paper's own."""

import json
from dataclasses import fields
from pathlib import Path

import pytest

from helpers.footage import PAPERS
from repro.anticipation.recipe import FRAME_FIELDS, NAMES, for_row, model_name
from repro.paper1 import experiments
from repro.paper1.losses import LOSSES
from repro.paper1.recipe import PRESETS, Recipe, recipe
from repro.provenance import ORIGIN, as_markdown, fields_without_origin
from repro.types import InputError

README = Path(__file__).resolve().parents[2] / "repro" / "paper1" / "README.md"
ROWS = {row.id: row for row in experiments.PRINTED}


def test_every_number_has_an_origin() -> None:
    assert fields_without_origin(Recipe) == []
    assert tuple(f.name for f in fields(Recipe)) == NAMES


def test_the_stated_recipe() -> None:
    paper = recipe("paper")
    assert (paper.size_px, paper.steps, paper.rotation_deg, paper.crop_scale_min) == (224, 50, 8.0, 0.8)
    assert (paper.cnn_learning_rate, paper.cnn_momentum, paper.cnn_weight_decay) == (0.001, 0.9, 0.0005)
    assert (paper.cnn_batch, paper.lstm_batch, paper.units) == (32, 32, 2048)
    assert (paper.lstm_learning_rate, paper.lstm_momentum) == (0.01, 0.9)
    assert (paper.loss, paper.variant, paper.features) == ("plgl", "ms_lstm", ("context", "action"))
    stated = {f.name for f in fields(Recipe) if f.metadata[ORIGIN] == "stated"}
    assert {"cnn_epochs", "lstm_epochs", "select", "fc_dropout", "jitter_alpha", "cell"}.isdisjoint(stated)


def test_the_readme_shows_the_recipe() -> None:
    text = README.read_text()
    assert as_markdown(Recipe()) in text
    for name, value in PRESETS["demo"].items():
        assert f"`{name}` {value}" in text, name


def test_presets_are_closed() -> None:
    with pytest.raises(InputError, match="paper, demo, tiny"):
        recipe("large")


def test_small_presets_shrink_a_rows_sizes_with_their_own() -> None:
    """2048 units -> 64 and T = 50 -> 40 in the demo preset; a row of 1024 units and K = 10 has 32 and 8."""
    demo = recipe("demo")
    assert (demo.units, demo.steps) == (64, 40)
    small = for_row(demo, {"units": 1024, "steps": 10})
    assert (small.units, small.steps) == (32, 8)
    assert for_row(recipe("tiny"), {"steps": 10}).steps == 1
    assert for_row(recipe("paper"), {"units": 1024}).units == 1024


def test_rows_change_what_their_table_says() -> None:
    paper = recipe("paper")
    single = for_row(paper, ROWS["table3/action-lstm-egl"].overrides)
    assert (single.variant, single.features, single.loss) == ("single_lstm", ("action",), "egl")
    assert single.units == 1024
    assert for_row(paper, ROWS["table4/swapped"].overrides).features == ("action", "context")
    assert for_row(paper, ROWS["table4/parallel"].overrides).variant == "parallel"
    without = ROWS["table5/lgl-wo-1024"]
    assert not without.metric_options["pooled"]
    assert for_row(paper, without.overrides).units == 1024
    sampled = for_row(paper, ROWS["table6/sampled-30"].overrides)
    assert (sampled.steps, sampled.frames) == (30, "sampled")
    assert for_row(paper, ROWS["table7/ours+flow"].overrides).features[-1] == "flow"
    for id in ("table1/ours", "table4/ours", "table5/plgl-w-2048", "table6/first-50"):
        assert for_row(paper, ROWS[id].overrides) == paper, id


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
    printed = json.loads((PAPERS / "paper1_results.json").read_text())
    ours = {(e["table"], e["row"], e["dataset"], e["split"], e["value"]) for e in printed if e["ours"]}
    rows = [(r.table, r.row, r.dataset, r.split, r.printed) for r in experiments.PRINTED]
    assert len(rows) == 67
    assert set(rows) == ours
