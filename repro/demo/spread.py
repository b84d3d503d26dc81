"""Where the actors are, and what boxes reach that look at no pixel: paper 4's chain without a network."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from repro import boxes
from repro.demo.scenes import HEIGHT_PX, WIDTH_PX
from repro.localisation.baselines import baseline_maps
from repro.localisation.tube import LocalisationSettings, tube

CELLS = 7  # of a map, a side: what stride 16 leaves of 112 pixels
ORACLE = "oracle"
_GLANCES = 6  # frames of a clip by which constant boxes are compared at first
_BEST = 40  # so many are compared by all frames
Floats = NDArray[np.float64]


def corners(rendered: NDArray[np.floating]) -> Floats:
    """Left, top, width, height [T, 4] -> left, top, right, bottom float64 [T, 4]."""
    edges = rendered.astype(np.float64)
    edges[:, 2:] += edges[:, :2]
    return edges


def centres_span(actors: Sequence[Floats], share: float = 0.99) -> tuple[float, float]:
    """How much of the width and of the height that share of all box centres spans: 0..1 each."""
    every = np.concatenate(actors)
    middles = (every[:, :2] + every[:, 2:]) / 2 / [WIDTH_PX, HEIGHT_PX]
    rest = (1 - share) / 2
    low, high = np.quantile(middles, [rest, 1 - rest], axis=0)
    return float(high[0] - low[0]), float(high[1] - low[1])


def constant_box_recall(actors: Sequence[Floats], threshold: float) -> float:
    """The recall of the box that, the same in every frame of every clip, reaches most clips: 0..1.

    A clip is reached where the mean IoU over its frames is `threshold` or more. The boxes compared are of 24
    sizes at every eighth pixel; the best by some frames of each clip are compared by all.
    """
    sizes = product((16, 24, 32, 48, 64, 80), (32, 48, 64, 80))
    places = product(range(8, WIDTH_PX, 8), range(8, HEIGHT_PX, 8))
    tried = np.array(
        [(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for (w, h), (x, y) in product(sizes, list(places))]
    )
    glances = [clip[np.linspace(0, len(clip) - 1, _GLANCES).round().astype(int)] for clip in actors]
    reached = sum(
        (boxes.iou(tried[:, None], glance[None]).mean(axis=1) >= threshold).astype(int) for glance in glances
    )
    best = tried[np.argsort(-np.asarray(reached), kind="stable")[:_BEST]]
    recalls = [np.mean([boxes.iou(box, clip).mean() >= threshold for clip in actors]) for box in best]
    return float(max(recalls))


def recall(
    actors: Sequence[Floats], kind: str, threshold: float, settings: LocalisationSettings | None = None
) -> float:
    """The recall of tubes from maps of 7 x 7 cells that no network made, raw or smoothed, whichever is more.

    kind: `random` or `cell` of `BASELINES`, or `oracle`: all attention on the cell of the true box's centre.
    settings: of the chain from map to tube; paper 4's own if None.
    """
    rng = np.random.default_rng(0)
    overlaps = []
    for clip in actors:
        maps = _centred(clip) if kind == ORACLE else baseline_maps(kind, len(clip), CELLS, CELLS, rng)
        result = tube(maps, frame_height=HEIGHT_PX, frame_width=WIDTH_PX, settings=settings)
        overlaps.append([boxes.iou(one.boxes, clip).mean() for one in (result.raw, result.smoothed)])
    return float((np.array(overlaps) >= threshold).mean(axis=0).max())


def _centred(clip: Floats) -> Floats:
    """Maps [T, 7, 7] with all of it on the cell of the box's centre."""
    middles = (clip[:, :2] + clip[:, 2:]) / 2 / [WIDTH_PX, HEIGHT_PX]
    columns, rows = np.minimum((middles * CELLS).astype(int), CELLS - 1).T
    maps = np.zeros((len(clip), CELLS, CELLS))
    maps[np.arange(len(clip)), rows, columns] = 1.0
    return maps
