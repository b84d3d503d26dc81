"""The papers' READMEs show the recipes and results as they are now."""

import dataclasses
import re
from pathlib import Path

import pytest

from repro.cli.readmes import filled, path_of, with_numbers, with_page
from repro.experiment.published import VerdictsOf, verdicts_of
from repro.papers import PAPERS, Paper
from repro.paths import PROJECT
from repro.provenance import explained


@pytest.fixture(scope="module")
def verdicts() -> VerdictsOf:
    return verdicts_of(PAPERS.values(), PROJECT / "results")


@pytest.mark.parametrize("paper", PAPERS.values(), ids=lambda paper: paper.name)
def test_made_parts_are_up_to_date(paper: Paper, verdicts: VerdictsOf) -> None:
    """`bash run.sh report` makes them; run it after results or a recipe changed."""
    text = path_of(paper).read_text()
    assert "<!-- made: recipe -->" in text
    assert "<!-- made: results demo-demo -->" in text
    assert filled(paper, text, PROJECT / "results", verdicts) == text


def test_the_headline_numbers_are_up_to_date() -> None:
    text = (PROJECT / "README.md").read_text()
    assert text.count("<!-- made: numbers -->") == 1
    assert with_numbers(text, PROJECT / "results", {}) == text


def test_the_page_beside_the_results_is_up_to_date(verdicts: VerdictsOf) -> None:
    text = (PROJECT / "results" / "README.md").read_text()
    assert text.count("<!-- made: page -->") == 1
    assert with_page(text, PROJECT / "results", verdicts) == text


@pytest.mark.parametrize("paper", PAPERS.values(), ids=lambda paper: paper.name)
def test_that_some_training_videos_are_held_out_is_said(paper: Paper) -> None:
    """No paper says of its own that it does so; ours train on the fewer videos."""
    assert "validation_fraction" in {field.name for field in dataclasses.fields(paper.Recipe)}
    assert "never trained" in path_of(paper).read_text()


@pytest.mark.parametrize(("number", "absent"), [(1, "5.3"), (2, "3.3"), (2, "3.4"), (4, "3.3"), (4, "3.4")])
def test_places_are_sections_that_the_paper_has(number: int, absent: str) -> None:
    """Papers 2 and 4 end their third section with 3.2; numbers 9.x were those of our own notes."""
    paper = PAPERS[number]
    notes = {name: field.note for name, field in explained(paper.Recipe()).items()}
    places = re.compile(rf"(?<![\d.]){re.escape(absent)}(?![\d])|\b9\.\d")
    assert {name: note for name, note in notes.items() if places.search(note)} == {}
    assert {claim.id for claim in paper.claims if places.search(claim.place)} == set()


def test_only_the_marked_parts_change(tmp_path: Path) -> None:
    before = "kept\n<!-- made: results nowhere-demo -->\nold\n<!-- end -->\nkept too\n"
    after = filled(PAPERS[2], before, tmp_path, {})
    assert after == "kept\n<!-- made: results nowhere-demo -->\nNot run yet.\n<!-- end -->\nkept too\n"
