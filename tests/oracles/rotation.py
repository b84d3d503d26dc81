"""Rotation of an image about its centre, pixel by pixel: paper 1's augmentation, tensorflow-addons' own."""

import math

import numpy as np

from oracles.borders import inside


def source_of(row, column, height, width, angle_deg):
    """Where output pixel (row, column) of an image turned counter-clockwise comes from: (row, column), real.

    Pixel centres are whole numbers, so the centre is ((H - 1) / 2, (W - 1) / 2).
    """
    angle, centre_row, centre_column = math.radians(angle_deg), (height - 1) / 2, (width - 1) / 2
    down, right = row - centre_row, column - centre_column
    return (
        centre_row + math.sin(angle) * right + math.cos(angle) * down,
        centre_column + math.cos(angle) * right - math.sin(angle) * down,
    )


def pixel(image, row, column, border, fill):
    """One pixel of the endless image."""
    source_row, source_column = inside(row, image.shape[0], border), inside(column, image.shape[1], border)
    return fill if source_row is None or source_column is None else image[source_row, source_column]


def bilinear(image, row, column, border="nearest", fill=0.0):
    """The mean of the four pixels around (row, column), each by its nearness; float64."""
    top, left = math.floor(row), math.floor(column)
    below, after = row - top, column - left
    return (
        (1 - below) * (1 - after) * np.float64(pixel(image, top, left, border, fill))
        + (1 - below) * after * np.float64(pixel(image, top, left + 1, border, fill))
        + below * (1 - after) * np.float64(pixel(image, top + 1, left, border, fill))
        + below * after * np.float64(pixel(image, top + 1, left + 1, border, fill))
    )


def rotate(image, angle_deg, interpolation, border, fill=0.0):
    """image [H, W], turned counter-clockwise; interpolation "nearest" or "bilinear" -> float64 [H, W]."""
    turned = np.zeros(image.shape)
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            source = source_of(row, column, *image.shape, angle_deg)
            if interpolation == "bilinear":
                turned[row, column] = bilinear(image, *source, border, fill)
            else:
                nearest = (math.floor(at + 0.5) for at in source)
                turned[row, column] = pixel(image, *nearest, border, fill)
    return turned
