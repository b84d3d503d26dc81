"""EfficientNet-Lite's arrays by torch's names: all of them, none besides, each in the shape it must have."""

import numpy as np
import pytest

from golden import lite_inputs
from repro.convert import lite_mapping

NAME = "efficientnet_lite0"
DRAWN = lite_inputs.drawn(NAME)


def test_the_layers_and_where_each_comes_from():
    layers = lite_mapping.layers(NAME)
    assert layers["stem_conv"] == ("_conv_stem", "_bn0")
    assert layers["block0_depthwise_conv"] == ("_blocks.0._depthwise_conv", "_blocks.0._bn1")
    assert layers["block12_expand_conv"] == ("_blocks.12._expand_conv", "_blocks.12._bn0")
    assert layers["block12_project_conv"] == ("_blocks.12._project_conv", "_blocks.12._bn2")
    assert layers["head_conv"] == ("_conv_head", "_bn1")
    assert layers["logits"] == ("_fc", "")
    assert "block0_expand_conv" not in layers


def test_every_number_goes_to_its_place():
    found, _ = lite_mapping.arrays(DRAWN, NAME)
    assert sum(array.size for array in found.values()) == sum(array.size for array in DRAWN.values())
    # row 1, column 2, from channel 4 to channel 3; and channel 7 of its own
    assert (
        found["block1_expand_conv/kernel"][0, 0, 4, 3] == DRAWN["_blocks.1._expand_conv.weight"][3, 4, 0, 0]
    )
    assert found["stem_conv/kernel"][1, 2, 0, 3] == DRAWN["_conv_stem.weight"][3, 0, 1, 2]
    depthwise = DRAWN["_blocks.3._depthwise_conv.weight"]
    assert found["block3_depthwise_conv/kernel"][1, 2, 7, 0] == depthwise[7, 0, 1, 2]
    assert found["logits/kernel"][5, 6] == DRAWN["_fc.weight"][6, 5]
    np.testing.assert_array_equal(found["head_conv_bn/moving_variance"], DRAWN["_bn1.running_var"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"_fc.bias": None}, "it lacks _fc.bias"),
        (
            {"_blocks.3._se_reduce.weight": np.ones(3, np.float32)},
            "it has _blocks.3._se_reduce.weight besides",
        ),
        ({"_bn0.weight": np.ones(31, np.float32)}, r"_bn0.weight is float32 \(31,\)"),
        ({"_bn0.weight": np.ones(32, np.int64)}, r"_bn0.weight is int64 \(32,\)"),
        ({"_conv_stem.weight": np.ones((3, 3, 3, 32), np.float32)}, r"_conv_stem.weight is float32"),
    ],
)
def test_what_does_not_fit_is_named(change, said):
    arrays = {name: array for name, array in (DRAWN | change).items() if array is not None}
    with pytest.raises(ValueError, match=said):
        lite_mapping.arrays(arrays, NAME)


def test_another_variant_is_refused():
    with pytest.raises(ValueError, match=r"it lacks _blocks.16.*and 72 more"):
        lite_mapping.arrays(DRAWN, "efficientnet_lite1")


def test_counters_are_taken_and_dropped():
    found, _ = lite_mapping.arrays({**DRAWN, "_bn0.num_batches_tracked": np.array(3)}, NAME)
    assert not [name for name in found if "track" in name]
