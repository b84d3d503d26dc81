"""What only paper 4's rows have: fused and outside scores, tubes."""

from repro.experiment.rows import chosen
from repro.paper4 import rows
from repro.paper4.recipe import Recipe, sequence_settings

PRINTED = {(row.id, row.dataset): row for row in rows.PRINTED}


def test_fused_rows_are_printed_where_the_paper_prints_them() -> None:
    assert PRINTED["table3/videolstm", "UCF101"].overrides == rows.PROPOSED
    assert PRINTED["table4/iDT(SFV)+Objects+VideoLSTM", "HMDB51"].printed == 72.9
    assert ("table4/iDT(SFV)+Objects+VideoLSTM", "UCF101") not in PRINTED  # printed as n/a


def test_all_means_what_needs_nothing_from_outside() -> None:
    for dataset in rows.DATASETS:
        ids = [row.id for row in chosen(rows.rows(dataset), ["all"])]
        assert not any(id.startswith(("readings/", "table4/")) for id in ids)
        assert any(id.startswith("fig4a/") for id in ids) == (dataset in ("demo", "thumos13"))


def test_localisation_readings_train_nothing_new() -> None:
    for row in rows.rows("demo"):
        if row.metric == "recall":
            assert set(row.overrides) & set(sequence_settings(Recipe())) == {"stream", "architecture"}
