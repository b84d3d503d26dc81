"""The networks of paper 4 at the sizes of a recipe: one a stream, the sequence model, what it reads."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras

from repro.atomic import sha256_of
from repro.backbones import ends, lite_trunk, pretrained, spatial, temporal, weights
from repro.backbones.vgg import ENDPOINTS, endpoint_model
from repro.experiment.exported import ExportedRun
from repro.experiment.start import start_from
from repro.features.flow_store import FlowStore
from repro.paper4 import lite, model
from repro.paper4.losses import SnippetCrossEntropy
from repro.paper4.recipe import Recipe, network_settings
from repro.training.fine_tuning import compile_to_fine_tune

CONVNET = "convnet"  # VGG-16 alone, Table 1's first rows
# The fields that `model.build` takes under the same names.
BUILT_WITH = (
    *("steps", "reduction", "attention_units", "head_units", "head_style"),
    *("authors_dropout", "motion_kernel", "motion_feature", "score_start", "initial", "initial_from"),
)
STRIDE = {"pool5": 32, "conv5_3": 16}  # pixels between places of VGG-16, which has five poolings


def feeds(recipe: Recipe) -> dict[str, tuple[str, str]]:
    """Input of the recipe's model -> (stream, endpoint) whose stored features it takes."""
    if recipe.architecture == CONVNET:
        return {"softmax": (recipe.stream, "softmax")}
    return {
        name: ("flow" if name == "motion" else recipe.stream, endpoint)
        for name, endpoint in model.inputs_of(recipe.architecture, recipe.motion_feature)
    }


def streams_of(recipe: Recipe) -> tuple[str, ...]:
    """The streams a recipe's model reads: its own, and flow where a bottom layer follows it."""
    return tuple(dict.fromkeys(stream for stream, _ in feeds(recipe).values()))


def starts_from_run(recipe: Recipe) -> bool:
    """Whether the recipe names a run folder whose networks its own start from (5.2)."""
    return recipe.start_from not in ("scratch", "parts")


def kind(recipe: Recipe, stream: str) -> str:
    """What the network of a stream is called in files."""
    return f"{stream}-lite" if recipe.lite else f"{stream}-vgg"


def settings_of(recipe: Recipe, stream: str, flow: FlowStore | None) -> dict[str, Any]:
    """What decides the network of a stream, on frames or on `flow`, besides the videos."""
    settings: dict[str, Any] = {"recipe": network_settings(recipe, stream)}
    if flow is not None:
        settings["flow"] = flow.key_digest
    if starts_from_run(recipe):
        before = ExportedRun.read(Path(recipe.start_from), 4)
        settings["start"] = sha256_of(before.network_file(stream))
    return settings


def stream_network(recipe: Recipe, stream: str, classes: int) -> keras.Model:
    """The VGG-16 of a stream: frames uint8 [B, S, S, 3] or flow [B, S, S, 2] -> {HEADS[stream]: [B, K]}.

    Of another backbone what is trained of it: stored maps -> the same.
    """
    if recipe.lite:
        return lite.last_layers(recipe, stream, classes).training
    if stream == "rgb":
        return spatial.spatial_network(
            classes, size=recipe.size_px, width=recipe.width, fc_dropout=recipe.rgb_dropout
        )
    return temporal.temporal_network(
        classes, size=recipe.size_px, width=recipe.width, channels=2, fc_dropout=recipe.flow_dropout
    ).training


def stream_training_model(recipe: Recipe, stream: str, classes: int, weights_folder: Path) -> keras.Model:
    """`stream_network` started from pre-trained weights and compiled: cross-entropy, SGD, weight decay.

    A recipe that starts from a run (5.2) takes all its layers but fc8. The rate falls in steps; decay acts on
    kernels, as in Caffe.
    """
    network = stream_network(recipe, stream, classes)
    if starts_from_run(recipe):
        before = ExportedRun.read(Path(recipe.start_from), 4)
        start_from(network, before.network_file(stream), last="fc8")
    elif recipe.lite:
        if recipe.pretraining != "random":
            published = lite_trunk.weights_of(recipe.backbone, recipe.pretraining, weights_folder)
            weights.load(network, published, strict=False)
    elif stream == "rgb":
        pretrained.load(network, recipe.pretraining, weights_folder)
    else:
        temporal.start_from_rgb(network, recipe.pretraining, weights_folder, recipe.flow_conv1_init)
    if stream == "rgb":
        rate, every, first = recipe.rgb_learning_rate, recipe.rgb_decay_every, recipe.rgb_trained_from
    else:
        rate, every, first = recipe.flow_learning_rate, recipe.flow_decay_every, recipe.flow_trained_from
    return compile_to_fine_tune(
        network,
        keras.optimizers.schedules.ExponentialDecay(rate, every, recipe.cnn_decay_ratio, staircase=True),
        recipe.cnn_momentum,
        recipe.cnn_weight_decay,
        first_trained=None if recipe.lite else first,
    )


