"""Tables as a reader sees them."""

import pytest

from repro.report.tables import markdown_table, text_table


def test_text_table_is_aligned_and_leaves_gaps() -> None:
    lines = [["context LSTM", "41.0 ± 1.3 (n=3)", "66.0"], ["MS-LSTM", "", "83.37"]]
    assert text_table(("", "K=1", "K=50"), lines).splitlines() == [
        "                           K=1   K=50",
        "------------  ----------------  -----",
        "context LSTM  41.0 ± 1.3 (n=3)   66.0",
        "MS-LSTM                         83.37",
    ]


def test_words_stand_left_and_numbers_right() -> None:
    got = text_table(("row", "value"), [["a", "5.0"], ["longer", "12.5"]])
    assert got.splitlines() == ["row     value", "------  -----", "a         5.0", "longer   12.5"]


def test_a_table_without_rows_is_its_header() -> None:
    assert text_table(("row", "state"), []).splitlines() == ["row  state", "---  -----"]


def test_markdown() -> None:
    assert markdown_table(("", "K=50"), [["context LSTM", "66.0"], ["MS-LSTM", ""]]).splitlines() == [
        "|  | K=50 |",
        "| --- | ---: |",
        "| context LSTM | 66.0 |",
        "| MS-LSTM |  |",
    ]
    assert r"a\|b" in markdown_table(("x",), [["a|b"]])


def test_ragged_rows_are_refused() -> None:
    for table in (text_table, markdown_table):
        with pytest.raises(ValueError, match="wanted 2"):
            table(("a", "b"), [["1"]])
