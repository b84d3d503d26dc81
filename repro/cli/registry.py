"""The papers by number: what the command line must know of them before anything heavy is imported."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from repro.types import InputError


class Paper(NamedTuple):
    """stages: the paper's own, between `data` and `evaluate`. datasets: the command's names for its data.
    pictures: the module of this room that draws what a run shows. extras: options only this paper has.
    networks: the module of the paper whose `networks` builds them all. classes: of its main data set.
    """

    number: int
    title: str
    stages: tuple[str, ...]
    datasets: tuple[str, ...]
    pictures: str
    extras: tuple[str, ...] = ()
    networks: str = "model"
    classes: int = 101

    @property
    def name(self) -> str:
        """`paper2`."""
        return f"paper{self.number}"

    def module(self, name: str) -> Any:
        """`recipe`, `experiments`, `quoted`, `model` or `pipeline` of the paper."""
        return importlib.import_module(f"repro.{self.name}.{name}")


_ANTICIPATION = ("fine-tune", "flow", "features", "sequence", "score")
PAPERS: Mapping[int, Paper] = {
    1: Paper(
        1,
        "Deep Action- and Context-Aware Sequence Learning for Activity Recognition and Anticipation",
        _ANTICIPATION,
        ("demo", "ucf101", "jhmdb21"),
        "anticipation_pictures",
    ),
    2: Paper(
        2,
        "Encouraging LSTMs to Anticipate Actions Very Early (ICCV 2017)",
        _ANTICIPATION,
        ("demo", "ucf101", "jhmdb21", "ut_interaction"),
        "anticipation_pictures",
    ),
    3: Paper(
        3,
        "Action Classification and Highlighting in Videos",
        ("fine-tune", "features", "sequence", "score"),
        ("demo", "activitynet", "hollywood2"),
        "highlight_pictures",
        ("start_from",),
        "networks",
        203,
    ),
    4: Paper(
        4,
        "VideoLSTM Convolves, Attends and Flows for Action Recognition",
        ("flow", "fine-tune", "features", "sequence", "score", "localise"),
        ("demo", "ucf101", "hmdb51", "thumos13"),
        "attention_pictures",
        ("scores", "start_from"),
        "networks",
    ),
    5: Paper(
        5,
        "Action Recognition with Joint Attention on Multi-Level Deep Features",
        ("flow", "fine-tune", "features", "sequence", "score"),
        ("demo", "ucf101", "hmdb51"),
        "joint_pictures",
        networks="networks",
    ),
}


def paper_named(name: str) -> Paper:
    """`paper2` -> the paper; InputError for a name that is none."""
    found = next((paper for paper in PAPERS.values() if paper.name == name), None)
    if found is None:
        names = ", ".join(paper.name for paper in PAPERS.values())
        raise InputError(f"no paper {name!r}; there are: {names}")
    return found
