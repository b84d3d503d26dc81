"""Spatial pyramid pooling in plain loops: paper 5, and tensorflow-addons' SpatialPyramidPooling2D."""

import numpy as np


def pool(maps, levels):
    """maps [B, h, w, C], levels such as ((1, 1), (2, 2)) -> means [B, bins of all levels, C], float64.

    A level of r x c bins, row by row, each floor(h / r) x floor(w / c) positions: what is left over at the
    bottom and at the right belongs to no bin.
    """
    means = []
    for rows, columns in levels:
        tall, wide = maps.shape[1] // rows, maps.shape[2] // columns
        for row in range(rows):
            for column in range(columns):
                top, left = row * tall, column * wide
                positions = [maps[:, top + y, left + x] for y in range(tall) for x in range(wide)]
                means.append(np.sum(np.asarray(positions, np.float64), axis=0) / len(positions))
    return np.stack(means, axis=1)
