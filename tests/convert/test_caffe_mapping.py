"""Which layer goes where: shapes of the full networks, both ways of flattening, what is refused."""

from dataclasses import replace
from math import prod
from pathlib import Path

import keras
import numpy as np
import pytest

from helpers import caffe_files
from helpers.initial_weights import without_initializers
from repro.backbones import temporal, vgg, weights
from repro.backbones.c3d import c3d
from repro.backbones.spatial import spatial_network
from repro.convert import mapping, targets
from repro.convert.conversion import converted
from repro.convert.targets import TARGETS, Target
from repro.types import InputError

TINY = replace(targets.c3d_target(width=1 / 64, classes=5, places=(2, 2, 3)), mean_volume=None)


def _written(folder: Path, layers: dict) -> Path:
    path = folder / "net"
    path.write_bytes(caffe_files.network(layers, "c3d"))
    return path


@pytest.fixture
def layers() -> dict[str, list[np.ndarray]]:
    return caffe_files.drawn({TINY.name_in_file(n): s for n, s in TINY.kernels(5).items()})


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("vgg16_imagenet", 138_357_544),
        ("vgg19_imagenet", 143_667_240),
        ("c3d_sports1m", 79_991_015),
        ("vgg19_places205", 143_667_240 - 795 * 4097),
        ("temporal_vgg16", 138_357_544 - 899 * 4097 + 17 * 9 * 64),
    ],
)
def test_published_numbers_of_parameters(name: str, parameters: int) -> None:
    target = TARGETS[name]()
    shapes = target.kernels(target.classes or 101).values()
    assert sum(prod(shape) + shape[-1] for shape in shapes) == parameters


@pytest.mark.parametrize("name", TARGETS)
def test_shapes_are_those_of_the_networks(name: str) -> None:
    """At the published image size and an eighth of the channels."""
    width = 1 / 8
    target, model = _with_its_network(name, width)
    wanted = {f"{layer}/kernel": shape for layer, shape in target.kernels(target.classes or 101).items()}
    found = {n: tuple(v.shape) for n, v in weights.named_weights(model).items() if n.endswith("/kernel")}
    assert found == wanted


def _with_its_network(name: str, width: float) -> tuple[Target, keras.Model]:
    with without_initializers():
        if name == "c3d_sports1m":
            return targets.c3d_target(width=width), c3d(487, width=width)
        if name == "temporal_vgg16":
            return targets.temporal_target(width=width), temporal.temporal_network(
                101, size=224, width=width
            ).training
        blocks = vgg.VGG16 if name == "vgg16_imagenet" else vgg.VGG19
        if name == "vgg19_places205":
            return targets.places205_target(width=width), spatial_network(
                205, size=224, width=width, blocks=blocks
            )
        return targets.vgg_target(blocks, 1000, width=width), vgg.vgg(blocks, width=width)


@pytest.mark.parametrize("places", [(2, 3), (2, 2, 3)])
def test_what_was_flattened_gives_the_same_sums(places: tuple[int, ...]) -> None:
    """Caffe flattens [C, ...], Keras [..., C]: the same map must give the same outputs."""
    rng = np.random.default_rng(0)
    channels, outputs = 4, 3
    volume = rng.normal(size=(channels, *places))
    weights_ = rng.normal(size=(outputs, volume.size)).astype(np.float32)
    kernel, _ = mapping._layer((weights_, np.zeros(outputs, np.float32)), (volume.size, outputs), places)
    keras_order = np.moveaxis(volume, 0, -1).ravel()
    np.testing.assert_allclose(keras_order @ kernel, weights_ @ volume.ravel(), rtol=1e-6)


def test_the_report_names_every_layer(tmp_path: Path, layers: dict) -> None:
    arrays, report = converted(_written(tmp_path, layers), TINY)
    assert [line.layer for line in report] == [*TINY.convolutions, "fc6", "fc7", "fc8"]
    fc6 = next(line for line in report if line.layer == "fc6")
    assert fc6 == ("fc6", "fc6-1", (1, 1, 1, 64, 96), (96, 64))
    assert len(arrays) == 2 * len(report)
    assert all(array.dtype == np.float32 and array.flags.c_contiguous for array in arrays.values())


def test_missing_and_left_over_layers_are_named(tmp_path: Path, layers: dict) -> None:
    layers["fc8"] = layers.pop("fc8-1")
    with pytest.raises(InputError, match=r"net is of another network: it lacks fc8-1; it has fc8 besides"):
        converted(_written(tmp_path, layers), TINY)


@pytest.mark.parametrize(
    ("layer", "blobs", "said"),
    [
        (
            "conv2a",
            [(1, 1, 3, 3, 3), (2,)],
            "conv2a is 1x1x3x3x3 with a bias of 1x1x1x1x2, wanted 2x1x3x3x3 and 2",
        ),
        ("conv2a", [(2, 1, 3, 3, 3), (3,)], "wanted 2x1x3x3x3 and 2"),
        ("conv2a", [(1, 2, 3, 3, 3), (2,)], "conv2a is 1x2x3x3x3"),
        ("fc7-1", [(64, 63), (64,)], "fc7-1 is 1x1x1x64x63"),
        ("fc8-1", [(6, 64), (6,)], "fc8-1 is 1x1x1x6x64"),
        ("fc7-1", [(64, 64)], "1 blobs"),
    ],
)
def test_wrong_shapes_are_named(
    tmp_path: Path, layers: dict, layer: str, blobs: list[tuple[int, ...]], said: str
) -> None:
    layers[layer] = [np.ones(shape, np.float32) for shape in blobs]
    with pytest.raises(InputError, match=said) as caught:
        converted(_written(tmp_path, layers), TINY)
    assert "\n" not in str(caught.value)


def test_a_vgg19_of_scenes_keeps_its_own_convolutions(tmp_path: Path) -> None:
    target = replace(targets.places205_target(width=1 / 32, places=(1, 1)), classes=5)
    drawn = caffe_files.drawn(target.kernels(5))
    path = tmp_path / "net"
    path.write_bytes(caffe_files.network(drawn))
    arrays, report = converted(path, target)
    assert all(line.source for line in report)
    np.testing.assert_array_equal(arrays["conv3_4/kernel"][0, 2, 1, 0], drawn["conv3_4"][0][0, 1, 0, 2])

    for name in target.identities:
        del drawn[name]
    path.write_bytes(caffe_files.network(drawn))
    arrays, report = converted(path, target)
    assert [line.layer for line in report if line.source is None] == ["conv3_4", "conv4_4", "conv5_4"]
    np.testing.assert_array_equal(arrays["conv3_4/kernel"][1, 1], np.eye(8))
    assert arrays["conv3_4/kernel"].sum() == 8

    drawn["conv4_4"] = drawn["conv4_3"]
    path.write_bytes(caffe_files.network(drawn))
    with pytest.raises(InputError, match="lacks conv3_4, conv5_4"):
        converted(path, target)


@pytest.mark.parametrize("shape", [(3, 16, 128, 128), (3, 128, 171), (16, 3, 128, 171), (2, 3, 16, 128, 171)])
def test_another_mean_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="wanted 3x16x128x171"):
        mapping.mean_volume(np.zeros(shape, np.float32), (16, 128, 171, 3))
