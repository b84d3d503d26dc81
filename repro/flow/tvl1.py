"""Dense optical flow by TV-L1 (Zach, Pock and Bischof 2007), computed by OpenCV's contrib modules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from repro.flow import pairs
from repro.types import Frames, InputError

VERSION = f"dual TV-L1, opencv {cv2.__version__}"


class TVL1Settings(NamedTuple):
    """OpenCV's parameters, with its defaults.

    tau: time step. data_weight: lambda, weight of the brightness term; smaller means smoother. theta: how
    tightly the two terms' solutions are coupled. scales, scale_step: pyramid levels, and the size of each
    relative to the one below. warps: linearisations on each level. epsilon: the iterations end where a pixel
    moves less than this, in pixels. outer_iterations, inner_iterations: at most so many, with a median filter
    of width `median` before each outer one (1: none). gamma: weight of an illumination term (0: none).
    """

    tau: float = 0.25
    data_weight: float = 0.15
    theta: float = 0.3
    scales: int = 5
    scale_step: float = 0.8
    warps: int = 5
    epsilon: float = 0.01
    outer_iterations: int = 10
    inner_iterations: int = 30
    median: int = 5
    gamma: float = 0.0


DEFAULT = TVL1Settings()
METHODS = {
    "default": DEFAULT,
    # A sixteenth of the default's time or less; at 128 x 96 the two correlate at 0.9. A larger theta needs
    # fewer iterations, which epsilon then saves; fewer warps and coarser scales do the rest.
    "fast": DEFAULT._replace(
        theta=0.6, scales=3, scale_step=0.5, warps=2, epsilon=0.08, outer_iterations=1, median=3
    ),
}


def fields(frames: Frames, settings: TVL1Settings = DEFAULT) -> Iterator[NDArray[np.float32]]:
    """The flow from each frame to the next, one field at a time: uint8 [T, H, W, 3] RGB -> [H, W, 2].

    Field t leads from frame t to t + 1, in pixels: a thing at (x, y) in frame t is at (x, y) + field[y, x] in
    frame t + 1; channel 0 is x (right), 1 is y (down). Grey frames are compared, at the size they have. Every
    call has an OpenCV object of its own, so threads do not disturb each other.

    Raises ValueError for other frames, InputError where OpenCV lacks its contrib modules.
    """
    pairs.check(frames)
    if not hasattr(cv2, "optflow"):
        raise InputError(
            f"TV-L1 flow: OpenCV {cv2.__version__} is installed without its contrib modules; put "
            "opencv-contrib-python-headless in its place, as requirements.txt has it"
        )
    return pairs.solved(frames, _solver(settings))


def _solver(settings: TVL1Settings) -> pairs.Solver:
    solver: pairs.Solver = cv2.optflow.DualTVL1OpticalFlow_create(  # type: ignore[attr-defined]  # absent from its stubs
        tau=settings.tau,
        lambda_=settings.data_weight,
        theta=settings.theta,
        nscales=settings.scales,
        warps=settings.warps,
        epsilon=settings.epsilon,
        innnerIterations=settings.inner_iterations,  # OpenCV's own spelling
        outerIterations=settings.outer_iterations,
        scaleStep=settings.scale_step,
        gamma=settings.gamma,
        medianFiltering=settings.median,
    )
    return solver


def flow_between(frames: Frames, settings: TVL1Settings = DEFAULT) -> NDArray[np.float32]:
    """`fields` as one array: uint8 [T, H, W, 3] RGB -> float32 [T-1, H, W, 2], pixels per frame."""
    flow = np.empty((max(len(frames) - 1, 0), *frames.shape[1:3], 2), np.float32)
    for t, field in enumerate(fields(frames, settings)):
        flow[t] = field
    return flow
