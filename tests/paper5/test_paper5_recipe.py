"""Paper 5's numbers and rows against the paper's own."""

from dataclasses import fields
from pathlib import Path

import pytest

from repro.paper5 import experiments, networks
from repro.paper5.recipe import PRESETS, TEST_FIELDS, Recipe, for_row, model_name, recipe, streams_of
from repro.provenance import ORIGIN, as_markdown, fields_without_origin
from repro.types import InputError

README = Path(__file__).resolve().parents[2] / "repro" / "paper5" / "README.md"
PRINTED = {(row.id, row.dataset): row for row in experiments.PRINTED}


def test_every_number_has_an_origin() -> None:
    assert fields_without_origin(Recipe) == []


def test_the_stated_recipe() -> None:
    paper = recipe("paper")
    assert (paper.size_px, paper.clip_len, paper.last_frames, paper.channels) == (384, 30, 16, 256)
    assert (paper.units, paper.layers, paper.batch) == (1024, 3, 64)
    assert (paper.lambda_att, paper.weight_decay) == (1000, 1e-5)
    assert (paper.branches, paper.fusion, paper.temporal_net) == (("pool4", "conv5_3"), "late", "3d")
    stated = {f.name for f in fields(Recipe) if f.metadata[ORIGIN] == "stated"}
    assert {"learning_rate", "epochs", "stride", "pretraining", "reduce"}.isdisjoint(stated)


def test_the_readme_shows_the_recipe() -> None:
    text = README.read_text()
    assert as_markdown(Recipe()) in text
    for name, value in PRESETS["demo"].items():
        assert f"`{name}` {value}" in text, name


def test_presets_are_closed() -> None:
    with pytest.raises(InputError, match="paper, demo, tiny"):
        recipe("large")


@pytest.mark.parametrize(
    ("reduce", "shape", "grid"),
    [
        ("pool_conv1x1", (11, 11, 512), (32, 23.5)),
        ("conv3x3s2", (24, 24, 512), (32, 23.5)),
        ("conv3x3_pool2", (24, 24, 512), (32, 31.5)),
    ],
)
def test_the_maps_and_where_their_places_lie(reduce: str, shape: tuple, grid: tuple) -> None:
    chosen = for_row(recipe("paper"), {"reduce": reduce})
    assert networks.map_shape(chosen) == shape
    assert networks.grid_px(chosen) == grid


def test_rows_change_what_their_table_says() -> None:
    paper = recipe("paper")
    assert for_row(paper, PRINTED["table1/late", "UCF101"].overrides) == paper
    assert for_row(paper, PRINTED["table3/3d+reg", "HMDB51"].overrides) == paper
    assert for_row(paper, PRINTED["table3/3d", "HMDB51"].overrides).lambda_att == 0
    pool4 = for_row(paper, PRINTED["table2/pool4", "HMDB51"].overrides)
    assert (pool4.branches, pool4.pyramid, pool4.lambda_att) == (("pool4",), False, 1000)
    assert PRINTED["table4/split2-late", "HMDB51"].printed == 61.6


def test_averages_are_those_of_the_splits() -> None:
    for fusion in ("early", "late"):
        for dataset in ("UCF101", "HMDB51"):
            splits = [PRINTED[f"table4/split{s}-{fusion}", dataset].printed or 0 for s in "123"]
            average = PRINTED[f"table4/average-{fusion}", dataset].printed
            assert average == PRINTED[f"table1/{fusion}", dataset].printed
            assert sum(splits) / 3 == pytest.approx(average, abs=0.051)


@pytest.mark.parametrize("dataset", experiments.DATASETS)
def test_ids_are_unique_and_a_name_means_one_model(dataset: str) -> None:
    rows = experiments.rows(dataset)
    assert len({row.id for row in rows}) == len(rows)
    for preset in PRESETS:
        base = recipe(preset)
        models = {(model_name(base, r.overrides), for_row(base, r.overrides)) for r in rows}
        assert len({name for name, _ in models}) == len({chosen for _, chosen in models}) == len(models)


def test_all_trains_seven_models_on_the_demo_set() -> None:
    base = recipe("demo")
    chosen = experiments.chosen(experiments.rows("demo"), ["all"])
    names = {model_name(base, {k: v for k, v in r.overrides.items() if k not in TEST_FIELDS}) for r in chosen}
    assert names == {
        "early",
        "late",
        "late-lambda_att=0.0",
        "late-temporal_net=2d",
        "late-temporal_net=none",
        "pool4-pyramid=False",
        "conv5_3-pyramid=False",
    }
    assert {"readings/mean-rule-late", "readings/mean-rule-early"} <= {row.id for row in chosen}


def test_only_branches_on_flow_need_flow() -> None:
    rows = {row.id: row for row in experiments.rows("demo")}
    reads = {id: streams_of(for_row(Recipe(), row.overrides)) for id, row in rows.items()}
    assert {id for id, streams in reads.items() if "flow" in streams} == {"readings/flow"}


def test_claims_are_about_rows_that_run() -> None:
    known = {row.id for row in experiments.chosen(experiments.rows("demo"), ["all"])}
    for _, better, worse in experiments.ORDERINGS:
        assert {better, worse} <= known
