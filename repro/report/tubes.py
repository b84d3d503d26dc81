"""Action tubes drawn into their video, as a video and as a strip of frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from matplotlib.patches import Patch
from numpy.typing import NDArray

from repro.report import panel
from repro.report.figure import drawing, evenly_chosen, picture_axes
from repro.report.lettering import Image, fitted, width_px, write
from repro.report.marks import PREDICTED, TRUE, boxes_of_frame, check_frames, check_maps, heat
from repro.report.overlays import display_size, enlarged
from repro.types import Frames, Tube
from repro.video.encode import write_video

_HEADER_PX, _GAP_PX = 72, 6
_STRIP_IN = 10.2


def tube_video(
    path: Path,
    frames: Frames,
    predicted: Tube,
    truth: Sequence[Tube],
    *,
    caption: str,
    fps: float,
    saliency: NDArray[np.floating] | None = None,
) -> None:
    """`tube_frames` as a `.webm` file that is complete or not there; fps: frames per second of the file."""
    write_video(path, tube_frames(frames, predicted, truth, caption=caption, fps=fps, saliency=saliency), fps)


def tube_frames(
    frames: Frames,
    predicted: Tube,
    truth: Sequence[Tube],
    *,
    caption: str,
    fps: float,
    saliency: NDArray[np.floating] | None = None,
) -> Iterator[Image]:
    """The frames enlarged, with the predicted box in green and the true ones in yellow, under a caption.

    frames: uint8 [T, H, W, 3] RGB. predicted, truth: boxes in pixels of these frames; a frame that a tube
    skips shows no box of it. saliency: float [T, h, w], 0 or more, of every frame; if given, drawn beside as
    heat, each map from 0 to its own maximum. Yields uint8 [H', W', 3] with even sides, frame by frame.
    Raises ValueError for shapes that do not fit, and tubes that go beyond the last frame.
    """
    _check(frames, predicted, truth, saliency)
    if not fps > 0:
        raise ValueError(f"fps is {fps}; wanted more than 0")
    return _drawn(frames, predicted, truth, caption, fps, saliency)


def _check(
    frames: Frames, predicted: Tube, truth: Sequence[Tube], saliency: NDArray[np.floating] | None
) -> None:
    check_frames(frames)
    last = max(int(tube.frames[-1]) for tube in (predicted, *truth))
    if last >= len(frames):
        raise ValueError(f"a tube has a box in frame {last} of a video of {len(frames)} frames")
    if saliency is not None:
        check_maps(saliency, len(frames), "saliency")


def _drawn(
    frames: Frames,
    predicted: Tube,
    truth: Sequence[Tube],
    caption: str,
    fps: float,
    saliency: NDArray[np.floating] | None,
) -> Iterator[Image]:
    for t, frame in enumerate(frames):
        views = _views(frame, t, predicted, truth, None if saliency is None else saliency[t])
        gap = np.full((views[0].shape[0], _GAP_PX, 3), panel.BACKGROUND, np.uint8)
        picture = np.concatenate([views[0], *(part for view in views[1:] for part in (gap, view))], axis=1)
        header = np.full((_HEADER_PX, picture.shape[1], 3), panel.BACKGROUND, np.uint8)
        _header(header, caption, f"frame {t + 1}/{len(frames)}   {(t + 1) / fps:.2f} s", bool(truth))
        yield np.concatenate([header, picture], axis=0)


def _views(
    frame: Image,
    t: int,
    predicted: Tube,
    truth: Sequence[Tube],
    saliency: NDArray[np.floating] | None,
    thickness: int = 1,
) -> list[Image]:
    """The frame with its boxes and, where there is a map, the frame under its heat with the same boxes."""
    larger = enlarged(frame, *display_size(*frame.shape[:2]))
    views = [larger] if saliency is None else [larger, heat(larger, saliency)]
    for view in views:
        boxes_of_frame(view, t, frame.shape[:2], predicted, truth, thickness=thickness)
    return views


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
    saliency: NDArray[np.floating] | None = None,
    columns: int = 6,
) -> None:
    """Evenly spaced frames of a video with their boxes, side by side; with saliency a second row of heat.

    Arguments as in `tube_frames`. columns: how many frames, as far as the predicted tube has so many.
    """
    _check(frames, predicted, truth, saliency)
    chosen = predicted.frames[evenly_chosen(len(predicted.frames), columns)]
    lines = 1 if saliency is None else 2
    height_in = _STRIP_IN / len(chosen) * frames.shape[1] / frames.shape[2]
    with drawing(path, _STRIP_IN, 0.85 + lines * height_in) as figure:
        grid = figure.subplots(lines, len(chosen), squeeze=False)
        for column, t in zip(grid.T, chosen.tolist(), strict=True):
            views = _views(
                frames[t], t, predicted, truth, None if saliency is None else saliency[t], thickness=2
            )
            column[0].set_title(f"frame {t + 1}", fontsize=9)
            for axes, view in zip(column, views, strict=True):
                axes.imshow(view)
                picture_axes(axes)
        keys = [Patch(color=np.array(PREDICTED) / 255, label="predicted")]
        if truth:
            keys.append(Patch(color=np.array(TRUE) / 255, label="true"))
        figure.legend(handles=keys, loc="outside lower left", ncols=2, fontsize=9)
        figure.suptitle(title, x=0.01, ha="left", fontsize=11)
