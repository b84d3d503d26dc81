"""What is drawn into a frame: the heat of a map, and boxes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.patches import Patch
from numpy.typing import NDArray

from repro.report.lettering import Colour, Image
from repro.report.overlays import enlarged
from repro.types import Tube

PREDICTED: Colour = (0, 220, 90)
TRUE: Colour = (255, 221, 0)
# Of boxes that coincide both colours stay in sight: the true one is wider and drawn first.
_PREDICTED_PX, _TRUE_PX = 3, 6
_OPACITY = 0.75  # of the heat at the maximum; the frame must stay recognisable
_HEAT = np.round(255 * colormaps["inferno"](np.linspace(0.25, 1, 256))[:, :3]).astype(np.float32)


def keys(any_truth: bool) -> list[Patch]:
    """What the colours of the boxes mean, for the legend of a figure."""
    named = {"predicted": PREDICTED, **({"true": TRUE} if any_truth else {})}
    return [Patch(color=np.array(colour) / 255, label=name) for name, colour in named.items()]


def check_frames(frames: NDArray[np.uint8]) -> None:
    """ValueError unless uint8 [T, H, W, 3] with at least one pixel."""
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3 or not frames.size:
        raise ValueError(f"frames are {frames.dtype} {frames.shape}; wanted uint8 [T, H, W, 3]")


def check_maps(maps: NDArray[np.floating], count: int, name: str) -> None:
    """ValueError unless [count, h, w], finite and nowhere negative."""
    if maps.ndim != 3 or len(maps) != count or not maps.size:
        raise ValueError(f"{name}: maps {maps.shape}; wanted [{count}, h, w]")
    if not (np.isfinite(maps).all() and maps.min() >= 0):
        raise ValueError(f"{name}: a map holds NaN, infinity or a negative number; wanted 0 or more")


def heat(frame: Image, values: NDArray[np.floating]) -> Image:
    """The frame under the heat of a map that covers it: its maximum glows, where it is 0 nothing changes.

    frame: uint8 [H, W, 3]. values: float [h, w], 0 or more, enlarged smoothly and scaled from 0 to its own
    maximum: it shows where, not how much. Returns uint8 [H, W, 3].
    """
    top = float(values.max())
    scaled = np.asarray(values, np.float32) / np.float32(top if top > 0 else 1)
    smooth = np.clip(enlarged(scaled, *frame.shape[:2]), 0, 1)
    blend = _HEAT[np.rint(255 * smooth).astype(np.uint8)]
    # In place: a stream draws this for every frame.
    blend -= frame
    blend *= np.float32(_OPACITY) * smooth[..., None]
    blend += frame
    return np.rint(blend, out=blend).astype(np.uint8)


def box(image: Image, edges: NDArray[np.floating], colour: Colour, width_px: int) -> None:
    """Draw a box inside its edges into uint8 [H, W, 3], with a dark line around it for bright frames.

    edges: [4], left, top, right, bottom in pixels of this image, half-open. What falls outside is cut off.
    """
    left, top, right, bottom = np.rint(edges).astype(int).tolist()
    _ring(image, (left - 1, top - 1, right + 1, bottom + 1), (0, 0, 0), 1)
    _ring(image, (left, top, right, bottom), colour, width_px)


def _ring(image: Image, edges: tuple[int, int, int, int], colour: Colour, width_px: int) -> None:
    left, top, right, bottom = edges
    # Opposite sides of a very small box may not cross its edges.
    across, down = min(width_px, right - left), min(width_px, bottom - top)
    for x0, y0, x1, y1 in (
        (left, top, right, top + down),
        (left, bottom - down, right, bottom),
        (left, top, left + across, bottom),
        (right - across, top, right, bottom),
    ):
        image[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = colour


def box_at(tube: Tube, frame: int) -> NDArray[np.float64] | None:
    """The tube's box in a frame, float64 [4], or None where it has none."""
    place = int(np.searchsorted(tube.frames, frame))
    return tube.boxes[place] if place < len(tube.frames) and tube.frames[place] == frame else None


def boxes_of_frame(
    image: Image,
    frame: int,
    source: tuple[int, int],
    predicted: Tube,
    truth: Sequence[Tube],
    *,
    thickness: int = 1,
) -> None:
    """Draw what was predicted and what is true in a frame into its picture.

    source: height and width of the stored frame, whose pixels the tubes are given in; the picture may be
    larger. True boxes yellow, the predicted one green and on top. thickness: of all lines, 2 for a picture
    that will be drawn at half its size.
    """
    scale = np.array([image.shape[1] / source[1], image.shape[0] / source[0]] * 2)
    for tube, colour, width_px in (
        *((each, TRUE, _TRUE_PX) for each in truth),
        (predicted, PREDICTED, _PREDICTED_PX),
    ):
        edges = box_at(tube, frame)
        if edges is not None:
            box(image, edges * scale, colour, thickness * width_px)
