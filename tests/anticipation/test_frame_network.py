"""The frame network: the papers' layers and sizes, what is frozen, and what its features are made of."""

import dataclasses

import keras
import numpy as np
import pytest

from helpers.close import assert_same_float32, of_network, of_terms
from helpers.initial_weights import vary, without_initializers
from helpers.one_step import one_step
from oracles import cam as oracle
from repro.anticipation import feature_network
from repro.anticipation.cam import RESCALINGS, SELECTIONS
from repro.anticipation.feature_network import FeatureSettings, FrameNetworks
from repro.backbones import weights

pytestmark = pytest.mark.slow  # with all its like, too long for the fast tests

SMALL = FeatureSettings(classes=3, size=32, width=1 / 32, loc_units=8)
TRUNK = [
    *("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3"),
    *("conv4_1", "conv4_2", "conv4_3", "conv5_1", "conv5_2"),
]
IMAGES = np.random.default_rng(1).integers(0, 256, (4, 32, 32, 3), np.uint8)


def small(**changes) -> FrameNetworks:
    networks = feature_network.build(dataclasses.replace(SMALL, **changes))
    vary(networks.training)
    return networks


def outputs(model: keras.Model, *names: str) -> list[np.ndarray]:
    """What the named layers say about IMAGES."""
    inner = keras.Model(model.input, [model.get_layer(name).output for name in names])
    return [np.asarray(array) for array in inner(IMAGES)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("classes", "context", "localisation"),
    [(101, 122_319_461, 4_823_141), (21, 121_991_701, 4_741_141), (6, 121_930_246, 4_725_766)],
)
def test_parameters_at_full_size(classes, context, localisation):
    with without_initializers():
        model = feature_network.build(FeatureSettings(classes=classes)).training

    def count(*names):
        return sum(model.get_layer(name).count_params() for name in names)

    assert count(*TRUNK) == 12_354_880
    assert count("conv5_3", "fc6", "fc7", "fc8") == context
    assert count("loc_conv", "linear") == localisation
    assert model.count_params() == 12_354_880 + context + localisation
    assert model.get_layer("conv5_3").output.shape[1:] == (14, 14, 512)
    assert model.get_layer("loc_conv").output.shape[1:] == (14, 14, 1024)
    assert model.get_layer("flatten").output.shape[1:] == (25_088,)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cam_from", "layers", "parameters"),
    [
        (
            "conv5_2",
            (*TRUNK, "loc_conv", "linear"),
            {n: 12_354_880 + loc for n, loc in ((101, 4_823_141), (21, 4_741_141), (6, 4_725_766))},
        ),
        # Reading (A) of A4: an own conv5-3 in the place of the localisation convolution.
        ("conv5_3", ("action_conv5_3", "linear"), {101: 2_411_621, 21: 2_370_581, 6: 2_362_886}),
        # Reading (C): the public code's action network.
        (
            "context",
            (*TRUNK, "conv5_3", "loc_conv", "linear"),
            {101: 19_537_829, 21: 19_455_829, 6: 19_440_454},
        ),
    ],
)
def test_parameters_of_each_reading_of_the_map(cam_from, layers, parameters):
    for classes, expected in parameters.items():
        with without_initializers():
            settings = FeatureSettings(classes=classes, size=32, cam_from=cam_from)
            model = feature_network.build(settings).maps
        assert sum(model.get_layer(name).count_params() for name in layers) == expected


@pytest.mark.parametrize(
    ("cam_from", "before"), [("conv5_2", "conv5_2"), ("conv5_3", "conv5_2"), ("context", "conv5_3")]
)
def test_the_chain_of_the_paper_is_in_the_graph(cam_from, before):
    """convolution -> gap -> linear, and it starts where the reading says."""
    model = small(cam_from=cam_from).training
    convolution = model.get_layer("action_conv5_3" if cam_from == "conv5_3" else "loc_conv")
    assert convolution.input is model.get_layer(before).output
    assert model.get_layer("gap").input is convolution.output
    assert model.get_layer("linear").input is model.get_layer("gap").output