def endpoints(
    recipe: Recipe, stream: str, classes: int, trained: Path, trained_trunk: Path | None = None
) -> keras.Model:
    """Images [B, S, S, C] -> {"pool5", "fc7", "softmax"} by the `stream_network` of a file.

    Of another backbone than VGG-16 its stored maps, or images where its trunk is given.
    """
    if not recipe.lite:
        network = stream_network(recipe, stream, classes)
        weights.load(network, trained)
        return endpoint_model(network, recipe.pool5)
    last = lite.last_layers(recipe, stream, classes)
    weights.load(last.training, trained)
    if trained_trunk is None:
        return last.endpoints
    return lite.on_images(recipe, stream, last.endpoints, trained_trunk)


def sequence_network(recipe: Recipe, classes: int) -> keras.Model:
    """The recipe's architecture on stored features, compiled: RMSprop, cross-entropy of every frame.

    Inputs by name, [B, T, ...]; output {"frame": [B, T, K]}; targets int [B], the video's label.
    """
    network = build(recipe, classes)
    network.compile(
        optimizer=keras.optimizers.RMSprop(
            recipe.lstm_learning_rate, rho=recipe.lstm_decay, epsilon=recipe.lstm_epsilon
        ),
        loss={"frame": SnippetCrossEntropy()},
        jit_compile=False,
    )
    return network


def feature_shapes(recipe: Recipe) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Of pool5, 7 x 7 x 512 at full size, and of fc7."""
    if recipe.lite:
        maps, fc7 = (ends.shape(recipe.backbone, name, recipe.size_px) for name in (recipe.pool5, "fc7"))
        return maps, fc7
    side = recipe.size_px // STRIDE[recipe.pool5]
    return (side, side, round(512 * recipe.width)), (round(4096 * recipe.width),)


def endpoint_values(recipe: Recipe, classes: int, names: tuple[str, ...] = ENDPOINTS) -> int:
    """How many values are stored of a frame."""
    maps, vectors = feature_shapes(recipe)
    sizes = {"pool5": math.prod(maps), "fc7": math.prod(vectors), "softmax": classes}
    return sum(sizes[name] for name in names)


def build(recipe: Recipe, classes: int) -> keras.Model:
    """The recipe's architecture, not compiled."""
    maps, vectors = feature_shapes(recipe)
    chosen = {name: vars(recipe)[name] for name in BUILT_WITH}
    return model.build(
        recipe.architecture,
        classes=classes,
        map_shape=maps,
        vector_shape=vectors,
        units=recipe.channels if model.has_maps(recipe.architecture) else recipe.units,
        dropout=recipe.head_dropout,
        **chosen,
    )


def trained_sequence(recipe: Recipe, classes: int, trained: Path) -> keras.Model:
    """`build` with the weights of a file."""
    network = build(recipe, classes)
    weights.load(network, trained)
    return network


def networks(recipe: Recipe, classes: int) -> dict[str, keras.Model]:
    """Every network of the paper by name, for `model.summary()`."""
    name = f"{recipe.backbone}, last layers" if recipe.lite else "VGG-16"
    built = {f"{name}, {stream}": stream_network(recipe, stream, classes) for stream in ("rgb", "flow")}
    names = {
        "lstm": "LSTM",
        "alstm": "ALSTM",
        "conv_lstm": "ConvLSTM",
        "conv_alstm": "ConvALSTM",
        "motion_alstm": "ALSTM with motion-based attention",
        "video_lstm": "VideoLSTM",
    }
    for architecture, name in names.items():
        built[name] = build(replace(recipe, architecture=architecture), classes)
    return built
