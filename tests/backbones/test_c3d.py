"""C3D against the published counts and sizes, and against an oracle that computes it place by place."""

import keras
import numpy as np
import pytest

from helpers.close import assert_same_float32, of_network, of_terms
from helpers.initial_weights import vary, without_initializers
from oracles import c3d as oracle
from repro.backbones import weights
from repro.backbones.c3d import c3d
from repro.types import InputError

SMALL = {"frames": 4, "resized": (24, 31), "crop": 18, "width": 1 / 32}
PARAMETERS = {
    "conv1a": 5_248,
    "conv2a": 221_312,
    "conv3a": 884_992,
    "conv3b": 1_769_728,
    "conv4a": 3_539_456,
    "conv4b": 7_078_400,
    "conv5a": 7_078_400,
    "conv5b": 7_078_400,
    "fc6": 33_558_528,
    "fc7": 16_781_312,
}
SHAPES = {
    "clip": (16, 128, 171, 3),
    "volume_bgr": (16, 128, 171, 3),
    "clip_crop": (16, 112, 112, 3),
    "conv1a": (16, 112, 112, 64),
    "pool1": (16, 56, 56, 64),
    "conv2a": (16, 56, 56, 128),
    "pool2": (8, 28, 28, 128),
    "conv3a": (8, 28, 28, 256),
    "conv3b": (8, 28, 28, 256),
    "pool3": (4, 14, 14, 256),
    "conv4a": (4, 14, 14, 512),
    "conv4b": (4, 14, 14, 512),
    "pool4": (2, 7, 7, 512),
    "conv5a": (2, 7, 7, 512),
    "conv5b": (2, 7, 7, 512),
    "pool5": (1, 4, 4, 512),
    "flatten": (8192,),
    "fc6": (4096,),
    "fc6_dropout": (4096,),
    "fc7": (4096,),
    "fc7_dropout": (4096,),
    "fc8": (487,),
    "c3d": (487,),
}


def _clips(count: int = 2, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 4, 24, 31, 3), np.uint8)


def _small(classes: int = 5, **settings: object) -> keras.Model:
    """Weights under which the input shows in the scores."""
    return vary(c3d(classes, **{**SMALL, **settings}), gain=1.2)


@pytest.fixture(scope="module")
def full() -> keras.Model:
    with without_initializers():
        return c3d(487)


def test_the_full_network_layer_by_layer(full: keras.Model) -> None:
    """Paper 3, 3.1: names in order, sizes, parameters."""
    assert {layer.name: layer.output.shape[1:] for layer in full.layers} == SHAPES
    assert [layer.name for layer in full.layers] == list(SHAPES)
    counts = {layer.name: layer.count_params() for layer in full.layers if layer.weights}
    assert counts == {**PARAMETERS, "fc8": 1_995_239}
    assert full.count_params() == 79_991_015
    assert {layer.padding for layer in full.layers if layer.name.startswith(("conv", "pool"))} == {"same"}
    assert [full.get_layer(f"{name}_dropout").rate for name in ("fc6", "fc7")] == [0.5, 0.5]


@pytest.mark.parametrize(("classes", "parameters"), [(203, 78_827_467), (12, 78_044_940)])
def test_other_numbers_of_classes(classes: int, parameters: int) -> None:
    """Of other classes only fc8 differs."""
    assert sum(PARAMETERS.values()) + 4096 * classes + classes == parameters
    with without_initializers():
        assert c3d(classes).count_params() == parameters


@pytest.mark.parametrize("initial", ["public", "glorot"])
def test_the_first_values(initial: str) -> None:
    keras.utils.set_random_seed(0)
    network = c3d(3, frames=4, resized=(8, 8), crop=8, width=1 / 8, initial=initial)
    for name in (*PARAMETERS, "fc8"):
        kernel, bias = (np.asarray(w) for w in network.get_layer(name).weights)
        if initial == "public":
            deviation = 0.005 if name in ("fc6", "fc7") else 0.01
            assert set(np.unique(bias)) == {0.0 if name in ("conv1a", "fc8") else 1.0}, name
        else:
            window = kernel[..., 0, 0].size
            deviation = np.sqrt(2 / (window * sum(kernel.shape[-2:])))
            assert not bias.any()
        assert abs(kernel.std() - deviation) < 5 * deviation / np.sqrt(kernel.size), name
        assert abs(kernel.mean()) < 5 * deviation / np.sqrt(kernel.size), name


