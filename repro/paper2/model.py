"""Paper 2's networks at the sizes of a recipe: the frame network and the sequence model, ready to train.

Their parts live in `repro.anticipation`, which papers 1 and 2 share.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras

from repro.anticipation import feature_network, sequence, video_network
from repro.anticipation.feature_network import FeatureSettings, FrameNetworks
from repro.anticipation.metrics import video_accuracy
from repro.backbones import pretrained
from repro.paper2.losses import LOSSES
from repro.paper2.recipe import Recipe


def frame_networks(recipe: Recipe, classes: int) -> FrameNetworks:
    """The context and the action sub-model over one frozen trunk (section 3.2).

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
            select=recipe.select,
            rescale=recipe.rescale,
            own_fc=recipe.own_fc,
        )
    )


def frame_training_model(recipe: Recipe, classes: int, weights_folder: Path) -> keras.Model:
    """Pre-trained and compiled: cross-entropy on single frames for both sub-models, SGD (section 4.2).

    Input uint8 or float [B, S, S, 3] RGB 0..255; outputs {"context": [B, K], "localisation": [B, K]};
    targets int [B] for each (`heads`). The trunk, conv1-1 to conv5-2, is frozen.
    """
    model = frame_networks(recipe, classes).training
    pretrained.load(model, recipe.pretraining, weights_folder)
    feature_network.start_own_layers(model)
    decay = keras.regularizers.L2(recipe.cnn_weight_decay / 2)  # l2(a) adds a w^2, whose gradient is 2 a w
    for layer in model.layers:
        if layer.trainable and getattr(layer, "kernel", None) is not None:
            layer.kernel.regularizer = decay
    model.compile(
        optimizer=keras.optimizers.SGD(recipe.cnn_learning_rate, momentum=recipe.cnn_momentum),
        loss=dict.fromkeys(model.output, "sparse_categorical_crossentropy"),
        metrics={head: ["accuracy"] for head in model.output},
        jit_compile=False,
    )
    return model


def heads(recipe: Recipe) -> tuple[str, ...]:
    """The outputs of the frame network that are trained."""
    return ("context", "localisation", "action") if recipe.own_fc else ("context", "localisation")


def sequence_model(recipe: Recipe, classes: int) -> keras.Model:
    """The LSTM of the recipe's variant on stored features, compiled with its loss on every stage (Eq. 4).

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
    model.compile(
        optimizer=keras.optimizers.SGD(recipe.lstm_learning_rate, momentum=recipe.lstm_momentum),
        loss=dict.fromkeys(stages, LOSSES[recipe.loss]),
        metrics={stage: [video_accuracy] for stage in stages},
        jit_compile=False,
    )
    return model


def feature_width(recipe: Recipe) -> int:
    """D: the units of fc7, 4096 in VGG-16."""
    return round(4096 * recipe.width)


def networks(recipe: Recipe, classes: int) -> dict[str, keras.Model]:
    """Every network of the paper by name, for `model.summary()`."""
    frames = frame_networks(recipe, classes)
    ms_lstm = sequence_model(recipe, classes)
    single = replace(recipe, variant="single_lstm", features=("context",))
    return {
        "frame network, fine-tuning": frames.training,
        "frame network, features": frames.features,
        "single-feature LSTM": sequence_model(single, classes),
        "multi-stage LSTM": ms_lstm,
        "whole network, video to probabilities": video_network.build(frames.features, ms_lstm, recipe.steps),
    }
