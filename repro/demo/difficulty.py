"""What a network trained on ImageNet, never on this set, tells of the class: a probe on its features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from repro.backbones import efficientnet_lite, fixed_norm
from repro.demo.layouts import ClipName, Ucf101
from repro.demo.probe import Floats
from repro.demo.renderer import evenly, render_part
from repro.types import Frames
from repro.video.decode import read_clip
from repro.video.geometry import resize

NETWORK, FRAMES, BATCH = "efficientnet_lite0", 6, 48
Look = Callable[[ClipName], Frames]
PARTS = ("whole", "background", "actor")


def features(clips: Sequence[ClipName], part: str, folder: Path, seed: int, weights: Path) -> Floats:
    """EfficientNet-Lite0's mean features of `FRAMES` frames of each clip, evenly spaced: [n, FRAMES, 1280].

    part: `whole` (the video as it lies in `folder`), `background` or `actor`, drawn anew. weights: the file
    of the network; InputError where it is missing.
    """
    looks: dict[str, Look] = {
        "whole": lambda clip: _of_video(folder, clip),
        "background": lambda clip: render_part(seed, *clip, FRAMES, actor=False),
        "actor": lambda clip: render_part(seed, *clip, FRAMES, background=False),
    }
    side = efficientnet_lite.VARIANTS[NETWORK].size
    network = efficientnet_lite.efficientnet_lite(NETWORK, ("mean",))
    fixed_norm.load(network, weights)
    means = []
    for start in tqdm(range(0, len(clips), BATCH // FRAMES), desc=part, unit="batch", dynamic_ncols=True):
        frames = [looks[part](clip) for clip in clips[start : start + BATCH // FRAMES]]
        images = np.stack([resize(frame, side, side) for frame in np.concatenate(frames)])
        means.append(network.predict_on_batch(images)["mean"])
    return np.concatenate(means).astype(np.float64).reshape(len(clips), FRAMES, -1)


def _of_video(folder: Path, clip: ClipName) -> Frames:
    frames = read_clip(Ucf101().files(folder, clip)[-1])
    return frames[evenly(len(frames), FRAMES)]
