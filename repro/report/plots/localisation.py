"""Action tubes in figures: how many reach which overlap, and how one frame becomes a box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import hsv_to_rgb
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from repro.flow.coding import BOUND_PX, STILL
from repro.report import marks
from repro.report.figure import (
    COLOURS,
    MARKERS,
    chart,
    check_colours,
    legend_beside,
    new_figure,
    percent_axis,
    picture_axes,
)
from repro.report.overlays import display_size, enlarged
from repro.types import Frames, Tube


@dataclass(frozen=True)
class ThresholdCurve:
    """One line: recall or mean average precision, as fractions, at each IoU threshold.

    label: curves with the same label share a colour. smoothed: with smoothing of the boxes over time (solid)
    or without (dashed). std: over seeds, drawn as a band. One threshold alone is a point.
    """

    label: str
    thresholds: Sequence[float]
    values: Sequence[float] | NDArray[np.floating]
    std: Sequence[float] | NDArray[np.floating] | None = None
    smoothed: bool = True


def threshold_curves(path: Path, curves: Sequence[ThresholdCurve], *, y_label: str, title: str) -> None:
    """The share of tubes that are reached against the IoU threshold, as in paper 4's Figs. 4a and 4b.

    y_label: without unit. The legend lists the labels from highest to lowest at their first threshold.
    Raises ValueError for no curves, lists of unequal length, numbers outside 0..1 and more labels than there
    are colours to tell apart.
    """
    labels = list(dict.fromkeys(curve.label for curve in curves))
    check_colours(labels)
    for curve in curves:
        values = np.asarray(curve.values, float)
        lengths = {len(curve.thresholds), len(values), len(values if curve.std is None else curve.std)}
        if len(lengths) != 1 or not len(values) or not ((values >= 0) & (values <= 1)).all():
            raise ValueError(f"curve {curve.label!r}: wanted a fraction at each of the thresholds")
    with chart(path, 8.0, 4.4, title) as axes:
        for curve in curves:
            _plot_curve(axes, curve, labels.index(curve.label))
        percent_axis(axes, f"{y_label} (%)")
        axes.set_xlim(0, max(max(curve.thresholds) for curve in curves) * 1.04)
        axes.set_xlabel("IoU threshold")
        legend_beside(axes, _legend(curves, labels))


def _plot_curve(axes: Axes, curve: ThresholdCurve, number: int) -> None:
    colour, y = COLOURS[number], 100 * np.asarray(curve.values, float)
    style = "-" if curve.smoothed else "--"
    axes.plot(
        curve.thresholds, y, color=colour, linestyle=style, marker=MARKERS[number], clip_on=False, zorder=3
    )
    if curve.std is not None:
        std = 100 * np.asarray(curve.std, float)
        low, high = np.clip((y - std, y + std), 0, 100)
        axes.fill_between(curve.thresholds, low, high, color=colour, alpha=0.15, linewidth=0)


def _legend(curves: Sequence[ThresholdCurve], labels: Sequence[str]) -> list[Line2D]:
    first = {label: max(c.values[0] for c in curves if c.label == label) for label in labels}
    handles = []
    for label in sorted(labels, key=lambda name: -first[name]):
        i = labels.index(label)
        alone = all(len(c.thresholds) == 1 for c in curves if c.label == label)
        style = "none" if alone else "-"
        handles.append(Line2D([], [], color=COLOURS[i], marker=MARKERS[i], linestyle=style, label=label))
    if len({c.smoothed for c in curves}) == 2:
        handles.append(Line2D([], [], color="#555555", label="boxes smoothed over time"))
        handles.append(Line2D([], [], color="#555555", linestyle="--", label="raw boxes"))
    return handles


def flow_colours(flow_px: NDArray[np.floating], full_px: float) -> NDArray[np.float64]:
    """Displacement as colour: the hue is its direction, the saturation its length; no motion is white.

    flow_px: [H, W, 2], x to the right and y down. full_px: the length that has full colour, as have longer
    ones. Red is to the right, then clockwise yellow-green down, cyan left, violet up. Returns RGB in 0..1,
    [H, W, 3].
    """
    x, y = np.moveaxis(np.asarray(flow_px, np.float64), -1, 0)
    hue = np.arctan2(y, x) / (2 * np.pi) % 1
    saturation = np.minimum(np.hypot(x, y) / full_px, 1)
    return hsv_to_rgb(np.stack([hue, saturation, np.ones_like(hue)], axis=-1))


def localisation_steps(
    path: Path,
    frame: NDArray[np.uint8],
    flow: NDArray[np.uint8],
    attention: NDArray[np.floating],
    saliency: NDArray[np.floating],
    predicted: NDArray[np.floating],
    truth: Sequence[NDArray[np.floating]],
    *,
    title: str,
    theta: float,
) -> None:
    """How one frame becomes a box (paper 4, Fig. 3): frame, flow, attention, saliency, boxes.

    frame: uint8 [H, W, 3] RGB. flow: uint8 [H', W', 2], coded levels of x and y. attention:
    float [h, w]. saliency: float [S, S'] with its line at `theta` drawn in. predicted and each of truth: [4],
    left, top, right, bottom in pixels of the frame. Raises ValueError for shapes that do not fit.
    """
    marks.check_frames(np.asarray(frame)[np.newaxis])
    for name, values in (("attention", attention), ("saliency", saliency)):
        marks.check_maps(np.asarray(values)[np.newaxis], 1, name)
    height, width = frame.shape[:2]
    with new_figure(path, 12.0, 0.95 + 2.35 * height / width, title) as figure:
        panels = figure.subplots(1, 5)
        extent = (-0.5, width - 0.5, height - 0.5, -0.5)  # the pixels of the frame
        panels[0].imshow(frame)
        panels[0].set_title("frame", fontsize=9)
        _flow(panels[1], flow, extent)
        panels[2].imshow(attention, cmap="magma", vmin=0, interpolation="nearest", extent=extent)
        panels[2].set_title(f"attention, {attention.shape[0]} x {attention.shape[1]}", fontsize=9)
        panels[3].imshow(marks.heat(frame, saliency))
        if saliency.min() < theta <= saliency.max():
            panels[3].contour(
                saliency, [theta], colors="white", linewidths=1.2, extent=extent, origin="upper"
            )
        panels[3].set_title(f"saliency; line at {theta:g}", fontsize=9)
        _boxes(panels[4], frame, predicted, truth)
        for axes in panels:
            picture_axes(axes)


def _flow(axes: Axes, flow: NDArray[np.uint8], extent: tuple[float, float, float, float]) -> None:
    """Scaled to its longest displacement, but never so far that noise below a pixel looks like motion."""
    if flow.dtype != np.uint8 or flow.ndim != 3 or flow.shape[2] != 2:
        raise ValueError(f"flow is {flow.dtype} {flow.shape}; wanted uint8 [H, W, 2]")
    flow_px = (flow.astype(np.float64) - STILL) * (BOUND_PX / 127.5)
    full_px = max(float(np.hypot(*np.moveaxis(flow_px, -1, 0)).max()), 1.0)
    axes.imshow(flow_colours(flow_px, full_px), extent=extent)
    axes.set_title(f"flow; wheel's rim {full_px:.1f} px", fontsize=9)
    wheel = axes.inset_axes((0.79, 0.02, 0.2, 0.2 * (extent[1] - extent[0]) / (extent[2] - extent[3])))
    y, x = np.meshgrid(*[np.linspace(-1, 1, 101)] * 2, indexing="ij")
    disc = np.dstack([flow_colours(np.stack([x, y], axis=-1), 1.0), np.hypot(x, y) <= 1])
    wheel.imshow(disc)
    wheel.patch.set_alpha(0)
    picture_axes(wheel)


def _boxes(
    axes: Axes, frame: Frames, predicted: NDArray[np.floating], truth: Sequence[NDArray[np.floating]]
) -> None:
    def tube(edges: NDArray[np.floating]) -> Tube:
        return Tube(np.zeros(1, np.int64), np.asarray(edges, np.float64).reshape(1, 4))

    image = enlarged(frame, *display_size(*frame.shape[:2]))
    true = [tube(edges) for edges in truth]
    marks.boxes_of_frame(image, 0, frame.shape[:2], tube(predicted), true, thickness=2)
    axes.imshow(image)
    axes.set_title("boxes", fontsize=9)
    axes.legend(
        handles=marks.keys(bool(truth)), loc="upper center", bbox_to_anchor=(0.5, 0), ncols=2, fontsize=8
    )
