"""EfficientNet-Lite: its blocks, what is built of it, and that a part computes what the whole computes."""

import keras
import numpy as np
import pytest

from golden import lite_inputs
from helpers.close import assert_same_float32, of_terms
from helpers.initial_weights import vary
from repro.backbones import efficientnet_lite as lite
from repro.backbones import weights
from repro.backbones.fixed_norm import FixedNorm
from repro.backbones.preprocessing import CentredRGB

LITE0 = "efficientnet_lite0"


def _places(variant: str) -> dict[str, tuple[int, int]]:
    """Endpoint -> side of its maps and channels, at the variant's own size."""
    side, found = lite.VARIANTS[variant].size, {}
    for number, block in enumerate(lite.blocks(variant)):
        side = side // 2 + side % 2 if number == 0 else side
        side = -(-side // block.stride)
        found[f"block{number}"] = (side, block.outputs)
    return found


def test_the_names_count_from_zero():
    assert " ".join(lite.endpoints(LITE0)) == (
        "stem block0 block1 block2 block3 block4 block5 block6 block7 block8 block9 block10 block11 block12 "
        "block13 block14 block15 head mean logits"
    )
    assert lite.group_ends(LITE0) == ("block0", "block2", "block4", "block7", "block10", "block14", "block15")
    assert [len(lite.blocks(variant)) for variant in lite.VARIANTS] == [16, 21, 21]


@pytest.mark.slow
def test_the_maps_that_stand_for_vggs():
    """Paper 5's pool4, conv5-2 and what follows: Lite0 at 224 px."""
    places = _places(LITE0)
    assert (places["block10"], places["block14"], places["block15"]) == ((14, 112), (7, 192), (7, 320))
    image = keras.Input((224, 224, 3))
    found = lite.between(image, LITE0)
    assert {name: found[name].shape[1:] for name in ("stem", "head", "mean", "logits")} == {
        "stem": (112, 112, 32), "head": (7, 7, 1280), "mean": (1280,), "logits": (1000,)
    }  # fmt: skip
    assert {name: (maps.shape[1], maps.shape[3]) for name, maps in found.items() if name in places} == places


@pytest.mark.parametrize("variant", lite.VARIANTS)
def test_kernels_are_those_of_the_written_out_shapes(variant):
    """Counted over: the reference's arrays, written out apart from the rule of widths and depths."""
    theirs = sorted(np.prod(shape) for shape in lite_inputs.shapes(variant).values() if len(shape) > 1)
    assert sorted(np.prod(shape) for shape in lite.kernels(variant).values()) == theirs


@pytest.mark.slow
@pytest.mark.parametrize("folded", [True, False])
def test_the_table_of_kernels_is_what_is_built(folded):
    model = lite.efficientnet_lite(size=32, folded=folded)
    built = {name: tuple(v.shape) for name, v in weights.named_weights(model).items() if "kernel" in name}
    assert built == {f"{name}/kernel": shape for name, shape in lite.kernels(LITE0).items()}
    assert any(isinstance(layer, FixedNorm) for layer in model.layers) != folded
    assert len(model.trainable_weights) == 0


@pytest.mark.slow
def test_parameters():
    """The published file has 4,694,073 numbers, 49 of them counters; folding spares 3 x 21,008."""
    assert lite.efficientnet_lite(size=32).count_params() == 4_631_000
    assert lite.efficientnet_lite(size=32, folded=False).count_params() == 4_694_073 - 49


def test_a_trunk_carries_nothing_of_what_is_behind_it():
    model = lite.efficientnet_lite(LITE0, ("block14", "block10"), size=32)
    assert list(model.output) == ["block14", "block10"]
    last = model.layers[-1].name
    assert last.startswith("block14_")
    assert not [layer.name for layer in model.layers if layer.name.startswith(("block15", "head"))]


@pytest.mark.slow
def test_blocks_end_without_an_activation():
    """Of Lite0, block 14 ends in a sum and block 15 in a projection."""
    model = lite.efficientnet_lite(LITE0, ("block15",), size=32, folded=False)
    assert model.output["block15"] is model.get_layer("block15_project_conv_bn").output
    model = lite.efficientnet_lite(LITE0, ("block14",), size=32)
    assert model.output["block14"] is model.get_layer("block14_add").output


@pytest.mark.slow
def test_what_is_built_behind_stored_maps_goes_on_as_the_whole_does():
    """The trunk's maps, taken out and put into a network of the last block and the head: the same numbers."""
    whole = vary(lite.efficientnet_lite(LITE0, ("block14", "block15", "head", "mean"), size=48), 3)
    said = whole(lite_inputs.frames(2, 48))
    maps = keras.Input(whole.output["block14"].shape[1:])
    rest = keras.Model(maps, lite.between(maps, LITE0, after="block14", until="mean", trainable=True))
    assert list(rest.output) == ["block15", "head", "mean"]
    assert len(rest.trainable_weights) == 8
    ours = weights.named_weights(whole)
    for name, variable in weights.named_weights(rest).items():
        variable.assign(ours[name])
    again = rest(said["block14"])
    for name in rest.output:
        # Sums of 192, 25, 1152 and 320 terms in two ways of running.
        assert_same_float32(again[name], said[name], of_terms(192, 25, 1152, 320), name=name)


def test_pixels_become_centred():
    pixels = np.array([[[[0, 127, 255]]]], np.uint8)
    np.testing.assert_array_equal(CentredRGB()(pixels), [[[[-127 / 128, 0, 1]]]])


def test_wrong_words_are_refused():
    image = keras.Input((32, 32, 3))
    with pytest.raises(ValueError, match="no network 'lite9'"):
        lite.blocks("lite9")
    with pytest.raises(ValueError, match="nothing from 'image' to 'block16'"):
        lite.between(image, LITE0, until="block16")
    with pytest.raises(ValueError, match="nothing from 'head' to 'block3'"):
        lite.between(image, LITE0, after="head", until="block3")
    with pytest.raises(ValueError, match="wanted some of stem, block0"):
        lite.efficientnet_lite(LITE0, ("pool5",))
    with pytest.raises(ValueError, match="wanted some of stem, block0"):
        lite.efficientnet_lite(LITE0, ())


@pytest.mark.slow
@pytest.mark.parametrize("variant", lite.VARIANTS)
@pytest.mark.parametrize("size", [32, 65])
def test_the_shape_of_maps_is_known_without_the_network(variant: str, size: int) -> None:
    for name in (lite.group_ends(variant)[0], lite.group_ends(variant)[-2]):
        built = lite.efficientnet_lite(variant, (name,), size=size).output[name]
        assert lite.map_shape(variant, name, size) == built.shape[1:]
