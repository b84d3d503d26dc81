"""One clip of the demo set: draws the frames of a `Stage` and the annotation that belongs to them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from repro.demo.actions import CLASSES
from repro.demo.actor import Painter, joints_of
from repro.demo.figure import POINT
from repro.demo.objects import ball, stick
from repro.demo.paint import SUPER, Canvas, shadow
from repro.demo.scenes import HEIGHT_PX, MARGIN_PX, WIDTH_PX
from repro.demo.stage import Stage
from repro.types import Frames, Segment

VERSION = 1  # raised with every change that alters a picture
FPS = 25.0
GREY = 128
WOOD, STEEL = (176.0, 132.0, 80.0), (200.0, 204.0, 210.0)


@dataclass(frozen=True)
class RenderedClip:
    """A clip and its exact annotation.

    frames: uint8 [T, 120, 160, 3], RGB. boxes_px: float32 [T, 4], left, top, width, height of the visible
    actor. joints_px: float32 [2, 15, T], x and y in JHMDB's order. mask: uint8 [H, W, T], 0 background,
    1..14 the parts of `actor.PARTS`. action: the frames of the action proper. scene: its name.
    height_px: the standing figure. viewpoint: where it heads, E right, W left, S to the camera, SE, SW.
    """

    frames: Frames
    boxes_px: NDArray[np.float32]
    joints_px: NDArray[np.float32]
    mask: NDArray[np.uint8]
    action: Segment
    scene: str
    height_px: float
    viewpoint: str


def _boxes(mask: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The smallest rectangle [T, 4] around each frame's actor in `mask` [T, H, W]."""
    boxes = [cv2.boundingRect((frame > 0).astype(np.uint8)) for frame in mask]
    return np.array(boxes, np.float32)


def render_clip(
    seed: int, label: str, group: int, clip: int, *, background: bool = True, actor: bool = True
) -> RenderedClip:
    """Draw clip `clip` of group `group` (both from 1) of class `label`.

    background=False: the actor with what it holds, on plain grey. actor=False: the scene with furniture,
    clutter and distractors, without the actor; the annotation is that of the whole clip in both cases.
    Raises ValueError for an unknown class.
    """
    if label not in CLASSES:
        raise ValueError(f"no demo class {label!r}; the classes are {', '.join(CLASSES)}")
    stage = Stage(seed, label, group, clip)
    painter = Painter(stage.view, stage.body, stage.clothes)
    world = stage.paint_world() if background else None
    frames = np.empty((stage.frames, HEIGHT_PX, WIDTH_PX, 3), np.uint8)
    mask = np.zeros((stage.frames, HEIGHT_PX, WIDTH_PX), np.uint8)
    for t in range(stage.frames):
        canvas = _crop(stage, world, t)
        # The mask is needed in any case, so an unwanted actor is drawn where nobody looks.
        _paint_actor(canvas if actor else canvas.copy(), mask[t], stage, painter, t, with_shadow=background)
        small = cv2.resize(canvas, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA)
        frames[t] = cv2.convertScaleAbs(small, alpha=stage.gain, beta=10 + stage.lift)
    offsets = np.array([stage.offset_px(t) for t in range(stage.frames)], np.float32)
    return RenderedClip(
        frames=frames,
        boxes_px=_boxes(mask),
        joints_px=joints_of(stage.view, stage.mirror) + offsets.T[:, None, :],
        mask=np.ascontiguousarray(mask.transpose(1, 2, 0)),
        action=Segment(stage.motion.start_frames, stage.motion.stop_frames),
        scene=stage.scene,
        height_px=stage.height_px,
        viewpoint=stage.viewpoint,
    )


def _crop(stage: Stage, world: Canvas | None, t: int) -> Canvas:
    """What the camera sees of the painted world with its distractor, or grey, on the enlarged canvas."""
    if world is None:
        return np.full((SUPER * HEIGHT_PX, SUPER * WIDTH_PX, 3), GREY, np.uint8)
    left, top = (int(corner) for corner in stage.camera[t])
    x, y = SUPER * (left - stage.left_px), SUPER * (top + MARGIN_PX)
    canvas = world[y : y + SUPER * HEIGHT_PX, x : x + SUPER * WIDTH_PX].copy()
    if stage.distractor is not None:
        stage.distractor.paint(canvas, t, left, stage.offset_px(t)[1])
    return canvas


def _paint_actor(
    canvas: Canvas, mask: Canvas, stage: Stage, painter: Painter, t: int, *, with_shadow: bool
) -> None:
    """The figure of frame `t`, its shadow, and the bat, club or ball of the action."""
    view, size, offset = stage.view, stage.height_px, stage.offset_px(t)
    if with_shadow:
        shadow(canvas, float(view.x[t, POINT["pelvis"]]) + offset[0], offset[1], 0.22 * size)
    painter.paint(canvas, mask, t, offset)
    if stage.stick is not None:
        hand, tip = (
            (float(view.x[t, i] + offset[0]), float(view.y[t, i] + offset[1]))
            for i in (POINT["r_hand"], POINT["stick_tip"])
        )
        stick(canvas, stage.stick, hand, tip, size, WOOD if stage.stick == "bat" else STEEL)
    place = stage.ball_px(t)
    if place is not None:
        ball(canvas, place[0] + offset[0], place[1] + offset[1], 0.055 * size, stage.thing_colour)
