"""What stands for VGG-16's layers in an EfficientNet-Lite: which block, of what shape, and of which sign."""

import keras
import numpy as np
import pytest

from helpers.initial_weights import vary
from repro.backbones import efficientnet_lite as lite
from repro.backbones import ends

LITE0 = "efficientnet_lite0"


def test_the_table_is_that_of_the_papers_words():
    """Issue: conv5-2 is block 14, pool4 block 10, pool5 the head or block 15; of Lite1 and Lite2 by group."""
    found = {layer: ends.end(LITE0, layer) for layer in ends.LAYERS}
    assert found == {
        "pool4": ("block10", True),
        "conv5_2": ("block14", False),
        "pool5_narrow": ("block15", True),
        "conv5_3": ("head", False),
        "pool5": ("head", False),
        "fc6": ("mean", False),
        "fc7": ("mean", False),
        "fc8": ("logits", False),
    }
    for variant in ("efficientnet_lite1", "efficientnet_lite2"):
        blocks = [ends.end(variant, layer).endpoint for layer in ("pool4", "conv5_2", "pool5_narrow")]
        assert blocks == ["block14", "block19", "block20"]


def test_shapes_at_the_networks_own_size():
    found = {layer: ends.shape(LITE0, layer, 224) for layer in ends.LAYERS}
    assert found == {
        "pool4": (14, 14, 112), "conv5_2": (7, 7, 192), "pool5_narrow": (7, 7, 320), "conv5_3": (7, 7, 1280),
        "pool5": (7, 7, 1280), "fc6": (1280,), "fc7": (1280,), "fc8": (1000,),
    }  # fmt: skip


@pytest.mark.slow
def test_what_is_built_has_these_shapes_and_no_signed_maps_but_conv5_2():
    size = 48
    maps = keras.Input(lite.map_shape(LITE0, "block9", size))  # what the table names lies behind it
    found = lite.between(maps, LITE0, after="block9")
    outputs = {layer: ends.behind(found, LITE0, layer) for layer in ends.LAYERS}
    drawn = np.random.default_rng(0).normal(size=(2, *maps.shape[1:])).astype(np.float32)
    for layer, array in vary(keras.Model(maps, outputs), 3)(drawn).items():
        assert array.shape[1:] == ends.shape(LITE0, layer, size), layer
        assert np.ptp(array) > 0.01, layer
        assert (np.min(array) < 0) == (layer in ("conv5_2", "fc8")), layer


def test_other_words_are_refused():
    with pytest.raises(ValueError, match="layer 'conv1'; wanted one of pool4, conv5_2"):
        ends.end(LITE0, "conv1")
    with pytest.raises(ValueError, match="no network 'vgg16'"):
        ends.end("vgg16", "pool5")
