"""`rows`: what the papers print as their own, row by row, with what came out here."""

import json
from pathlib import Path

import pytest

from helpers.footage import PAPERS
from repro.cli import main
from repro.experiment import results
from repro.experiment.measure import Measured
from repro.papers import PAPERS as REGISTRY


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[dict]:
    monkeypatch.setenv("REPRO_HOME", str(tmp_path))
    assert main(["rows", "--json"]) == 0
    return list(json.loads(capsys.readouterr().out))


COUNTS = {1: 67, 2: 24, 3: 108, 4: 48, 5: 30}


def test_every_row_of_a_paper_is_listed_once(listed: list[dict]) -> None:
    assert {paper: sum(row["paper"] == paper for row in listed) for paper in COUNTS} == COUNTS
    assert len({(row["paper"], row["id"]) for row in listed}) == len(listed) == sum(COUNTS.values())
    for row in listed:
        assert row["own"] is None
        assert row["state"].startswith("not run")


@pytest.mark.skipif(PAPERS is None, reason="no papers/ beside the project (set REPRO_SHARED)")
def test_tables_rows_and_data_sets_are_spelled_as_in_the_list_of_results(listed: list[dict]) -> None:
    assert PAPERS is not None
    for paper in COUNTS:
        printed = json.loads((PAPERS / f"paper{paper}_results.json").read_text())
        wanted = sorted(
            str([e["table"], e["row"], e["dataset"], e["value"]])
            for e in printed
            if (e["ours"] or (paper == 4 and e["table"] in ("1", "2", "4"))) and e["value"] is not None
        )
        found = sorted(
            str([r["table"], r["row"], r["dataset"], r["printed"]]) for r in listed if r["paper"] == paper
        )
        assert [text.replace(".0]", "]") for text in found] == [text.replace(".0]", "]") for text in wanted]


def test_splits_and_what_the_paper_leaves_open_are_listed(listed: list[dict]) -> None:
    rows = {(row["paper"], row["id"]): row for row in listed}
    assert rows[1, "table1/ours/ucf101"]["splits"] == ["1", "2", "3"]
    assert rows[1, "table1/ours/ucf101"]["split"] == "1, 2, 3"
    assert rows[2, "text-1/speed"]["split"] == ""
    assert rows[1, "table7/ours+flow/ucf101"]["splits"] == ["1"]
    assert "5.2" in rows[1, "table7/ours+flow/ucf101"]["note"]
    assert len(rows[2, "table2/context+action-mslstm/latest/ut_interaction"]["splits"]) == 20
    assert rows[2, "text-1/speed"]["splits"] == []


def test_rows_of_a_table_differ_in_what_the_table_changes(listed: list[dict]) -> None:
    table4 = {r["row"]: r["overrides"] for r in listed if r["paper"] == 1 and r["table"] == "4"}
    assert len({json.dumps(overrides, sort_keys=True) for overrides in table4.values()}) == 4
    table6 = [r["overrides"] for r in listed if r["paper"] == 1 and r["table"] == "6"]
    assert {(o["steps"], o["frames"]) for o in table6} == {
        (k, way) for k in (10, 20, 30, 40, 50) for way in ("first", "sampled")
    }


def test_everything_else_is_listed_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REPRO_HOME", str(tmp_path))
    assert main(["rows", "--all"]) == 0
    text = capsys.readouterr().out
    for words in ("readings/own-fc", "diagnosis/oracle", "TSN [41]", "reported", "context-lstm-ranking"):
        assert words in text, words


def test_what_smaller_networks_gave_is_listed_with_its_preset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REPRO_HOME", str(tmp_path))
    row = next(row for row in REGISTRY[1].rows("jhmdb21") if row.id == "table2/ours")
    about = {"split": "1", "seed": 0, "dataset": "jhmdb21", "pretraining": "imagenet"}
    made = {"revision": "r", "device": "d", "date": "t", "command": "c", "versions": {}}
    for preset, value in (("lite", 51.66), ("demo", 20.0)):
        run = results.Run(**about, **made, preset=preset)  # type: ignore[arg-type]
        file = results.record(tmp_path / preset, row, run, Measured({"value": value}, {}), 268, {})
        results.gather([file], tmp_path / f"results/paper1/jhmdb21-{preset}")
    assert main(["rows", "--json"]) == 0
    listed = {entry["id"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert listed["table2/ours/jhmdb21"]["own"] is None
    state = "not run; demo preset 20.0 (split 1 of 3); lite preset 51.7 (split 1 of 3)"
    assert listed["table2/ours/jhmdb21"]["state"] == state
