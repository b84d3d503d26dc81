"""What happens to each class: confusion matrices, and two models side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from repro.report.figure import COLOURS, chart, new_figure

_NUMBERED_CLASSES = 30  # up to this many, the percentages are written into the confusion matrix
_COMPARED_CLASSES = 30  # up to this many, all are compared; beyond, the ends of their order
_ENDS = 10
_LETTERS_PER_IN = 9  # of a title: beside few classes a long one would leave no room


def confusion(path: Path, matrix: NDArray[np.integer], classes: Sequence[str], *, title: str) -> None:
    """A confusion matrix, counts [K, K] with the true class in the row, coloured by the share of its row.

    With up to 30 classes every filled cell carries its percentage and every class its number of videos; a
    class without videos stays grey. The picture grows with K, so that 101 names can still be read.
    """
    _check_matrix(matrix, classes)
    side = _side_in(len(classes))
    with chart(path, side + 0.6, side, fill(title, round(_LETTERS_PER_IN * side))) as axes:
        image = _plot_matrix(axes, matrix, classes)
        _share_bar(image, axes)


def confusions(
    path: Path, matrices: Mapping[str, NDArray[np.integer]], classes: Sequence[str], *, title: str
) -> None:
    """Confusion matrices side by side, as `confusion` draws one (paper 5, Fig. 7: after epoch 1, after 3).

    matrices: what stands above -> counts [K, K], the true class in the row; the share of videos on the
    diagonal is written beside it. Raises ValueError for no matrices and other shapes.
    """
    if not matrices:
        raise ValueError("no matrices; wanted at least one")
    for matrix in matrices.values():
        _check_matrix(matrix, classes)
    side = _side_in(len(classes))
    with new_figure(path, side * len(matrices) + 0.6, side + 0.6, title) as figure:
        panels = figure.subplots(1, len(matrices), squeeze=False)[0]
        for axes, (name, matrix) in zip(panels, matrices.items(), strict=True):
            image = _plot_matrix(axes, matrix, classes)
            right = 100 * matrix.trace() / max(matrix.sum(), 1)
            axes.set_title(f"{name}: {right:.1f} % right", loc="left", fontsize=10)
        _share_bar(image, panels)


def _check_matrix(matrix: NDArray[np.integer], classes: Sequence[str]) -> None:
    if matrix.shape != (len(classes), len(classes)) or not classes:
        raise ValueError(f"a matrix {matrix.shape} of {len(classes)} classes; wanted [K, K], K >= 1")


def _side_in(count: int) -> float:
    return 3.2 + (0.36 if count <= _NUMBERED_CLASSES else 0.125) * count


def _plot_matrix(axes: Axes, matrix: NDArray[np.integer], classes: Sequence[str]) -> AxesImage:
    count = len(classes)
    videos = matrix.sum(axis=1)
    share = np.ma.masked_invalid(np.full((count, count), np.nan))
    share[videos > 0] = 100 * matrix[videos > 0] / videos[videos > 0, None]
    numbered = count <= _NUMBERED_CLASSES
    small = 8 if numbered else 6.5
    axes.grid(False)
    axes.set_facecolor("#cccccc")
    image = axes.imshow(share, cmap="Blues", vmin=0, vmax=100, interpolation="nearest")
    names = [f"{name} ({n})" for name, n in zip(classes, videos, strict=True)] if numbered else classes
    axes.set_yticks(range(count), labels=names, fontsize=small)
    axes.set_xticks(range(count), labels=classes, fontsize=small, rotation=90)
    axes.tick_params(length=2)
    if numbered:
        for i, j in zip(*np.nonzero(matrix), strict=True):
            colour = "white" if share[i, j] > 55 else "black"
            axes.text(j, i, f"{share[i, j]:.0f}", ha="center", va="center", fontsize=7, color=colour)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class" + (" (test videos)" if numbered else ""))
    return image


def _share_bar(image: AxesImage, beside: Any) -> None:
    bar = image.axes.figure.colorbar(image, ax=beside, shrink=0.5, aspect=25, pad=0.02)
    bar.set_label("share of the true class's videos (%)")


def right_by_class(
    path: Path,
    classes: Sequence[str],
    right: NDArray[np.integer],
    videos: NDArray[np.integer],
    *,
    title: str,
) -> None:
    """The share of each class's videos that are right, with the two counts, and as a line the share of all.

    right, videos: counts [K]. A class without videos has no bar. Raises ValueError for other shapes and for
    more right ones than videos.
    """
    if not (right.shape == videos.shape == (len(classes),)) or (right > videos).any() or not videos.any():
        raise ValueError(
            f"{right} right of {videos} of {len(classes)} classes; wanted counts [K], some videos"
        )
    share = 100 * right / np.maximum(videos, 1)
    whole = 100 * right.sum() / videos.sum()
    title = fill(title, 8 * _LETTERS_PER_IN)
    title += f"\n{right.sum()} of {videos.sum()} videos right: {whole:.1f} % (the line)"
    with chart(path, 8.0, 1.6 + 0.24 * len(classes), title) as axes:
        axes.barh(range(len(classes)), share, height=0.7, color=COLOURS[0])
        axes.axvline(whole, color="0.3", linewidth=1)
        for place, (part, of) in enumerate(zip(right, videos, strict=True)):
            at = (1.01, place)
            axes.annotate(f"{part} of {of}", at, xycoords=("axes fraction", "data"), va="center", size=8)
        axes.set_yticks(range(len(classes)), labels=classes, fontsize=8)
        axes.set_ylim(len(classes) - 0.4, -0.6)
        axes.set_xlim(0, 100)
        axes.set_xlabel("accuracy (%)")
        axes.grid(False, axis="y")


def per_class(
    path: Path, classes: Sequence[str], shares: Mapping[str, NDArray[np.floating]], *, title: str
) -> None:
    """Two models' accuracy class by class, sorted by what the second gains over the first (paper 2, 4.4.2).

    classes: K names. shares: two models -> [K] in 0..1; a class that is NaN in one of them (no videos) is
    left out. Of more than 30 classes the 10 highest and the 10 lowest differences are drawn, and the title
    says so. Raises ValueError for another number of models, other lengths, and no class to show.
    """
    if len(shares) != 2 or any(values.shape != (len(classes),) for values in shares.values()):
        shapes = {name: values.shape for name, values in shares.items()}
        raise ValueError(f"shares {shapes}; wanted two models with {len(classes)} classes each")
    (first, before), (second, after) = shares.items()
    gain = 100 * (np.asarray(after, np.float64) - before)
    order = np.argsort(-gain, kind="stable")
    order = order[np.isfinite(gain[order])]
    if not len(order):
        raise ValueError("no class has an accuracy in both models; wanted one at least")
    title += f"\nsorted by {second} minus {first} (at the right, in points)"
    y = np.arange(len(order), dtype=np.float64)
    if len(order) > _COMPARED_CLASSES:
        title += f"\nthe {_ENDS} highest and the {_ENDS} lowest of {len(order)} classes"
        order = np.concatenate([order[:_ENDS], order[-_ENDS:]])
        y = np.delete(np.arange(2 * _ENDS + 1.0), _ENDS)  # a gap for those between
    with chart(path, 8.0, 1.9 + 0.28 * (y[-1] + 1), title) as axes:
        for name, values, side, number in ((first, before, -0.2, 5), (second, after, 0.2, 0)):
            axes.barh(y + side, 100 * values[order], height=0.38, color=COLOURS[number], label=name)
        for place, points in zip(y, np.round(gain[order], 1) + 0.0, strict=True):  # + 0.0: no "-0.0"
            at = (1.01, place)
            axes.annotate(f"{points:+.1f}", at, xycoords=("axes fraction", "data"), va="center", size=8)
        axes.set_yticks(y, labels=[classes[i] for i in order], fontsize=8)
        axes.set_ylim(y[-1] + 0.6, -0.6)
        axes.set_xlim(0, 100)
        axes.set_xlabel("accuracy (%)")
        axes.grid(False, axis="y")
        axes.figure.legend(loc="outside lower center", ncols=2)
