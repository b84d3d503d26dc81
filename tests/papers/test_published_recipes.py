"""What is published was made by the recipes as they are: a preset that is edited asks for its rows again."""

import json
from dataclasses import asdict

import pytest

from repro.experiment.results import load
from repro.papers import PAPERS, Paper
from repro.paths import PROJECT


@pytest.mark.parametrize("paper", PAPERS.values(), ids=lambda paper: paper.name)
def test_every_published_row_is_of_todays_recipe(paper: Paper) -> None:
    different = []
    for path in sorted((PROJECT / "results" / paper.name).glob("*/*.json")):
        content = load(path)
        row = next(row for row in paper.rows(content["run_on"]) if row.id == content["id"])
        before = {**content["recipe"], **content["overrides"]}
        now = json.loads(json.dumps({**asdict(paper.recipe(content["preset"])), **row.overrides}))
        assert content["recipe"], path
        different += [(path.name, name) for name in now if name in before and before[name] != now[name]]
    assert different == []
