"""Rows read from a paper's data files, chosen by name, moved to the demo set."""

from pathlib import Path
from typing import Any

import pytest

from repro.experiment.rows import chosen, on_demo, read_reported, read_rows, reading_rows
from repro.types import Protocol, Reported, Row

FIXED = "id,table,row,dataset,protocol,metric,printed,unit,model"
LINES = f"""{FIXED},pooled,observed,over,over_model,combined,outside
table1/a,1,"A, ours",UCF,mean,accuracy,55,,a,true,20%,,,,
gain/a,text,A over B,UCF,1,improvement,1.50,points,a,,,33.5,b,a b,iDT Objects
fig1/a,Fig. 1,A,UCF,1,recall,,,a,false,2 frames,,,,
speed,text,faster,,,speed_ratio,14,ratio,,,,,,,
"""
MODELS: dict[str, dict[str, Any]] = {"a": {"units": 2}, "b": {"units": 3}}
MEAN = Protocol(("1", "2"))


@pytest.fixture
def rows(tmp_path: Path) -> tuple[Row, ...]:
    (tmp_path / "printed.csv").write_text(LINES)
    return read_rows(
        tmp_path, 2, {"mean": MEAN, "1": Protocol()}, lambda name, on: {**MODELS[name], "on": on}
    )


def test_a_line_is_a_row(rows: tuple[Row, ...]) -> None:
    a, gain, figure, speed = rows
    assert (a.paper, a.row, a.protocol, a.printed, a.unit) == (2, "A, ours", MEAN, 55, "percent")
    assert (a.overrides, a.metric_options) == ({"units": 2, "on": "UCF"}, {"pooled": True, "observed": "20%"})
    assert (gain.metric_options["over"], gain.metric_options["outside"]) == (33.5, ["iDT", "Objects"])
    assert (figure.printed, figure.metric_options["pooled"]) == (None, False)
    assert (speed.dataset, speed.protocol, speed.overrides, speed.unit) == (None, None, {}, "ratio")


def test_a_row_names_all_its_models_its_own_first(rows: tuple[Row, ...]) -> None:
    assert [model["units"] for model in rows[0].models] == [2]
    assert [model["units"] for model in rows[1].models] == [2, 3, 2, 3]


def test_a_row_of_its_splits_alone_runs_on_no_other() -> None:
    of_two = Row(paper=5, id="r", table="4", row="r", dataset="d", protocol=Protocol(("2",), only=True))
    assert [of_two.runs_on(split) for split in "123"] == [False, True, False]
    assert Row(paper=5, id="r", table="1", row="r", dataset="d").runs_on("2")


def test_other_readings_run_when_they_are_named(rows: tuple[Row, ...]) -> None:
    readings = reading_rows(rows[0], {"zeros": ("starts at zero", {"start": "zeros"})})
    everything = (*rows, *readings)
    assert chosen(everything, ["all"]) == rows
    assert [row.id for row in chosen(everything, ["table1", "readings/z"])] == ["table1/a", "readings/zeros"]


def test_on_the_demo_set_nothing_is_printed(rows: tuple[Row, ...]) -> None:
    (a,) = on_demo(rows[:1])
    assert (a.dataset, a.printed, a.protocol, a.overrides) == ("demo", None, Protocol(()), rows[0].overrides)


def test_what_a_paper_reports_of_others(tmp_path: Path) -> None:
    lines = "table,method,dataset,value,printed\n1,SVM [4],UCF,earliest,5\n1,SVM [4],UCF,,46.5\n"
    (tmp_path / "reported.csv").write_text(lines)
    first, second = (Reported("1", "SVM [4]", "UCF", *said) for said in (("earliest", 5), ("", 46.5)))
    assert read_reported(tmp_path) == (first, second)
