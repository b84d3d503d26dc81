"""Paper 2's numbers and rows against the paper's own."""

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest

from helpers.footage import PAPERS
from repro.paper2 import experiments
from repro.paper2.recipe import PRESETS, SEQUENCE_FIELDS, Recipe, frame_fields, recipe, sequence_name
from repro.provenance import ORIGIN, as_markdown, fields_without_origin
from repro.types import InputError

README = Path(__file__).resolve().parents[2] / "repro" / "paper2" / "README.md"
SIZES = {"size_px", "steps", "width", "loc_units", "units", "cnn_epochs", "lstm_epochs", "frames_per_visit"}


def test_every_number_has_an_origin() -> None:
    assert fields_without_origin(Recipe) == []


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


def test_the_demo_preset_changes_what_its_readme_says() -> None:
    changed = {f.name for f in fields(Recipe) if getattr(recipe("demo"), f.name) != getattr(Recipe(), f.name)}
    assert changed <= SIZES | {"pretraining", "lstm_learning_rate", "validation_fraction"}


def test_presets_are_closed() -> None:
    with pytest.raises(InputError, match="paper, demo, tiny"):
        recipe("large")


def test_rows_share_the_frame_network() -> None:
    """What a row overrides must not change the features, or rows could not share them."""
    for row in (*experiments.rows("demo"), *experiments.rows("ucf101"), *experiments.rows("jhmdb21")):
        assert set(row.overrides) <= set(SEQUENCE_FIELDS)
        assert frame_fields(replace(Recipe(), **row.overrides)) == frame_fields(Recipe())


def test_row_ids_and_model_names_are_unique() -> None:
    for dataset in experiments.DATASETS:
        rows = experiments.rows(dataset)
        assert len({row.id for row in rows}) == len(rows)
        models = {repr(sorted(row.overrides.items())): replace(Recipe(), **row.overrides) for row in rows}
        assert len({sequence_name(model) for model in models.values()}) == len(models) == 6


@pytest.mark.skipif(PAPERS is None, reason="no papers/ beside the project (set REPRO_SHARED)")
def test_printed_values_are_the_papers() -> None:
    """Each row's table, name, data set, metric and value stand in the list of printed results."""
    assert PAPERS is not None
    printed = json.loads((PAPERS / "paper2_results.json").read_text())
    known = {(e["table"], e["row"], e["dataset"], e["split"], e["value"]) for e in printed if e["ours"]}
    for row in experiments.PRINTED:
        assert (row.table, row.row, row.dataset, row.split, row.printed) in known, row.id
    covered = {"1", "3", "4", "text-4.4.2"}
    assert len(experiments.PRINTED) == sum(e["ours"] and e["table"] in covered for e in printed)
