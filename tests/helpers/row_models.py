"""Every model that a row of any data set names, at tiny size: how to build it and what to train it on."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from repro.anticipation import networks as anticipation
from repro.anticipation import recipe as anticipation_recipe
from repro.anticipation import sequence
from repro.backbones import weights
from repro.experiment.recipe import some
from repro.paper3 import networks as networks3
from repro.paper3 import recipe as recipe3
from repro.paper3.schedule import schedule
from repro.paper4 import networks as networks4
from repro.paper4 import recipe as recipe4
from repro.paper5 import levels as levels5
from repro.paper5 import networks as networks5
from repro.paper5 import recipe as recipe5
from repro.papers import PAPERS

CLASSES = 3
LABELS = np.array([0, 1, 2, 0], np.int32)
OUTPUTS = {"c3d": CLASSES, "act": CLASSES, "obj": 12, "sce": 6}  # of the networks that paper 3 attends to


class Adapter(NamedTuple):
    """What a paper's sequence models need of a test. recipes: by model. rate: of the first update."""

    recipes: Mapping[str, Any]
    network: Callable[[Any], keras.Model]
    targets: Callable[[Any], dict[str, np.ndarray]]
    rate: Callable[[Any], float]


def tiny(paper: int) -> Any:
    return PAPERS[paper].recipe("tiny")


def _asked(paper: int) -> Iterator[Mapping[str, Any]]:
    """The overrides of every model of every row of every data set."""
    for dataset in PAPERS[paper].dataset_names:
        for row in PAPERS[paper].rows(dataset):
            yield from row.models


def distinct(named: Iterable[tuple[str, Any]], fields: Iterable[str]) -> dict[str, Any]:
    """The first of those that agree in these fields."""
    first: dict[tuple, tuple[str, Any]] = {}
    for name, recipe in named:
        first.setdefault(tuple(getattr(recipe, field) for field in fields), (name, recipe))
    return dict(first.values())


def _named(paper: int, module: Any, only: Iterable[str] | None = None) -> Iterator[tuple[str, Any]]:
    base = tiny(paper)
    for asked in _asked(paper):
        overrides = {k: v for k, v in asked.items() if only is None or k in only}
        yield module.model_name(base, overrides), module.for_row(base, overrides)


def _by_stage(recipe: Any) -> dict[str, np.ndarray]:
    y = np.zeros((len(LABELS), recipe.steps, CLASSES), np.float32)
    y[np.arange(len(LABELS)), :, LABELS] = 1
    y[1, 3:] = 0  # a video shorter than T
    return dict.fromkeys(sequence.stages(recipe.variant), y)


def _papers_1_and_2(paper: int) -> Adapter:
    fields = (*some(tiny(paper), anticipation_recipe.SequenceModel), "width")
    return Adapter(
        distinct(_named(paper, anticipation_recipe), fields),
        lambda recipe: anticipation.sequence_model(recipe, CLASSES),
        _by_stage,
        lambda recipe: recipe.lstm_learning_rate,
    )


def _paper_3() -> Adapter:
    recipes = [recipe3.for_row(tiny(3), overrides) for overrides in _asked(3)]
    # With dropout a small network may lose every path to some weight.
    decoders = [replace(recipe, dropout=0.0) for recipe in recipes if recipe.architecture != "cnn"]

    def network(recipe: Any) -> keras.Model:
        attended = OUTPUTS[recipe.attended] if recipe3.sees_frames(recipe) else None
        return networks3.training_decoder(recipe, CLASSES, attended)

    def targets(recipe: Any) -> dict[str, np.ndarray]:
        several = np.eye(CLASSES, dtype=np.float32)[LABELS]
        return {"frame": several if recipe.task == "hollywood2" else LABELS}

    return Adapter(
        {recipe3.model_name(recipe): recipe for recipe in decoders},
        network,
        targets,
        lambda recipe: schedule(recipe).learning_rate,
    )


def _paper_4() -> Adapter:
    recipes = dict(_named(4, recipe4, recipe4.sequence_settings(tiny(4))))
    return Adapter(
        {name: recipe for name, recipe in recipes.items() if recipe.architecture != "convnet"},
        lambda recipe: networks4.sequence_network(recipe, CLASSES),
        lambda recipe: {"frame": LABELS},
        lambda recipe: recipe.lstm_learning_rate,
    )


def _paper_5() -> Adapter:
    recipes = _named(5, recipe5, recipe5.sequence_settings(tiny(5)))
    return Adapter(
        # Two frames: the second has a frame before it.
        {name: replace(recipe, clip_len=2, last_frames=2) for name, recipe in recipes},
        lambda recipe: networks5.sequence_network(recipe, CLASSES, dict.fromkeys(recipe.branches, 2.0)),
        lambda recipe: dict.fromkeys(networks5.outputs_of(recipe), LABELS),
        lambda recipe: recipe.learning_rate,
    )


ADAPTERS = {1: _papers_1_and_2(1), 2: _papers_1_and_2(2), 3: _paper_3(), 4: _paper_4(), 5: _paper_5()}

# The frame networks of papers 1 and 2 that differ in what the network is made of.
_FRAME = anticipation_recipe.frame_settings(tiny(2))
_MADE_OF = [f for f in _FRAME if f not in ("validation_fraction", "literal_alpha")]
FRAME_MODELS = distinct((m for paper in (1, 2) for m in _named(paper, anticipation_recipe)), _MADE_OF)


def _own_fc(folder: Path) -> keras.Model:
    own = replace(tiny(2), own_fc=True)
    weights.save(anticipation.frame_training_model(own, CLASSES, folder), folder / "frame.npz")
    return anticipation.own_fc_training_model(own, CLASSES, folder / "frame.npz")


def fine_tuned() -> dict[str, Callable[[Path], keras.Model]]:
    """Every network that is fine-tuned: name -> how to build it, given the folder of weights."""
    found: dict[str, Callable[[Path], keras.Model]] = {
        f"papers 1 and 2, {name}": partial(anticipation.frame_training_model, recipe, CLASSES)
        for name, recipe in FRAME_MODELS.items()
    }
    found["papers 1 and 2, own fc layers"] = _own_fc
    found["papers 1 and 2, flow"] = partial(anticipation.flow_training_model, tiny(2), CLASSES)
    for name in networks3.NETWORKS:
        for task in ("activitynet", "hollywood2"):
            recipe = replace(tiny(3), task=task)
            found[f"paper 3, {name}, {task}"] = partial(networks3.fine_tuning_network, recipe, name, CLASSES)
    for stream in ("rgb", "flow"):
        found[f"paper 4, {stream}"] = partial(networks4.stream_training_model, tiny(4), stream, CLASSES)
        for reduce in ("pool_conv1x1", "in_vgg"):
            chosen = replace(tiny(5), reduce=reduce)
            build = partial(levels5.vgg_training_model, chosen, stream, CLASSES)
            found[f"paper 5, {levels5.network_name(chosen, stream)}"] = build
    return found
