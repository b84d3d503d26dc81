"""Does the next frame of a stream through VideoLSTM cost the same at frame 200 as at frame 5?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks import measuring
from benchmarks.rendered_clip import write_clip
from repro.backbones.vgg import endpoint_model
from repro.features.flow_store import FlowSettings, coded_between
from repro.flow.coding import STILL
from repro.inference.stream import Motion, Stream, StreamState
from repro.paper4 import networks, prediction
from repro.paper4.localise import chain
from repro.paper4.recipe import Recipe, recipe
from repro.report.tables import text_table
from repro.types import Frames
from repro.video import decode, geometry

QUESTION = (
    "ms for the next frame of a stream through VideoLSTM, as it grows, against computing its snippet again"
)
CLASSES = 101
WAYS = {
    "stream": "the next frame with its memory (repro.inference.stream): all of flow, networks and step",
    "step": "of it VideoLSTM's one step and the box, features given",
    "snippet": "VideoLSTM over the last T frames again, features given",
}
SHARED = {"flow": "one field", "networks": "both VGG-16 on one frame"}  # whichever way
POSITIONS = {"paper": (5, 50, 200), "tiny": (2, 4, 9)}  # the frames t that are timed, counted from 1
RENDERED_FRAMES = 8  # different ones, again and again
VIDEO_SIZE = {"paper": (240, 320), "tiny": (36, 48)}
Part = Callable[[], Any]


def measure(size: str, repeats: int, folder: Path) -> dict[str, Any]:
    """ms at some t of what is in `WAYS`, of what a frame needs whichever way, and their ratios."""
    # The stream starts from frame 1 alone; so does the snippet, that both say the same.
    numbers = replace(recipe(size), initial_from="first")
    height, width = VIDEO_SIZE[size]
    video = folder / "clip.avi"
    write_clip(video, RENDERED_FRAMES, height=height, width=width)
    at = POSITIONS[size]
    times = measuring.in_turn(ways_at(numbers, decode.read_clip(video), at), repeats, "VideoLSTM stream")
    return {"snippet_frames": numbers.steps, "parts_ms": measuring.with_spread(times), **compared(times, at)}


def ways_at(numbers: Recipe, frames: Frames, at: tuple[int, ...]) -> dict[str, Part]:
    """What each of `WAYS` does about frame t when the frame after it has come, by `way/t`; and `SHARED`.

    frames: uint8 [n, H, W, 3], again and again; frame t itself is always the first of them, since flow
    takes longer between some frames than others. The stream's parts return what was read and the state, the
    snippet's the probabilities of frame t, float32 [K].
    """
    built = networks.build(numbers, CLASSES)
    built.jit_compile = False  # as everywhere here
    vggs = {stream: networks.stream_network(numbers, stream, CLASSES) for stream in ("rgb", "flow")}
    features = prediction.features(numbers, {stream: endpoint_model(vgg) for stream, vgg in vggs.items()})
    field = partial(coded_between, settings=FlowSettings.of(numbers))
    drawn = [
        {"rgb": frame, "flow": field(frame, following)}
        for frame, following in zip(frames, np.roll(frames, -1, axis=0), strict=True)
    ]
    images = [{n: _image(x, numbers.size_px) for n, x in each.items()} for each in drawn]
    kept = [features(each) for each in images]
    states = _states(numbers, built, kept, frames, at)
    whole = _stream(numbers, built, features, field)
    given = _stream(numbers, built, lambda _: kept[0], lambda *_: drawn[0]["flow"])

    def snippet(t: int) -> NDArray[np.float32]:
        first = max(1, t - numbers.steps + 1)
        rows = [kept[(s - 1) % len(kept)] for s in range(first, t)] + [kept[0]]
        rows += [kept[0]] * (numbers.steps - len(rows))  # a snippet has T frames; what follows t is ignored
        inputs = {name: np.stack([row[name] for row in rows], axis=1) for name in kept[0]}
        predicted: NDArray[np.float32] = built.predict_on_batch(inputs)["frame"][0, t - first]
        return predicted

    parts: dict[str, Part] = {
        "flow": lambda: field(frames[0], frames[1]),
        "networks": lambda: features(images[0]),
    }
    for t in at:
        parts[f"stream/{t}"] = partial(whole.step, frames[1], states[t])
        parts[f"step/{t}"] = partial(given.step, frames[1], states[t])
        parts[f"snippet/{t}"] = partial(snippet, t)
    return parts


def _image(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    return geometry.resize(image, size, size)[np.newaxis]


def _stream(numbers: Recipe, built: keras.Model, features: prediction.Features, motion: Motion) -> Stream:
    names = [f"class {k}" for k in range(CLASSES)]
    advance = prediction.advance(built, features)
    return Stream(advance, names, numbers.size_px, None, motion=motion, localisation=chain(numbers))


def _states(
    numbers: Recipe, built: keras.Model, kept: list[prediction.Inputs], frames: Frames, at: tuple[int, ...]
) -> dict[int, StreamState]:
    """What the stream remembers when frame t has come and waits for the next, from features that are kept."""
    answered = iter(range(max(at)))
    still = np.full((*frames.shape[1:3], 2), STILL, np.uint8)
    quick = _stream(numbers, built, lambda _: kept[next(answered) % len(kept)], lambda *_: still)
    states = {}
    state = quick.start()
    for t in tqdm(range(1, max(at) + 1), desc="beginning", unit="frame", mininterval=0.5, dynamic_ncols=True):
        _, state = quick.step(frames[(t - 1) % len(frames)], state)
        if t in at:
            states[t] = state._replace(waiting=frames[0])
    return states


def compared(times: measuring.Times, at: tuple[int, ...]) -> dict[str, Any]:
    """growth: the stream's last t against its first. ratio: the snippet in place of the step, at the last t.

    step_ratio: the snippet against the step alone.
    """
    middle = measuring.medians(times)
    shared = sum(middle[part] for part in SHARED)
    by_t = [
        {
            "t": t,
            **{f"{way}_ms": middle[f"{way}/{t}"] for way in WAYS},
            "to_first": middle[f"stream/{t}"] / middle[f"stream/{at[0]}"],
            "step_to_first": middle[f"step/{t}"] / middle[f"step/{at[0]}"],
            "ratio": (shared + middle[f"snippet/{t}"]) / middle[f"stream/{t}"],
            "step_ratio": middle[f"snippet/{t}"] / middle[f"step/{t}"],
        }
        for t in at
    ]
    return {"by_t": by_t, "growth": by_t[-1]["to_first"], "ratio": by_t[-1]["ratio"]}


def report(result: Mapping[str, Any]) -> str:
    """One line for each t, and what is in all of them."""
    ratios = ("to_first", "step_to_first", "ratio", "step_ratio")
    rows = [
        [str(row["t"]), *(f"{row[f'{way}_ms']:.1f}" for way in WAYS), *(f"{row[key]:.2f}" for key in ratios)]
        for row in result["by_t"]
    ]
    first, last = result["by_t"][0]["t"], result["by_t"][-1]["t"]
    held = (f"stream to {first}", f"step to {first}", "ratio", "snippet / step")
    header = ("t", *(f"{way} ms" for way in WAYS), *held)
    shared = [f"{n}: {what}, {result['parts_ms'][n]['median']:.1f} ms" for n, what in SHARED.items()]
    meanings = [f"{way}: {meaning}" for way, meaning in WAYS.items()]
    return "\n".join(
        [
            text_table(header, rows),
            *meanings,
            *shared,
            "ratio: flow, networks and the snippet against the stream",
            f"The stream's frame {last} takes {result['growth']:.2f} times as long as its frame {first}.",
        ]
    )
