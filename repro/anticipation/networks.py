"""The networks at the sizes of a recipe: the frame network, the flow network, the sequence model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras

from repro.anticipation import base, feature_network, sequence, video_network
from repro.anticipation.feature_network import FeatureSettings, FrameNetworks
from repro.anticipation.losses import by_name
from repro.anticipation.metrics import VideoAccuracy
from repro.anticipation.recipe import Recipe, for_row
from repro.backbones import lite_trunk, pretrained, temporal, weights
from repro.training.fine_tuning import compile_to_fine_tune

PREDICTED = "predicted"
FROZEN = "frozen"  # of the network before it is fine-tuned
# Readings of A3 that gate with the label: in training videos only, or in test videos too (no result, ever).
WITH_LABELS = ("label_in_training", "oracle")


def frame_networks(recipe: Recipe, classes: int) -> FrameNetworks:
    """The context and the action sub-model over one frozen trunk (paper 2, 3.2.1).

    classes: K. Returns the network that is fine-tuned and the one that gives features; they share layers.
    """
    return feature_network.build(
        FeatureSettings(
            classes=classes,
            size=recipe.size_px,
            width=recipe.width,
            loc_units=recipe.loc_units,
            dropout=recipe.fc_dropout,
            cam_from=recipe.cam_from,
            cam_pooling=recipe.cam_pooling,
            loc_dropout=recipe.loc_dropout,
            select=PREDICTED if recipe.select in WITH_LABELS else recipe.select,
            rescale=recipe.rescale,
            own_fc=recipe.own_fc,
            backbone=recipe.backbone,
        )
    )


def trained_frame_networks(recipe: Recipe, classes: int, trained: Path) -> FrameNetworks:
    """`frame_networks` with the weights of a file."""
    built = frame_networks(recipe, classes)
    weights.load(built.training, trained)
    return built


def frozen_features(recipe: Recipe, weights_folder: Path) -> keras.Model:
    """Frames or stored maps -> {"frozen": [B, D]}: the context path's feature as it was pre-trained."""
    context = frame_networks(recipe, classes=1).features
    model = keras.Model(context.input, {FROZEN: context.output["context"]}, name="frozen_features")
    _load_pretrained(recipe, model, weights_folder)
    return model


def _load_pretrained(recipe: Recipe, model: keras.Model, weights_folder: Path) -> None:
    """The layers that are pre-trained; the others keep their draw."""
    if not recipe.lite:
        pretrained.load(model, recipe.pretraining, weights_folder)
    elif recipe.pretraining != "random":
        published = lite_trunk.weights_of(recipe.backbone, recipe.pretraining, weights_folder)
        weights.load(model, published, strict=False)


def on_images(recipe: Recipe, behind: keras.Model, trained_trunk: Path | None = None) -> keras.Model:
    """A network behind stored maps, with its trunk before it: images [B, S, S, 3], RGB 0..255.

    trained_trunk: its weights; without them it is as drawn.
    """
    end = base.conv5_2(recipe.backbone)
    below = lite_trunk.network(recipe.backbone, end, recipe.size_px, trained_trunk)
    return keras.Model(below.input, behind(below.output[end]), name=behind.name)


def frame_training_model(recipe: Recipe, classes: int, weights_folder: Path) -> keras.Model:
    """Pre-trained and compiled: cross-entropy on single frames for both sub-models, SGD (paper 2, 4.2).

    Input uint8 or float [B, S, S, 3] RGB 0..255; outputs {"context": [B, K], "localisation": [B, K]};
    targets int [B] for each. The trunk, conv1-1 to conv5-2, is frozen. Own fc layers come later
    (`own_fc_training_model`).
    """
    model = frame_networks(replace(recipe, own_fc=False), classes).training
    _load_pretrained(recipe, model, weights_folder)
    feature_network.start_own_layers(model)
    return _compiled(recipe, model)


def own_fc_training_model(recipe: Recipe, classes: int, fine_tuned: Path) -> keras.Model:
    """The network of `frame_training_model`, fine-tuned, with fc layers of the action path's own (A6).

    They start as the context path's are by now, with a new fc8, and learn on gated maps. All else is frozen,
    so the losses of the other outputs are the same after every epoch and choose none.
    """
    model = frame_networks(recipe, classes).training
    weights.load(model, fine_tuned, strict=False)
    feature_network.start_own_layers(model, feature_network.OWN_FC)
    for layer in model.layers:
        layer.trainable = layer.name in (*feature_network.OWN_FC, feature_network.OWN_FC8)
    return _compiled(recipe, model)


