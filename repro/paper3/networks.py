"""The networks of paper 3 at the sizes of a recipe: C3D, three VGG-19, the decoder; some of them compiled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras

from repro.augment import CornerCrops
from repro.backbones import c3d, efficientnet_lite, ends, fixed_norm, pretrained, spatial, vgg, weights
from repro.backbones.mirrored import FLIPPED, LAYERS, feature_model
from repro.features import chunks
from repro.features.extract import Reader
from repro.paper3 import losses, model
from repro.paper3.recipe import Recipe
from repro.paper3.schedule import schedule
from repro.paths import converted_weights
from repro.sampling.windows import Starts, Windows, sampled_windows
from repro.training.fine_tuning import compile_to_fine_tune
from repro.training.schedules import HoldThenDecay, sgd

NETWORKS = ("c3d", "obj", "act", "sce")
TRAINED_HERE = ("c3d", "act")  # the others are used as they were pre-trained
HEADS = {"c3d": "c3d", "act": "appearance", "obj": "appearance", "sce": "appearance"}
FC_UNITS = 4096
# What `model.build` calls as the recipe does.
_AS_RECIPE = (
    *("units", "dropout", "dropout_context", "dropout_fc_input", "peephole", "unit_forget_bias"),
    "learn_initial_state",
)
# Where `pretraining` "published" finds each network: through Keras, or as a converted file in `weights/`.
PUBLISHED = {
    "c3d": pretrained.SPORTS1M,
    "obj": "imagenet",
    "act": "imagenet",
    "sce": pretrained.PLACES205,
}
STANDINS = {
    "c3d": "standin_c3d.npz",
    "obj": "standin_vgg19_objects.npz",
    "act": "standin_vgg19_objects.npz",
    "sce": "standin_vgg19_scenes.npz",
}


def windows(recipe: Recipe) -> Windows:
    """F, N, T and the grid."""
    return Windows(recipe.window_frames, recipe.steps, recipe.attended_frames, recipe.start_grid)


def test_windows(recipe: Recipe, video_id: str, frames: int, seed: int) -> tuple[Starts, Starts]:
    """The windows that a test video of so many frames is scored by: starts as filmed, and mirrored."""
    random, flipped = recipe.random_windows, recipe.flipped_windows
    return sampled_windows(video_id, frames, windows(recipe), random=random, flipped=flipped, seed=seed)


def output_of(recipe: Recipe) -> str:
    """What the recipe's task puts on the scores: softmax over the classes, or a sigmoid for each."""
    return "softmax" if recipe.task == "activitynet" else "sigmoid"


def pretrained_classes(recipe: Recipe, name: str) -> int:
    """How many classes a network that is not trained here has."""
    return {"obj": recipe.object_classes, "sce": recipe.scene_classes}[name]


def network(recipe: Recipe, name: str, classes: int, weights_folder: Path | None = None) -> keras.Model:
    """C3D on chunks uint8 [B, L, H, W, 3] or a VGG-19 on frames [B, S, S, 3] -> {HEADS[name]: [B, K]}.

    weights_folder: where C3D's mean volume lies beside the pre-trained weights; None for the mean pixel.
    """
    if name == "c3d":
        source = _source(recipe, name, weights_folder)
        return c3d.c3d(
            classes,
            frames=windows(recipe).chunk_frames,
            resized=recipe.c3d_resized_px,
            crop=recipe.c3d_crop_px,
            width=recipe.width,
            dropout=recipe.cnn_dropout,
            mean=None if weights_folder is None else pretrained.c3d_mean(source, weights_folder),
            output=output_of(recipe),
            # At a small width the values that C3D's definition draws pass almost nothing on.
            initial="public" if recipe.width == 1 else "glorot",
        )
    dropout = (recipe.cnn_dropout, recipe.cnn_dropout)
    return spatial.spatial_network(
        classes,
        size=recipe.vgg_px,
        width=recipe.width,
        fc_dropout=dropout,
        blocks=vgg.VGG19,
        output=output_of(recipe),
    )


def _source(recipe: Recipe, name: str, weights_folder: Path | None) -> str:
    """What `pretrained` is asked for: a word it knows, or the path of a file."""
    if recipe.pretraining != "published" or weights_folder is None or PUBLISHED[name] == "imagenet":
        return "imagenet" if recipe.pretraining == "published" else recipe.pretraining
    return str(converted_weights(weights_folder) / PUBLISHED[name])


def pretrained_network(recipe: Recipe, name: str, classes: int, weights_folder: Path) -> keras.Model:
    """`network` with the weights it starts from.

    The last layer is filled too where the network is used as it is; fine-tuning draws one for its classes.
    """
    built = network(recipe, name, classes, weights_folder)
    source, complete = _source(recipe, name, weights_folder), name not in TRAINED_HERE
    pretrained.load(built, source, weights_folder, standin=STANDINS[name], complete=complete)
    return built


def trained_network(
    recipe: Recipe, name: str, classes: int, weights_folder: Path, trained: Path
) -> keras.Model:
    """`network` with the weights of a file."""
    built = network(recipe, name, classes, weights_folder)
    weights.load(built, trained)
    return built


