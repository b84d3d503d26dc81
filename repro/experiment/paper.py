"""What the command line must know of a paper before anything heavy is imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from repro.experiment.claims import Claim, read_claims
from repro.experiment.rows import read_reported
from repro.paths import PACKAGE
from repro.types import InputError, Reported, Row

if TYPE_CHECKING:
    import keras

    from repro.deploy.deployable import Deployable
    from repro.experiment.experiment import Experiment
    from repro.experiment.exported import ExportedRun
    from repro.experiment.figures import Figures
    from repro.experiment.pipeline import Pipeline
    from repro.inference.options import PredictionOptions
    from repro.inference.predictor import Predictor


class Recipes(Protocol):
    """What a paper's `recipe.py` has."""

    Recipe: type[Any]
    PRESETS: dict[str, dict[str, Any]]

    def recipe(self, preset: str) -> Any: ...


class Results(Protocol):
    """What a paper's `rows.py` has.

    DATASETS: the command's name of a data set -> the paper's, the main ones first, demo last. PROPOSED:
    overrides of the proposed model. PRINTED: the results that it prints as its own. HEADLINE: ids of those
    by which it is known. rows: those that run on a data set, by the command's name.
    """

    DATASETS: dict[str, str]
    PROPOSED: dict[str, Any]
    PRINTED: tuple[Row, ...]
    HEADLINE: tuple[str, ...]

    def rows(self, dataset: str) -> tuple[Row, ...]: ...


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A paper: its words, its numbers, its rows, and how its networks and its pipeline are made.

    stages: its own, between `data` and `evaluate`. classes: of its main data set. starts: what its recipe's
    `start_from` may be beside a run folder. takes_scores: it compares with other methods' scores. highlights:
    its runs cut the best moments out of a video. over_objects: overrides of its best model over a backbone
    that is trained on objects alone, where the proposed model needs more. What brings the deep-learning
    framework is imported from the files that every paper has, once it is asked for.
    """

    number: int
    title: str
    stages: tuple[str, ...]
    recipes: Recipes
    results: Results
    classes: int = 101
    starts: tuple[str, ...] = ()
    takes_scores: bool = False
    highlights: bool = False
    over_objects: Mapping[str, Any] = field(default_factory=dict, hash=False)  # a dict has none

    @property
    def name(self) -> str:
        """`paper2`."""
        return f"paper{self.number}"

    @property
    def folder(self) -> Path:
        """Where its package lies."""
        return PACKAGE / self.name

    @property
    def Recipe(self) -> type[Any]:
        """The class of its recipes."""
        return self.recipes.Recipe

    @property
    def presets(self) -> Mapping[str, Mapping[str, Any]]:
        """What each preset changes."""
        return self.recipes.PRESETS

    def recipe(self, preset: str) -> Any:
        """The recipe of a preset; InputError for an unknown one."""
        return self.recipes.recipe(preset)

    @property
    def dataset_names(self) -> Mapping[str, str]:
        """The command's name of a data set -> the paper's."""
        return self.results.DATASETS

    @property
    def datasets(self) -> tuple[str, ...]:
        """The command's names of its data sets, demo first."""
        return tuple(sorted(self.dataset_names, key=lambda name: name != "demo"))

    def prints_on(self, dataset: str) -> bool:
        """Whether it prints a number on a data set, by the command's name."""
        name = self.dataset_names.get(dataset)
        return name is not None and any(row.dataset == name for row in self.results.PRINTED)

    def rows(self, dataset: str) -> tuple[Row, ...]:
        """The rows that run on a data set, by the command's name."""
        return self.results.rows(dataset)

    @property
    def reported(self) -> tuple[Reported, ...]:
        """What it reports of others."""
        return read_reported(self.folder)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every ordering that it claims."""
        return read_claims(self.folder)

    def proposed(self, recipe: Any) -> Mapping[str, Any]:
        """Overrides of the proposed model, or of what comes nearest over the backbone of a recipe."""
        return self.over_objects if recipe.lite and self.over_objects else self.results.PROPOSED

    def pipeline(self, experiment: Experiment, rows: Sequence[Row]) -> Pipeline[Any]:
        """Its pipeline for some rows."""
        made: Pipeline[Any] = self._file("pipeline").Pipeline(experiment, rows)
        return made

    def networks(self, recipe: Any, classes: int) -> dict[str, keras.Model]:
        """Its networks by name, for `model.summary()`, of a recipe and K classes."""
        made: dict[str, keras.Model] = self._file("networks").networks(recipe, classes)
        return made

    def build(self, classes: int, preset: str = "lite", **changes: Any) -> dict[str, keras.Model]:
        """Its networks by name, as drawn: plain Keras models for `summary`, `fit`, `plot_model`, `save`.

        classes: K. changes: recipe fields other than in the preset, as `units=128`. Inputs, outputs and their
        shapes are those that `summary` prints. Raises InputError for an unknown preset or field, and for
        values that do not go together; ValueError for no class.
        """
        if classes < 1:
            raise ValueError(f"{classes} classes; wanted 1 or more")
        try:
            recipe = replace(self.recipe(preset), **changes)
        except TypeError as error:
            unknown = ", ".join(sorted(set(changes) - {field.name for field in fields(self.Recipe)}))
            raise InputError(f"no field {unknown}; bash run.sh recipe {self.name} lists them all") from error
        return self.networks(recipe, classes)

    def figures(
        self, pipeline: Pipeline[Any], heading: str, main: str, results: Sequence[Path]
    ) -> Figures[Any]:
        """The figures of a finished run, see `Figures`."""
        made: Figures[Any] = self._file("figures").Figures(pipeline, heading, main, results)
        return made

    def predictor(self, run: ExportedRun, options: PredictionOptions) -> Predictor:
        """A finished run of it, ready for video files."""
        made: Predictor = self._file("prediction").predictor(run, options)
        return made

    def deployable(self, run: ExportedRun) -> Deployable:
        """A finished run of it as one network for other programs."""
        made: Deployable = self._file("deploy").deployable(run)
        return made

    def _file(self, name: str) -> Any:
        return import_module(f"repro.{self.name}.{name}")
