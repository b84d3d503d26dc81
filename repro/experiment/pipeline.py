"""A paper as a run: the models that some rows need, the stages that make them, what these say, the rows.

Every paper's `pipeline.py` has a `Pipeline` that says what its models are and how each stage is done; what a
run is made of besides is written here once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from repro import datasets, score_file
from repro.datasets.boxes import Actors
from repro.experiment import exported
from repro.experiment.experiment import Experiment, Stage
from repro.experiment.exported import Export
from repro.experiment.features import Storing, require_room, still_needed_bytes
from repro.experiment.measure import Measured, measure
from repro.experiment.results import Run, record
from repro.paths import short_path
from repro.training.run_folder import RESULTS
from repro.types import InputError, Row

LAST_TRAINED = "sequence"
R = TypeVar("R")  # a paper's Recipe
Overrides = Mapping[str, Any]  # recipe fields in which a row's model differs


class Models(Protocol):
    """What a paper's `recipe.py` says of rows' models."""

    def model_name(self, base: Any, overrides: Overrides, /) -> str: ...

    def for_row(self, base: Any, overrides: Overrides, /) -> Any: ...


class Pipeline(ABC, Generic[R]):
    """The stages of a paper for some rows.

    number: of the paper. recipes: its `recipe.py`. models: what the rows need, name -> recipe, those that
    others start from first; rows that ask for the same model share it. trained: the sequence models' weights,
    by name.
    """

    number: int
    recipes: Models

    def __init__(self, experiment: Experiment, rows: Sequence[Row]) -> None:
        self.experiment, self.rows = experiment, tuple(rows)
        self.models: dict[str, R] = {}
        self.trained: dict[str, Path] = {}
        for row in self.rows:
            for overrides in row.models:
                self.add(overrides)

    def add(self, overrides: Overrides) -> None:
        """Let the run have a model."""
        self.models[self.name(overrides)] = self.recipe_of(overrides)

    @property
    def regressions(self) -> list[Row]:
        """The rows of logistic regression; they have no model of the paper's."""
        return [row for row in self.rows if row.is_regression]

    def readers(self) -> list[R]:
        """Of all that reads features: the models, and what says which ones a regression reads."""
        return [*self.models.values(), *(self.recipe_of(row.overrides) for row in self.regressions)]

    def name(self, overrides: Overrides) -> str:
        """The model of a row with these overrides."""
        return self.recipes.model_name(self.experiment.recipe, overrides)

    def recipe_of(self, overrides: Overrides) -> R:
        """Its recipe."""
        chosen: R = self.recipes.for_row(self.experiment.recipe, overrides)
        return chosen

    @cached_property
    def actors(self) -> Actors:
        """The actors of the test videos by video_id; InputError where the data set has no boxes."""
        if self.experiment.data is None:
            raise InputError("rows about places in the frame need the folder of the data set")
        return datasets.boxes_of(
            self.experiment.split.dataset, self.experiment.data, self.experiment.split.test
        )

    def require_boxes(self) -> None:
        """Read the actors' boxes if a row is measured against them; InputError where there are none."""
        if any(row.needs_boxes for row in self.rows):
            _ = self.actors

    @property
    @abstractmethod
    def stages(self) -> tuple[Stage, ...]:
        """In order; each needs the ones before it."""

    def stages_of_training(self) -> tuple[tuple[Stage, ...], tuple[Stage, ...]]:
        """The stages up to the last that trains, at which all workers take part, and those behind it."""
        count = [stage.name for stage in self.stages].index(LAST_TRAINED) + 1
        return self.stages[:count], self.stages[count:]

    @abstractmethod
    def storings(self) -> Iterator[Storing]:
        """Every store of features that the run makes or reads, whether it is there or not."""

    def require_room(self) -> None:
        """Say what the features will take of the disk; InputError where it has not that much."""
        needed_bytes = still_needed_bytes(self.experiment, self.storings())
        if needed_bytes:
            print(f"      features of this split and seed will take {needed_bytes / 1e9:.1f} GB of disk")
        require_room(self.experiment.cache, needed_bytes)

    @abstractmethod
    def model_scores(self, row: Row, overrides: Overrides) -> Path:
        """The score file of one model: what it says of the videos that the row is about."""

    @abstractmethod
    def regression_scores(self, row: Row) -> Path:
        """The score file of logistic regression on the features that a row of `regressions` is about."""

    @abstractmethod
    def export_of(self, name: str) -> Export:
        """What a run folder needs to predict with a model."""

    def combined(self, row: Row, own: Path) -> Path:
        """The row's score file where it is made of several models'; own: its first model's."""
        return own

    def score_file(self, row: Row, overrides: Overrides | None = None) -> Path:
        """The scores of the row's model for test videos, combined if the row says so; or another model's."""
        if overrides is not None:
            return self.model_scores(row, overrides)
        if row.is_regression:
            return self.regression_scores(row)
        return self.combined(row, self.model_scores(row, row.overrides))

    def score(self) -> str:
        """The stage that writes every row's score file."""
        for row in self.scored_rows():
            self.score_file(row)
        return f"score files in {short_path(self.experiment.folder.path / 'scores')}"

    def scored_rows(self) -> Iterator[Row]:
        """The rows that are measured from score files."""
        yield from self.rows

    def measure(self, row: Row) -> tuple[Measured, int]:
        """A row's values, and how many test videos they are of."""
        scores = score_file.read(self.score_file(row))
        measured = measure(row, scores, self.experiment.split.classes)
        if row.metric == "improvement":
            measured = Measured({"value": measured.values["value"] - self._over(row)}, {})
        return measured, len(scores.video_ids)

    def _over(self, row: Row) -> float:
        """What a gain is over: another model of ours, or a number that the paper prints and we cannot run."""
        options = row.metric_options
        if "over_model" not in options:
            return float(options["over"])
        other = score_file.read(self.score_file(row, options["over_model"]))
        return measure(row, other, self.experiment.split.classes).values["value"]

    def evaluate(self, run: Run) -> list[Path]:
        """Measure every row: a result file each, in the run folder."""
        folder = self.experiment.folder.path / RESULTS
        groups = {ref.video_id: ref.group for ref in self.experiment.videos}
        return [record(folder, row, run, *self.measure(row), groups) for row in self.rows]

    def export(self, name: str) -> None:
        """Let the run folder predict with a model."""
        exported.export(self.experiment, self.number, self.models[name], self.export_of(name))
