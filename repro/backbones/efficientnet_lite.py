"""EfficientNet-Lite 0 to 2, block by block: stem, block0, block1, ..., head, mean, logits.

Tan and Le 2019 (arXiv 1905.11946), in the Lite form of its authors (tensorflow/tpu, efficientnet/lite): no
squeeze and excitation, ReLU6 for swish, stem and head not scaled. A block (Sandler et al. 2018, arXiv
1801.04381) widens its channels by 1x1, filters each by itself, and projects them to few: expand, ReLU6,
depthwise, ReLU6, project. What it puts out has no activation: about half of it is negative.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import keras
from keras import KerasTensor, layers

from repro.backbones.fixed_norm import FixedNorm
from repro.backbones.preprocessing import CentredRGB


class Variant(NamedTuple):
    """width and depth: factors of channels and of repetitions. size: of the images it was trained on, px."""

    width: float
    depth: float
    size: int


class Group(NamedTuple):
    """Blocks of one kind. stride: of the first, the others have 1. expansion: of the channels inside."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


class Block(NamedTuple):
    """One block, scaled. inputs and outputs: channels."""

    inputs: int
    outputs: int
    kernel: int
    stride: int
    expansion: int

    @property
    def residual(self) -> bool:
        """Whether its input is added to its output."""
        return self.stride == 1 and self.inputs == self.outputs


VARIANTS = {
    "efficientnet_lite0": Variant(1.0, 1.0, 224),
    "efficientnet_lite1": Variant(1.0, 1.1, 240),
    "efficientnet_lite2": Variant(1.1, 1.2, 260),
}
GROUPS = (
    *(Group(1, 3, 1, 1, 16), Group(2, 3, 2, 6, 24), Group(2, 5, 2, 6, 40), Group(3, 3, 2, 6, 80)),
    *(Group(3, 5, 1, 6, 112), Group(4, 5, 2, 6, 192), Group(1, 3, 1, 6, 320)),
)
STEM_CHANNELS, HEAD_CHANNELS, CLASSES = 32, 1280, 1000
DIVISOR = 8  # of every number of channels


def repeats(variant: str) -> tuple[int, ...]:
    """How many blocks each group has; the first and the last are not repeated more often."""
    depth = VARIANTS[variant].depth
    inner = [math.ceil(depth * group.repeats) for group in GROUPS[1:-1]]
    return (GROUPS[0].repeats, *inner, GROUPS[-1].repeats)


def blocks(variant: str) -> tuple[Block, ...]:
    """All blocks in order; number i is called `block<i>`. Raises ValueError for an unknown variant."""
    if variant not in VARIANTS:
        raise ValueError(f"no network {variant!r}; there are {', '.join(VARIANTS)}")
    result, inputs = [], STEM_CHANNELS
    for group, count in zip(GROUPS, repeats(variant), strict=True):
        outputs = _channels(group.channels * VARIANTS[variant].width)
        for number in range(count):
            stride = group.stride if number == 0 else 1
            result.append(Block(inputs, outputs, group.kernel, stride, group.expansion))
            inputs = outputs
    return tuple(result)


