"""Random changes of frames while a CNN is fine-tuned (paper 1, 5; paper 2, 4.2; paper 4, A25).

A change is sampled once and applied to as many frames as the caller likes, so a whole clip can share it. In
order: horizontal flip, rotation, crop, resize to a square; then channel shift; then brightness, contrast and
saturation in sampled order. The first four are one affine map (`affine`), so that pixels are interpolated
once; whoever warps applies it. The colour changes are `jitter`. Papers 1 and 2 draw a crop of fixed aspect
ratio anywhere (`Augmentation`); paper 4 one of a few sizes in the corners or the centre, and no more than a
flip besides (`CornerCrops`).

Coordinates: x right, y down, pixel centres at integers, so that an image covers -0.5 <= x <= W - 0.5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GREY = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # weights of R, G, B


@dataclass(frozen=True, slots=True)
class Augmentation:
    """What is sampled. Angles in degrees, shifts in grey levels of 0..255.

    crop_aspect: width over height. The crop is the largest rectangle of this ratio that fits in the image,
    both sides times one factor in [crop_scale_min, 1]. jitter_alpha: a, so that each blend's alpha is uniform
    in [1 - a, 1 + a]; with `literal_alpha` it is a itself, as the paper's text has it.
    """

    flip_probability: float = 0.5
    rotation_deg: float = 8.0
    crop_aspect: float = 320 / 240
    crop_scale_min: float = 0.8
    channel_shift: int = 20
    channel_shift_probability: float = 0.5
    jitter_alpha: float = 0.3
    literal_alpha: bool = False


@dataclass(frozen=True, slots=True)
class CornerCrops:
    """Crops of the very deep two-stream networks (Wang et al. 2015), after which only a flip is drawn.

    The frame counts as resized to frame_width x frame_height px, whatever its size, or stays as it is where
    these are 0. Width and height of the crop are its short side times one of `scales` each, at most one place
    apart in that list, all such pairs alike; the crop lies in one of the four corners or in the centre.
    Nothing depends on the size of the network's input, so that a smaller network sees the same parts of a
    frame.
    """

    scales: tuple[float, ...] = (1.0, 0.875, 0.75, 0.66)
    frame_width: float = 340.0
    frame_height: float = 256.0
    flip_probability: float = 0.5


Changes = Augmentation | CornerCrops
PLACES = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0), (0.5, 0.5))  # of the room left: across, down


@dataclass(frozen=True, slots=True)
class SampledChange:
    """One sampled change. angle_deg turns the picture counter-clockwise for the viewer.

    left, top, width, height: the crop in pixels of the image, measured from its upper left edge (not from the
    centre of the first pixel). shift: levels added to R, G, B. blends: the colour operations in their order,
    each with its alpha.
    """

    flip: bool
    angle_deg: float
    left: float
    top: float
    width: float
    height: float
    shift: tuple[int, int, int]
    blends: tuple[tuple[str, float], ...]


def sample(settings: Changes, rng: np.random.Generator, height: int, width: int) -> SampledChange:
    """Sample a change for frames of `height` x `width` pixels; a function of the state of `rng` alone."""
    if isinstance(settings, CornerCrops):
        return _corner_crop(settings, rng, height, width)
    flip = bool(rng.random() < settings.flip_probability)
    angle = rng.uniform(-settings.rotation_deg, settings.rotation_deg)
    scale = rng.uniform(settings.crop_scale_min, 1.0)
    crop_width = scale * min(width, height * settings.crop_aspect)
    crop_height = crop_width / settings.crop_aspect
    left, top = rng.uniform(0.0, (width - crop_width, height - crop_height))
    shifted = rng.random(3) < settings.channel_shift_probability
    red, green, blue = (
        rng.integers(-settings.channel_shift, settings.channel_shift, 3, endpoint=True) * shifted
    )
    alphas = rng.uniform(1 - settings.jitter_alpha, 1 + settings.jitter_alpha, len(BLENDS))
    if settings.literal_alpha:
        alphas[:] = settings.jitter_alpha
    order = rng.permutation(sorted(BLENDS)).tolist()
    blends = tuple((name, float(alpha)) for name, alpha in zip(order, alphas, strict=True))
    shift = (int(red), int(green), int(blue))
    return SampledChange(flip, float(angle), float(left), float(top), crop_width, crop_height, shift, blends)


def _corner_crop(settings: CornerCrops, rng: np.random.Generator, height: int, width: int) -> SampledChange:
    flip = bool(rng.random() < settings.flip_probability)
    sides = range(len(settings.scales))
    pairs = [(across, down) for across in sides for down in sides if abs(across - down) <= 1]
    across, down = pairs[rng.integers(len(pairs))]
    right, lower = PLACES[rng.integers(len(PLACES))]
    frame_width, frame_height = settings.frame_width or width, settings.frame_height or height
    short = min(frame_width, frame_height)
    # From pixels of the resized frame to those of the frame as it is.
    crop_width = settings.scales[across] * short * width / frame_width
    crop_height = settings.scales[down] * short * height / frame_height
    left, top = right * (width - crop_width), lower * (height - crop_height)
    return SampledChange(flip, 0.0, left, top, crop_width, crop_height, (0, 0, 0), ())


def affine(change: SampledChange, height: int, width: int, size: int) -> NDArray[np.float64]:
    """The geometry of a change: float64 [2, 3], takes an output pixel (x, y, 1) to its source position.

    height, width: of the source in pixels; the output is `size` x `size`. Source positions outside the image
    are left to the caller's border rule (repeated border pixels in this project).
    """
    crop = np.array(
        [
            [change.width / size, 0.0, change.left + change.width / (2 * size) - 0.5],
            [0.0, change.height / size, change.top + change.height / (2 * size) - 0.5],
            [0.0, 0.0, 1.0],
        ]
    )
    cos, sin = np.cos(np.deg2rad(change.angle_deg)), np.sin(np.deg2rad(change.angle_deg))
    x, y = (width - 1) / 2, (height - 1) / 2
    turn_back = np.array(
        [[cos, -sin, x - cos * x + sin * y], [sin, cos, y - sin * x - cos * y], [0.0, 0.0, 1.0]]
    )
    mirror = np.array([[-1.0, 0.0, width - 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    # From right to left: an output pixel's place in the crop, before turning, before mirroring.
    return ((mirror if change.flip else np.eye(3)) @ turn_back @ crop)[:2]


def jitter(frames: NDArray[np.uint8], change: SampledChange) -> NDArray[np.uint8]:
    """The colours of a change: uint8 [..., H, W, 3] RGB -> the same shape.

    Channel shift, then alpha * I + (1 - alpha) * target for each blend (paper 2, section 4.2): target is
    black (brightness), the image's mean grey (contrast), the grey image (saturation). Values are cut to
    0..255 after every step and rounded once at the end.
    """
    if frames.dtype != np.uint8 or frames.ndim < 3 or frames.shape[-1] != 3:
        raise ValueError(f"frames are {frames.dtype} {frames.shape}; wanted uint8 [..., H, W, 3]")
    # By whole rows, and with grey in all channels: along an axis of three NumPy takes ten times as long.
    rows = frames.reshape(*frames.shape[:-2], -1).astype(np.float32)
    rows += np.tile(np.array(change.shift, dtype=np.float32), frames.shape[-2])
    images: NDArray[np.float32] = np.clip(rows, 0, 255).reshape(frames.shape)
    for name, alpha in change.blends:
        images = np.clip(np.float32(alpha) * images + np.float32(1 - alpha) * BLENDS[name](images), 0, 255)
    return np.rint(images).astype(np.uint8)


def _grey(images: NDArray[np.float32]) -> NDArray[np.float32]:
    return (images @ GREY)[..., np.newaxis]


def _black(images: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.zeros((1,) * images.ndim, dtype=np.float32)


def _mean_grey(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """One number per image, [..., 1, 1, 1]."""
    return _grey(images).mean(axis=(-3, -2, -1), keepdims=True)


def _grey_in_all(images: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate([_grey(images)] * 3, axis=-1)


Target = Callable[[NDArray[np.float32]], NDArray[np.float32]]
BLENDS: dict[str, Target] = {"brightness": _black, "contrast": _mean_grey, "saturation": _grey_in_all}
