"""Which rows of papers 1 and 2 stand again under a reading that decides a whole table, and stage 1's."""

import pytest

from repro.anticipation.rows import READINGS
from repro.papers import PAPERS
from repro.types import Row

_TABLE_5 = ("table5/plgl-wo-1024", "table5/plgl-wo-2048", "table5/plgl-w-2048")
_CURVES = ("averaged", "frame")
_SINGLE = ("context-lstm", "action-lstm")
AGAIN = {
    # Every table that compares context with action.
    (1, "own-fc"): {
        f"table3/{model}-{loss}"
        for model in (*_SINGLE, "context+action-mslstm")
        for loss in ("ce", "egl", "lgl", "plgl")
    },
    (2, "own-fc"): {
        *(f"table4/{m}/{w}" for m in (*_SINGLE, "context+action-mslstm") for w in ("earliest", "latest")),
        *(
            f"text-4.4.2/{model}/{name}"
            for model in _SINGLE
            for name in ("BaseballPitch", "Basketball", "CricketShot", "IceDancing")
        ),
    },
    # Wherever the papers' loss stands beside LGL.
    (1, "without-1-over-n"): {
        *(f"table3/{model}-plgl" for model in (*_SINGLE, "context+action-mslstm")),
        *_TABLE_5,
        *(f"fractions/{m}-plgl/{way}" for m in ("mslstm", *_SINGLE) for way in _CURVES),
    },
    (2, "without-1-over-n"): {
        f"fractions/{m}-anticipation/{way}" for m in ("mslstm", *_SINGLE) for way in _CURVES
    },
    (1, "ce-every-frame"): {
        *(f"table3/{model}-ce" for model in (*_SINGLE, "context+action-mslstm")),
        *(row.replace("plgl", "ce") for row in _TABLE_5),
        *(f"fractions/mslstm-ce/{way}" for way in _CURVES),
    },
    (2, "ce-every-frame"): {f"fractions/mslstm-ce/{way}" for way in _CURVES},
}


def _rows(paper: int) -> dict[str, Row]:
    return {row.id: row for row in PAPERS[paper].rows("ucf101")}


@pytest.mark.parametrize(("paper", "reading"), AGAIN)
def test_a_reading_of_a_whole_table_changes_its_rows_and_nothing_else(paper: int, reading: str) -> None:
    rows, fields = _rows(paper), READINGS[reading][1]
    start = f"readings/{reading}/"
    found = {id.removeprefix(start): row for id, row in rows.items() if id.startswith(start)}
    assert set(found) - {"first-frame"} == AGAIN[paper, reading]
    for id in AGAIN[paper, reading]:
        asked, usual = found[id], rows[id]
        assert asked.overrides == {**usual.overrides, **fields}, id
        assert asked.metric_options == usual.metric_options, id
        assert asked.on_request, id
        assert asked.printed is None, id


@pytest.mark.parametrize("paper", [1, 2])
def test_what_a_leak_is_worth_is_measured_early_and_late_beside_the_honest_gate(paper: int) -> None:
    rows = _rows(paper)
    usual = {"": {}, "/action-lstm": {"variant": "single_lstm", "features": ("action",)}}
    for model, overrides in usual.items():
        for when, observed in (("", "100%"), ("/first-frame", "first frame")):
            row = rows[f"diagnosis/oracle{model}{when}"]
            assert {**overrides, "select": "oracle"}.items() <= row.overrides.items()
            assert (row.metric_options["observed"], row.on_request) == (observed, True)


@pytest.mark.parametrize("paper", [1, 2])
def test_stage_1_needs_no_model_of_its_own(paper: int) -> None:
    """It runs with the curves, of whose models it reads the other score file."""
    rows = _rows(paper)
    first = [row for id, row in rows.items() if id.startswith("stage1/")]
    assert first
    for row in first:
        curve = rows[row.id.replace("stage1", "fractions")]
        assert (row.overrides, row.on_request) == (curve.overrides, False)
        assert row.metric_options == {**curve.metric_options, "stage": 1}
