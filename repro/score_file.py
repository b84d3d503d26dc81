"""Score files: a model's predictions for every test video, kept on disk between model and metric.

Protocol questions (mean over splits, observed fraction, with or without averaging) are decided from here
without running a model again. One uncompressed `.npz` a file, never pickled, written atomically.

Scores of models that are not of this project (iDT and objects in paper 4, Table 4) come as text, `read_csv`:

    video_id,Archery,Bowling
    Archery/v_Archery_g01_c01,0.75,0.25
    Bowling/v_Bowling_g02_c03,0.125,0.875

UTF-8 with commas; the header names the classes, in any order; one video a line, in any order; probabilities
above 0 with sum 1.
"""

from __future__ import annotations

import csv
import struct
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from repro.atomic import write_npz
from repro.types import InputError, Scores, VideoRef

NORMALISED_TO = 1e-3  # how far from 1 a sum of rounded probabilities may lie
# What NumPy and zipfile raise on damaged bytes; RuntimeError: a flipped bit claims encryption.
_DAMAGE = (OSError, EOFError, KeyError, ValueError, RuntimeError, struct.error, zipfile.BadZipFile)


def write(path: Path, scores: Scores) -> None:
    """Write `scores` to `path`, complete or not at all."""
    arrays = {
        "video_ids": np.array(scores.video_ids, dtype=np.str_),
        "labels": scores.labels,
        "lengths_frames": scores.lengths_frames,
        "observed_frames": scores.observed_frames,
        "scores": scores.scores,
    }
    write_npz(path, arrays if scores.positive is None else {**arrays, "positive": scores.positive})


def read(path: Path) -> Scores:
    """The scores in `path`; InputError if the file is missing, damaged or of another kind."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return Scores(
                video_ids=tuple(str(name) for name in arrays["video_ids"]),
                labels=arrays["labels"],
                lengths_frames=arrays["lengths_frames"],
                observed_frames=arrays["observed_frames"],
                scores=arrays["scores"],
                positive=arrays.get("positive"),
            )
    except _DAMAGE as error:
        raise InputError(f"score file {path} cannot be read ({error}); delete it to score again") from error


def read_csv(path: Path, refs: Sequence[VideoRef], classes: Sequence[str]) -> Scores:
    """One score a video, from a text file of the form above: scores float32 [V, 1, K].

    refs: the videos that are wanted, in their order; the file may hold more (other splits, say). classes: K
    names in the order of the labels. Rows are divided by their sums; lengths count as one frame. Raises
    InputError naming the line that is wrong, or the video or class that is missing.
    """
    rows: dict[str, NDArray[np.float64]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for video_id, row in _csv_rows(path, file, classes):
                if video_id in rows:
                    raise InputError(f"score file {path} has {video_id} twice; keep one of the lines")
                rows[video_id] = row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"score file {path} cannot be read as text with commas ({error})") from error
    lacking = [ref.video_id for ref in refs if ref.video_id not in rows]
    if lacking:
        raise InputError(
            f"score file {path} lacks {len(lacking)} of {len(refs)} videos, first {lacking[0]}; "
            "video_id is the path below the data set without suffix"
        )
    scores = np.stack([rows[ref.video_id] for ref in refs])
    one = np.ones(len(refs), np.int64)
    labels = np.array([ref.label for ref in refs], np.int64)
    video_ids = tuple(ref.video_id for ref in refs)
    return Scores(video_ids, labels, one, one, scores[:, None].astype(np.float32))


def _csv_rows(path: Path, file: TextIO, classes: Sequence[str]) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """(video_id, probabilities float64 [K] in the order of `classes`) of every line after the header."""
    lines = csv.reader(file, strict=True)
    header: list[str] = next(lines, [])
    if header[:1] != ["video_id"] or sorted(header[1:]) != sorted(classes):
        odd = sorted(set(header[1:]) ^ set(classes))
        raise InputError(
            f"score file {path}, line 1: wanted video_id and the {len(classes)} classes of the data set "
            f"once each; got {len(header)} columns{f', and {odd[0]!r} on one side only' if odd else ''}"
        )
    order = [header.index(name, 1) for name in classes]
    for fields in lines:
        if not fields:  # an empty line
            continue
        where = f"score file {path}, line {lines.line_num}"
        if len(fields) != len(header):
            raise InputError(f"{where}: {len(fields)} columns where the header has {len(header)}")
        try:
            row = np.array([float(fields[column]) for column in order])
        except ValueError as error:
            raise InputError(f"{where}: {error}; wanted numbers after the video_id") from error
        if not (np.isfinite(row) & (row > 0)).all() or abs(row.sum() - 1) > NORMALISED_TO:
            raise InputError(
                f"{where}: wanted probabilities above 0 with sum 1, got {row.min():g} to {row.max():g} "
                f"with sum {row.sum():g}; turn the scores into probabilities first"
            )
        yield fields[0], row / row.sum()
