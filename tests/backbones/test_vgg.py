import keras
import pytest

from repro.backbones import vgg


def _convolutions(blocks, size=32, **settings) -> keras.Model:
    image = keras.Input((size, size, 3))
    return keras.Model(image, vgg.convolutions(image, blocks, **settings))


def test_the_names_are_the_papers():
    assert " ".join(vgg.endpoints(vgg.VGG16)) == (
        "conv1_1 conv1_2 pool1 conv2_1 conv2_2 pool2 conv3_1 conv3_2 conv3_3 pool3 "
        "conv4_1 conv4_2 conv4_3 pool4 conv5_1 conv5_2 conv5_3 pool5"
    )
    extra = set(vgg.endpoints(vgg.VGG19)) - set(vgg.endpoints(vgg.VGG16))
    assert extra == {"conv3_4", "conv4_4", "conv5_4"}


def test_maps_of_a_224_image_halve_at_every_pool():
    model = _convolutions(vgg.VGG16, 224, width=1 / 64)
    sizes = {layer.name: layer.output.shape[1:] for layer in model.layers[1:]}
    assert sizes["conv1_2"] == (224, 224, 1)
    assert sizes["conv3_3"] == (56, 56, 4)
    assert sizes["conv5_3"] == (14, 14, 8)
    assert sizes["pool5"] == (7, 7, 8)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("blocks", "until", "parameters"),
    [
        (vgg.VGG16, "conv1_2", 1_792 + 36_928),
        (vgg.VGG16, "conv5_2", 12_354_880),
        (vgg.VGG16, "pool5", 14_714_688),
        (vgg.VGG19, "pool5", 20_024_384),
    ],
)
def test_parameters_at_full_width(blocks, until, parameters):
    assert _convolutions(blocks, until=until).count_params() == parameters


def test_a_network_ends_where_it_is_told():
    model = _convolutions(vgg.VGG19, width=1 / 16, until="conv3_4")
    assert model.layers[-1].name == "conv3_4"
    with pytest.raises(ValueError, match="no layer 'conv3_4' in VGG"):
        _convolutions(vgg.VGG16, until="conv3_4")


@pytest.mark.parametrize("trainable", [True, False])
def test_a_frozen_trunk_has_nothing_to_train(trainable):
    model = _convolutions(vgg.VGG16, width=1 / 64, until="conv2_1", trainable=trainable)
    assert len(model.trainable_weights) == (6 if trainable else 0)


def test_the_whole_network_at_an_eighth_of_the_width():
    model = vgg.vgg(vgg.VGG16, input_shape=(64, 64, 3), width=1 / 8, classes=5)
    shapes = {layer.name: layer.output.shape[1:] for layer in model.layers}
    assert shapes["conv5_3"] == (4, 4, 64)
    assert shapes["flatten"] == (2 * 2 * 64,)
    assert shapes["fc6"] == shapes["fc7"] == (512,)
    assert shapes["fc8"] == (5,)
    assert (model.name, vgg.vgg(vgg.VGG19, width=1 / 64, classes=2).name) == ("vgg16", "vgg19")
    assert {model.get_layer(f"{fc}_dropout").rate for fc in ("fc6", "fc7")} == {0.5}
    assert all(model.get_layer(n).activation is keras.activations.relu for n in ("conv1_1", "fc6", "fc7"))
