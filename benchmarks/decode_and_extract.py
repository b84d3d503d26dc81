"""How close does feature extraction come to what the cores allow, and to the plainest PyTorch?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import engines, measuring
from benchmarks.rendered_clip import write_clip
from repro.anticipation import networks
from repro.backbones.weights import named_weights
from repro.experiment.stage_times import usable_cores
from repro.features.ahead import ahead
from repro.features.extract import extract, frames_of
from repro.features.network import frame_function
from repro.features.store import FeatureStore
from repro.paper2.recipe import Recipe, recipe
from repro.report.tables import text_table
from repro.types import VideoRef

QUESTION = "frames/s of feature extraction against what the cores allow, and plain PyTorch"
CLASSES = 101
CLIPS = {"paper": 4, "demo": 24, "tiny": 4}
VIDEO_SIZE = {"paper": (240, 320), "demo": (120, 160), "tiny": (36, 48)}


def measure(size: str, repeats: int, folder: Path) -> dict[str, Any]:
    """Frames per second of our extraction and of the peer's, and which share of the limit ours reaches.

    decode: the threads of `extract` and resizing, without a network. network: one full batch that is ready.
    ours: from video files to stored features, nothing stored before. peer: one video after the other, with
    the same weights. What the cores allow: as many as there are, by what decoding and network compute.
    """
    numbers = recipe(size)
    refs = _clips(size, numbers.steps, folder)
    built = networks.frame_networks(numbers, CLASSES).features
    network = frame_function(built, ("context", "action"))
    side, limit, batch = numbers.size_px, numbers.steps, numbers.steps
    ready = np.random.default_rng(0).integers(0, 256, (batch, side, side, 3), np.uint8)
    fresh = count()
    plain, agreement = _peer(numbers, built, refs, ready)

    def decode() -> None:
        for _ in ahead(lambda ref: frames_of(ref, side, limit), refs):
            pass

    def whole() -> None:
        store = FeatureStore(folder / f"store{next(fresh)}", {"made for": "a benchmark"})
        extract(refs, network, store, size=side, limit=limit, batch=batch)

    halves = {
        "decode": measuring.Computing(decode),
        "network": measuring.Computing(lambda: network(ready)),
    }
    times = measuring.in_turn({**halves, "ours": whole, "peer": plain}, repeats, "decode and extract")
    computing_ms = {name: half.median_ms for name, half in halves.items()}
    frames = {**dict.fromkeys(times, len(refs) * limit), "network": batch}
    return {
        "clips": len(refs),
        "batch": batch,
        "frames": frames,
        "compared_first": agreement,
        "computing_ms": computing_ms,
        "parts_ms": measuring.with_spread(times),
        **compared(times, frames, computing_ms, usable_cores()),
    }


def compared(
    times: measuring.Times, frames: Mapping[str, int], computing_ms: Mapping[str, float], cores: int
) -> dict[str, Any]:
    """Frames/s of each part, and `allowed`: cores / (CPU seconds of decoding + of the network) a frame; the
    share of it that ours and the peer reach; `ratio`: the peer's time by ours.
    """
    middle = measuring.medians(times)
    rates = {part: 1000 * frames[part] / ms for part, ms in middle.items()}
    allowed = 1000 * cores / sum(ms / frames[part] for part, ms in computing_ms.items())
    return {
        "frames_per_s": {**rates, "allowed": allowed},
        "ratio": middle["peer"] / middle["ours"],
        "share_of_limit": {part: rates[part] / allowed for part in ("ours", "peer")},
    }


def report(result: Mapping[str, Any]) -> str:
    """The rates, the share and the ratio."""
    rows = [
        [part, str(result["frames"][part]), f"{spent['median']:.0f}", f"{result['frames_per_s'][part]:.1f}"]
        for part, spent in result["parts_ms"].items()
    ]
    share, allowed = result["share_of_limit"], result["frames_per_s"]["allowed"]
    words = (
        f"Extraction reaches {100 * share['ours']:.0f} % of the {allowed:.1f} frames/s that the cores allow, "
        f"PyTorch {100 * share['peer']:.0f} %: {result['ratio']:.2f} times as fast."
    )
    return "\n".join([text_table(("part", "frames", "median ms", "frames/s"), rows), words])


def _clips(size: str, steps: int, folder: Path) -> list[VideoRef]:
    height, width = VIDEO_SIZE[size]
    refs = [VideoRef(f"clip{n}", folder / f"clip{n}.avi", 0, f"g{n}") for n in range(CLIPS[size])]
    for n, ref in enumerate(refs):
        write_clip(ref.path, steps, height=height, width=width, group=n + 1)
    return refs


def _peer(
    numbers: Recipe, built: Any, refs: Sequence[VideoRef], ready: np.ndarray[Any, Any]
) -> tuple[Callable[[], None], dict[str, float]]:
    """Extraction as one would write it first, and by how much its features differ from ours, relatively."""
    torch, device = engines.pytorch(), engines.device()
    from benchmarks.peers.frame_network import FrameNetwork
    from benchmarks.peers.frames import frames_in_turn

    plain = FrameNetwork(
        size=numbers.size_px, width=numbers.width, loc_units=numbers.loc_units, classes=CLASSES
    )
    plain.copy({name: np.asarray(variable) for name, variable in named_weights(built).items()})
    plain = plain.to(device).eval()

    def features(images: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
        with torch.inference_mode():
            both = plain(torch.from_numpy(images).to(device))
        return dict(zip(("context", "action"), (each.cpu().numpy() for each in both), strict=True))

    def extracted() -> None:
        for ref in refs:
            images = frames_in_turn(ref.path, numbers.size_px, numbers.steps)
            context, action = features(images).values()
            np.savez(ref.path.with_suffix(".peer.npz"), context=context, action=action)

    own, there = built.predict_on_batch(ready[:4]), features(ready[:4])
    # Many units are 0, of which no share can be taken; of the mean it can.
    of_ours, of_peer = ({name: each[name].mean(axis=1) for name in there} for each in (own, there))
    return extracted, engines.agreement(of_ours, of_peer)
