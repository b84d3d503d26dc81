"""Frames and weights for EfficientNet-Lite that maker and tests compute alike: whole numbers, no generator.

Shapes are those of the reference's own dictionary of arrays, written out here from its printed blocks.
"""

import math
import zlib

import numpy as np

# Of each group: repeats, side of the kernel, expansion, channels in and out.
_NARROW = ((32, 16), (16, 24), (24, 40), (40, 80), (80, 112), (112, 192), (192, 320))
_WIDE = ((32, 16), (16, 24), (24, 48), (48, 88), (88, 120), (120, 208), (208, 352))
_KERNELS, _EXPANSIONS = (3, 3, 5, 3, 5, 5, 3), (1, 6, 6, 6, 6, 6, 6)
_GROUPS = {
    "efficientnet_lite0": ((1, 2, 2, 3, 3, 4, 1), _NARROW),
    "efficientnet_lite1": ((1, 3, 3, 4, 4, 5, 1), _NARROW),
    "efficientnet_lite2": ((1, 3, 3, 4, 4, 5, 1), _WIDE),
}
VARIANTS = tuple(_GROUPS)
SMALL = 72  # px: 72, 36, 18, 9, 5, 3, so that padding is met on even and odd sides


def frames(count, size):
    """uint8 [count, size, size, 3]: waves of several lengths and a disc, another one in every frame."""
    y, x = np.mgrid[:size, :size]
    found = []
    for number in range(count):
        red = (3 * x + 5 * y + 40 * number) % 256
        green = x * y // (8 + 3 * number) % 256
        blue = ((x - y) ** 2 // 16 + 70 * number) % 256
        inside = (x - size // 2) ** 2 + (y - size // 3) ** 2 < (size // (4 + number)) ** 2
        found.append(np.where(inside[..., None], (200, 90, 40), np.stack((red, green, blue), -1)))
    return np.array(found, np.uint8)


def shapes(variant):
    """Name -> shape of every array that the reference computes with."""
    found = {"_conv_stem.weight": (32, 3, 3, 3), **_norm("_bn0", 32)}
    block = 0
    repeats, channels = _GROUPS[variant]
    for count, k, expansion, (inputs, outputs) in zip(repeats, _KERNELS, _EXPANSIONS, channels, strict=True):
        for number in range(count):
            entering = inputs if number == 0 else outputs
            inner, prefix = entering * expansion, f"_blocks.{block}."
            if expansion > 1:
                found |= {f"{prefix}_expand_conv.weight": (inner, entering, 1, 1)}
                found |= _norm(f"{prefix}_bn0", inner)
            found |= {f"{prefix}_depthwise_conv.weight": (inner, 1, k, k), **_norm(f"{prefix}_bn1", inner)}
            found |= {f"{prefix}_project_conv.weight": (outputs, inner, 1, 1)}
            found |= _norm(f"{prefix}_bn2", outputs)
            block += 1
    found |= {"_conv_head.weight": (1280, channels[-1][1], 1, 1), **_norm("_bn1", 1280)}
    return found | {"_fc.weight": (1000, 1280), "_fc.bias": (1000,)}


def _norm(name, channels):
    return {f"{name}.{part}": (channels,) for part in ("weight", "bias", "running_mean", "running_var")}


def drawn(variant):
    """Name -> float32 array: weights that keep the signal's size, normalisations that do something."""
    found = {}
    for name, shape in shapes(variant).items():
        even = _even(math.prod(shape), zlib.crc32(name.encode())).reshape(shape)  # -1 to 1
        if len(shape) > 1:
            even *= math.sqrt(6 / math.prod(shape[1:]))
        elif name.endswith(("running_var", "weight")):
            even = 1 + even / 2
        else:
            even /= 2
        found[name] = even.astype(np.float32)
    return found


def _even(count, seed):
    """float64 [count] in [-1, 1): murmur3's last mixing of seed + number, exact everywhere."""
    h = np.arange(count, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(seed)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        h = (h ^ (h >> np.uint32(shift))) * np.uint32(factor)
    return h / 2.0**31 - 1
