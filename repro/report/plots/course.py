"""How the probabilities of a video's classes go while it is observed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from repro.report.figure import COLOURS, chart, legend_beside, percent_axis

CLASSES = 5


def probability_course(
    path: Path,
    probabilities: NDArray[np.floating],
    classes: Sequence[str],
    *,
    fps: float,
    title: str,
    first_sure_s: float | None = None,
) -> None:
    """The five classes that reach most, over the seconds of the video.

    probabilities: [T, K] in 0..1, after each frame. fps: frames per second. first_sure_s: seconds, an upright
    line where given. Raises ValueError for shapes that do not fit and for no frames.
    """
    if probabilities.ndim != 2 or probabilities.shape[1] != len(classes) or not probabilities.size:
        raise ValueError(
            f"probabilities {probabilities.shape} of {len(classes)} classes; wanted [T, K], T >= 1"
        )
    best = np.argsort(-probabilities.max(axis=0), kind="stable")[:CLASSES]
    seconds = np.arange(1, len(probabilities) + 1) / fps
    with chart(path, 8.0, 3.8, title) as axes:
        for number, label in enumerate(sorted(best, key=lambda label: -probabilities[-1, label])):
            marker = "o" if len(seconds) == 1 else None
            axes.plot(
                seconds,
                100 * probabilities[:, label],
                color=COLOURS[number],
                marker=marker,
                label=f"{classes[label]}: {100 * probabilities[-1, label]:.0f} % at the end",
            )
        percent_axis(axes, "probability (%)")
        axes.set_xlim(0, seconds[-1])
        axes.set_xlabel("observed (s)")
        if first_sure_s is not None:
            axes.axvline(
                first_sure_s, color="#777777", linestyle=":", label=f"first sure: {first_sure_s:.1f} s"
            )
        legend_beside(axes, axes.get_lines())
