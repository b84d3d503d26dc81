"""The papers as the command line knows them."""

import subprocess
import sys
from pathlib import Path

import pytest

from repro.cli.arguments import DATASETS
from repro.cli.asked import chosen_rows
from repro.datasets import NAMES
from repro.papers import PAPERS, paper_named
from repro.types import InputError, Split, VideoRef


def test_their_data_sets_are_known_demo_first() -> None:
    for paper in PAPERS.values():
        assert paper.datasets[0] == "demo"
        assert set(paper.datasets) <= set(NAMES) == set(DATASETS)


def test_papers_are_found_by_number_and_name() -> None:
    assert [paper.number for paper in PAPERS.values()] == list(PAPERS)
    assert paper_named("paper2").number == 2
    with pytest.raises(InputError, match="paper1, paper2"):
        paper_named("paper9")


def test_a_class_without_a_test_video_has_no_row() -> None:
    """As on a partial copy: the accuracy of no video is no number, and no result file can hold it."""
    classes = ("Basketball", "IceDancing")
    lacks = Split("ucf101", "1", classes, (), (VideoRef("a", Path("a"), 1, "g"),))
    of_one = {
        row.metric_options["class_name"]
        for row in chosen_rows(PAPERS[2], "ucf101", ["all"], lacks)
        if row.metric == "class_accuracy"
    }
    assert of_one == {"IceDancing"}
    with pytest.raises(InputError, match=r"no row begins with 'text-4\.4\.2/action-lstm/Basketball'"):
        chosen_rows(PAPERS[2], "ucf101", ["text-4.4.2/action-lstm/Basketball"], lacks)


def test_to_know_them_loads_no_framework() -> None:
    code = "import sys, repro.papers; print({'keras', 'tensorflow', 'cv2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
