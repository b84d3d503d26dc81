"""Dense optical flow by inverse search on patches (DIS; Kroeger et al. 2016, arXiv 1603.03590), by OpenCV.

Some five hundred times as fast as TV-L1 with OpenCV's parameters, for two cores that must do without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from repro.flow import pairs
from repro.types import Frames

VERSION = f"DIS, opencv {cv2.__version__}"


class DISSettings(NamedTuple):
    """OpenCV's parameters, with those of its preset `fast`.

    finest_scale: the pyramid level that the search ends on, each of half the size; 2 is a quarter.
    patch_size, patch_stride: pixels, on each level. iterations: of gradient descent for a patch.
    refinements: of the whole field by a variational method, with the weights alpha (smoothness), delta
    (brightness) and gamma (gradients). mean_normalised: patches are compared without their means.
    propagated: a patch may start from its neighbours' displacements.
    """

    finest_scale: int = 2
    patch_size: int = 8
    patch_stride: int = 4
    iterations: int = 16
    refinements: int = 5
    alpha: float = 20.0
    delta: float = 5.0
    gamma: float = 10.0
    mean_normalised: bool = True
    propagated: bool = True


FAST = DISSettings()


def fields(frames: Frames, settings: DISSettings = FAST) -> Iterator[NDArray[np.float32]]:
    """As `tvl1.fields`: uint8 [T, H, W, 3] RGB -> float32 [H, W, 2] for each pair, in pixels a frame.

    Every call has an OpenCV object of its own. Raises ValueError for other frames.
    """
    pairs.check(frames)
    return pairs.solved(frames, _solver(settings))


def _solver(settings: DISSettings) -> pairs.Solver:
    dis: Any = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)  # type: ignore[attr-defined]
    dis.setFinestScale(settings.finest_scale)
    dis.setPatchSize(settings.patch_size)
    dis.setPatchStride(settings.patch_stride)
    dis.setGradientDescentIterations(settings.iterations)
    dis.setVariationalRefinementIterations(settings.refinements)
    dis.setVariationalRefinementAlpha(settings.alpha)
    dis.setVariationalRefinementDelta(settings.delta)
    dis.setVariationalRefinementGamma(settings.gamma)
    dis.setUseMeanNormalization(settings.mean_normalised)
    dis.setUseSpatialPropagation(settings.propagated)
    return dis