def _channels(wanted: float) -> int:
    """The nearest multiple of 8, at least 8 and not under nine tenths of what is wanted."""
    near = max(DIVISOR, int(wanted + DIVISOR / 2) // DIVISOR * DIVISOR)
    return near if near >= 0.9 * wanted else near + DIVISOR


def endpoints(variant: str) -> tuple[str, ...]:
    """What the network says at every depth, in order: its table of contents.

    stem [h, w, 32] and head [h, w, 1280] after ReLU6, blocks [h, w, C] without; mean [1280] of the head over
    places; logits [1000], raw.
    """
    return ("stem", *(f"block{number}" for number in range(len(blocks(variant)))), "head", "mean", "logits")


def between(
    x: KerasTensor,
    variant: str,
    *,
    after: str = "image",
    until: str = "logits",
    folded: bool = True,
    trainable: bool = False,
    prefix: str = "",
) -> dict[str, KerasTensor]:
    """The layers behind `after` up to and including `until`, on x -> every endpoint of these by its name.

    x: what `after` puts out, float [B, h, w, C]; for `image` RGB 0..255, uint8 or float [B, H, W, 3].
    folded: batch normalisation lies in kernels and biases; else it is there, and keeps the statistics of its
    pre-training however it is run (`FixedNorm`). trainable: whether what these layers have is trained.
    prefix: begins the names of blocks and head, where a network has them twice. Raises ValueError for names
    that are no endpoints of the variant in that order.
    """
    names = ("image", *endpoints(variant))
    if after not in names or until not in names[names.index(after) + 1 :]:
        raise ValueError(f"nothing from {after!r} to {until!r} in {variant}; there are {', '.join(names)}")
    build = _Builder(folded, trainable, prefix)
    result: dict[str, KerasTensor] = {}
    for name in names[names.index(after) + 1 : names.index(until) + 1]:
        if name == "stem":
            centred = CentredRGB(name="centred_rgb")(x)
            x = build.filtered(centred, "stem", 3, STEM_CHANNELS, stride=2)
        elif name == "head":
            x = build.filtered(x, "head", 1, HEAD_CHANNELS)
        elif name == "mean":
            x = layers.GlobalAveragePooling2D(name="mean")(x)
        elif name == "logits":
            x = layers.Dense(CLASSES, dtype="float32", trainable=trainable, name="logits")(x)
        else:
            x = build.block(x, name, blocks(variant)[int(name.removeprefix("block"))])
        result[name] = x
    return result


class _Builder:
    """Convolutions in the one form that a network has them in."""

    def __init__(self, folded: bool, trainable: bool, prefix: str) -> None:
        self.folded, self.trainable, self.prefix = folded, trainable, prefix

    def block(self, x: KerasTensor, name: str, block: Block) -> KerasTensor:
        """[B, h, w, inputs] -> [B, h', w', outputs], no activation."""
        inner = x
        if block.expansion > 1:
            inner = self.filtered(inner, f"{name}_expand", 1, block.inputs * block.expansion)
        inner = self.filtered(inner, f"{name}_depthwise", block.kernel, None, stride=block.stride)
        inner = self.filtered(inner, f"{name}_project", 1, block.outputs, relu6=False)
        return layers.Add(name=f"{self.prefix}{name}_add")([inner, x]) if block.residual else inner

    def filtered(
        self,
        x: KerasTensor,
        name: str,
        kernel: int,
        channels: int | None,
        *,
        stride: int = 1,
        relu6: bool = True,
    ) -> KerasTensor:
        """`<name>_conv`, its normalisation unless folded, ReLU6 if wanted; channels None: each by itself."""
        name = f"{self.prefix}{name}"
        form = {
            "strides": stride,
            "padding": "same",
            "use_bias": self.folded,
            "trainable": self.trainable,
            "name": f"{name}_conv",
        }
        if channels is None:
            x = layers.DepthwiseConv2D(kernel, **form)(x)
        else:
            x = layers.Conv2D(channels, kernel, **form)(x)
        if not self.folded:
            x = FixedNorm(trainable=self.trainable, name=f"{name}_conv_bn")(x)
        return layers.Activation("relu6", name=f"{name}_relu6")(x) if relu6 else x


def efficientnet_lite(
    variant: str = "efficientnet_lite0",
    outputs: tuple[str, ...] = ("logits",),
    *,
    size: int | None = None,
    folded: bool = True,
    trainable: bool = False,
) -> keras.Model:
    """The network up to the deepest of `outputs`: RGB 0..255 [B, S, S, 3] -> {endpoint: float [B, ...]}.

    size: S in pixels; the variant's own if None. The rest as in `between`, with the same errors. It is drawn
    at random; `fixed_norm.load` gives it the published weights.
    """
    order = endpoints(variant)
    unknown = [name for name in outputs if name not in order]
    if unknown or not outputs:
        raise ValueError(f"outputs {outputs}; wanted some of {', '.join(order)}")
    side = size or VARIANTS[variant].size
    image = keras.Input((side, side, 3), name="image")
    result = between(
        image,
        variant,
        until=max(outputs, key=order.index),
        folded=folded,
        trainable=trainable,
    )
    return keras.Model(image, {name: result[name] for name in outputs}, name=variant)


def kernels(variant: str) -> dict[str, tuple[int, ...]]:
    """Layer -> shape of its kernel in Keras: [h, w, in, out], depthwise [h, w, in, 1], logits [in, out]."""
    shapes: dict[str, tuple[int, ...]] = {"stem_conv": (3, 3, 3, STEM_CHANNELS)}
    for number, block in enumerate(blocks(variant)):
        inner = block.inputs * block.expansion
        if block.expansion > 1:
            shapes[f"block{number}_expand_conv"] = (1, 1, block.inputs, inner)
        shapes[f"block{number}_depthwise_conv"] = (block.kernel, block.kernel, inner, 1)
        shapes[f"block{number}_project_conv"] = (1, 1, inner, block.outputs)
    shapes["head_conv"] = (1, 1, blocks(variant)[-1].outputs, HEAD_CHANNELS)
    shapes["logits"] = (HEAD_CHANNELS, CLASSES)
    return shapes


def map_shape(variant: str, endpoint: str, size: int) -> tuple[int, int, int]:
    """[h, w, C] of the maps of a block, for images of `size` pixels: every stride of 2 halves, rounded up."""
    made = blocks(variant)[: int(endpoint.removeprefix("block")) + 1]
    side = -(-size // 2)  # the stem
    for block in made:
        side = -(-side // block.stride)
    return side, side, made[-1].outputs


def group_ends(variant: str) -> tuple[str, ...]:
    """The last block of each group: of Lite0 block0, block2, block4, block7, block10, block14, block15."""
    ends = [0]
    for count in repeats(variant):
        ends.append(ends[-1] + count)
    return tuple(f"block{end - 1}" for _, end in pairwise(ends))
