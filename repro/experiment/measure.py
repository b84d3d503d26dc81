"""A row's metric applied to its score file: the numbers, and which videos they were right on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.evaluation import anticipation
from repro.evaluation.accuracy import top1
from repro.evaluation.average_precision import mean_over_classes
from repro.types import Row, Scores


class Measured(NamedTuple):
    """values: a row's numbers by name, in percent; one number is called `value`. hits: for each that is an
    accuracy, which of the videos it counts were named rightly, as text of 0 and 1 in the order of their ids.
    """

    values: dict[str, float]
    hits: dict[str, str]


def measure(row: Row, scores: Scores, classes: tuple[str, ...]) -> Measured:
    """What the row's metric says of a score file."""
    options = row.metric_options
    if row.metric == "map" or options.get("of") == "map":
        return _ranking(scores)
    if row.metric in ("accuracy", "class_accuracy", "improvement"):
        observed, pooled = options.get("observed", "100%"), options.get("pooled", True)
        hits = anticipation.hits_after(scores, observed, pooled=pooled)
        if row.metric == "class_accuracy":
            counted = scores.labels == classes.index(options["class_name"])
            hits, ids = hits[counted], np.array(scores.video_ids)[counted]
        else:
            ids = np.array(scores.video_ids)
        return Measured({"value": 100 * float(hits.mean())}, {"value": _as_text(hits, ids)})
    if row.metric == "accuracy_at_fractions":
        return _over_fractions(scores, options["observed"], pooled=options["pooled"])
    raise ValueError(f"row {row.id}: unknown metric {row.metric!r}")


def _ranking(scores: Scores) -> Measured:
    """Mean average precision of whole videos, also interpolated; top-1 too where a video has one class."""
    said = scores.scores[:, 0].astype(np.float64)
    several = scores.positive
    positive = scores.labels[:, None] == np.arange(said.shape[1]) if several is None else several
    values = {
        "value": 100 * mean_over_classes(positive, said),
        "interpolated": 100 * mean_over_classes(positive, said, interpolated=True),
    }
    if (positive.sum(axis=1) != 1).any():
        return Measured(values, {})
    hits = top1(said) == scores.labels
    by_class = [float(hits[scores.labels == k].mean()) for k in np.unique(scores.labels)]
    values |= {"top-1": 100 * float(hits.mean()), "class mean": 100 * float(np.mean(by_class))}
    return Measured(values, {"top-1": _as_text(hits, np.array(scores.video_ids))})


def _over_fractions(scores: Scores, observed: tuple[str, ...], *, pooled: bool) -> Measured:
    """Accuracy at each part under the part's own name, the other metrics as `top-5 at 10%`."""
    profile = anticipation.profile(scores, observed, pooled=pooled)
    values = {part: 100 * value for part, value in profile.pop("top-1").items()}
    for metric, parts in profile.items():
        values |= {f"{metric} at {part}": 100 * value for part, value in parts.items()}
    decided = anticipation.time_to_action(scores, pooled=pooled)
    values |= {
        f"decided by {part}%": 100 * float(np.mean(decided <= part / 100)) for part in (10, 20, 50, 100)
    }
    ids = np.array(scores.video_ids)
    hits = {part: _as_text(anticipation.hits_after(scores, part, pooled=pooled), ids) for part in observed}
    return Measured(values, hits)


def _as_text(hits: NDArray[np.bool_], ids: NDArray[np.str_]) -> str:
    return "".join("1" if hit else "0" for hit in hits[np.argsort(ids)])
