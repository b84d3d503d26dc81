"""What only paper 5's recipe and rows have: maps of three kinds, averages of splits, streams."""

from dataclasses import replace

import pytest

from repro.experiment.rows import chosen
from repro.paper5 import levels, networks, rows
from repro.paper5.recipe import (
    Recipe,
    check_backbone,
    for_row,
    model_name,
    network_settings,
    recipe,
    streams_of,
    training_overrides,
)
from repro.provenance import changes
from repro.types import InputError

PRINTED = {(row.id, row.dataset): row for row in rows.PRINTED}


@pytest.mark.parametrize(
    ("reduce", "shape", "grid"),
    [
        ("pool_conv1x1", (11, 11, 512), (32, 23.5)),
        ("conv3x3s2", (24, 24, 512), (32, 23.5)),
        ("conv3x3_pool2", (24, 24, 512), (32, 31.5)),
        ("in_vgg", (11, 11, 256), (32, 23.5)),
    ],
)
def test_the_maps_and_where_their_places_lie(reduce: str, shape: tuple, grid: tuple) -> None:
    chosen = for_row(recipe("paper"), {"reduce": reduce})
    assert levels.map_shapes(chosen)["pool4"] == shape
    assert levels.grid_px(chosen) == grid


def test_averages_are_those_of_the_splits() -> None:
    assert PRINTED["table4/split2-late", "HMDB51"].printed == 61.6
    for fusion in ("early", "late"):
        for dataset in ("UCF101", "HMDB51"):
            splits = [PRINTED[f"table4/split{s}-{fusion}", dataset].printed or 0 for s in "123"]
            average = PRINTED[f"table4/average-{fusion}", dataset].printed
            assert average == PRINTED[f"table1/{fusion}", dataset].printed
            assert sum(splits) / 3 == pytest.approx(average, abs=0.051)


def test_all_trains_ten_models_on_the_demo_set() -> None:
    base = recipe("demo")
    found = chosen(rows.rows("demo"), ["all"])
    names = {model_name(base, training_overrides(base, for_row(base, r.overrides))) for r in found}
    assert names == {
        "early",
        "late",
        "late-lambda_att=0.0",
        "late-temporal_net=2d",
        "late-temporal_net=none",
        "pool4-pyramid=False",
        "conv5_3-pyramid=False",
        "late-lambda_att=0.0-temporal_net=2d",
        "pool4",
        "conv5_3",
    }
    assert {"readings/mean-rule-late", "readings/mean-rule-early"} <= {row.id for row in found}


def test_rows_of_ours_differ_from_a_printed_one_in_one_thing() -> None:
    known = {row.id: for_row(Recipe(), row.overrides) for row in rows.rows("hmdb51")}
    for one, other, field in (
        ("table3/2d", "table3/3d", "temporal_net"),
        ("table3/2d", "table3/2d+reg", "lambda_att"),
        ("table2/pool4-pyramid", "table2/pool4", "pyramid"),
        ("table2/pool4-pyramid", "table2/late", "branches"),
        ("readings/no-supervision", "table3/3d+reg", "supervision"),
        ("readings/content-attention", "table3/3d+reg", "attention"),
        ("readings/reduction-in-vgg", "table3/3d+reg", "reduce"),
    ):
        assert set(changes(known[other], known[one])) == {field}
    assert all(row.id not in ("table3/2d", "table2/pool4-pyramid") for row in rows.PRINTED)


def test_the_demo_preset_balances_the_losses_and_trains_to_the_end() -> None:
    """By gradients on training data (README); at 12 epochs training was under way."""
    assert recipe("demo").lambda_att == 10
    assert recipe("demo").epochs >= 30


def test_only_branches_on_flow_need_flow() -> None:
    reads = {row.id: streams_of(for_row(Recipe(), row.overrides)) for row in rows.rows("demo")}
    assert {id for id, streams in reads.items() if "flow" in streams} == {"readings/flow"}


def test_only_reductions_in_vgg_decide_its_training_and_need_places_there() -> None:
    """C27: else another number of channels would train the same network anew."""
    usual = for_row(recipe("paper"), {"channels": 128})
    inside = for_row(usual, {"reduce": "in_vgg"})
    assert not {"reduce", "channels"} & set(network_settings(usual))
    assert network_settings(inside) == {**network_settings(usual), "reduce": "in_vgg", "channels": 128}
    with pytest.raises(InputError, match=r"fine_tune_px 47 .* set 48 or more"):
        for_row(inside, {"fine_tune_px": 47})


def test_a_frame_of_one_place_is_refused_before_anything_is_trained() -> None:
    check_backbone(replace(recipe("demo"), size_px=80))
    check_backbone(replace(recipe("lite"), size_px=64))  # whose strides are padded
    with pytest.raises(InputError, match=r"size_px 79 .* set 80 or more"):
        check_backbone(replace(recipe("demo"), size_px=79))


@pytest.mark.slow
def test_one_branch_is_built_where_two_would_be_joined_otherwise() -> None:
    joint = {"input_projection": True, "final_gate_bias": True, "input_bias": 1.0}
    alone = for_row(recipe("tiny"), {"branches": ("pool4",), "pyramid": False})
    names = [{v.path for v in networks.build(r, 3).variables} for r in (alone, replace(alone, **joint))]
    assert names[0] == names[1]
