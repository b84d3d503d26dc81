"""The prediction at a frame drawn into that frame: label, probability, attention and box."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from repro.report import panel
from repro.report.lettering import Image, fitted, width_px, write
from repro.report.marks import PREDICTED, box, check_frames, check_maps, heat
from repro.report.masks import Grid, upsample
from repro.report.overlays import display_size, enlarged
from repro.report.typeface import say_lost

_BAND_PX, _BAR_PX = 66, 10
_BAND_OPACITY, _NOTE_OPACITY = 0.85, 0.6
_BOX_PX = 3


def render_live(
    frame: NDArray[np.uint8],
    label: str,
    probability: float,
    *,
    attention: NDArray[np.floating] | None = None,
    edges: NDArray[np.floating] | None = None,
    note: str = "",
) -> Image:
    """One frame enlarged, its heat and box drawn in, and below it the label over a bar of its probability.

    frame: uint8 [H, W, 3] RGB. attention: float [h, w] over the whole frame, 0 or more. edges: [4], left,
    top, right, bottom of the box in pixels of `frame`, half-open. note: a few words in the upper corner, such
    as the time. Remembers nothing, so any frame may be drawn. Returns uint8 [H', W', 3] with even sides, a
    short side of 480 if the long one allows. Raises ValueError for shapes that do not fit and for a
    probability outside 0..1.
    """
    check_frames(np.asarray(frame)[np.newaxis])
    if not 0 <= probability <= 1 + 1e-6:
        raise ValueError(f"probability {probability}; wanted 0..1")
    image = enlarged(frame, *display_size(*frame.shape[:2]))
    if attention is not None:
        check_maps(np.asarray(attention)[np.newaxis], 1, "attention")
        image = heat(image, attention)
    if edges is not None:
        if edges.shape != (4,) or not np.isfinite(edges).all():
            raise ValueError(f"box {edges}; wanted left, top, right, bottom")
        scale = np.array([image.shape[1] / frame.shape[1], image.shape[0] / frame.shape[0]] * 2)
        box(image, edges * scale, PREDICTED, _BOX_PX)
    _band(image, label, min(probability, 1.0))
    if note:
        _note(image, note)
    return image


def attention_overlay(
    frames: Iterable[NDArray[np.uint8]],
    probabilities: NDArray[np.floating],
    attention: NDArray[np.floating],
    classes: Sequence[str],
    *,
    grid: Grid,
    fps: float,
) -> Iterator[Image]:
    """Each frame under the heat of its attention, above its own most probable class.

    frames: n of uint8 [H, W, 3] RGB, drawn one by one. probabilities: [n, K]. attention: [n, h, w], on `grid`
    of the network's square. fps: for the clock. Raises ValueError when there are not n frames.
    """
    say_lost(classes)
    for t, (frame, output, weights) in enumerate(zip(frames, probabilities, attention, strict=True)):
        label = int(output.argmax())
        heat = upsample(weights, *grid).astype(np.float32)
        yield render_live(
            frame, classes[label], float(output[label]), attention=heat, note=f"{t / fps:.2f} s"
        )


def _band(image: Image, label: str, probability: float) -> None:
    """Dark enough under the text to read it on any frame; the frame still shows through."""
    height, width = image.shape[:2]
    left, right, top = panel.MARGIN_PX, width - panel.MARGIN_PX, height - _BAND_PX
    panel.fill(image, (max(top, 0), height), 0, width, panel.BACKGROUND, _BAND_OPACITY)
    percent = f"{100 * probability:.0f} %"
    write(
        image, fitted(label, 24, right - left - 84, bold=True), (left, top + 33), 24, panel.BRIGHT, bold=True
    )
    write(image, percent, (right, top + 33), 24, panel.BRIGHT, bold=True, align="right")
    bar = (top + 44, top + 44 + _BAR_PX)
    panel.fill(image, bar, left, right, panel.TROUGH, 1)
    panel.fill(image, bar, left, left + (right - left) * probability, panel.confidence_colour(probability), 1)


def _note(image: Image, note: str) -> None:
    text = fitted(note, 14, image.shape[1] - 2 * panel.MARGIN_PX)
    left, right = panel.MARGIN_PX - 8, panel.MARGIN_PX + width_px(text, 14) + 8
    panel.fill(image, (10, 33), left, right, panel.BACKGROUND, _NOTE_OPACITY)
    write(image, text, (panel.MARGIN_PX, 26), 14, panel.BRIGHT)
