"""Tables as a reader sees them."""

import pytest

from repro.report.tables import Cell, TableRow, compose, markdown_table, text_table, value

ROWS = [
    TableRow(
        "context LSTM",
        {"K=1": Cell(41.04, 1.26, 3, printed=62.8), "K=50": Cell(66.0, None, 1, printed=72.71)},
    ),
    TableRow("MS-LSTM", {"K=50": Cell(printed=83.37)}),  # not run
]


def test_text_table_is_aligned_and_leaves_gaps() -> None:
    assert text_table(*compose(("K=1", "K=50"), ROWS)).splitlines() == [
        "                           K=1  K=1, printed  K=50  K=50, printed",
        "------------  ----------------  ------------  ----  -------------",
        "context LSTM  41.0 ± 1.3 (n=3)          62.8  66.0          72.71",
        "MS-LSTM                                                     83.37",
    ]


def test_words_stand_left_and_numbers_right() -> None:
    got = text_table(("row", "value"), [["a", "5.0"], ["longer", "12.5"]])
    assert got.splitlines() == ["row     value", "------  -----", "a         5.0", "longer   12.5"]


def test_a_table_without_rows_is_its_header() -> None:
    assert text_table(("row", "state"), []).splitlines() == ["row  state", "---  -----"]


def test_markdown() -> None:
    header, lines = compose(("K=50",), ROWS)
    assert markdown_table(header, lines).splitlines() == [
        "|  | K=50 | K=50, printed |",
        "| --- | ---: | ---: |",
        "| context LSTM | 66.0 | 72.71 |",
        "| MS-LSTM |  | 83.37 |",
    ]
    assert r"a\|b" in markdown_table(("x",), [["a|b"]])


def test_printed_column_only_where_something_is_printed() -> None:
    header, lines = compose(("demo",), [TableRow("ours", {"demo": Cell(50.0)})])
    assert (header, lines) == (["", "demo"], [["ours", "50.0"]])


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (Cell(55.34, 1.25, 3), "55.3 ± 1.2 (n=3)"),
        (Cell(55.34, None, 1), "55.3"),
        (Cell(0.0), "0.0"),  # a result of zero is no gap
        (Cell(None, printed=5.0), ""),
    ],
)
def test_value(cell: Cell, text: str) -> None:
    assert value(cell) == text


def test_ragged_rows_are_refused() -> None:
    for table in (text_table, markdown_table):
        with pytest.raises(ValueError, match="wanted 2"):
            table(("a", "b"), [["1"]])
