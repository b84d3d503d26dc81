"""One clip of the demo set: draws the frames of a `Stage` and the annotation that belongs to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from repro.demo.actions import CLASSES
from repro.demo.actor import Painter, joints_of
from repro.demo.figure import POINT
from repro.demo.objects import ball, stick
from repro.demo.paint import SUPER, Canvas, shadow
from repro.demo.scenes import ABOVE_PX, HEIGHT_PX, WIDTH_PX
from repro.demo.stage import BALL_RADIUS, Stage
from repro.types import Frames, Segment

VERSION = 2  # raised with every change that alters a picture
FPS = 25.0
GREY = 128
WOOD = (176.0, 132.0, 80.0)


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


def render_clip(seed: int, label: str, group: int, clip: int) -> RenderedClip:
    """Draw clip `clip` of group `group` (both from 1) of class `label`.

    Raises ValueError for an unknown class.
    """
    stage = _staged(seed, label, group, clip)
    frames, mask = _render(stage, range(stage.frames))
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


def render_part(
    seed: int,
    label: str,
    group: int,
    clip: int,
    count: int,
    *,
    background: bool = True,
    actor: bool = True,
) -> Frames:
    """`count` frames of a clip, as `evenly` chooses them, with less in them: uint8 [count, 120, 160, 3], RGB.

    background=False: the actor with what it holds, on plain grey. actor=False: the scene with furniture,
    clutter and distractors, without the actor and its ball. Raises ValueError for an unknown class.
    """
    stage = _staged(seed, label, group, clip)
    return _render(stage, evenly(stage.frames, count), background=background, actor=actor)[0]


def evenly(frames: int, count: int) -> list[int]:
    """The middle frames of `count` equal parts of a clip."""
    return [int((i + 0.5) / count * frames) for i in range(count)]


def _staged(seed: int, label: str, group: int, clip: int) -> Stage:
    if label not in CLASSES:
        raise ValueError(f"no demo class {label!r}; the classes are {', '.join(CLASSES)}")
    return Stage(seed, label, group, clip)


def _render(
    stage: Stage, chosen: Sequence[int], *, background: bool = True, actor: bool = True
) -> tuple[Frames, NDArray[np.uint8]]:
    """The chosen frames, and the parts mask [n, H, W] of each: of an actor who is left out an empty one."""
    painter = Painter(stage.view, stage.body, stage.clothes)
    world = stage.paint_world() if background else None
    frames = np.empty((len(chosen), HEIGHT_PX, WIDTH_PX, 3), np.uint8)
    mask = np.zeros((len(chosen), HEIGHT_PX, WIDTH_PX), np.uint8)
    for i, t in enumerate(chosen):
        canvas = _crop(stage, world, t)
        if actor:
            _paint_actor(canvas, mask[i], stage, painter, t, with_shadow=background)
        small = cv2.resize(canvas, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA)
        frames[i] = cv2.convertScaleAbs(small, alpha=stage.gain, beta=10 + stage.lift)
    return frames, mask


def _crop(stage: Stage, world: Canvas | None, t: int) -> Canvas:
    """What the camera sees of the painted world with its distractor, or grey, on the enlarged canvas."""
    if world is None:
        return np.full((SUPER * HEIGHT_PX, SUPER * WIDTH_PX, 3), GREY, np.uint8)
    left, top = (int(corner) for corner in stage.shot.corner[t])
    x, y = SUPER * (left - stage.left_px), SUPER * (top + ABOVE_PX - round(stage.shot.horizon_px))
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
    if stage.holds_stick:
        hand, tip = (
            (float(view.x[t, i] + offset[0]), float(view.y[t, i] + offset[1]))
            for i in (POINT["r_hand"], POINT["stick_tip"])
        )
        stick(canvas, "bat", hand, tip, size, WOOD)
    place = stage.ball_px(t)
    if place is not None:
        ball(canvas, place[0] + offset[0], place[1] + offset[1], BALL_RADIUS * size, stage.thing_colour)
