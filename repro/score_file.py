"""Score files: what a model said of every test video, kept on disk between model and metric.

Protocol questions (mean over splits, observed fraction, with or without averaging) are settled from here
without running a model again. One uncompressed `.npz` a file, never pickled, written atomically.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from repro.atomic import write_npz
from repro.types import InputError, Scores


def write(path: Path, scores: Scores) -> None:
    """Write `scores` to `path`, complete or not at all."""
    write_npz(
        path,
        {
            "video_ids": np.array(scores.video_ids, dtype=np.str_),
            "labels": scores.labels,
            "lengths_frames": scores.lengths_frames,
            "observed_frames": scores.observed_frames,
            "scores": scores.scores,
        },
    )


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
            )
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"score file {path} cannot be read ({error}); delete it to score again") from error
