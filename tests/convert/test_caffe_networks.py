"""Converted networks against OpenCV's Caffe importer and, for clips, against the oracle."""

from dataclasses import replace
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from helpers import caffe_files
from helpers.close import EPSILON, assert_same_float32, of_network
from oracles import c3d as oracle
from repro.backbones import vgg, weights
from repro.backbones.c3d import c3d
from repro.backbones.preprocessing import MEAN_BGR
from repro.backbones.spatial import spatial_network
from repro.backbones.temporal import temporal_network
from repro.convert import targets
from repro.convert.conversion import converted
from repro.convert.targets import Target

SIZE, PLACES, WIDTH, CLASSES = 64, (2, 2), 1 / 32, 7


def _assert_close(found: np.ndarray, wanted: np.ndarray, model: keras.Model) -> None:
    assert np.ptp(wanted) > 0.01 * np.abs(wanted).max(), "nothing to tell apart"
    assert_same_float32(found, wanted, of_network(model))


def _assert_close_shares(found: np.ndarray, scores: np.ndarray, model: keras.Model) -> None:
    """Probabilities: a softmax passes on up to half of its scores' error."""
    exact = np.exp(scores.astype(np.float64) - scores.max())
    assert np.ptp(exact / exact.sum()) > 0.01, "nothing to tell apart"
    assert_same_float32(found, exact / exact.sum(), of_network(model), scale=max(1, np.abs(scores).max() / 2))


def _files(tmp_path: Path, target: Target, form: str, **blobs: bool) -> tuple[cv2.dnn.Net, Path]:
    """The same random network in OpenCV, and as the file that is to be converted."""
    kernels = {target.name_in_file(name): shape for name, shape in target.kernels(CLASSES).items()}
    layers = caffe_files.drawn(kernels)
    file = tmp_path / "net.caffemodel"
    file.write_bytes(caffe_files.network(layers, form, **blobs))
    v1 = form == "layers"
    text = caffe_files.vgg_prototxt(tmp_path / "net.prototxt", layers, SIZE, target.inputs, v1=v1)
    opencvs = cv2.dnn.readNetFromCaffe(str(text), str(file))
    opencvs.enableWinograd(False)  # its convolutions through transforms of 36 and 64 places lose two digits
    return opencvs, file


