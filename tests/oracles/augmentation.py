"""Augmentation step by step on plain arrays: mirror, turn, cut, resize; colours pixel by pixel.

Written from the papers' text (paper 1, section 5; paper 2, section 4.2), without the project's code.
"""

import math

import numpy as np


def sample(image, x, y):
    """Linear interpolation at one position; pixel centres at integers, border pixels repeated."""
    height, width = image.shape[:2]
    x, y = min(max(x, 0.0), width - 1.0), min(max(y, 0.0), height - 1.0)
    left, top = min(int(x), width - 2), min(int(y), height - 2)
    a, b = x - left, y - top
    upper = (1 - a) * image[top, left] + a * image[top, left + 1]
    lower = (1 - a) * image[top + 1, left] + a * image[top + 1, left + 1]
    return (1 - b) * upper + b * lower


def mirror(image):
    """Left and right exchanged."""
    return np.stack([row[::-1] for row in image])


def turn(image, angle_deg):
    """The picture turned counter-clockwise as seen, on its own canvas.

    What is seen at an angle of 0 (to the right of the centre) goes up for a positive angle, that is to
    smaller y. The value at a place comes from where the opposite turn leads.
    """
    height, width = image.shape[:2]
    centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
    out = np.empty(image.shape, dtype=float)
    for y in range(height):
        for x in range(width):
            radius = math.hypot(x - centre_x, y - centre_y)
            seen = math.atan2(-(y - centre_y), x - centre_x)  # angle as seen, y pointing up
            before = seen - math.radians(angle_deg)
            out[y, x] = sample(
                image, centre_x + radius * math.cos(before), centre_y - radius * math.sin(before)
            )
    return out


def cut_and_resize(image, left, top, width, height, size):
    """Cut a rectangle, measured from the image's upper left edge, and divide it into size x size cells.

    A cell takes the value at its centre; an edge position e lies at e - 0.5 in pixel centres.
    """
    out = np.empty((size, size, *image.shape[2:]), dtype=float)
    for row in range(size):
        for column in range(size):
            edge_x = left + width * (column + 0.5) / size
            edge_y = top + height * (row + 0.5) / size
            out[row, column] = sample(image, edge_x - 0.5, edge_y - 0.5)
    return out


def largest_rectangle(height, width, aspect=320 / 240):
    """Width and height of the largest rectangle of that ratio inside the image."""
    if width / height > aspect:
        return height * aspect, height
    return width, width / aspect


def geometry(image, flip, angle_deg, left, top, width, height, size):
    """All four steps in the papers' order."""
    if flip:
        image = mirror(image)
    return cut_and_resize(turn(image, angle_deg), left, top, width, height, size)


def _limit(value):
    return min(max(value, 0.0), 255.0)


def colours(image, shift, blends):
    """Channel shift, then each (name, alpha) in order, on one image [H, W, 3]; cut to 0..255 each time."""
    pixels = [[[_limit(float(v) + s) for v, s in zip(p, shift, strict=True)] for p in row] for row in image]
    for name, alpha in blends:
        greys = [[0.299 * r + 0.587 * g + 0.114 * b for r, g, b in row] for row in pixels]
        mean = sum(map(sum, greys)) / (len(greys) * len(greys[0]))
        for row, grey_row in zip(pixels, greys, strict=True):
            for pixel, grey in zip(row, grey_row, strict=True):
                target = {"brightness": 0.0, "contrast": mean, "saturation": grey}[name]
                pixel[:] = [_limit(alpha * value + (1 - alpha) * target) for value in pixel]
    return np.array(pixels)
