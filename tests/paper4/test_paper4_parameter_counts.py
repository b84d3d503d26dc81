"""Parameters of paper 4's networks at the paper's sizes, part by part."""

import math

import keras
import pytest

from helpers.initial_weights import without_initializers
from repro.backbones.weights import named_weights
from repro.paper4 import model as paper4


def full(architecture: str, **options) -> keras.Model:
    with without_initializers():
        return paper4.build(architecture, steps=1, classes=101, **options)


def parts(model: keras.Model) -> dict[str, int]:
    """Weights of the sub-layers and layers, by name."""
    found: dict[str, int] = {}
    for name, variable in named_weights(model).items():
        layer, weight = name.split("/")
        if layer == "recurrence":
            layer = weight.split("_kernel")[0].split("_recurrent")[0].split("_extra")[0]
            layer = layer.removesuffix("_bias").removesuffix("_score")
        found[layer] = found.get(layer, 0) + math.prod(variable.shape)
    return found


VECTOR_HEAD = {"hidden": 525_312, "scores": 103_525}
MAP_HEAD = {"hidden": 25_691_136, "scores": 103_525}
ON_MAPS = {"top": 18_876_416, "attention": 525_312, "top_start": 4_719_616}
ON_VECTORS = {"top": 2_099_200, "attention": 525_312, "top_start": 525_312}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architecture", "options", "expected", "total"),
    [
        ("lstm", {}, {"top": 9_439_232, **VECTOR_HEAD}, 10_068_069),
        ("alstm", {}, {**ON_VECTORS, **VECTOR_HEAD}, 3_778_661),
        ("conv_lstm", {}, {"top": 18_876_416, **MAP_HEAD}, 44_671_077),
        ("conv_alstm", {}, {**ON_MAPS, **MAP_HEAD}, 49_916_005),
        (
            "video_lstm",
            {},
            {**ON_MAPS, "bottom": 28_313_600, "bottom_start": 4_719_616, **MAP_HEAD},
            82_949_221,
        ),
        (
            "video_lstm",
            {"motion_kernel": 1},
            {**ON_MAPS, "bottom": 3_147_776, "bottom_start": 525_312, **MAP_HEAD},
            53_589_093,
        ),
        (
            "motion_alstm",
            {},
            {**ON_VECTORS, "bottom": 10_487_808, "bottom_start": 4_195_328, **VECTOR_HEAD},
            18_461_797,
        ),
    ],
)
def test_parameters_at_the_papers_sizes(architecture, options, expected, total):
    model = full(architecture, **options)
    assert parts(model) == expected
    assert model.count_params() == sum(expected.values()) == total


def test_a_softmax_layer_of_other_classes():
    model = paper4.build("lstm", steps=1, classes=51, vector_shape=(2,), units=2)
    assert parts(model)["scores"] == 52_275
