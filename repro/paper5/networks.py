"""The networks of paper 5 at the sizes of a recipe: VGG-16 to fine-tune, its maps, the compiled model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import keras

from repro.backbones import pretrained, spatial, temporal, vgg
from repro.backbones.preprocessing import CaffeBGR
from repro.backbones.weights import load
from repro.paper5 import model, reduced
from repro.paper5.losses import ClipCrossEntropy, GapLoss
from repro.paper5.model import POOLED
from repro.paper5.recipe import IN_VGG, Recipe, endpoint_of, stream_of
from repro.training.clipping import AdamBySet
from repro.training.fine_tuning import compile_to_fine_tune

LEVELS = ("pool4", "conv5_3")
DOWN = 16  # VGG-16 has four poolings up to either level: a side of S pixels becomes S / 16 places
UPDATE_LOSS = "frame_loss"  # l_lstm of each update, without the decay (Fig. 5)
Scales = dict[str, float]  # by what the maps of a branch are divided (C3)


def network_name(recipe: Recipe, stream: str) -> str:
    """What the VGG-16 of a stream is called: one with the reductions inside is another (C27)."""
    return f"{stream}-reduced" if recipe.reduce == IN_VGG else stream


def vgg_network(recipe: Recipe, stream: str, classes: int) -> keras.Model:
    """The VGG-16 of a stream with its classifier: frames or flow [B, S, S, .] -> {HEADS[stream]: [B, K]}."""
    size, width, dropout = recipe.fine_tune_px, recipe.width, recipe.fine_tune_dropout
    if stream == "rgb":
        return spatial.spatial_network(classes, size=size, width=width, fc_dropout=dropout)
    return temporal.temporal_network(classes, size=size, width=width, channels=2, fc_dropout=dropout).training


def more_heads(recipe: Recipe) -> tuple[str, ...]:
    """What is fine-tuned beside its classifier: one above each level that is reduced inside (C27)."""
    return reduced.heads(LEVELS) if recipe.reduce == IN_VGG else ()


def vgg_training_model(recipe: Recipe, stream: str, classes: int, weights_folder: Path) -> keras.Model:
    """`vgg_network` started from pre-trained weights and compiled: cross-entropy, SGD, weight decay."""
    network = vgg_network(recipe, stream, classes)
    if stream == "rgb":
        pretrained.load(network, recipe.pretraining, weights_folder)
    else:
        temporal.start_from_rgb(network, recipe.pretraining, weights_folder, recipe.flow_conv1_init)
    first = f"{recipe.fine_tune_from}_flow"
    rate, momentum, decay = (
        recipe.fine_tune_learning_rate,
        recipe.fine_tune_momentum,
        recipe.fine_tune_weight_decay,
    )
    compile_to_fine_tune(
        network,
        rate,
        momentum,
        decay,
        first_trained=first if first in {layer.name for layer in network.layers} else recipe.fine_tune_from,
    )
    if recipe.reduce != IN_VGG:
        return network
    # Which of VGG's own layers are kept is fixed; what is added above them is trained in any case.
    return compile_to_fine_tune(
        reduced.with_reductions(network, LEVELS, recipe.channels, classes), rate, momentum, decay
    )


def map_names(recipe: Recipe) -> tuple[str, ...]:
    """The stored levels of a network: pooled or reduced where that is done before, else as VGG has them."""
    return tuple(level + {POOLED: "_pooled", IN_VGG: "_reduce"}.get(recipe.reduce, "") for level in LEVELS)


def feeds(recipe: Recipe) -> dict[str, tuple[str, str]]:
    """Branch -> (stream, stored level) that it reads."""
    stored = dict(zip(LEVELS, map_names(recipe), strict=True))
    return {branch: (stream_of(branch), stored[endpoint_of(branch)]) for branch in recipe.branches}


def map_network(recipe: Recipe, stream: str) -> keras.Model:
    """VGG-16 without its classifier: frames or flow, levels 0..255 [B, S, S, .] -> {map_names: [B, h, w, C]}.

    The 3 x 3 / 2 pooling of `pool_conv1x1` has no weights, so that its result is what is stored (C2); of
    `in_vgg` the whole reduction is, which was fine-tuned with VGG-16 (C27).
    """
    channels = 3 if stream == "rgb" else 2
    image = keras.Input((recipe.size_px, recipe.size_px, channels), name="image")
    names = vgg.endpoints(vgg.VGG16)
    if stream == "rgb":
        x = CaffeBGR(name="caffe_bgr")(image)
    else:
        x = vgg.layer(names[0], recipe.width, suffix="_flow")(temporal.CentreFlow(name="centre_flow")(image))
        names = names[1:]
    outputs = {}
    for name in names[: names.index("conv5_3") + 1]:
        x = vgg.layer(name, recipe.width)(x)
        if name in LEVELS:
            outputs[name] = x
    if recipe.reduce == POOLED:
        outputs = {f"{name}_pooled": reduced.pooled(name, x) for name, x in outputs.items()}
    if recipe.reduce == IN_VGG:
        outputs = {f"{name}_reduce": reduced.reduced(name, x, recipe.channels) for name, x in outputs.items()}
    return keras.Model(image, outputs, name=f"{stream}_maps")


def trained_map_network(recipe: Recipe, stream: str, weights: Path) -> keras.Model:
    """`map_network` with the convolutions of a file that holds a whole VGG-16."""
    network = map_network(recipe, stream)
    load(network, weights)
    return network


def map_shape(recipe: Recipe) -> tuple[int, int, int]:
    """h, w, C of the stored maps: 11 x 11 x 512 at full size, 256 where VGG-16 has reduced them."""
    side = recipe.size_px // DOWN
    if recipe.reduce in (POOLED, IN_VGG):
        side = (side - 3) // 2 + 1
    return side, side, recipe.channels if recipe.reduce == IN_VGG else round(512 * recipe.width)


def grid_px(recipe: Recipe) -> tuple[float, float]:
    """(distance, first centre) of the grid's places in the square frame: 32 and 23.5 at full size.

    A map of VGG has a place every 16 pixels, the first centred at 7.5; a window of 3 of them, 2 apart, every
    32, its middle one place further. `conv3x3_pool2` centres between its second and third.
    """
    first = (DOWN - 1) / 2 + DOWN * (1.5 if recipe.reduce == "conv3x3_pool2" else 1)
    return 2.0 * DOWN, first


def build(recipe: Recipe, classes: int, scales: Mapping[str, float] | None = None) -> keras.Model:
    """The recipe's model, not compiled. scales: what each branch's maps are divided by (C3)."""
    return model.build(
        recipe.branches,
        steps=recipe.clip_len,
        classes=classes,
        map_shape=map_shape(recipe),
        channels=recipe.channels,
        units=recipe.units,
        layers=recipe.layers,
        fc_units=recipe.fc_units,
        reduce=recipe.reduce,
        scales=scales,
        temporal_net=recipe.temporal_net,
        fusion=recipe.fusion,
        pyramid=recipe.pyramid,
        pyramid_split=recipe.pyramid_split,
        pyramid_renormalise=recipe.pyramid_renormalise,
        unit_rms=recipe.unit_rms,
        attention=recipe.attention,
        attention_source=recipe.attention_source,
        init_state=recipe.init_state,
        input_projection=recipe.units if recipe.input_projection else None,
        final_gate_bias=recipe.final_gate_bias,
        input_bias=recipe.input_bias,
        supervision=recipe.supervision,
        stop_features=recipe.stop_features,
        stop_attention=recipe.stop_attention,
        dropout_fc=recipe.dropout_fc,
        dropout_lstm=recipe.dropout_lstm,
        weight_decay=recipe.weight_decay,
    )


def outputs_of(recipe: Recipe) -> tuple[str, ...]:
    """The outputs of the recipe's model, each with a loss: the LSTM's, and two of every branch."""
    heads = model.supervised(recipe.temporal_net, recipe.supervision)
    branches = recipe.branches if heads else ()
    return ("frame", *(f"{branch}{end}" for branch in branches for end in ("", "_gap")))


def sequence_network(recipe: Recipe, classes: int, scales: Mapping[str, float] | None) -> keras.Model:
    """The recipe's model compiled: total = l_lstm + the sum of the branches' l_3d (section 4).

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
    return {
        "VGG-16 to fine-tune": vgg_network(recipe, "rgb", classes),
        "VGG-16, pool4 and conv5_3": map_network(recipe, "rgb"),
        "joint attention, late fusion": build(recipe, classes),
        "joint attention, early fusion": build(replace(recipe, fusion="early"), classes),
        "at test time": model.views(build(recipe, classes)),
        "2-d convolutions (Table 3)": build(replace(recipe, temporal_net="2d"), classes),
        "straight (Table 3)": build(replace(recipe, temporal_net="none"), classes),
        **{f"{b} alone (Table 2)": build(replace(single, branches=(b,)), classes) for b in recipe.branches},
    }
