"""A row's metric applied to its score file: the numbers, and which videos they were right on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.evaluation import anticipation
from repro.evaluation.accuracy import top1
from repro.evaluation.average_precision import clip_shares, mean_over_classes
from repro.types import Row, Scores


class Measured(NamedTuple):
    """values: a row's numbers by name, in percent; one number is called `value`. hits: for each that is an
    accuracy, which of the videos it counts were named rightly, as text of 0 and 1; for a mean average
    precision the videos' shares of it, as text of numbers. clips: the ids of these videos, in that order.
    """

    values: dict[str, float]
    hits: dict[str, str]
    clips: tuple[str, ...] = ()


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
        return measured({"value": 100 * float(hits.mean())}, {"value": hits}, ids)
    if row.metric == "accuracy_at_fractions":
        return _over_fractions(scores, options["observed"], pooled=options["pooled"])
    raise ValueError(f"row {row.id}: unknown metric {row.metric!r}")


def _ranking(scores: Scores) -> Measured:
    """Mean average precision of whole videos, also interpolated; top-1 too where a video has one class."""
    of_class = scores.scores[:, 0].astype(np.float64)
    several = scores.positive
    positive = scores.labels[:, None] == np.arange(of_class.shape[1]) if several is None else several
    values = {
        "value": 100 * mean_over_classes(positive, of_class),
        "interpolated": 100 * mean_over_classes(positive, of_class, interpolated=True),
    }
    ids, shares = np.array(scores.video_ids), clip_shares(positive, of_class)
    if (positive.sum(axis=1) != 1).any():
        return measured(values, {"value": shares}, ids)
    hits = top1(of_class) == scores.labels
    by_class = [float(hits[scores.labels == k].mean()) for k in np.unique(scores.labels)]
    values |= {"top-1": 100 * float(hits.mean()), "class mean": 100 * float(np.mean(by_class))}
    return measured(values, {"value": shares, "top-1": hits}, ids)


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
    hits = {part: anticipation.hits_after(scores, part, pooled=pooled) for part in observed}
    return measured(values, hits, np.array(scores.video_ids))


def as_text(hits: NDArray[np.bool_] | NDArray[np.floating]) -> str:
    """Hits as result files keep them, `0110`; shares as `0.25 1.2 -0.031 `."""
    if hits.dtype == bool:
        return "".join("1" if hit else "0" for hit in hits)
    return "".join(f"{share:.4g} " for share in hits)


def measured(values: dict[str, float], hits: Mapping[str, NDArray], ids: NDArray[np.str_]) -> Measured:
    """The hits in the order of the ids."""
    order = np.argsort(ids)
    return Measured(
        values, {name: as_text(of[order]) for name, of in hits.items()}, tuple(ids[order].tolist())
    )
