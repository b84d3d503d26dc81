"""The page of results: headline numbers with what came out here, and how the claims stand, by data set."""

import json
from pathlib import Path
from typing import Any

from repro.experiment.results import file_name
from repro.experiment.results_page import headline_numbers, results_page
from repro.experiment.verdicts import HOLDS, OPEN, UNTESTED, Verdict
from repro.papers import PAPERS

PAPER = PAPERS[2]
BY_LEVEL = {level: [c for c in PAPER.claims if (c.level == "headline") is level] for level in (True, False)}


OURS = "table1/context+action-mslstm/earliest"
EARLY = {"observed": "20%", "pooled": True}


def _result(
    folder: Path, data: str, preset: str, mean: float, *, id: str = OURS, options: Any = EARLY, **own: Any
) -> None:
    path = folder / file_name(id)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"id": id, "metric": "accuracy", "metric_options": options, "run_on": data, "preset": preset}
    facts = {"mean": {"value": mean}, "std": {"value": None}, "seeds": [0], **own}
    path.write_text(json.dumps({**content, "own": facts, "runs": []}))


def _lines(results: Path, verdicts: list[Verdict]) -> list[list[str]]:
    page = results_page([PAPER], {"paper2": verdicts}, results)
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if "|" in line]
    return [line for line in lines if line[0] == "2"]


def test_a_headline_number_has_what_came_out_at_its_size_and_at_smaller_ones(tmp_path: Path) -> None:
    _result(tmp_path / "paper2/jhmdb21-paper", "jhmdb21", "paper", 54.0)
    _result(tmp_path / "paper2/jhmdb21-lite", "jhmdb21", "lite", 50.0, std={"value": 1.0}, seeds=[0, 1])
    lines = _lines(tmp_path, [])
    cells = ["2", "table 1, Ours", "accuracy, 20%", "JHMDB-21", "55", "54.0", "", "50.0 ± 1.0 (n=2)", ""]
    assert cells in lines
    of_ucf101 = next(line for line in lines if "UCF-101" in line)
    assert of_ucf101[4:] == ["80.5", "not run", "", "", ""]


def test_the_regression_of_the_same_table_and_part_stands_beside(tmp_path: Path) -> None:
    folder = tmp_path / "paper2/jhmdb21-lite"
    _result(folder, "jhmdb21", "lite", 50.0)
    alone = {"observed": "20%", "alone": True}
    _result(folder, "jhmdb21", "lite", 49.0, id="table1/logistic-regression/20", options=alone)
    late = {"observed": "100%", "alone": True}
    _result(folder, "jhmdb21", "lite", 48.0, id="table1/logistic-regression/100", options=late)
    _result(folder, "jhmdb21", "lite", 47.0, id="table2/logistic-regression/20", options=alone)
    page = headline_numbers([PAPER], tmp_path)
    assert page.count("regression 4") == 1
    assert "| 50.0; regression 49.0 |" in page


def test_claims_are_counted_by_data_set_and_the_rest_is_untested(tmp_path: Path) -> None:
    headline, other = BY_LEVEL[True], BY_LEVEL[False]
    verdicts = [
        Verdict(claim=headline[0], word=HOLDS, dataset="demo", preset="demo", seeds=10),
        Verdict(claim=headline[1], word=OPEN, dataset="demo", preset="demo", seeds=6),
        Verdict(claim=headline[1], word=UNTESTED, dataset="jhmdb21", preset="lite", absent=True),
        *(Verdict(claim=claim, word=UNTESTED) for claim in (*headline[2:], *other)),
    ]
    lines = [
        line for line in _lines(tmp_path, verdicts) if line[0] == "2" and line[1] in ("headline", "other")
    ]
    assert lines == [
        ["2", "headline", "demo", "demo", "10", "1", "0", "1", str(len(headline) - 2)],
        ["2", "other", "nothing run", "", "", "", "", "", str(len(other))],
    ]


def test_every_paper_is_known_by_numbers_that_it_prints() -> None:
    for paper in PAPERS.values():
        printed = {row.id: row.printed for row in paper.results.PRINTED}
        assert paper.results.HEADLINE
        assert all(printed[id] is not None for id in paper.results.HEADLINE)
