"""A finished run as others find it: `model.json` in its folder, which names the networks that predict.

The folder predicts alone: networks that lie in the cache are linked or copied into it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from repro.atomic import link_or_copy, write_json
from repro.types import InputError

if TYPE_CHECKING:  # reading a run needs neither an experiment nor TensorFlow
    from repro.experiment.experiment import Experiment

FILE = "model.json"
BEST = "best.npz"  # of a training, see `training.results`


class Export(NamedTuple):
    """What a run folder needs to predict with a model.

    model: as it is called in `sequence/`. weights: its file, in the run folder. networks: those before it, by
    name: their file name in the run folder, and where they lie. facts: what else a prediction reads.
    """

    model: str
    weights: Path
    networks: Mapping[str, tuple[str, Path]]
    facts: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class ExportedRun:
    """What a run folder says of its main model.

    model: its name. weights: its file, in the folder. networks: the files of the networks before it, by name,
    in the folder. recipe: values by field, see `recipe_of`. facts: what else its paper wants to know.
    """

    folder: Path
    paper: int
    dataset: str
    split: str
    seed: int
    classes: tuple[str, ...]
    model: str
    weights: str
    networks: Mapping[str, str]
    recipe: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path, paper: int | None = None) -> ExportedRun:
        """That of a folder; InputError for one without, of another paper, or of another version."""
        runs = "runs" if paper is None else f"runs/paper{paper}"
        try:
            content: dict[str, Any] = json.loads((folder / FILE).read_text())
            number = content["paper"]
        except PermissionError:
            raise
        except (OSError, ValueError, KeyError, TypeError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise InputError(f"{folder} is not a finished run ({reason}); name a folder in {runs}") from error
        if paper not in (None, number):
            raise InputError(f"{folder} is a run of paper {number}; name a folder in {runs}")
        try:
            return cls(folder, **{**content, "classes": tuple(content["classes"])})
        except (KeyError, TypeError) as error:
            raise InputError(f"{folder / FILE} is of another version ({error}); run it again") from error

    def write(self) -> None:
        """Write `model.json`."""
        content = asdict(self)
        del content["folder"]
        write_json(self.folder / FILE, content)

    @property
    def weights_file(self) -> Path:
        """The weights of its main model."""
        return self.folder / self.weights

    def fact(self, name: str) -> Any:
        """One of its facts; InputError where an earlier version did not note it."""
        if name not in self.facts:
            raise InputError(f"{self.folder / FILE} is of another version ({name!r}); run it again")
        return self.facts[name]

    def origin(self) -> dict[str, Any]:
        """What it was trained on, for the files of a prediction."""
        return {"dataset": self.dataset, "split": self.split, "seed": self.seed}

    def network_file(self, name: str) -> Path:
        """The weights of a network before it; InputError where the run has none of that name."""
        path = self.folder / self.networks.get(name, f"{name}.npz")
        if name not in self.networks or not path.is_file():
            there = ", ".join(sorted(self.networks))
            raise InputError(
                f"the run {self.folder} has no network {name!r}, only {there}; run its rows there first"
            )
        return path

    def sequence_file(self, model: str) -> Path:
        """The weights of any of its sequence models, of the best epoch."""
        return self.folder / "sequence" / model / BEST

    def recipe_of(self, kind: type[Any]) -> Any:
        """The recipe of its main model; InputError where the paper's recipe has other fields by now."""
        values = {n: tuple(v) if isinstance(v, list) else v for n, v in self.recipe.items()}
        try:
            return kind(**values)
        except TypeError as error:
            raise InputError(f"{self.folder / FILE} is of another version ({error}); run it again") from error


def export(experiment: Experiment, paper: int, recipe: Any, what: Export) -> None:
    """Put the networks into the run folder and write `model.json`."""
    folder = experiment.folder.path
    for file, path in what.networks.values():
        if path != folder / file:
            link_or_copy(path, folder / file)
    ExportedRun(
        folder=folder,
        paper=paper,
        dataset=experiment.split.dataset,
        split=experiment.split.name,
        seed=experiment.seed,
        classes=experiment.split.classes,
        model=what.model,
        weights=str(what.weights.relative_to(folder)),
        networks={name: file for name, (file, _) in what.networks.items()},
        recipe=asdict(recipe),
        facts=dict(what.facts),
    ).write()
