"""The shipped stand-in: what it claims, and that taking batch normalisation out changes nothing."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from repro import standin
from repro.atomic import write_npz
from repro.backbones import pretrained, vgg, weights
from repro.paths import weights_folder


def test_the_shipped_file_is_the_manifests() -> None:
    entry = json.loads((weights_folder() / "manifest.json").read_text())[standin.NAME]
    assert weights.checksum(weights_folder() / entry["file"]) == entry["sha256"]
    assert entry["file"] == pretrained.STANDIN
    chance = {head: 1 / classes for head, classes in entry["classes_per_label"].items()}
    assert all(accuracy > 4 * chance[head] for head, accuracy in entry["test_accuracy"].items())


def test_it_fits_the_demo_presets_vgg16() -> None:
    network = vgg.vgg(vgg.VGG16, input_shape=(96, 96, 3), width=standin.WIDTH, classes=12)
    report = weights.load(network, weights_folder() / pretrained.STANDIN, strict=False)
    assert set(report.missing) == {"fc8/kernel", "fc8/bias"}
    assert not report.unexpected


@pytest.mark.slow
def test_folding_keeps_what_the_network_computes(tmp_path: Path) -> None:
    normalised = standin.network()
    rng = np.random.default_rng(0)
    for layer in normalised.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            shape = layer.gamma.shape
            scales = [rng.uniform(0.5, 1.5, shape) for _ in range(2)]
            shifts = [rng.normal(0, 0.3, shape) for _ in range(2)]
            layer.set_weights([scales[0], *shifts, scales[1]])  # gamma, beta, mean, variance
    write_npz(tmp_path / "folded.npz", standin.folded(normalised))
    plain = vgg.vgg(vgg.VGG16, input_shape=(96, 96, 3), width=standin.WIDTH, classes=12)
    weights.load(plain, tmp_path / "folded.npz", strict=False)
    images = rng.integers(0, 256, (2, 96, 96, 3)).astype(np.float32)
    ends = [
        keras.Model(net.input, net.get_layer(name).output)(images)
        for net, name in ((normalised, "fc7_relu"), (plain, "fc7"))
    ]
    ours, theirs = (keras.ops.convert_to_numpy(end) for end in ends)
    assert ours.max() > 0
    np.testing.assert_allclose(theirs, ours, rtol=1e-3, atol=1e-4 * ours.max())