def feature_network(
    recipe: Recipe, name: str, classes: int, weights_folder: Path, trained: Path
) -> keras.Model:
    """Frames or chunks -> fc6 and fc8 of them and of their mirror images, by the weights of a file.

    Of a smaller backbone these are the mean of its last maps over the places, and the scores of its classes.
    """
    if not recipe.lite:
        return feature_model(trained_network(recipe, name, classes, weights_folder, trained))
    own = {layer: ends.end(recipe.backbone, layer).endpoint for layer in LAYERS}
    built = efficientnet_lite.efficientnet_lite(recipe.backbone, tuple(own.values()), size=recipe.vgg_px)
    fixed_norm.load(built, trained)
    made = feature_model(built, tuple(own.values()))
    outputs = {layer + end: made.output[of + end] for layer, of in own.items() for end in ("", FLIPPED)}
    return keras.Model(made.input, outputs, name=made.name)


def reader(recipe: Recipe, name: str) -> tuple[Reader, dict[str, int]]:
    """What reads the chunks or frames on the grid that a network is given; which rows of a video these are.

    The rows are as `chunks.row_counts` takes them.
    """
    grid, at_least = recipe.start_grid, recipe.window_frames
    length = windows(recipe).chunk_frames if name == "c3d" else 1
    rows = {"length": length, "grid": grid, "at_least": at_least}
    if name == "c3d":
        height, width = recipe.c3d_resized_px
        return chunks.chunks_of(**rows, height=height, width=width), rows
    resized = recipe.vgg_short_side_px or None
    return chunks.grid_frames(grid=grid, resized=resized, at_least=at_least), rows


def frame_crops(recipe: Recipe) -> CornerCrops:
    """The crops that VGG-19 is fine-tuned on: of the same frames, whole or squeezed, as `reader` shows."""
    side = 0.0 if recipe.vgg_short_side_px else 1.0
    return CornerCrops(recipe.vgg_crop_sides, side, side, recipe.vgg_flip_probability)


def fine_tuning_network(recipe: Recipe, name: str, classes: int, weights_folder: Path) -> keras.Model:
    """`network` started from its pre-trained weights and compiled: SGD, weight decay, steps of the rate."""
    built = pretrained_network(recipe, name, classes, weights_folder)
    every = recipe.cnn_decay_every
    of_several = losses.choose("sigmoid", of_classes=recipe.over_classes)
    return compile_to_fine_tune(
        built,
        HoldThenDecay(recipe.cnn_learning_rate, hold=every, every=every, ratio=recipe.cnn_decay_ratio),
        recipe.cnn_momentum,
        recipe.cnn_weight_decay,
        first_trained=recipe.c3d_trained_from if name == "c3d" else recipe.vgg_trained_from,
        of_several=of_several if recipe.task == "hollywood2" else None,
    )


def width_of(recipe: Recipe, layer: str, outputs: int) -> int:
    """The width of a feature; outputs: the classes of the network that it comes from."""
    if recipe.lite and layer != "fc8":
        return efficientnet_lite.HEAD_CHANNELS
    return outputs if layer == "fc8" else round(FC_UNITS * recipe.width)


def decoder(recipe: Recipe, classes: int, attended_outputs: int | None) -> keras.Model:
    """The decoder, not compiled. attended_outputs: classes of the network it looks at; None: vanilla."""
    shape, attends = None, recipe.architecture == "alstm" and attended_outputs is not None
    if attended_outputs is not None:
        shape = (recipe.attended_frames, width_of(recipe, recipe.layer, attended_outputs))
    return model.build(
        steps=recipe.steps,
        input_width=width_of(recipe, "fc6", 0),
        classes=classes,
        attended_shape=shape,
        variant=recipe.variant if attends else "a",
        activation=output_of(recipe),
        attention_units=recipe.matching if attends else None,
        **{name: getattr(recipe, name) for name in _AS_RECIPE},
    )


def trained_decoder(recipe: Recipe, classes: int, attended_outputs: int | None, trained: Path) -> keras.Model:
    """`decoder` with the weights of a file."""
    built = decoder(recipe, classes, attended_outputs)
    weights.load(built, trained)
    return built


def training_decoder(recipe: Recipe, classes: int, attended_outputs: int | None) -> keras.Model:
    """`decoder` compiled: SGD with the rate of the recipe's task, the loss at every step or on the mean."""
    built = decoder(recipe, classes, attended_outputs)
    plan = schedule(recipe)
    rate = HoldThenDecay(plan.learning_rate, hold=plan.hold, every=plan.decay_every, ratio=plan.decay_ratio)
    built.compile(
        optimizer=sgd(rate, plan.momentum),
        loss={"frame": losses.choose(output_of(recipe), recipe.loss_on, recipe.over_classes)},
        jit_compile=False,
    )
    return built


def networks(recipe: Recipe, classes: int) -> dict[str, keras.Model]:
    """Every network of the paper by name, for `model.summary()`."""
    outputs = {"c3d": classes, "act": classes} | {n: pretrained_classes(recipe, n) for n in ("obj", "sce")}
    titles = {"c3d": "C3D", "obj": "VGG_obj", "act": "VGG_act", "sce": "VGG_sce"}
    if recipe.lite:
        own = tuple(ends.end(recipe.backbone, layer).endpoint for layer in LAYERS)
        built = {
            recipe.network: efficientnet_lite.efficientnet_lite(recipe.backbone, own, size=recipe.vgg_px)
        }
    else:
        built = {titles[name]: network(recipe, name, outputs[name]) for name in NETWORKS}
    built["LSTM-C3D (fc6)"] = decoder(recipe, classes, None)
    for attended in ("obj",) if recipe.lite else NETWORKS:
        for layer in ("fc6", "fc8")[attended == "c3d" :]:
            name = f"aLSTM-{titles[attended].split(',')[0]} ({layer})"
            built[name] = decoder(replace(recipe, layer=layer), classes, outputs[attended])
    return built