def test_only_the_sub_models_are_trained():
    model = small().training
    trained = {layer.name for layer in model.layers if layer.trainable_weights}
    assert trained == {"conv5_3", "fc6", "fc7", "fc8", "loc_conv", "linear"}
    assert [layer.name for layer in model.layers if layer.non_trainable_weights] == TRUNK


@pytest.mark.slow
def test_a_step_of_training_moves_the_sub_models_and_nothing_else():
    model = small().training
    before = {name: np.asarray(v) for name, v in weights.named_weights(model).items()}
    model.compile(keras.optimizers.SGD(1e-3), "sparse_categorical_crossentropy", jit_compile=False)
    one_step(model, IMAGES, {"context": np.array([0, 1, 2, 0]), "localisation": np.array([0, 1, 2, 0])})
    moved = {
        n.split("/")[0] for n, v in weights.named_weights(model).items() if (v != before[n]).numpy().any()
    }
    assert moved == {"conv5_3", "fc6", "fc7", "fc8", "loc_conv", "linear"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("output", "changes", "reached"),
    [
        ("context", {}, {"conv5_3", "fc6", "fc7", "fc8"}),
        ("localisation", {}, {"loc_conv", "linear"}),
        ("localisation", {"cam_from": "conv5_3"}, {"action_conv5_3", "linear"}),
        ("localisation", {"cam_from": "context"}, {"conv5_3", "loc_conv", "linear"}),
    ],
)
def test_each_output_trains_its_own_layers(output, changes, reached):
    """So the phases of paper1.md section 5 may run as one."""
    import tensorflow as tf

    model = small(**changes).training
    with tf.GradientTape() as tape:
        loss = -tf.reduce_sum(tf.math.log(model(IMAGES)[output][:, 0]))
    variables = {n: v for n, v in weights.named_weights(model).items() if v.trainable}
    gradients = tape.gradient(loss, [v.value for v in variables.values()])
    found = {n.split("/")[0] for n, g in zip(variables, gradients, strict=True) if g is not None}
    assert found == reached


@pytest.mark.parametrize(
    ("select", "rescale", "pooling"),
    [
        *((select, rescale, "mean") for select in SELECTIONS for rescale in RESCALINGS),
        ("predicted", "mean", "sum"),
    ],
)
def test_features_equal_the_equations(select, rescale, pooling):
    """From conv5-3 and f_l on, by plain loops: scores, map, gate, pooling, fc6, fc7."""
    networks = small(select=select, rescale=rescale, cam_pooling=pooling)
    f, conv5_3 = outputs(networks.maps, "loc_conv", "conv5_3")
    array = {n: np.asarray(v) for n, v in weights.named_weights(networks.training).items()}
    found, said = networks.features(IMAGES), networks.maps(IMAGES)
    linear, fc8 = outputs(networks.training, "linear", "fc8")
    roundings = of_network(networks.training)
    for n in range(len(IMAGES)):
        m = oracle.maps(f[n], array["linear/kernel"])
        s = oracle.scores(f[n], array["linear/kernel"], array["linear/bias"], pooling)
        assert_same_float32(linear[n], s, roundings, name="S")
        chosen = oracle.select(m, fc8[n] if select == "context" else s, select)
        shown = np.asarray(said["map"][n, :, :, 0], "float64")
        gated = oracle.gate(conv5_3[n].astype("float64"), shown, rescale)
        # Each side's maps come out of a network of its own, before the sums that are checked here.
        assert_same_float32(shown, chosen, roundings, scale=np.abs(m).max(), name="map")
        # A product, a share of the map's range, two means of 2 x 2 x 16 values.
        assert_same_float32(said["gated"][n], gated, of_terms(4 + 2 * 64), name="gated")
        for name, maps in (("context", conv5_3[n].astype("float64")), ("action", gated)):
            x = maps.max(axis=(0, 1)).ravel()  # pool5: 2x2 maps, one window
            for fc in ("fc6", "fc7"):
                x = np.maximum(x @ array[f"{fc}/kernel"] + array[f"{fc}/bias"], 0)
            assert x.max() > 0
            assert_same_float32(found[name][n], x, roundings, name=name)


