"""The papers' READMEs show the recipes and results as they are now."""

from pathlib import Path

import pytest

from repro.cli.readmes import filled, path_of
from repro.papers import PAPERS, Paper
from repro.paths import PROJECT


@pytest.mark.parametrize("paper", PAPERS.values(), ids=lambda paper: paper.name)
def test_made_parts_are_up_to_date(paper: Paper) -> None:
    """`bash run.sh report` makes them; run it after results or a recipe changed."""
    text = path_of(paper).read_text()
    assert "<!-- made: recipe -->" in text
    assert "<!-- made: results demo-demo -->" in text
    assert filled(paper, text, PROJECT / "results") == text


def test_only_the_marked_parts_change(tmp_path: Path) -> None:
    before = "kept\n<!-- made: results nowhere-demo -->\nold\n<!-- end -->\nkept too\n"
    after = filled(PAPERS[2], before, tmp_path)
    assert after == "kept\n<!-- made: results nowhere-demo -->\nNot run yet.\n<!-- end -->\nkept too\n"
