"""Does labelling the next frame of a stream cost the same at frame 50 as at frame 1?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import measuring
from benchmarks.rendered_clip import write_clip
from repro.anticipation import networks, sequence
from repro.features.network import frame_function
from repro.inference.network import one_frame
from repro.inference.stream import Stream, StreamState
from repro.paper2.recipe import Recipe, recipe
from repro.report.tables import text_table
from repro.types import Frames
from repro.video import decode, geometry

QUESTION = "ms for the next frame of a stream, as it grows, against computing its beginning again"
CLASSES = 101
WAYS = {
    "stream": "the states of both LSTMs are kept (repro.inference.stream)",
    "lstm_again": "features are kept, the LSTMs run over frames 1..t again",
    "all_again": "frames 1..t go through everything again",
}
VIDEO_SIZE = {"paper": (240, 320), "tiny": (36, 48)}
Part = Callable[[], object]


def positions(steps: int) -> list[int]:
    """The frames t that are timed: the first, a tenth, a fifth, half and all of the T frames."""
    return sorted({1, *(max(1, steps // part) for part in (10, 5, 2, 1))})


def measure(size: str, repeats: int, folder: Path) -> dict[str, Any]:
    """ms at some t of the three ways in `WAYS`, and the ratios to the stream's."""
    numbers = recipe(size)
    height, width = VIDEO_SIZE[size]
    video = folder / "clip.avi"
    write_clip(video, numbers.steps, height=height, width=width)
    frames = decode.read_clip(video, limit=numbers.steps)
    at = positions(len(frames))
    times = measuring.in_turn(ways_at(numbers, frames, at), repeats, "streaming latency")
    return {"frames": len(frames), "parts_ms": measuring.with_spread(times), **compared(times, at)}


def ways_at(numbers: Recipe, frames: Frames, at: list[int]) -> dict[str, Part]:
    """What each of `WAYS` does to label frame t, by `way/t`: three ways to the same averaged probabilities.

    frames: uint8 [T, H, W, 3]. The stream's part returns its prediction and state, the others float32 [K].
    """
    built = networks.frame_networks(numbers, CLASSES)
    width = networks.feature_width(numbers)
    lstm = sequence.build(
        numbers.variant,
        features=dict.fromkeys(numbers.features, width),
        units=numbers.units,
        classes=CLASSES,
        steps=None,  # prefixes of any length
        cell=numbers.cell,
    )
    lstm.jit_compile = False  # as everywhere here
    stage = sequence.prediction(numbers.variant)
    network = frame_function(built.features, ("context", "action"))
    stream = Stream(
        one_frame(built.features, sequence.step_model(lstm), stage, sequence.initial_state(lstm)),
        [f"class {k}" for k in range(CLASSES)],
        numbers.size_px,
        window_frames=None,
    )
    states = _states(stream, frames)
    kept = _features(network, frames, numbers.size_px)

    def of_prefix(features: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        mean: NDArray[np.float32] = lstm.predict_on_batch(features)[stage][0].mean(axis=0)
        return mean

    def step(t: int) -> Part:
        return lambda: stream.step(frames[t - 1], states[t - 1])

    def lstm_again(t: int) -> Part:
        def run() -> object:
            new = _features(network, frames[t - 1 : t], numbers.size_px)
            return of_prefix({n: np.concatenate([kept[n][:, : t - 1], new[n]], axis=1) for n in kept})

        return run

    def all_again(t: int) -> Part:
        return lambda: of_prefix(_features(network, frames[:t], numbers.size_px))

    made = {"stream": step, "lstm_again": lstm_again, "all_again": all_again}
    return {f"{way}/{t}": made[way](t) for t in at for way in WAYS}


def _states(stream: Stream, frames: Frames) -> list[StreamState]:
    """What the stream remembers before each frame."""
    states = [stream.start()]
    for frame in frames[:-1]:
        states.append(stream.step(frame, states[-1])[1])
    return states


def _features(network: Callable[..., Any], frames: Frames, size: int) -> dict[str, NDArray[np.float32]]:
    """fc7 of both paths for the frames of one video: float32 [1, T, D] each."""
    images = np.stack([geometry.resize(frame, size, size) for frame in frames])
    return {name: np.asarray(array)[np.newaxis] for name, array in network(images).items()}


def compared(times: measuring.Times, at: list[int]) -> dict[str, Any]:
    """growth: the stream's last t against its first. ratio: everything again against the stream, last t."""
    middle = measuring.medians(times)
    by_t = [
        {
            "t": t,
            **{f"{way}_ms": middle[f"{way}/{t}"] for way in WAYS},
            **{
                f"{way}_ratio": middle[f"{way}/{t}"] / middle[f"stream/{t}"]
                for way in WAYS
                if way != "stream"
            },
        }
        for t in at
    ]
    return {
        "by_t": by_t,
        "growth": by_t[-1]["stream_ms"] / by_t[0]["stream_ms"],
        "ratio": by_t[-1]["all_again_ratio"],
    }


def report(result: Mapping[str, Any]) -> str:
    """One line for each t."""
    rows = [
        [
            str(row["t"]),
            *(f"{row[f'{way}_ms']:.1f}" for way in WAYS),
            *(f"{row[f'{way}_ratio']:.2f}" for way in WAYS if way != "stream"),
        ]
        for row in result["by_t"]
    ]
    header = ("t", *(f"{way} ms" for way in WAYS), "lstm_again / stream", "all_again / stream")
    meanings = [f"{way}: {meaning}" for way, meaning in WAYS.items()]
    growth = f"The stream's frame {result['frames']} takes {result['growth']:.2f} times as long as its first."
    return "\n".join([text_table(header, rows), *meanings, growth])