def test_both_features_are_fc7_and_differ():
    networks = small()
    found = networks.features(IMAGES)
    assert found["context"].shape == found["action"].shape == (4, 128)
    context = outputs(networks.training, "fc7", "fc8")[0]
    assert_same_float32(found["context"], context, of_network(networks.training))
    assert np.abs(found["context"] - found["action"]).max() > 1e-3 * np.max(found["context"])


def test_no_label_goes_in_and_probabilities_come_out():
    networks = small()
    for model in (networks.training, networks.features, networks.maps):
        assert [tensor.name for tensor in model.inputs] == ["image"]
    # The one exception says in its name that a class is given: the readings of A3 with labels.
    assert sorted(tensor.name for tensor in networks.features_of_class.inputs) == ["class", "image"]
    said = networks.training(IMAGES)
    assert set(said) == {"context", "localisation"}
    for probabilities in said.values():
        np.testing.assert_allclose(np.sum(probabilities, axis=-1), 1, rtol=1e-6)


def test_bytes_and_floats_are_one_image_and_the_order_of_colours_counts():
    features = small().features
    of_bytes = features(IMAGES)["action"]
    np.testing.assert_array_equal(of_bytes, features(IMAGES.astype("float32"))["action"])
    assert np.abs(of_bytes - features(IMAGES[..., ::-1])["action"]).max() > 0


@pytest.mark.graph
def test_dropout_is_off_when_features_are_taken():
    features = small(dropout=0.9).features
    compiled = features.predict_on_batch(IMAGES)["action"]
    assert_same_float32(features(IMAGES)["action"], compiled, of_network(features))
    model = small(dropout=0.25).training
    assert {layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)} == {0.25}


def test_the_localisation_part_has_dropout_of_its_own_and_only_in_training():
    for rate, differs in ((0.0, False), (0.5, True)):
        training = small(loc_dropout=rate, dropout=0.0).training
        first, second, tested = (training(IMAGES, training=on)["localisation"] for on in (True, True, False))
        assert (np.abs(first - second).max() > 1e-6) == differs
        assert (np.abs(first - tested).max() > 1e-6) == differs


def test_the_file_of_the_training_network_fills_the_feature_networks(tmp_path):
    trained = small()
    weights.save(trained.training, tmp_path / "w.npz")
    assert not {"cam", "caffe_bgr"} & {name.split("/")[0] for name in weights.read(tmp_path / "w.npz")}
    fresh = feature_network.build(SMALL)
    for model in (fresh.features, fresh.maps):  # strict: nothing may be missing
        weights.load(model, tmp_path / "w.npz")
    for name, array in trained.features(IMAGES).items():
        np.testing.assert_array_equal(fresh.features(IMAGES)[name], array)


@pytest.mark.parametrize("own", [feature_network.OWN_FC, feature_network.OWN_CONV5_3])
def test_own_layers_start_as_the_context_path_does(own):
    networks = small(own_fc=True, cam_from="conv5_3")
    names = feature_network.start_own_layers(networks.training, own)
    assert set(names) == ({"action_conv5_3"} if "action_conv5_3" in own else set(own))
    for name in names:
        own, context = (networks.training.get_layer(n) for n in (name, name.removeprefix("action_")))
        np.testing.assert_array_equal(own.kernel, context.kernel)
        np.testing.assert_array_equal(own.bias, context.bias)
        assert own.kernel is not context.kernel


def test_with_equal_weights_own_layers_say_what_shared_ones_say(tmp_path):
    shared, own = small(), small(own_fc=True)
    weights.save(shared.training, tmp_path / "w.npz")
    report = weights.load(own.training, tmp_path / "w.npz", strict=False)
    assert {name.split("/")[0] for name in report.missing} == {"action_fc6", "action_fc7", "action_fc8"}
    feature_network.start_own_layers(own.training, feature_network.OWN_FC)
    found, wanted = (networks.features(IMAGES)["action"] for networks in (own, shared))
    assert_same_float32(found, wanted, of_network(own.features))
    assert set(own.training.output) == {"context", "localisation", "action"}


def test_unknown_readings_are_refused():
    with pytest.raises(ValueError, match="'conv4_3'; wanted one of conv5_2, conv5_3, context"):
        small(cam_from="conv4_3")
