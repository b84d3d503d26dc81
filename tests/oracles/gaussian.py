"""Gaussian smoothing in plain loops: paper 4's saliency maps, and tensorflow-addons' gaussian_filter2d."""

import numpy as np

from oracles.borders import inside


def kernel(sigma, radius):
    """exp(-d^2 / (2 sigma^2)) at d = -radius ... radius, scaled to the sum 1: float64 [2 radius + 1]."""
    values = np.array([np.exp(-(d**2) / (2.0 * sigma**2)) for d in range(-radius, radius + 1)])
    return values / values.sum()


def smooth(image, sigmas, radii, border):
    """image [H, W] or [H, W, C], sigmas and radii in pixels as (vertical, horizontal) -> the same shape.

    The pixels beyond the edge follow `oracles.borders`; the constant border is zero.
    """
    image = np.asarray(image, np.float64)
    for axis, (sigma, radius) in enumerate(zip(sigmas, radii, strict=True)):
        lines = np.moveaxis(image, axis, 0)
        smoothed = np.zeros_like(lines)
        for at in range(len(lines)):
            for offset, weight in zip(range(-radius, radius + 1), kernel(sigma, radius), strict=True):
                source = inside(at + offset, len(lines), border)
                if source is not None:
                    smoothed[at] += weight * lines[source]
        image = np.moveaxis(smoothed, 0, axis)
    return image
