"""How many times faster is paper 2's method than two-stream networks on a 50-frame video? (It says 14.)"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from benchmarks import measuring, two_stream
from benchmarks.methods import CLAIM, TEST_FRAMES, compared, methods
from benchmarks.rendered_clip import write_clip
from repro.anticipation import networks, sequence
from repro.backbones import vgg
from repro.features.network import frame_function
from repro.flow import tvl1
from repro.paper2.recipe import Recipe, recipe
from repro.report.tables import text_table
from repro.sampling import frames as sampling
from repro.types import Frames
from repro.video import decode, geometry

QUESTION = "Paper 2, section 1: 14 times faster than two-stream networks [28] and [8] on 50 frames?"
CLASSES = 101
# Images that go through a network at a time: divides what each protocol has of them.
BATCH = {"paper": 25, "tiny": 3}
VIDEO_SIZE = {"paper": (240, 320), "tiny": (36, 48)}


def measure(size: str, repeats: int, folder: Path) -> dict[str, Any]:
    """Times of all parts and what they add up to for each method; see README.md for what is compared.

    size: `paper`, or `tiny` for tests of this script. folder: an empty one, for the video.
    """
    numbers = recipe(size)
    height, width = VIDEO_SIZE[size]
    video = folder / "clip.avi"
    write_clip(video, numbers.steps, height=height, width=width)
    flow_sizes = ((numbers.flow_height_px, numbers.flow_width_px), (height, width))
    frames = decode.read_clip(video, limit=numbers.steps)
    parts: dict[str, Callable[[], object]] = {"decode": lambda: decode.read_clip(video, limit=numbers.steps)}
    parts |= _our_parts(numbers, frames, BATCH[size])
    for flow_size in flow_sizes:
        parts |= _flow_parts(numbers, frames, flow_size)
    parts |= _peer_networks(numbers, BATCH[size])
    times = measuring.in_turn(parts, repeats, "anticipation speed")
    return {
        "video": {"frames": len(frames), "height_px": height, "width_px": width},
        "batch": BATCH[size],
        "parts_ms": measuring.with_spread(times),
        **compared(times, methods(len(frames), BATCH[size], [_named(s) for s in flow_sizes])),
    }


def _named(flow_size: tuple[int, int]) -> str:
    height, width = flow_size
    return f"{width}x{height}"


def _our_parts(numbers: Recipe, frames: Frames, batch: int) -> dict[str, Callable[[], object]]:
    """Whole frames at the network's size, context- and action-aware fc7, two LSTMs, mean over 1..t."""
    network = frame_function(networks.frame_networks(numbers, CLASSES).features, ("context", "action"))
    lstm = networks.sequence_model(numbers, CLASSES)
    images = _resized(frames, numbers.size_px, numbers.size_px)
    drawn = np.random.default_rng(0)
    features = {
        name: drawn.random((1, len(frames), networks.feature_width(numbers)), np.float32)
        for name in numbers.features
    }

    def after_every_frame() -> NDArray[np.float32]:
        predicted = lstm.predict_on_batch(features)[sequence.prediction(numbers.variant)][0]
        averaged: NDArray[np.float32] = (
            predicted.cumsum(axis=0) / np.arange(1, len(predicted) + 1)[:, np.newaxis]
        )
        return averaged

    return {
        "resize": lambda: _resized(frames, numbers.size_px, numbers.size_px),
        "frame_network": lambda: network(images[:batch]),
        "ms_lstm": after_every_frame,
    }


def _resized(frames: Frames, height: int, width: int) -> Frames:
    return np.stack([geometry.resize(frame, height, width) for frame in frames])


def _flow_parts(
    numbers: Recipe, frames: Frames, flow_size: tuple[int, int]
) -> dict[str, Callable[[], object]]:
    """From decoded frames to the peer's network inputs at one size of the flow."""
    enlarged = _resized(frames, *flow_size)
    settings = tvl1.METHODS[numbers.flow_method]
    flow = np.zeros((len(frames) - 1, *flow_size, 2), np.float32)  # coding takes as long whatever it holds
    chosen = sampling.spaced(TEST_FRAMES, len(frames))
    name = _named(flow_size)
    return {
        f"resize_{name}": lambda: _resized(frames, *flow_size),
        f"flow_{name}": lambda: two_stream.flow_on_all_cores(enlarged, settings),
        f"once_{name}": lambda: two_stream.once(enlarged, flow, numbers.size_px),
        f"ten_crops_{name}": lambda: two_stream.ten_crops(enlarged, flow, chosen, numbers.size_px),
    }


def _peer_networks(numbers: Recipe, batch: int) -> dict[str, Callable[[], object]]:
    """VGG-16 on RGB and on flow stacks; their average is too little work to be timed by itself."""
    side = numbers.size_px
    spatial = vgg.vgg(vgg.VGG16, input_shape=(side, side, 3), width=numbers.width, classes=CLASSES)
    temporal = networks.flow_networks(numbers, CLASSES).training
    drawn = np.random.default_rng(0)
    inputs = {
        model.name: drawn.integers(0, 256, (batch, *model.inputs[0].shape[1:]), np.uint8)
        for model in (spatial, temporal)
    }

    def run(model: keras.Model) -> Callable[[], object]:
        model.jit_compile = False  # as `frame_function` has it for ours
        return lambda: model.predict_on_batch(inputs[model.name])

    return {"spatial_network": run(spatial), "temporal_network": run(temporal)}


def report(result: Mapping[str, Any]) -> str:
    """Both tables and, in words, what the ratios hang on."""
    frames = result["video"]["frames"]
    parts = [
        [name, *(f"{spent[key]:.1f}" for key in ("median", "min", "max"))]
        for name, spent in result["parts_ms"].items()
    ]
    rows = [
        [
            name,
            f"{method['total_ms']:.0f}",
            f"{method['total_ms'] / frames:.1f}",
            *(
                (
                    f"{method['ratio']:.2f}",
                    f"{method['ratio_min']:.2f} to {method['ratio_max']:.2f}",
                    f"{100 * method['flow_share']:.0f} %",
                    _factor(method["networks_faster_for_claim"]),
                )
                if "ratio" in method
                else ("1", "", "", "")
            ),
        ]
        for name, method in result["methods"].items()
    ]
    header = ("method", "ms", "ms/frame", "ratio", "over repeats", "flow share", f"{CLAIM:g} with networks")
    return "\n".join(
        [
            text_table(("part", "median ms", "least", "most"), parts),
            f"one network turn = {result['batch']} images",
            "",
            text_table(header, rows),
            "",
            f"The paper says {CLAIM:g}, not how it measured; nearest here: {result['nearest_to_claim']}.",
            "Last column: how many times as fast as here the networks would have to be for the paper's",
            "number, while flow and the rest stay as they are, on the CPU.",
        ]
    )


def _factor(value: float | None) -> str:
    return "never" if value is None else f"{value:.2g} x as fast"