@pytest.mark.slow
@pytest.mark.parametrize("volume", [False, True])
def test_the_forward_pass_is_the_oracles(volume: bool) -> None:
    """Sizes 18 -> 9 -> 5 -> 3 -> 2 -> 1 and 4 -> 2 -> 1: windows cut off at the border in all directions.

    RGB becomes BGR, the mean of each place is taken off, then the centre is cut: rows 3 ... 20 of 24, columns
    6 ... 23 of 31.
    """
    clips = _clips()
    mean = np.random.default_rng(1).uniform(60, 200, (4, 24, 31, 3)) if volume else None
    network = _small(mean=mean)
    off = (103.939, 116.779, 123.68) if mean is None else mean
    named = {name: np.asarray(variable) for name, variable in weights.named_weights(network).items()}
    layers = [network.get_layer(n).output for n in ("fc6", "fc8", "c3d")]
    fc6, fc8, probabilities = (np.asarray(said) for said in keras.Model(network.input, layers)(clips))
    for sample, clip in enumerate(clips):
        expected = oracle.scores((clip[..., ::-1] - off)[:, 3:21, 6:24], named)
        assert expected["fc6"].max() > 0
        assert_same_float32(fc6[sample], expected["fc6"], of_network(network), name="fc6")
        assert_same_float32(fc8[sample], expected["fc8"], of_network(network), name="fc8")
        # Of the scores as they came out: a difference, an exponential, a sum of five, a share.
        softmax = np.exp(fc8[sample].astype(np.float64) - fc8[sample].max())
        assert_same_float32(probabilities[sample], softmax / softmax.sum(), of_terms(2 + 4 + 5), name="c3d")
    assert np.abs(fc8[0] - fc8[1]).max() > 0.01 * np.abs(fc8).max()


@pytest.mark.parametrize("places", [7, 6, 1])
def test_pool5_cuts_its_last_window_off(full: keras.Model, places: int) -> None:
    """7 -> 4 as in the public code, not 3; and a single chunk of time stays one."""
    rng = np.random.default_rng(places)
    maps = np.maximum(rng.normal(size=(2, places, places, 3)), 0)
    for frames in (2, 1):
        found = full.get_layer("pool5")(maps[None, :frames].astype(np.float32))[0]
        assert found.shape == (1, *{7: (4, 4), 6: (3, 3), 1: (1, 1)}[places], 3)
        assert_same_float32(found, oracle.pooled(maps[:frames], (2, 2, 2)), 0.5)  # rounded once, as the input


def test_several_classes_at_once_have_sigmoids() -> None:
    network = _small(output="sigmoid", name="actions")
    kernel, bias = network.get_layer("fc8").get_weights()
    network.get_layer("fc8").set_weights([kernel / 1000, bias])
    assert list(network.output) == ["actions"]
    outputs = [network.get_layer("fc8").output, network.output["actions"]]
    scores, said = (np.asarray(array) for array in keras.Model(network.input, outputs)(_clips()))
    # An exponential, a sum, a share.
    assert_same_float32(said, 1 / (1 + np.exp(-scores.astype(np.float64))), of_terms(4 + 2))


def test_probabilities_stay_float32_in_mixed_precision() -> None:
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        network = c3d(5, **SMALL)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    assert network.output["c3d"].dtype == "float32"
    assert network.get_layer("conv1a").compute_dtype == "bfloat16"


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match=r"mean volume is \(4, 24, 30, 3\), the clips are \(4, 24, 31, 3\)"):
        c3d(5, mean=np.zeros((4, 24, 30, 3)), **SMALL)
    with pytest.raises(ValueError, match=r"crop of 25 pixels of frames of \(24, 31\); wanted 1 to 24"):
        c3d(5, **{**SMALL, "crop": 25})
    with pytest.raises(ValueError, match="output 'linear'; wanted one of softmax, sigmoid"):
        c3d(5, output="linear", **SMALL)
    with pytest.raises(ValueError, match="initial 'zeros'; wanted one of public, glorot"):
        c3d(5, initial="zeros", **SMALL)


@pytest.mark.slow
def test_it_learns_two_clips_apart() -> None:
    keras.utils.set_random_seed(0)
    network = c3d(2, **{**SMALL, "width": 1 / 16}, initial="glorot", dropout=0.0)
    clips = np.zeros((2, 4, 24, 31, 3), np.uint8)
    clips[0, ::2] = 255  # one flickers, one is grey
    clips[1] = 128
    network.compile(keras.optimizers.SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy")
    losses = network.fit(clips, np.array([0, 1]), epochs=40, verbose=0).history["loss"]
    assert losses[-1] < 0.1 < losses[0]
