"""Whether probabilities mean what they say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.lines import Line2D

from repro.evaluation.calibration import Reliability
from repro.report.figure import COLOURS, MARKERS, check_colours, legend_beside, new_figure, percent_axis


def reliability_diagram(path: Path, by_model: Mapping[str, Reliability], *, title: str) -> None:
    """Accuracy against confidence, bin by bin, over the share of videos that each bin holds.

    by_model: model -> its bins, the same number for all. On the dotted diagonal probabilities mean what they
    say; below it a model is too sure of itself. A marker's area grows with the videos of its bin; empty bins
    are left out. Raises ValueError for no models, different numbers of bins, a model without videos, and
    more models than there are colours to tell apart.
    """
    check_colours(by_model)
    bins = {len(each.count) for each in by_model.values()}
    if len(bins) != 1 or any(each.count.sum() == 0 for each in by_model.values()):
        raise ValueError(f"models with {sorted(bins)} bins; wanted the same bins, and a video in each model")
    edges = np.linspace(0, 100, bins.pop() + 1)
    legend: list[Line2D] = []
    with new_figure(path, 7.0, 5.6, title) as figure:
        accuracy, share = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        accuracy.plot([0, 100], [0, 100], color="#777777", linestyle=":", linewidth=1.2)
        for number, (name, each) in enumerate(by_model.items()):
            filled = each.count > 0
            x, y = 100 * each.confidence[filled], 100 * each.accuracy[filled]
            part = each.count / each.count.sum()
            colour, marker = COLOURS[number], MARKERS[number]
            accuracy.plot(x, y, color=colour, linewidth=1.0, alpha=0.5)
            accuracy.scatter(x, y, 8 + 250 * part[filled], color=colour, marker=marker, clip_on=False)
            share.stairs(100 * part, edges, color=colour, linewidth=1.5)
            legend.append(Line2D([], [], color=colour, marker=marker, label=name))
        percent_axis(accuracy)
        legend_beside(accuracy, legend)
        share.set_xlim(0, 100)
        share.set_ylim(bottom=0)
        share.set_ylabel("videos (%)")
        share.set_xlabel("confidence: the highest probability (%)")
