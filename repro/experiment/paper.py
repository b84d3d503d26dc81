"""What the command line must know of a paper before anything heavy is imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro.experiment.rows import read_reported
from repro.types import Reported, Row

if TYPE_CHECKING:
    import keras

    from repro.experiment.job import Job
    from repro.experiment.pipeline import Pipeline


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A paper: its words, its numbers, its rows, and how its networks and its pipeline are made.

    folder: where its package lies. stages: its own, between `data` and `evaluate`. dataset_names: the
    command's name of a data set -> the paper's, the main ones first, demo last. classes: of its main data
    set. extras: options that only this paper has. recipe: preset -> recipe; InputError for an unknown one.
    rows: those that run on a data set, by the command's name. printed: the results that it prints as its own.
    proposed: overrides of the proposed model. claims: (claim, better row, worse row). pipeline and networks
    (by name, for K classes) import the deep-learning framework when they are called.
    """

    number: int
    title: str
    folder: Path
    stages: tuple[str, ...]
    dataset_names: Mapping[str, str]
    Recipe: type[Any]
    recipe: Callable[[str], Any]
    presets: Mapping[str, Mapping[str, Any]]
    rows: Callable[[str], tuple[Row, ...]]
    printed: tuple[Row, ...]
    proposed: Mapping[str, Any]
    claims: tuple[tuple[str, str, str], ...]
    pipeline: Callable[[Job, Sequence[Row]], Pipeline[Any]]
    networks: Callable[[Any, int], dict[str, keras.Model]]
    classes: int = 101
    extras: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """`paper2`."""
        return f"paper{self.number}"

    @property
    def datasets(self) -> tuple[str, ...]:
        """The command's names of its data sets, demo first."""
        return tuple(sorted(self.dataset_names, key=lambda name: name != "demo"))

    @property
    def reported(self) -> tuple[Reported, ...]:
        """What it reports of others."""
        return read_reported(self.folder)
