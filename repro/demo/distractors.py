"""What moves through a clip behind the actor and has nothing to do with its class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repro.demo.actor import Painter, project, sample_clothes
from repro.demo.figure import positions, sample_body
from repro.demo.motions import stride
from repro.demo.objects import ball
from repro.demo.paint import Canvas, Colour, bright, disc, slab
from repro.demo.scenes import WIDTH_PX


@dataclass
class Distractor:
    """Something that moves through the picture behind the actor and has nothing to do with the class."""

    kind: str
    start_px: float
    speed_px: float  # per frame
    size_px: float
    colour: Colour
    painter: Painter | None = None

    def paint(self, canvas: Canvas, t: int, shift_px: float, ground_px: float) -> None:
        """Draw frame `t`; shift_px: how far the camera has moved to the right."""
        x, s = self.start_px + self.speed_px * t - shift_px, self.size_px
        if self.painter is not None:
            self.painter.paint(canvas, None, t, (x, ground_px - 17))
        elif self.kind == "car":
            for dx in (-0.55, 0.55):
                disc(canvas, x + dx * s, ground_px - 16, 0.17 * s, (36.0, 36.0, 40.0))
            slab(canvas, x - 0.95 * s, ground_px - 16 - 0.42 * s, 1.9 * s, 0.38 * s, self.colour)
            slab(canvas, x - 0.5 * s, ground_px - 16 - 0.75 * s, 1.0 * s, 0.33 * s, (120.0, 150.0, 176.0))
        else:
            hop = abs(np.sin(0.35 * t)) * 0.35 * s if self.kind == "bouncing" else 0.0
            ball(canvas, x, ground_px - 13 - hop, 0.07 * s, self.colour)


def sample_distractor(rng: np.random.Generator, frames: int, scene: str, left_px: float) -> Distractor | None:
    """A walker, a car (street only) or a ball for this clip, or none; left_px: the camera at frame 0."""
    kinds = (
        ("walker", "rolling", "bouncing", "car") if scene == "street" else ("walker", "rolling", "bouncing")
    )
    chosen, wanted = str(rng.choice(kinds)), rng.uniform() < 0.4
    way = float(rng.choice([-1.0, 1.0]))
    colour = bright(rng)
    size = rng.uniform(40, 54)
    speed = way * rng.uniform(0.8, 1.6) * (2.2 if chosen == "car" else 1.0)
    start = left_px + (rng.uniform(-30, 90) if way > 0 else rng.uniform(WIDTH_PX - 90, WIDTH_PX + 30))
    painter = None
    if chosen == "walker":
        body = sample_body(rng)
        phase = rng.uniform(0, 6.3) + 2 * np.pi * abs(speed) / (0.85 * size) * np.arange(frames)
        points = positions(stride(phase, running=False), body)
        painter = Painter(project(points, 15.0, way < 0, size), body, sample_clothes(rng))
    return Distractor(chosen, start, speed, size, colour, painter) if wanted else None
