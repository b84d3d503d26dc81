"""Paper 3's numbers and rows against the paper's own."""

from dataclasses import fields
from pathlib import Path

import pytest

from repro.paper3 import experiments
from repro.paper3.networks import windows
from repro.paper3.recipe import PRESETS, Recipe, for_row, model_name, recipe, schedule
from repro.provenance import ORIGIN, as_markdown, fields_without_origin
from repro.types import InputError

README = Path(__file__).resolve().parents[2] / "repro" / "paper3" / "README.md"
PRINTED = {row.id: row for row in experiments.PRINTED}


def test_every_number_has_an_origin() -> None:
    assert fields_without_origin(Recipe) == []


def test_the_stated_recipe() -> None:
    """Section 4.1 and the supplement, number by number."""
    paper = recipe("paper")
    assert (paper.window_frames, paper.steps, paper.attended_frames) == (192, 12, 12)
    assert (paper.units, paper.matching, paper.dropout) == (512, 512, 0.5)
    assert (paper.random_windows, paper.flipped_windows) == (40, 40)
    stated = {f.name for f in fields(Recipe) if f.metadata[ORIGIN] == "stated"}
    ours = {"decay_ratio", "hollywood2_decay_ratio", "start_grid", "patience", "loss_on", "cnn_learning_rate"}
    assert ours.isdisjoint(stated)


def test_each_data_set_has_its_own_training() -> None:
    activitynet = schedule(recipe("paper"))
    assert activitynet[:7] == (0.01, 0.9, 200, 2512, 125, 0.9, 10_000)
    assert (activitynet.patience, activitynet.flip_probability) == (10, 0.5)
    hollywood2 = schedule(for_row(recipe("paper"), {"task": "hollywood2"}))
    assert hollywood2[:7] == (0.001, 0.6, 100, 1000, 1, 0.999, 2500)
    assert (hollywood2.patience, hollywood2.flip_probability) == (None, 0.0)


def test_the_readme_shows_the_recipe() -> None:
    text = README.read_text()
    assert as_markdown(Recipe()) in text
    for name, value in PRESETS["demo"].items():
        assert f"`{name}` {value}" in text, name


def test_presets_are_closed() -> None:
    with pytest.raises(InputError, match="paper, demo, tiny"):
        recipe("large")


@pytest.mark.parametrize("preset", PRESETS)
def test_windows_fit_the_grid_with_both_numbers_of_attended_frames(preset: str) -> None:
    base = recipe(preset)
    for overrides in ({}, {"attended_per_step": 2}):
        windows(for_row(base, overrides))


def test_rows_change_what_their_table_says() -> None:
    paper = recipe("paper")
    assert for_row(paper, PRINTED["table1/alstm-vgg_act-fc8/ac"].overrides) == paper
    b = for_row(paper, PRINTED["table4/alstm-vgg_obj-fc8-b"].overrides)
    assert (b.task, b.variant, b.attended, b.layer) == ("hollywood2", "b", "obj", "fc8")
    twice = for_row(paper, PRINTED["text/T24-over-T12"].overrides)
    assert (twice.attended_frames, twice.task) == (24, "hollywood2")
    everything = PRINTED["table2/act+obj+sce-all/map"]
    models = [everything.overrides, *everything.metric_options["combined"]]
    assert {(m["attended"], m["layer"]) for m in models} == {
        (attended, layer) for attended in ("act", "obj", "sce") for layer in ("fc6", "fc8")
    }


@pytest.mark.parametrize("dataset", experiments.DATASETS)
def test_ids_are_unique_and_a_name_means_one_model(dataset: str) -> None:
    rows = experiments.rows(dataset)
    assert len({row.id for row in rows}) == len(rows)
    models = {(model_name(m), m) for m in (for_row(Recipe(), row.overrides) for row in rows)}
    assert len({name for name, _ in models}) == len({chosen for _, chosen in models}) == len(models)


def test_the_printed_weights_are_listed_and_never_run() -> None:
    assert sum(row.unit == "weight" for row in experiments.PRINTED) == 36
    for dataset in experiments.DATASETS:
        assert not any(row.unit == "weight" for row in experiments.rows(dataset))


def test_claims_are_about_rows_that_run() -> None:
    known = {row.id for row in experiments.rows("demo")}
    for _, better, worse in experiments.ORDERINGS:
        assert better.split("@")[0] in known, better
        assert worse.split("@")[0] in known, worse
