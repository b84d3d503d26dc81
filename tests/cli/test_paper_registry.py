"""What the command line says of a paper before importing it is what the paper says itself."""

import importlib
import inspect

import pytest

from repro.cli.arguments import DATASETS
from repro.cli.registry import PAPERS, Paper, paper_named
from repro.datasets import NAMES
from repro.types import InputError

every_paper = pytest.mark.parametrize("paper", PAPERS.values(), ids=lambda paper: paper.name)


@every_paper
def test_stages_are_those_of_the_pipeline(paper: Paper) -> None:
    text = inspect.getsource(paper.module("pipeline").Pipeline.stages.fget)
    assert [text.index(f'Stage("{stage}"') for stage in paper.stages] == sorted(
        text.index(f'Stage("{stage}"') for stage in paper.stages
    )
    assert text.count("Stage(") == len(paper.stages)


@every_paper
def test_data_sets_are_those_of_its_rows(paper: Paper) -> None:
    assert set(paper.datasets) == set(paper.module("experiments").DATASETS) <= set(NAMES)


@every_paper
def test_its_pictures_can_be_drawn(paper: Paper) -> None:
    assert callable(importlib.import_module(f"repro.cli.{paper.pictures}").draw)


def test_the_command_line_knows_every_data_set() -> None:
    assert set(DATASETS) == set(NAMES)


def test_papers_are_found_by_name() -> None:
    assert paper_named("paper2").number == 2
    with pytest.raises(InputError, match="paper1, paper2"):
        paper_named("paper9")
