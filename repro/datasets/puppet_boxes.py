"""The actor's box in every frame of JHMDB-21: of the owner's puppet masks, or of a table made of them."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from repro.datasets.faults import refuse
from repro.datasets.listing import ANNOTATIONS, in_or_beside, is_file, is_folder
from repro.datasets.matlab5 import read_variable
from repro.types import InputError, Tube, VideoRef

TABLE = "boxes.csv.gz"  # clip, frame from 0, x0, y0, x1, y1 in pixels, the last two behind the last pixel
MASKS = "puppet_mask"  # <class>/<clip>/puppet_mask.mat, `part_mask` [H, W, T]: the number of a limb, or 0
_COLUMNS = ("clip", "frame", "x0", "y0", "x1", "y1")


def read(root: Path, refs: Iterable[VideoRef]) -> dict[str, Tube]:
    """The actor of each of these videos that has boxes, by video_id; float64 [n, 4] as `Tube` has them.

    `boxes.csv.gz` in `root` or beside it is taken before the folder `puppet_mask`. InputError where there is
    neither, and for what is malformed.
    """
    places = [base / sub for base in in_or_beside(root) for sub in ("", ANNOTATIONS)]
    table = next((place / TABLE for place in places if is_file(place / TABLE)), None)
    if table is not None:
        boxes = _of_table(table)
        return {ref.video_id: boxes[ref.video_id] for ref in refs if ref.video_id in boxes}
    masks = next((place / MASKS for place in places if is_folder(place / MASKS)), None)
    if masks is None:
        raise InputError(
            f"no boxes in {' or '.join(map(str, in_or_beside(root)))}: neither {TABLE} nor {MASKS}; put one "
            "there: the folder is puppet_mask.zip of http://jhmdb.is.tue.mpg.de, unpacked"
        )
    return dict(_of_masks(masks, refs))


def _of_table(path: Path) -> dict[str, Tube]:
    by_clip: dict[str, list[list[int]]] = {}
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            for number, line in enumerate(csv.DictReader(file), 2):
                clip, *values = (line[name] for name in _COLUMNS)
                by_clip.setdefault(clip.removesuffix(".avi"), []).append(_whole(values, f"line {number}"))
    except (
        OSError,
        EOFError,
        zlib.error,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        csv.Error,
    ) as error:
        raise InputError(
            f"{path} cannot be read ({error}); wanted the columns {', '.join(_COLUMNS)}"
        ) from error
    return {clip: _tube(path, clip, rows) for clip, rows in by_clip.items()}


def _whole(values: list[str], where: str) -> list[int]:
    if not all(value.isascii() and value.isdigit() and len(value) < 7 for value in values):
        raise ValueError(f"{where}: {', '.join(map(str, values))} are not all whole numbers")
    return [int(value) for value in values]


def _tube(path: Path, clip: str, rows: list[list[int]]) -> Tube:
    table = np.array(sorted(rows), np.int64)
    frames, boxes = table[:, 0], table[:, 1:].astype(np.float64)
    if (np.diff(frames) < 1).any() or (boxes[:, 2:] <= boxes[:, :2]).any():
        refuse("annotation", f"{path}: {clip} has a frame twice, or a box without area; get the file again")
    return Tube(frames, boxes)


def _of_masks(folder: Path, refs: Iterable[VideoRef]) -> Iterator[tuple[str, Tube]]:
    for ref in refs:
        path = folder / ref.video_id / "puppet_mask.mat"
        if is_file(path):
            mask = read_variable(path, "part_mask")
            if not isinstance(mask, np.ndarray) or mask.ndim not in (2, 3):
                refuse("annotation", f"{path}: part_mask is not of the form [H, W, T]; get it again")
                continue
            boxes = dict(_boxes(mask.reshape(*mask.shape[:2], -1)))
            if boxes:
                yield ref.video_id, Tube(np.array([*boxes]), np.array([*boxes.values()], np.float64))


def _boxes(mask: np.ndarray) -> Mapping[int, tuple[int, int, int, int]]:
    """[H, W, T] -> the smallest box round what is not 0, by frame; none of an empty frame."""
    boxes = {}
    for t in range(mask.shape[2]):
        rows, columns = np.flatnonzero(mask[..., t].any(axis=1)), np.flatnonzero(mask[..., t].any(axis=0))
        if len(rows):
            boxes[t] = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    return boxes
