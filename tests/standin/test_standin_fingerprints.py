"""What the shipped weights say of one fixed picture: order of colours, mean and layout belong to them."""

import keras
import numpy as np
import pytest

from repro.backbones import pretrained, vgg
from repro.backbones.c3d import c3d
from repro.backbones.spatial import spatial_network
from repro.paths import weights_folder
from repro.standin import vgg16, vgg19
from repro.standin.c3d import CROP_PX
from repro.standin.c3d import NAME as C3D
from repro.standin.material import CLIP_PX

CLOSE = 1e-3  # of the largest, of which rounding moves 1e-5; other colours change a hundred times as much
PRINTS = {
    vgg16.NAME: [9.2643, 8.5016, 6.2705, 10.16, 7.6377, 8.3422, 11.478, 8.6946],
    vgg19.OBJECTS: [10.497, 6.6218, 8.4358, 8.6358, 8.2415, 7.077, 10.634, 7.4803],
    vgg19.SCENES: [6.32, 2.8158, 12.16, 9.4466, 9.1179, 7.0529, 4.319, 7.3627],
    C3D: [8.0065, 5.5772, 5.7397, 4.4703, 5.0081, 8.0673, 3.7891, 5.6357],
}


def _picture(height: int, width: int) -> np.ndarray:
    """Red grows to the right, green downwards, blue in rings: uint8 [H, W, 3]."""
    y, x = np.mgrid[:height, :width]
    blue = 128 + 127 * np.cos(np.hypot(y - height / 2, x - width / 2) / 4)
    return np.stack([255 * x / (width - 1), 255 * y / (height - 1), blue], axis=-1).astype(np.uint8)


def _network_and_input(name: str) -> tuple[keras.Model, np.ndarray]:
    if name == C3D:
        mean = pretrained.c3d_mean("standin", weights_folder())
        network = c3d(12, frames=4, resized=CLIP_PX, crop=CROP_PX, width=0.125, mean=mean)
        return network, np.stack([np.roll(_picture(*CLIP_PX), 5 * t, axis=1) for t in range(4)])
    blocks = vgg.VGG16 if name == vgg16.NAME else vgg.VGG19
    return spatial_network(12, size=112, width=0.125, blocks=blocks), _picture(112, 112)


def fingerprint(name: str, *, colours: slice = slice(None)) -> np.ndarray:
    """Eight sums over neighbouring units of fc7, float32 [8]."""
    network, image = _network_and_input(name)
    pretrained.load(network, "standin", weights_folder(), f"{name}.npz")
    part = keras.Model(network.input, network.get_layer("fc7").output)
    said = keras.ops.convert_to_numpy(part(image[None, ..., colours], training=False))
    return said.reshape(8, -1).sum(axis=1)


@pytest.mark.slow
@pytest.mark.parametrize("name", PRINTS)
def test_the_weights_say_what_they_always_said(name: str) -> None:
    wanted = np.array(PRINTS[name])
    np.testing.assert_allclose(fingerprint(name), wanted, rtol=0, atol=CLOSE * wanted.max())
    swapped = fingerprint(name, colours=slice(None, None, -1))
    assert np.abs(swapped - wanted).max() > 100 * CLOSE * wanted.max()
