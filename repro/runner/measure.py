"""A row's metric applied to its score file: the numbers, and which videos they were right on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from repro.evaluation import anticipation
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
    if row.metric in ("accuracy", "class_accuracy", "improvement"):
        hits = anticipation.hits_after(scores, options["observed"], pooled=options["pooled"])
        if row.metric == "class_accuracy":
            counted = scores.labels == classes.index(options["class_name"])
            hits, ids = hits[counted], np.array(scores.video_ids)[counted]
        else:
            ids = np.array(scores.video_ids)
        return Measured({"value": 100 * float(hits.mean())}, {"value": _as_text(hits, ids)})
    if row.metric == "accuracy_at_fractions":
        return _over_fractions(scores, options["observed"], pooled=options["pooled"])
    raise ValueError(f"row {row.id}: unknown metric {row.metric!r}")


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
