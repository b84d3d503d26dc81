"""Action tubes drawn into their video, as a video and as a strip of frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from repro.report import panel
from repro.report.figure import evenly_chosen, new_figure, picture_axes
from repro.report.lettering import Image, fitted, width_px, write
from repro.report.marks import PREDICTED, TRUE, boxes_of_frame, check_frames, check_maps, heat, keys
from repro.report.overlays import display_size, enlarged
from repro.types import Frames, Tube

_HEADER_PX, _GAP_PX = 72, 6
_STRIP_IN = 10.2


def tube_frames(
    frames: Frames,
    predicted: Tube,
    truth: Sequence[Tube],
    *,
    caption: str,
    fps: float,
    saliency: NDArray[np.floating],
) -> Iterator[Image]:
    """The frames enlarged, with the predicted box in green and the true ones in yellow, under a caption.

    frames: uint8 [T, H, W, 3] RGB. predicted, truth: boxes in pixels of these frames; a frame that a tube
    skips shows no box of it. saliency: float [T, h, w], 0 or more, of every frame, drawn beside as heat, each
    map from 0 to its own maximum. fps: frames per second, for the clock. Yields uint8 [H', W', 3] with even
    sides, frame by frame. Raises ValueError for shapes that do not fit, and tubes that go beyond the last
    frame.
    """
    _check(frames, predicted, truth)
    check_maps(saliency, len(frames), "saliency")
    if not fps > 0:
        raise ValueError(f"fps is {fps}; wanted more than 0")
    return _rendered(frames, predicted, truth, caption, fps, saliency)


def _check(frames: Frames, predicted: Tube, truth: Sequence[Tube]) -> None:
    check_frames(frames)
    last = max(int(tube.frames[-1]) for tube in (predicted, *truth))
    if last >= len(frames):
        raise ValueError(f"a tube has a box in frame {last} of a video of {len(frames)} frames")


def _rendered(
    frames: Frames,
    predicted: Tube,
    truth: Sequence[Tube],
    caption: str,
    fps: float,
    saliency: NDArray[np.floating],
) -> Iterator[Image]:
    for t, frame in enumerate(frames):
        plain = enlarged(frame, *display_size(*frame.shape[:2]))
        hot = heat(plain, saliency[t])
        for view in (plain, hot):
            boxes_of_frame(view, t, frame.shape[:2], predicted, truth)
        gap = np.full((len(plain), _GAP_PX, 3), panel.BACKGROUND, np.uint8)
        picture = np.concatenate([plain, gap, hot], axis=1)
        header = np.full((_HEADER_PX, picture.shape[1], 3), panel.BACKGROUND, np.uint8)
        _header(header, caption, f"frame {t + 1}/{len(frames)}   {(t + 1) / fps:.2f} s", bool(truth))
        yield np.concatenate([header, picture], axis=0)


def _header(image: Image, caption: str, clock: str, any_truth: bool) -> None:
    left, right = panel.MARGIN_PX, image.shape[1] - panel.MARGIN_PX
    write(image, fitted(caption, 20, right - left, bold=True), (left, 31), 20, panel.BRIGHT, bold=True)
    write(image, clock, (right, 57), 14, panel.DIM, align="right")
    for text, colour in (("predicted", PREDICTED), *((("true", TRUE),) if any_truth else ())):
        image[46:58, left : left + 12] = colour
        write(image, text, (left + 20, 57), 14, panel.DIM)
        left += 20 + width_px(text, 14) + 24


def tube_strip(
    path: Path,
    frames: Frames,
    predicted: Tube,
    truth: Sequence[Tube],
    *,
    title: str,
    columns: int = 6,
) -> None:
    """Evenly spaced frames of a video with their boxes, side by side.

    Arguments as in `tube_frames`. columns: how many frames, as far as the predicted tube has so many.
    """
    _check(frames, predicted, truth)
    chosen = predicted.frames[evenly_chosen(len(predicted.frames), columns)]
    height_in = _STRIP_IN / len(chosen) * frames.shape[1] / frames.shape[2]
    with new_figure(path, _STRIP_IN, 0.85 + height_in, title) as figure:
        line = figure.subplots(1, len(chosen), squeeze=False)[0]
        for axes, t in zip(line, chosen.tolist(), strict=True):
            view = enlarged(frames[t], *display_size(*frames.shape[1:3]))
            boxes_of_frame(view, t, frames.shape[1:3], predicted, truth, thickness=2)
            axes.imshow(view)
            axes.set_title(f"frame {t + 1}", fontsize=9)
            picture_axes(axes)
        figure.legend(handles=keys(bool(truth)), loc="outside lower left", ncols=2, fontsize=9)
