"""Paper 4's numbers and rows against the paper's own."""

from dataclasses import fields
from pathlib import Path

import pytest

from repro.paper4 import experiments
from repro.paper4.recipe import PRESETS, SEQUENCE_FIELDS, Recipe, for_row, model_name, recipe
from repro.provenance import ORIGIN, as_markdown, fields_without_origin
from repro.types import InputError

README = Path(__file__).resolve().parents[2] / "repro" / "paper4" / "README.md"
PRINTED = {(row.id, row.dataset): row for row in experiments.PRINTED}


def test_every_number_has_an_origin() -> None:
    assert fields_without_origin(Recipe) == []


def test_the_stated_recipe() -> None:
    """Sections 3 and 5.2, number by number."""
    paper = recipe("paper")
    assert (paper.size_px, paper.steps, paper.segments, paper.theta) == (224, 30, 25, 100)
    assert (paper.units, paper.attention_units, paper.head_units, paper.head_dropout) == (512, 512, 1024, 0.7)
    assert (paper.lstm_learning_rate, paper.lstm_decay, paper.lstm_batch) == (0.001, 0.9, 128)
    assert (paper.architecture, paper.stream, paper.motion_kernel) == ("video_lstm", "rgb", 3)
    stated = {f.name for f in fields(Recipe) if f.metadata[ORIGIN] == "stated"}
    assert {"lstm_epochs", "initial", "sigma_px", "span_frames", "rgb_learning_rate"}.isdisjoint(stated)


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
    assert for_row(paper, PRINTED["table2/motion-ConvALSTM", "UCF101"].overrides) == paper
    flow = for_row(paper, PRINTED["table1/flow-conv_alstm", "HMDB51"].overrides)
    assert (flow.stream, flow.architecture) == ("flow", "conv_alstm")
    fused = PRINTED["table3/videolstm", "UCF101"]
    assert fused.overrides == experiments.PROPOSED
    assert fused.metric_options["product_with"] == [experiments.FLOW_PART]
    assert PRINTED["table4/iDT(SFV)+Objects+VideoLSTM", "HMDB51"].printed == 72.9
    assert ("table4/iDT(SFV)+Objects+VideoLSTM", "UCF101") not in PRINTED  # printed as n/a


@pytest.mark.parametrize("dataset", experiments.DATASETS)
def test_ids_are_unique_and_a_name_means_one_model(dataset: str) -> None:
    rows = experiments.rows(dataset)
    assert len({row.id for row in rows}) == len(rows)
    models = {(model_name(Recipe(), r.overrides), for_row(Recipe(), r.overrides)) for r in rows}
    assert len({name for name, _ in models}) == len({chosen for _, chosen in models}) == len(models)


def test_all_means_what_needs_nothing_from_outside() -> None:
    for dataset in experiments.DATASETS:
        chosen = experiments.chosen(experiments.rows(dataset), ["all"])
        assert not any(row.id.startswith(("readings/", "table4/")) for row in chosen)
        assert any(row.id.startswith("fig4a/") for row in chosen) == (dataset in ("demo", "thumos13"))


def test_localisation_readings_train_nothing_new() -> None:
    for row in experiments.rows("demo"):
        if row.metric == "recall":
            assert set(row.overrides) & set(SEQUENCE_FIELDS) == {"stream", "architecture"}


def test_claims_are_about_rows_that_run() -> None:
    known = {row.id for row in experiments.rows("demo")}
    for _, better, worse in experiments.ORDERINGS:
        assert better.split("@")[0] in known, better
        assert worse.split("@")[0] in known, worse
