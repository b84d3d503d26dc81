"""The plan of the campaign: which rows with which seeds, in which order, what is left, how long it takes."""

import json
from pathlib import Path

import pytest

from repro.experiment import campaign
from repro.experiment.campaign import LONG_SEEDS, OTHER_SEEDS, SHORT_SEEDS, Step
from repro.experiment.results import result_path
from repro.papers import PAPERS
from repro.types import InputError

ALL = campaign.plan(PAPERS.values())
RENDERER = 2


def _seeds(paper: int, id: str) -> list[int]:
    return [step.seed for step in ALL if step.paper.number == paper and id in step.rows]


def test_headline_rows_take_most_seeds_and_all_take_the_first_ones() -> None:
    assert _seeds(2, "table4/context+action-mslstm/latest") == list(range(SHORT_SEEDS))  # p2-c016
    assert _seeds(5, "table3/3d+reg") == list(range(LONG_SEEDS))
    assert _seeds(2, "figure5/mslstm-ce/35-frames") == list(range(OTHER_SEEDS))


def test_every_row_of_the_demo_set_is_run_once_a_seed() -> None:
    for paper in PAPERS.values():
        for row in paper.rows("demo"):
            seeds = _seeds(paper.number, row.id)
            assert seeds == list(range(len(seeds)))
            assert len(seeds) >= OTHER_SEEDS


def test_what_must_be_named_comes_last() -> None:
    first = next(n for n, step in enumerate(ALL) if step.readings)
    on_request = {(p.number, row.id) for p in PAPERS.values() for row in p.rows("demo") if row.on_request}
    for n, step in enumerate(ALL):
        assert {(step.paper.number, id) in on_request for id in step.rows} == {n >= first}


def test_seeds_go_up_before_readings() -> None:
    rows = [step.seed for step in ALL if not step.readings]
    assert rows == sorted(rows)


def test_a_step_is_the_papers_command() -> None:
    step = Step(PAPERS[2], 4, ("table4/a", "table4/b"))
    words = ("--seed", "4", "--stage", "evaluate", "--rows", "table4/a", "table4/b")
    assert step.words == ("paper2", "demo", *words)


def _publish(step: Step, id: str, results: Path, *, seed: int, renderer: int) -> None:
    row = next(row for row in step.paper.rows("demo") if row.id == id)
    path = result_path(results, row, "demo", "demo")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"runs": [{"split": "1", "seed": seed, "renderer": renderer}]}))


def test_published_rows_are_left_out(tmp_path: Path) -> None:
    step = next(step for step in ALL if step.paper.number == 5 and step.seed == 1)
    first, *others = step.rows
    _publish(step, first, tmp_path, seed=1, renderer=RENDERER)
    (left,) = campaign.missing([step], tmp_path, RENDERER)
    assert left.rows == tuple(others)
    for id in others:
        _publish(step, id, tmp_path, seed=1, renderer=RENDERER)
    assert not campaign.missing([step], tmp_path, RENDERER)


def test_another_seed_or_another_demo_set_does_not_count(tmp_path: Path) -> None:
    step = next(step for step in ALL if step.paper.number == 5 and step.seed == 1)
    one, other, *_ = step.rows
    _publish(step, one, tmp_path, seed=0, renderer=RENDERER)
    _publish(step, other, tmp_path, seed=1, renderer=RENDERER - 1)
    assert campaign.missing([step], tmp_path, RENDERER) == (step,)
    with pytest.raises(InputError, match=r"demo-demo holds runs on another version .* than 2; delete"):
        campaign.check_version([step], tmp_path, RENDERER)
    campaign.check_version([step._replace(rows=(one,))], tmp_path, RENDERER)


def test_the_time_left_goes_by_what_a_row_of_the_paper_took() -> None:
    steps = [Step(PAPERS[1], 0, ("a", "b")), Step(PAPERS[2], 0, ("c",))]
    assert campaign.seconds_left(steps, {"paper1": 30.0}, {"paper1": 3}) == 2 * 10 + 1 * 10
    took, rows = {"paper1": 30.0, "paper2": 5.0}, {"paper1": 3, "paper2": 1}
    assert campaign.seconds_left(steps, took, rows) == 2 * 10 + 1 * 5
