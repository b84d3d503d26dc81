"""Coded flow, number by number (paper 1, 5.2.5 and Table 7), without the project's code."""

from fractions import Fraction

import numpy as np


def level(displacement_px, bound_px=20):
    """[-bound, bound] linearly on 0..255, cut beyond, halves to the even level; exact in fractions."""
    cut = max(-Fraction(bound_px), min(Fraction(bound_px), Fraction(float(displacement_px))))
    return round(255 * (cut + bound_px) / (2 * bound_px))


def stack_at(coded, frame, fields=10):
    """The `fields` fields that end at a frame: lists of [H][W] images x, y, x, y, ..., oldest first.

    coded[f] leads from frame f to f + 1. The newest one used at frame t leads from t - 1 to t.
    """
    height, width = coded[0].shape[:2]
    channels = []
    for age in range(fields, 0, -1):  # how many frames back a field begins
        if frame == 0:
            channels += [np.full((height, width), 128)] * 2
            continue
        field = coded[frame - age] if frame - age >= 0 else coded[0]
        channels += [field[:, :, 0], field[:, :, 1]]
    return np.stack(channels, axis=-1)


def mirrored(stack):
    """Seen in a mirror: columns in opposite order, x reversed with 128 fixed, y as it was."""
    height, width, channels = stack.shape
    out = np.empty(stack.shape, int)
    for row in range(height):
        for column in range(width):
            for channel in range(channels):
                value = int(stack[row, width - 1 - column, channel])
                out[row, column, channel] = value if channel % 2 else min(128 - (value - 128), 255)
    return out


def image(field, mirrored=False):
    """A coded field [H][W] of pairs (x, y) as three channels: x, y and 128 + speed, cut at 255.

    mirrored: of the scene in a mirror, where motion to the right is motion to the left.
    """
    height, width, _ = np.shape(field)
    out = np.zeros((height, width, 3))
    for i in range(height):
        for j in range(width):
            x, y = (float(v) for v in field[i][width - 1 - j if mirrored else j])
            x = min(256 - x, 255) if mirrored else x
            out[i, j] = x, y, min(128 + np.hypot(x - 128, y - 128), 255)
    return out
