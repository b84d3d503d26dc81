"""Which videos a data set has, with their classes, source groups and splits: text in, `VideoRef` out.

No video is opened and no pixel read here. Each adapter accepts the layout in which the owner distributes the
data set, compares what it finds with what it expects, and drops nothing in silence. Classes are numbered by
the tables in `data_lists/` or by the owner's list, never by the order of a folder listing.
"""

from repro.datasets.activitynet import coverage
from repro.datasets.boxes import boxes_of, find_annotation, unannotated
from repro.datasets.holdout import hold_out
from repro.datasets.intervals import intervals_of
from repro.datasets.own import name_of as own_name
from repro.datasets.registry import NAMES, how_to_get, load_split, remarks, splits_of
from repro.datasets.rendered import renderer_version

__all__ = [
    "NAMES",
    "boxes_of",
    "coverage",
    "find_annotation",
    "hold_out",
    "how_to_get",
    "intervals_of",
    "load_split",
    "own_name",
    "remarks",
    "renderer_version",
    "splits_of",
    "unannotated",
]