def _said(network: cv2.dnn.Net, image: np.ndarray, layers: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Of an image [H, W, C] as Caffe wants it."""
    network.setInput(image.transpose(2, 0, 1)[None].astype(np.float32))
    return dict(zip(layers, network.forward(layers), strict=True))


def _pictures(channels: int = 3) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (SIZE, SIZE, channels), np.uint8)


def _filled(model: keras.Model, file: Path, target: Target) -> keras.Model:
    arrays, _ = converted(file, target)
    report = weights.assign(model, arrays, file)
    assert not report.unexpected
    return model


def _layer_of(model: keras.Model, name: str, image: np.ndarray) -> np.ndarray:
    part = keras.Model(model.input, model.get_layer(name).output)
    return np.asarray(part(image[None], training=False))


@pytest.mark.parametrize("blocks", [vgg.VGG16, vgg.VGG19], ids=["vgg16", "vgg19"])
@pytest.mark.parametrize(
    ("form", "blobs"),
    [("layer", {}), ("layers", {"legacy": True}), ("layer", {"packed": False})],
    ids=["current", "v1", "unpacked"],
)
def test_vgg_says_what_opencv_says(tmp_path: Path, blocks: tuple, form: str, blobs: dict) -> None:
    target = targets.vgg_target(blocks, CLASSES, width=WIDTH, places=PLACES)
    network, file = _files(tmp_path, target, form, **blobs)
    model = _filled(spatial_network(CLASSES, size=SIZE, width=WIDTH, blocks=blocks), file, target)
    image = _pictures()
    said = _said(network, image[..., ::-1] - np.array(MEAN_BGR), ("conv3_1", "fc6", "fc8", "prob"))
    conv3_1 = np.maximum(said["conv3_1"], 0).transpose(0, 2, 3, 1)
    _assert_close(_layer_of(model, "conv3_1", image), conv3_1, model)
    _assert_close(_layer_of(model, "fc6", image), np.maximum(said["fc6"], 0), model)
    _assert_close(_layer_of(model, "fc8", image), said["fc8"], model)
    for found in (np.asarray(model(image[None])["appearance"]), said["prob"]):
        _assert_close_shares(found, said["fc8"], model)


def test_the_temporal_network_says_what_opencv_says(tmp_path: Path) -> None:
    target = targets.temporal_target(width=WIDTH, places=PLACES)
    network, file = _files(tmp_path, target, "layer")
    model = _filled(temporal_network(CLASSES, size=SIZE, width=WIDTH).training, file, target)
    stack = _pictures(20)
    said = _said(network, stack.astype(np.float32) - 128, ("fc8", "prob"))
    _assert_close(_layer_of(model, "fc8", stack), said["fc8"], model)
    for found in (np.asarray(model(stack[None])["flow"]), said["prob"]):
        _assert_close_shares(found, said["fc8"], model)


def test_a_vgg16_of_scenes_speaks_through_vgg19(tmp_path: Path) -> None:
    """The three added convolutions change nothing; the other mean is taken over where no padding is met."""
    small = targets.vgg_target(vgg.VGG16, None, width=WIDTH, places=PLACES)
    network, file = _files(tmp_path, small, "layers", legacy=True)
    image = _pictures()
    target = targets.places205_target(width=WIDTH, places=PLACES)
    own = np.array(target.mean_pixel)
    model = spatial_network(CLASSES, size=SIZE, width=WIDTH, blocks=vgg.VGG19)
    _filled(model, file, replace(target, mean_pixel=None, classes=None))
    said = _said(network, image[..., ::-1] - np.array(MEAN_BGR), ("fc8",))
    _assert_close(_layer_of(model, "fc8", image), said["fc8"], model)

    _filled(model, file, replace(target, classes=None))
    said = _said(network, image[..., ::-1] - own, ("conv1_1", "fc8"))
    first = np.maximum(said["conv1_1"], 0).transpose(0, 2, 3, 1)
    found = _layer_of(model, "conv1_1", image)
    _assert_close(found[:, 1:-1, 1:-1], first[:, 1:-1, 1:-1], model)
    beyond = 10 * of_network(model) * EPSILON * np.abs(first).max()
    assert np.abs(found[:, 0] - first[:, 0]).max() > beyond  # as documented


@pytest.mark.slow
def test_c3d_says_what_the_oracle_says(tmp_path: Path) -> None:
    """With the mean of the file, and sides of 9, 5 and 3, where pooling rounds up."""
    frames, resized, crop, places = 4, (38, 40), 36, (1, 2, 2)
    target = targets.c3d_target(width=1 / 64, classes=None, places=places, mean_volume=(frames, *resized, 3))
    layers = caffe_files.drawn({target.name_in_file(n): s for n, s in target.kernels(CLASSES).items()})
    file, mean_file = tmp_path / "conv3d_deepnetA", tmp_path / "mean.binaryproto"
    file.write_bytes(caffe_files.network(layers, "c3d"))
    mean = np.random.default_rng(8).uniform(80, 120, (3, frames, *resized)).astype(np.float32)
    mean_file.write_bytes(caffe_files.blob(mean, "c3d"))
    arrays, _ = converted(file, target, mean_file)
    model = c3d(CLASSES, frames=frames, resized=resized, crop=crop, width=1 / 64, mean=arrays["mean_volume"])
    report = weights.assign(model, arrays, file, strict=False)
    assert report.unexpected == ("mean_volume",)

    clip = np.random.default_rng(9).integers(0, 256, (frames, *resized, 3), np.uint8)
    prepared = clip[..., ::-1] - mean.transpose(1, 2, 3, 0)
    wanted = oracle.scores(prepared[:, 1:37, 2:38], _as_defined(layers, places))
    _assert_close(_layer_of(model, "fc6", clip)[0], wanted["fc6"], model)
    _assert_close(_layer_of(model, "fc8", clip)[0], wanted["fc8"], model)


def _as_defined(layers: dict, places: tuple[int, ...]) -> dict[str, np.ndarray]:
    """The oracle's arrays, index by index from Caffe's: out, in, t, h, w."""
    found = {}
    for name, (kernel, bias) in layers.items():
        layer = name.removesuffix("-1")
        found[f"{layer}/bias"] = bias.astype(np.float64)
        if kernel.ndim == 5:
            found[f"{layer}/kernel"] = np.einsum("oithw->thwio", kernel).astype(np.float64)
        elif layer == "fc6":
            channels = kernel.shape[1] // np.prod(places)
            rows = [
                kernel[:, np.ravel_multi_index((c, *place), (channels, *places))]
                for place in np.ndindex(*places)
                for c in range(channels)
            ]
            found[f"{layer}/kernel"] = np.array(rows, np.float64)
        else:
            found[f"{layer}/kernel"] = kernel.T.astype(np.float64)
    return found
