"""Paper 4's saliency of one frame, pixel by pixel, and its bright regions by flood fill."""

import math

import numpy as np

from oracles import gaussian
from oracles.borders import inside


def upscaled(attention, factor, border="mirror"):
    """[h, w] -> float64 [h * factor, w * factor]: bilinear, half-pixel centres, border as in `borders`."""
    tall, wide = len(attention), len(attention[0])
    grown = np.zeros((tall * factor, wide * factor))
    for row in range(tall * factor):
        for column in range(wide * factor):
            y, x = (row + 0.5) / factor - 0.5, (column + 0.5) / factor - 0.5
            for near_y in (math.floor(y), math.floor(y) + 1):
                for near_x in (math.floor(x), math.floor(x) + 1):
                    weight = (1 - abs(y - near_y)) * (1 - abs(x - near_x))
                    source = attention[inside(near_y, tall, border)][inside(near_x, wide, border)]
                    grown[row, column] += weight * source
    return grown


def expanded(attention, factor, sigma, border="mirror"):
    """The map before it is scaled to [0, 255]."""
    radius = int(4 * sigma + 0.5)
    return gaussian.smooth(upscaled(attention, factor, border), (sigma, sigma), (radius, radius), "symmetric")


def regions(saliency, theta):
    """(box, mass) of the 8-connected regions >= theta of [H, W], by their first pixels in raster order."""
    tall, wide = saliency.shape
    bright = {(y, x) for y in range(tall) for x in range(wide) if saliency[y, x] >= theta}
    found = []
    for first in sorted(bright):
        if first not in bright:
            continue
        bright.remove(first)
        region, waiting = [first], [first]
        while waiting:
            y, x = waiting.pop()
            around = [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
            for pixel in around:
                if pixel in bright:
                    bright.remove(pixel)
                    region.append(pixel)
                    waiting.append(pixel)
        rows, columns = [y for y, _ in region], [x for _, x in region]
        box = (min(columns), min(rows), max(columns) + 1, max(rows) + 1)
        found.append((box, math.fsum(saliency[pixel] for pixel in region)))
    return found