def _compiled(recipe: Recipe, model: keras.Model) -> keras.Model:
    return compile_to_fine_tune(
        model,
        recipe.cnn_learning_rate,
        recipe.cnn_momentum,
        recipe.cnn_weight_decay,
        ratios=dict.fromkeys(feature_network.localisation_layers(model), recipe.loc_rate_ratio),
    )


def flow_networks(recipe: Recipe, classes: int) -> temporal.TemporalNetwork:
    """The temporal network of the two-stream paper, on stacks of x and y flow (paper 1, Table 7; A28)."""
    return temporal.temporal_network(
        classes,
        size=recipe.size_px,
        width=recipe.width,
        channels=2 * recipe.flow_fields,
        fc_dropout=recipe.flow_dropout,
    )


def flow_training_model(recipe: Recipe, classes: int, weights_folder: Path) -> keras.Model:
    """Started from the weights of RGB and compiled: cross-entropy on single stacks, SGD.

    Input uint8 or float [B, S, S, 2L], flow coded to 0..255; output {"flow": [B, K]}; targets int [B].
    """
    model = flow_networks(recipe, classes).training
    temporal.start_from_rgb(model, recipe.pretraining, weights_folder, recipe.flow_conv1_init)
    return compile_to_fine_tune(
        model, recipe.flow_learning_rate, recipe.cnn_momentum, recipe.cnn_weight_decay
    )


def heads(recipe: Recipe) -> tuple[str, ...]:
    """The outputs of the frame network that are trained."""
    return ("context", "localisation", "action") if recipe.own_fc else ("context", "localisation")


def sequence_model(recipe: Recipe, classes: int) -> keras.Model:
    """The LSTM of the recipe's variant on stored features, compiled with its loss on every stage.

    Paper 1 Eq. (10), paper 2 Eq. (4): the stages' losses are added, the batch is averaged.

    Inputs {"context": [B, T, D], "action": [B, T, D]} (those the variant uses); outputs {"stage1": [B, T, K],
    "stage2": [B, T, K]} (one stage: "stage1" alone); targets one-hot [B, T, K], zero rows beyond T_i.
    """
    model = sequence.build(
        recipe.variant,
        features={name: feature_width(recipe) for name in recipe.features},
        units=recipe.units,
        classes=classes,
        dropout=recipe.lstm_dropout,
        steps=recipe.steps,
        cell=recipe.cell,
    )
    stages = sequence.stages(recipe.variant)
    loss = by_name(recipe.loss, masked=recipe.short_videos == "mask", ranking_lambda=recipe.ranking_lambda)
    model.compile(
        optimizer=keras.optimizers.SGD(recipe.lstm_learning_rate, momentum=recipe.lstm_momentum),
        loss=dict.fromkeys(stages, loss),
        metrics={stage: [VideoAccuracy()] for stage in stages},
        jit_compile=False,
    )
    return model


def trained_sequence(recipe: Recipe, classes: int, trained: Path) -> keras.Model:
    """`sequence_model` with the weights of a file."""
    model = sequence_model(recipe, classes)
    weights.load(model, trained)
    return model


def feature_width(recipe: Recipe) -> int:
    """D: the units of fc7, 4096 in VGG-16; of a smaller backbone the channels of its head."""
    return base.FEATURES if recipe.lite else round(4096 * recipe.width)


def networks(recipe: Recipe, classes: int, models: Mapping[str, Mapping[str, Any]]) -> dict[str, keras.Model]:
    """The networks of a paper by name, for `model.summary()`.

    models: the recipe fields of its sequence models beside the proposed one, by name. Over a smaller backbone
    there is no network on flow, and the whole network has the trunk before it.
    """
    frames, proposed = frame_networks(recipe, classes), sequence_model(recipe, classes)
    features = on_images(recipe, frames.features) if recipe.lite else frames.features
    built = {
        "frame network, fine-tuning": frames.training,
        "frame network, features": frames.features,
        **({} if recipe.lite else {"flow network, fine-tuning": flow_networks(recipe, classes).training}),
        "multi-stage LSTM": proposed,
        "whole network, video to probabilities": video_network.build(features, proposed, recipe.steps),
    }
    others = {
        name: sequence_model(for_row(recipe, fields), classes)
        for name, fields in models.items()
        if not (recipe.lite and "flow" in fields.get("features", ()))
    }
    return built | others
