"""The frame networks of paper 5, and the maps of two levels that are stored of them.

VGG-16, fine-tuned on single frames or fields; or EfficientNet-Lite, used as it was pre-trained. A
VGG-16 may have the reduction of its levels inside, is fine-tuned with it, then frozen (C27):

    P = max-pooling of a level, 3 x 3 / 2, without padding
    R = ReLU(W P + b)                                     W: 1 x 1, from 512 to C channels
    p = softmax(V mean_i R_i + v)                         the mean is over the places; for fine-tuning alone

The paper prints the reduction under the configuration of the network that is fine-tuned; here it learns from
a classifier above each reduced level, beside VGG-16's own, and R is what is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
from keras import KerasTensor, layers

from repro.backbones import efficientnet_lite, ends, fixed_norm, pretrained, spatial, temporal, vgg
from repro.backbones.preprocessing import CaffeBGR
from repro.backbones.weights import load
from repro.paper5.recipe import IN_VGG, POOLED, Recipe, endpoint_of, stream_of
from repro.training.fine_tuning import compile_to_fine_tune

LEVELS = ("pool4", "conv5_3")
OF_LITE = {"pool4": "pool4", "conv5_3": "pool5_narrow"}  # of `backbones.ends`
DOWN = 16  # VGG-16 has four poolings up to either level: a side of S pixels becomes S / 16 places


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
    return tuple(f"{level}_classes" for level in LEVELS) if recipe.reduce == IN_VGG else ()


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
        with_reductions(network, LEVELS, recipe.channels, classes), rate, momentum, decay
    )


def map_names(recipe: Recipe) -> tuple[str, ...]:
    """The stored levels of a network: pooled or reduced where that is done before, else as VGG has them."""
    if recipe.lite:
        return f"{LEVELS[0]}_pooled", LEVELS[1]
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
    if recipe.lite:
        return lite_map_network(recipe)
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
        outputs = {f"{name}_pooled": pooled(name, x) for name, x in outputs.items()}
    if recipe.reduce == IN_VGG:
        outputs = {f"{name}_reduce": reduced(name, x, recipe.channels) for name, x in outputs.items()}
    return keras.Model(image, outputs, name=f"{stream}_maps")


def lite_map_network(recipe: Recipe) -> keras.Model:
    """EfficientNet-Lite up to its last block: RGB 0..255 [B, S, S, 3] -> {map_names: [B, h, w, C]}.

    Neither has a negative value: an energy is a share of a sum. The pooling of the first is centred where the
    blocks behind it are.
    """
    image = keras.Input((recipe.size_px, recipe.size_px, 3), name="image")
    until = ends.end(recipe.backbone, OF_LITE[LEVELS[-1]]).endpoint
    made = efficientnet_lite.between(image, recipe.backbone, until=until)
    levels = [ends.behind(made, recipe.backbone, OF_LITE[level]) for level in LEVELS]
    pool = layers.MaxPooling2D(3, strides=2, padding="same", name="pool4_pooled")
    outputs = (pool(levels[0]), levels[1])
    return keras.Model(image, dict(zip(map_names(recipe), outputs, strict=True)), name="rgb_maps")


def trained_map_network(recipe: Recipe, stream: str, weights: Path) -> keras.Model:
    """`map_network` with the convolutions of a file that holds a whole network."""
    network = map_network(recipe, stream)
    (fixed_norm.load if recipe.lite else load)(network, weights)
    return network


def map_shapes(recipe: Recipe) -> dict[str, tuple[int, int, int]]:
    """h, w, C of the stored maps by level.

    11 x 11 x 512 at full size, 256 where VGG-16 has reduced them; of EfficientNet-Lite 7 x 7 x 112 and 320.
    """
    if recipe.lite:
        pool4, conv5_3 = (ends.shape(recipe.backbone, end, recipe.size_px) for end in OF_LITE.values())
        side = conv5_3[0]
        return {"pool4": (side, side, pool4[-1]), "conv5_3": (side, side, conv5_3[-1])}
    side = recipe.size_px // DOWN
    if recipe.reduce in (POOLED, IN_VGG):
        side = (side - 3) // 2 + 1
    depth = recipe.channels if recipe.reduce == IN_VGG else round(512 * recipe.width)
    return dict.fromkeys(LEVELS, (side, side, depth))


def grid_px(recipe: Recipe) -> tuple[float, float]:
    """(distance, first centre) of the grid's places in the square frame: 32 and 23.5 at full size.

    A map of VGG has a place every 16 pixels, the first centred at 7.5; a window of 3 of them, 2 apart, every
    32, its middle one place further. `conv3x3_pool2` centres between its second and third. A stride of 2 of
    EfficientNet-Lite pads an even side behind its end, so that five of them begin 31 pixels in.
    """
    if recipe.lite:
        return 2.0 * DOWN, 2.0 * DOWN - 1
    first = (DOWN - 1) / 2 + DOWN * (1.5 if recipe.reduce == "conv3x3_pool2" else 1)
    return 2.0 * DOWN, first


def pooled(level: str, x: KerasTensor) -> KerasTensor:
    """P, [B, h', w', D] -> [B, h, w, D]: 24 x 24 to 11 x 11. It has no weights."""
    return layers.MaxPooling2D(3, strides=2, padding="valid", name=f"{level}_pooled")(x)


def reduced(level: str, x: KerasTensor, channels: int) -> KerasTensor:
    """R, [B, h', w', D] -> [B, h, w, C]."""
    reduction = layers.Conv2D(channels, 1, activation="relu", name=f"{level}_reduce")
    return reduction(pooled(level, x))


def with_reductions(network: keras.Model, levels: Sequence[str], channels: int, classes: int) -> keras.Model:
    """A VGG-16 that classifies, with a reduction of each level and the classes [B, K] that it tells."""
    outputs = dict(network.output)
    for level in levels:
        x = reduced(level, network.get_layer(level).output, channels)
        x = layers.GlobalAveragePooling2D(name=f"{level}_mean")(x)
        scores = layers.Dense(classes, name=f"{level}_scores")(x)
        head = f"{level}_classes"
        outputs[head] = layers.Softmax(name=head, dtype="float32")(scores)
    return keras.Model(network.input, outputs, name=f"{network.name}_reduced")
