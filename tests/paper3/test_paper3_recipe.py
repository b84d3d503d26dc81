"""What only paper 3's recipe and rows have: two trainings, windows, combinations, printed weights."""

import pytest

from repro.paper3 import rows
from repro.paper3.networks import windows
from repro.paper3.recipe import PRESETS, for_row, recipe
from repro.paper3.schedule import schedule


def test_each_data_set_has_its_own_training() -> None:
    activitynet = schedule(recipe("paper"))
    assert activitynet[:7] == (0.01, 0.9, 200, 2512, 125, 0.9, 0.5)
    assert (activitynet.patience, activitynet.updates) == (10, 10_000)
    assert activitynet.patience_from == 2512  # the rate falls before patience runs out
    assert schedule(for_row(recipe("paper"), {"patience_from": "start"})).patience_from == 0
    hollywood2 = schedule(for_row(recipe("paper"), {"task": "hollywood2"}))
    assert hollywood2[:7] == (0.001, 0.6, 100, 1000, 1, 0.999, 0.0)
    assert (hollywood2.patience, hollywood2.updates) == (None, 2500)


@pytest.mark.parametrize("preset", PRESETS)
def test_windows_fit_the_grid_with_both_numbers_of_attended_frames(preset: str) -> None:
    base = recipe(preset)
    for overrides, attended in (({}, base.attended_frames), ({"attended_per_step": 2}, 2 * base.steps)):
        fitted = windows(for_row(base, overrides))
        rows = fitted.attended_rows([0])
        assert rows.shape == (1, attended)
        assert rows.max() * base.start_grid < base.window_frames


def test_all_combined_are_three_networks_with_two_layers_each() -> None:
    row = next(row for row in rows.PRINTED if row.id == "table2/act+obj+sce-all/map")
    models = [row.overrides, *row.metric_options["combined"]]
    assert {(m["attended"], m["layer"]) for m in models} == {
        (attended, layer) for attended in ("act", "obj", "sce") for layer in ("fc6", "fc8")
    }


def test_figure_3_shows_objects_scenes_actions_from_above() -> None:
    rows_of = {
        row.row.split(", ")[1]: row.overrides["attended"] for row in rows.PRINTED if row.unit == "weight"
    }
    assert rows_of == {"row 1": "obj", "row 2": "sce", "row 3": "act"}


def test_beside_every_row_with_attention_stands_one_without() -> None:
    """Of Tables 1 and 4: the same frames and features, in the same metrics."""
    for dataset, table in (("activitynet", "table1"), ("hollywood2", "table4")):
        found = rows.rows(dataset)
        attending = [r for r in found if r.id.startswith(table) and r.overrides["architecture"] == "alstm"]
        controls = [row for row in found if row.table == "mean"]
        usual = [row for row in attending if "variant" not in row.overrides]
        changed = [({**row.overrides, "architecture": "mean"}, row.metric) for row in usual]
        assert [(dict(row.overrides), row.metric) for row in controls] == changed != []
        assert not any(row.on_request for row in controls)


def test_the_printed_weights_are_listed_and_never_run() -> None:
    assert sum(row.unit == "weight" for row in rows.PRINTED) == 36
    for dataset in rows.DATASETS:
        assert not any(row.unit == "weight" for row in rows.rows(dataset))
