"""One look for all figures, and PNG files that are complete or not there."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from repro.atomic import write_bytes
from repro.report.typeface import FAMILY, drawn_whole

DPI = 150
# Okabe and Ito's colours, which colour-blind eyes tell apart, without the yellow that pales on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#56B4E9", "#E69F00")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
OURS = " (ours)"  # the end of the label of a paper's own model, which a legend has first and bold
FEW_POINTS = 15  # up to this many, each point of a line is marked
LETTERS_AN_INCH, LINE_IN = 11, 0.19  # of a title
_STYLE = {
    "font.family": FAMILY,
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.8,
    "lines.markersize": 4.5,
    "legend.frameon": False,
}


@contextmanager
def new_figure(path: Path, width_in: float, height_in: float, title: str = "") -> Iterator[Figure]:
    """A figure to fill, under a title; written to `path` as PNG when the block ends without an error.

    Never goes through pyplot, so that no window, no global list of figures and no display is needed.
    """
    if path.suffix != ".png":
        raise ValueError(f"figure {path.name!r}; wanted a name that ends in .png")
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(width_in, height_in), dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        yield figure
        if title:
            lines = _wrapped(title, width_in)
            figure.suptitle("\n".join(lines), x=0.01, ha="left", fontsize=11)
            figure.set_size_inches(width_in, height_in + LINE_IN * (len(lines) - 1))
        buffer = io.BytesIO()
        drawn_whole(figure, lambda: _save(figure, buffer))
    write_bytes(path, buffer.getvalue())


@contextmanager
def chart(path: Path, width_in: float, height_in: float, title: str) -> Iterator[Axes]:
    """`drawing` with one pair of axes, the title above it."""
    with new_figure(path, width_in, height_in, title) as figure:
        yield figure.add_subplot()


def _save(figure: Figure, buffer: io.BytesIO) -> None:
    buffer.seek(0)
    buffer.truncate()
    figure.savefig(buffer, format="png", metadata={"Software": None})


def _wrapped(title: str, width_in: float) -> list[str]:
    """Lines that fit: a wider one would be cut off."""
    return [
        part for line in title.splitlines() for part in textwrap.wrap(line, int(LETTERS_AN_INCH * width_in))
    ]


def legend_beside(axes: Axes, handles: Sequence[Line2D]) -> Legend:
    """At the right of the plot, the paper's own model (`OURS`) first and bold, the others in their order."""
    first = sorted(handles, key=lambda handle: not _ours(handle))
    legend = axes.legend(handles=first, loc="center left", bbox_to_anchor=(1.0, 0.5), handlelength=2.6)
    for handle, text in zip(first, legend.get_texts(), strict=True):
        text.set_fontweight("bold" if _ours(handle) else "normal")
    return legend


def _ours(handle: Line2D) -> bool:
    return OURS in str(handle.get_label())


def check_colours(names: Collection[str]) -> None:
    """ValueError unless there are names, and a colour for each."""
    if not 1 <= len(names) <= len(COLOURS):
        raise ValueError(f"{len(names)} curves; wanted 1 to {len(COLOURS)}, each in its own colour")


def percent_axis(axes: Axes, label: str = "accuracy (%)") -> None:
    """From 0 to 100 %, never a part of it: a cut axis makes differences look larger."""
    axes.set_ylim(0, 100)
    axes.set_yticks(range(0, 101, 20))
    axes.set_ylabel(label)


def picture_axes(axes: Axes) -> None:
    """No ticks, grid or border: for a picture, which is its own scale."""
    axes.grid(False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def evenly_chosen(count: int, wanted: int) -> NDArray[np.int64]:
    """Up to `wanted` of `count` things, from first to last: int64, increasing. ValueError for less than 1."""
    if count < 1 or wanted < 1:
        raise ValueError(f"{wanted} of {count} frames; wanted at least one each")
    return np.linspace(0, count - 1, min(wanted, count)).round().astype(np.int64)
