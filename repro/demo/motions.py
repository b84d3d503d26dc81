"""How key poses become motion: interpolation, strides, the idle phase, the run-up, once and again.

Run, HighJump and LongJump take the same run-up from the same draws, so nothing tells them apart before
take-off. The classes that begin from standing share one idle phase.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from repro.demo.figure import ANGLE, ANGLES, Array, pose

Keys = Sequence[tuple[float, Array]]


@dataclass(frozen=True)
class Motion:
    """One performance of T frames.

    angles: float64 [T, A] (see `figure.ANGLES`). travel: float64 [T], how far the figure has moved
    forward, in body heights. anchor: the points whose mean stays at `travel`. yaw: degrees, 0 is the
    profile, 90 faces the camera. event_frames: when the ball leaves or the bar is crossed.
    thing: the furniture, stick or ball that the action needs. running: whether it begins with a run-up.
    start_frames, stop_frames: the action proper, without idling and run-up for idling classes.
    """

    angles: Array
    travel: Array
    yaw: float
    start_frames: int
    stop_frames: int
    event_frames: int = 0
    anchor: tuple[str, ...] = ("r_ankle", "l_ankle")
    thing: str | None = None
    running: bool = False


def spline(keys: Keys, at: Array) -> Array:
    """Angles [T, A] at times `at` [T] along key poses: cubic, with the slope of each key's neighbours.

    Beyond the first and last key the pose is held.
    """
    times = np.array([t for t, _ in keys])
    values = np.stack([v for _, v in keys])
    slopes = np.zeros_like(values)
    slopes[1:-1] = (values[2:] - values[:-2]) / (times[2:] - times[:-2])[:, None]
    t = np.clip(at, times[0], times[-1])
    i = np.clip(np.searchsorted(times, t, side="right") - 1, 0, len(times) - 2)
    width = (times[i + 1] - times[i])[:, None]
    u = (t - times[i])[:, None] / width
    rise = u * u * (3 - 2 * u)
    return np.asarray(
        values[i] * (1 - rise)
        + values[i + 1] * rise
        + width * u * (1 - u) * ((1 - u) * slopes[i] - u * slopes[i + 1])
    )


def stride(phase: Array, *, running: bool) -> Array:
    """Angles [T, A] of running or walking at `phase` [T] (2 pi is two steps)."""
    swing, knee, arm, elbow, lean = (
        (38.0, 85.0, 42.0, 85.0, 12.0) if running else (22.0, 45.0, 20.0, 14.0, 3.0)
    )
    angles = np.tile(pose(lean=lean), (len(phase), 1))
    for side, p in (("r", phase), ("l", phase + np.pi)):
        angles[:, ANGLE[f"{side}_hip"]] = (10.0 if running else 2.0) + swing * np.sin(p)
        angles[:, ANGLE[f"{side}_knee"]] = 10.0 + knee * np.clip(np.cos(p + 0.6), 0.0, None) ** 1.4
        angles[:, ANGLE[f"{side}_arm"]] = -arm * np.sin(p) - 5.0
        angles[:, ANGLE[f"{side}_elbow"]] = elbow
    if running:
        angles[:, ANGLE["hop"]] = 0.05 * (0.5 + 0.5 * np.cos(2 * phase))
    return angles


def shaken(keys: Keys, rng: np.random.Generator) -> list[tuple[float, Array]]:
    """The key poses as this clip performs them: every angle a few degrees off, `hop` a little."""
    noise = rng.normal(0.0, 4.0, (len(keys), len(ANGLES))).clip(-9, 9)
    noise[:, ANGLE["hop"]] = 0.0
    return [(t, v + n) for (t, v), n in zip(keys, noise, strict=True)]


def idle(frames: int, rng: np.random.Generator) -> tuple[int, Array]:
    """How many frames the figure idles first, and the sway [T, A] added all through the clip."""
    sway = np.zeros((frames, len(ANGLES)))
    t = np.arange(frames)
    for name in ("lean", "r_arm", "l_arm", "twist", "nod"):
        sway[:, ANGLE[name]] = rng.uniform(1, 4) * np.sin(t * rng.uniform(0.1, 0.3) + rng.uniform(0, 6.3))
    return int(frames * rng.uniform(0.1, 0.22)), sway


def once(keys: Keys, frames: int, rng: np.random.Generator, event: float) -> Motion:
    """Idle, perform `keys` (times 0 to 1) once, and hold the last pose until the clip ends."""
    waiting, sway = idle(frames, rng)
    duration = (frames - waiting) * rng.uniform(0.72, 0.98)
    angles = spline(shaken(keys, rng), (np.arange(frames) - waiting) / duration) + sway
    return Motion(
        angles,
        np.zeros(frames),
        yaw=20.0,
        start_frames=waiting,
        stop_frames=min(frames, waiting + int(np.ceil(duration))),
        event_frames=waiting + round(event * duration),
    )


def again(rest: Array, keys: Keys, frames: int, rng: np.random.Generator, period_frames: float) -> Motion:
    """Idle in `rest`, go over to `keys` and repeat them (last key equal to the first) until the end."""
    waiting, sway = idle(frames, rng)
    period = period_frames * rng.uniform(0.8, 1.25)
    played = shaken(keys, rng)
    played[-1] = (played[-1][0], played[0][1])
    since = (np.arange(frames) - waiting) / period
    cycle = spline(played, np.clip(since, 0.0, None) % 1.0)
    angles = blended(rest, cycle, since * period) + sway
    return Motion(angles, np.zeros(frames), 20.0, waiting, frames)


def blended(rest: Array, moving: Array, since_frames: Array) -> Array:
    """From the pose `rest` [A] into the angles `moving` [T, A] within five frames of the start, at 0."""
    ready = np.clip(since_frames / 5.0, 0.0, 1.0)[:, None]
    return np.asarray((1 - ready) * rest + ready * moving)


def run_up(frames: int, rng: np.random.Generator) -> Motion:
    """Running for the whole clip: the beginning of Run, HighJump and LongJump alike."""
    rate = 2 * np.pi / rng.uniform(13.0, 18.0)
    phase = rng.uniform(0, 2 * np.pi) + rate * np.arange(frames)
    angles = stride(phase, running=True)
    angles[:, ANGLE["lean"]] += rng.normal(0, 3)
    speed = rate / (2 * np.pi) * rng.uniform(1.15, 1.35)
    return Motion(angles, speed * np.arange(frames), 12.0, 0, frames, anchor=("pelvis",), running=True)


def jump(keys: Keys, slow: float, event: float, frames: int, rng: np.random.Generator) -> Motion:
    """Run-up, then `keys` from take-off on; from `event` on the travel keeps `slow` of its speed."""
    run = run_up(frames, rng)
    start = int(frames * rng.uniform(0.34, 0.42))
    keys = [(0.0, run.angles[start]), *shaken(keys, rng)]
    t = (np.arange(frames) - start) / (frames - 1 - start)
    angles = np.where(t[:, None] < 0, run.angles, spline(keys, t))
    step = np.gradient(run.travel) * np.interp(t, [0.0, event, 0.85, 1.0], [1.0, slow, 0.25 * slow, 0.0])
    travel = np.concatenate([[0.0], np.cumsum(step)[:-1]])
    return replace(
        run, angles=angles, travel=travel, event_frames=start + round(event * (frames - 1 - start))
    )
