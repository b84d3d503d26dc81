"""Under any engine: C3D's layers against the oracle, its crop in training.

In float32: TensorFlow has no pooling of volumes in float64.
"""

from itertools import product

import numpy as np
from keras import ops

from helpers.initial_weights import vary, without_initializers
from oracles import c3d as oracle
from repro.backbones import weights
from repro.backbones.c3d import c3d
from repro.backbones.clips import ClipCrop
from repro.backbones.mirrored import feature_model
from repro.backbones.preprocessing import MEAN_BGR

CLIPS = np.random.default_rng(6).integers(0, 256, (2, 3, 11, 14, 3), np.uint8)


def features() -> None:
    """Odd sizes everywhere: 9 -> 5 -> 3 -> 2 -> 1 and 3 -> 2 -> 1."""
    with without_initializers():  # under JAX the first draw of every shape is compiled
        network = vary(c3d(3, frames=3, resized=(11, 14), crop=9, width=1 / 32), gain=1.2)
    named = {name: ops.convert_to_numpy(v) for name, v in weights.named_weights(network).items()}
    said = feature_model(network).predict_on_batch(CLIPS)
    for sample, clip in enumerate(CLIPS):
        crop = (clip[..., ::-1] - np.array(MEAN_BGR))[:, 1:10, 2:11]
        for ending, seen in (("", crop), ("_flipped", crop[:, :, ::-1])):
            for layer, expected in oracle.scores(seen, named).items():
                if f"{layer}{ending}" in said:
                    atol = 1e-5 * np.abs(expected).max()
                    np.testing.assert_allclose(said[f"{layer}{ending}"][sample], expected, 1e-4, atol)


def crops() -> None:
    """Each clip is one of the 3 x 6 x 2 whole views of itself."""
    found = ops.convert_to_numpy(ClipCrop(9)(ops.convert_to_tensor(CLIPS, "float32"), training=True))
    for clip, crop in zip(CLIPS, found, strict=True):
        views = [
            clip[:, top : top + 9, left : left + 9][:, :, ::step]
            for top, left, step in product(range(3), range(6), (1, -1))
        ]
        assert sum(np.array_equal(view, crop) for view in views) == 1


def check() -> dict[str, np.ndarray]:
    """Nothing to compare between engines: all is compared with the oracle."""
    features()
    crops()
    return {}
