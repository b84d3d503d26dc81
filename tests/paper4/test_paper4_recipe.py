"""What only paper 4's rows have: fused and outside scores, tubes."""

import pytest

from repro.experiment.rows import chosen
from repro.paper4 import rows
from repro.paper4.recipe import Recipe, sequence_settings
from repro.types import InputError

PRINTED = {(row.id, row.dataset): row for row in rows.PRINTED}


def test_fused_rows_are_printed_where_the_paper_prints_them() -> None:
    assert PRINTED["table3/videolstm", "UCF101"].overrides == rows.PROPOSED
    assert PRINTED["table4/iDT(SFV)+Objects+VideoLSTM", "HMDB51"].printed == 72.9
    assert ("table4/iDT(SFV)+Objects+VideoLSTM", "UCF101") not in PRINTED  # printed as n/a


def test_what_the_authors_ran_beside_their_models_counts_too() -> None:
    own = {"conv_alstm", "motion_alstm", "video_lstm"}
    cells = [row for row in rows.PRINTED if row.table in ("1", "2")]
    assert len([row for row in cells if row.overrides["architecture"] not in own]) == 18


def test_the_literal_row_of_table_3_is_a_reading() -> None:
    (row,) = (row for row in rows.rows("demo") if row.id == "readings/rgb-x-flow-flow")
    assert row.models == (rows.PROPOSED, {"stream": "flow", "architecture": "video_lstm"})


def test_every_curve_of_figure_4_has_its_baselines() -> None:
    found = [row for row in rows.rows("demo") if row.id.startswith("fig4")]
    for metric in ("recall", "tube_map"):
        for smoothed in (True, False) if metric == "recall" else (True,):
            alike = [r for r in found if r.metric == metric and r.metric_options["smoothed"] == smoothed]
            maps = {(r.overrides["architecture"], r.metric_options.get("maps")) for r in alike}
            assert {(a, m) for a in ("video_lstm", "alstm") for m in (None, "untrained")} <= maps
            assert {"random", "cell"} <= {kind for _, kind in maps}


def test_all_means_what_needs_nothing_from_outside() -> None:
    for dataset in rows.DATASETS:
        ids = [row.id for row in chosen(rows.rows(dataset), ["all"])]
        assert not any(id.startswith(("readings/", "table4/")) for id in ids)
        assert any(id.startswith("fig4a/") for id in ids) == (dataset in ("demo", "jhmdb21", "thumos13"))


def test_only_data_with_boxes_has_rows_of_localisation() -> None:
    with_recall = [name for name in rows.DATASETS if any(r.metric == "recall" for r in rows.rows(name))]
    assert sorted(with_recall) == ["demo", "jhmdb21", "thumos13", "ucf101"]


def test_localisation_readings_train_nothing_new() -> None:
    for row in rows.rows("demo"):
        if row.metric == "recall":
            assert set(row.overrides) & set(sequence_settings(Recipe())) == {"stream", "architecture"}


def test_a_kernel_that_no_bottom_layer_has_is_refused() -> None:
    assert Recipe(motion_kernel=1).motion_kernel == 1
    with pytest.raises(InputError, match="motion_kernel 2; set 3"):
        Recipe(motion_kernel=2)
