"""Every network that papers 1 to 5 build, tiny, by name: how to build it, given the folder of weights."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np

from helpers.row_models import ADAPTERS, CLASSES, FRAME_MODELS, OUTPUTS, distinct, fine_tuned, tiny
from repro.anticipation import networks as anticipation
from repro.anticipation import sequence, video_network
from repro.anticipation.feature_network import FrameNetworks
from repro.backbones import c3d, mirrored, vgg
from repro.paper3 import networks as networks3
from repro.paper4 import model as model4
from repro.paper4 import networks as networks4
from repro.paper5 import levels as levels5
from repro.paper5 import networks as networks5
from repro.paper5.model import REDUCTIONS

Build = Callable[[Path], keras.Model]
Named = Iterator[tuple[str, Build]]
# In what the sequence models of the rows differ besides sizes, rates and what they are trained on.
MADE_OF = {
    1: ("variant", "features", "cell"),
    3: (
        *("architecture", "variant", "task", "loss_on", "over_classes", "dropout_context"),
        *("dropout_fc_input", "peephole", "unit_forget_bias", "learn_initial_state"),
    ),
    4: (
        *("architecture", "motion_kernel", "motion_feature", "score_start"),
        *("initial", "initial_from", "head_style"),
    ),
    5: (
        *("branches", "temporal_net", "fusion", "layers", "pyramid", "pyramid_split", "pyramid_renormalise"),
        *("unit_rms", "attention", "attention_source", "init_state", "input_projection", "input_bias"),
        *("final_gate_bias", "supervision", "stop_features", "stop_attention", "reduce"),
    ),
}


def every() -> dict[str, Build]:
    """Compiled where the paper trains it, without weights of others."""
    parts = (_fine_tuned(), _sequence_models(), _papers_1_and_2(), _paper_3(), _paper_4(), _paper_5())
    return {name: build for part in parts for name, build in part}


def given(model: keras.Model, samples: int = 2) -> Any:
    """Inputs of a network, drawn: levels 0..255 for images, small whole numbers for classes, else normal."""
    rng = np.random.default_rng(0)

    def draw(tensor: keras.KerasTensor) -> np.ndarray:
        shape = (samples, *tensor.shape[1:])
        if tensor.dtype == "int32":
            return rng.integers(0, CLASSES, shape, np.int32)
        if tensor.name in ("image", "stack", "clip", "video"):
            return rng.integers(0, 256, shape).astype(np.float32)
        return rng.normal(size=shape).astype(np.float32)

    return keras.tree.map_structure(draw, model.input)


def _fine_tuned() -> Named:
    yield from ((f"{name}, to fine-tune", build) for name, build in fine_tuned().items())


def _recipes(paper: int) -> Iterator[tuple[str, Any]]:
    """Of paper 1 those of paper 2 too."""
    named = {**ADAPTERS[1].recipes, **ADAPTERS[2].recipes} if paper == 1 else ADAPTERS[paper].recipes
    for name, recipe in distinct(named.items(), MADE_OF[paper]).items():
        yield f"paper{'s 1 and 2' if paper == 1 else f' {paper}'}, {name}", recipe


def _sequence_models() -> Named:
    for paper in MADE_OF:
        for name, recipe in _recipes(paper):
            yield name, lambda _, build=ADAPTERS[paper].network, recipe=recipe: build(recipe)


def _papers_1_and_2() -> Named:
    def frames(recipe: Any, view: str, _: Path) -> keras.Model:
        made: keras.Model = getattr(anticipation.frame_networks(recipe, CLASSES), view)
        return made

    for name, recipe in FRAME_MODELS.items():
        for view in FrameNetworks._fields[1:]:
            yield f"papers 1 and 2, {name}, {view}", partial(frames, recipe, view)
    for name, recipe in _recipes(1):
        yield (
            f"{name}, frame by frame",
            lambda _, of=recipe: sequence.step_model(anticipation.sequence_model(of, CLASSES)),
        )
    yield "papers 1 and 2, flow features", lambda _: anticipation.flow_networks(tiny(1), CLASSES).features
    yield "papers 1 and 2, video", lambda _: _video(replace(tiny(1), steps=3))


def _video(recipe: Any) -> keras.Model:
    frames, lstm = anticipation.frame_networks(recipe, CLASSES), anticipation.sequence_model(recipe, CLASSES)
    return video_network.build(frames.features, lstm, recipe.steps)


def _paper_3() -> Named:
    recipe = tiny(3)
    for name in networks3.NETWORKS:
        yield (
            f"paper 3, {name}, features",
            lambda _, name=name: mirrored.feature_model(networks3.network(recipe, name, OUTPUTS[name])),
        )
    mean = np.random.default_rng(0).uniform(90, 130, (4, 32, 40, 3)).astype(np.float32)
    sizes: dict[str, Any] = {"frames": 4, "resized": (32, 40), "crop": 32, "width": 1 / 32}
    yield "paper 3, C3D with a mean volume", lambda _: c3d.c3d(CLASSES, mean=mean, **sizes)
    for blocks in (vgg.VGG16, vgg.VGG19):
        yield (
            f"published VGG of {sum(blocks)} convolutions",
            lambda _, of=blocks: vgg.vgg(of, input_shape=(32, 32, 3), width=1 / 32, classes=CLASSES),
        )


def _paper_4() -> Named:
    for stream in ("rgb", "flow"):
        yield (
            f"paper 4, {stream}, three depths",
            lambda _, of=stream: vgg.endpoint_model(networks4.stream_network(tiny(4), of, CLASSES)),
        )
    for name, recipe in _recipes(4):
        for what, view in (("views", model4.views), ("frame by frame", model4.step_model)):
            yield f"{name}, {what}", lambda _, of=recipe, view=view: view(networks4.build(of, CLASSES))


def _paper_5() -> Named:
    for reduction in REDUCTIONS:
        for stream in ("rgb", "flow"):
            recipe = replace(tiny(5), reduce=reduction)
            yield f"paper 5, {stream} maps for {reduction}", partial(_maps, recipe, stream)
    for name, recipe in _recipes(5):
        yield (
            f"{name}, views",
            lambda _, of=recipe: networks5.model.views(networks5.build(of, CLASSES)),
        )


def _maps(recipe: Any, stream: str, _: Path) -> keras.Model:
    return levels5.map_network(recipe, stream)
