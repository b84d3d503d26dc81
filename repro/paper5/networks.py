"""The networks of paper 5 at the sizes of a recipe: those on frames (`levels`), the compiled model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import keras

from repro.backbones.weights import load
from repro.paper5 import levels, model
from repro.paper5.losses import ClipCrossEntropy, GapLoss
from repro.paper5.recipe import Recipe, endpoint_of
from repro.training.clipping import AdamBySet

UPDATE_LOSS = "frame_loss"  # l_lstm of each update, without the decay (Fig. 5)
Scales = dict[str, float]  # by what the maps of a branch are divided (C3)
# What `model.build` and its LSTM call as the recipe does.
_AS_RECIPE = (
    *(
        "channels",
        "units",
        "layers",
        "fc_units",
        "reduce",
        "temporal_net",
        "fusion",
        "pyramid",
        "pyramid_split",
    ),
    *("pyramid_renormalise", "unit_rms", "attention", "attention_source", "init_state", "final_gate_bias"),
    *("input_bias", "supervision", "stop_features", "stop_attention", "dropout_fc", "dropout_lstm"),
    "weight_decay",
)
_OF_JOINT = ("input_projection", "final_gate_bias", "input_bias")  # one branch is not joined (C18)


def build(recipe: Recipe, classes: int, scales: Mapping[str, float] | None = None) -> keras.Model:
    """The recipe's model, not compiled. scales: what each branch's maps are divided by (C3).

    With one branch the settings of the joint layer decide nothing: rows of two branches have them too.
    """
    shapes = levels.map_shapes(recipe)
    settings = {name: getattr(recipe, name) for name in _AS_RECIPE}
    settings["input_projection"] = recipe.units if recipe.input_projection else None
    if len(recipe.branches) == 1:
        settings = {name: value for name, value in settings.items() if name not in _OF_JOINT}
    return model.build(
        recipe.branches,
        steps=recipe.clip_len,
        classes=classes,
        map_shape={branch: shapes[endpoint_of(branch)] for branch in recipe.branches},
        scales=scales,
        **settings,
    )


def outputs_of(recipe: Recipe) -> tuple[str, ...]:
    """The outputs of the recipe's model, each with a loss: the LSTM's, and two of every branch."""
    heads = model.supervised(recipe.temporal_net, recipe.supervision)
    branches = recipe.branches if heads else ()
    return ("frame", *(f"{branch}{end}" for branch in branches for end in ("", "_gap")))


def sequence_network(recipe: Recipe, classes: int, scales: Mapping[str, float] | None) -> keras.Model:
    """The recipe's model compiled: total = l_lstm + the sum of the branches' l_3d (3.2, C19).

    Inputs by branch, [B, T, h, w, C]; outputs `outputs_of`; targets int [B], the video's label, for each.
    """
    network = build(recipe, classes, scales)
    gaps = {name for name in outputs_of(recipe) if name.endswith("_gap")}
    network.compile(
        optimizer=AdamBySet(
            recipe.learning_rate,
            beta_1=recipe.adam_betas[0],
            beta_2=recipe.adam_betas[1],
            epsilon=recipe.adam_epsilon,
            set_of=model.parameter_set,
            norm=recipe.clip_norm,
        ),
        loss={name: GapLoss() if name in gaps else ClipCrossEntropy() for name in outputs_of(recipe)},
        loss_weights={name: recipe.lambda_att if name in gaps else 1.0 for name in outputs_of(recipe)},
        jit_compile=False,
    )
    return network


def trained_views(recipe: Recipe, classes: int, trained: Path, scales: Scales) -> keras.Model:
    """The model with the weights of a file, as it predicts: see `model.views`."""
    network = build(recipe, classes, scales)
    load(network, trained)
    return model.views(network)


def networks(recipe: Recipe, classes: int) -> dict[str, keras.Model]:
    """Every network of the paper by name, for `model.summary()`."""
    single = replace(recipe, pyramid=False)
    tuned = {} if recipe.lite else {"VGG-16 to fine-tune": levels.vgg_network(recipe, "rgb", classes)}
    return {
        **tuned,
        f"{recipe.network}, pool4 and conv5_3": levels.map_network(recipe, "rgb"),
        "joint attention, late fusion": build(recipe, classes),
        "joint attention, early fusion": build(replace(recipe, fusion="early"), classes),
        "at test time": model.views(build(recipe, classes)),
        "2-d convolutions (Table 3)": build(replace(recipe, temporal_net="2d"), classes),
        "straight (Table 3)": build(replace(recipe, temporal_net="none"), classes),
        **{f"{b} alone (Table 2)": build(replace(single, branches=(b,)), classes) for b in recipe.branches},
    }
