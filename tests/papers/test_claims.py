"""The papers' claims as data: all of them, about rows that run and values that these have."""

import csv
from collections import Counter

import pytest

from repro.anticipation.rows import FRACTIONS
from repro.evaluation.tubes import THRESHOLDS
from repro.experiment.claims import LEVELS, REPORTED
from repro.experiment.paired import MEAN
from repro.papers import PAPERS
from repro.types import Row

EACH = pytest.mark.parametrize("paper", PAPERS)


def test_all_claims_are_there() -> None:
    claims = [claim for paper in PAPERS.values() for claim in paper.claims]
    assert [len(paper.claims) for paper in PAPERS.values()] == [192, 138, 244, 157, 80]
    assert Counter(claim.level for claim in claims) == dict(zip(LEVELS, (80, 571, 154, 6), strict=True))
    assert len({claim.id for claim in claims}) == 811


@EACH
def test_a_claim_is_tested_by_rows_or_says_what_a_test_takes(paper: int) -> None:
    for claim in PAPERS[paper].claims:
        assert bool(claim.better_row) == bool(claim.worse_row) == bool(claim.on) != bool(claim.untested), (
            claim
        )
        assert not (claim.equal and len(claim.comparisons) > 1), claim.id
        assert claim.place, claim.id
        assert claim.claim, claim.id


def _values(row: Row) -> set[str]:
    """The names of a row's values that are means over clips."""
    if row.metric == "accuracy_at_fractions":
        return {*FRACTIONS, MEAN}
    if row.metric == "recall":
        return {*(f"{threshold:g}" for threshold in THRESHOLDS), MEAN}
    return {"value"} if row.metric in ("accuracy", "class_accuracy", "map", "inside") else set()


@EACH
def test_the_rows_of_claims_run_and_the_quoted_numbers_are_there(paper: int) -> None:
    entry = PAPERS[paper]
    for claim in entry.claims:
        for name in claim.on:
            rows = {row.id: row for row in entry.rows(name)}
            for side in claim.rows:
                if side.startswith(REPORTED):
                    assert any(
                        side == REPORTED + r.key and r.dataset == entry.dataset_names[name]
                        for r in entry.reported
                    )
                    continue
                id, _, value = side.partition("@")
                assert (value or "value") in _values(rows[id]), (claim.id, name, side)


@EACH
def test_the_numbers_of_a_claim_are_those_of_its_rows(paper: int) -> None:
    """On the data set that they are printed for; not of gains, and not where a claim prints none."""
    folder = PAPERS[paper].folder
    with (folder / "printed.csv").open(newline="") as file:
        printed = {(line["id"], line["dataset"]): line["printed"] for line in csv.DictReader(file)}
    checked = 0
    for claim in PAPERS[paper].claims:
        sides = ((claim.better_row, claim.printed_better), (claim.worse_row, claim.printed_worse))
        for rows, number in sides:
            names = [PAPERS[paper].dataset_names[name] for name in claim.on]
            own = [printed.get((row, name)) for row in rows.split(" | ") for name in names]
            if number and (found := [text for text in own if text]):
                assert float(number) in [float(text) for text in found], (claim.id, rows)
                checked += 1
    assert checked > len(PAPERS[paper].claims) / 2


def test_the_best_single_model_of_paper_3_is_whichever_is_best() -> None:
    """A combination has to be above each single model in its metric, not above the paper's best alone."""
    wanted = [claim for claim in PAPERS[3].claims if "is above the best single model" in claim.claim]
    assert len(wanted) == 14
    for claim in wanted:
        singles = [row.id for row in PAPERS[3].rows("demo") if row.id.startswith("table1/alstm-")]
        alike = [id for id in singles if id.endswith(claim.metric.lower())]
        assert sorted(claim.worse_row.split(" | ")) == sorted(alike), claim.id
        assert len(alike) == 7
