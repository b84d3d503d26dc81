"""Draws the stills and movements to train on, once, into a folder of numbered files that is kept."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from tqdm import tqdm

from repro.atomic import write_npz
from repro.demo import moves, stills
from repro.video.geometry import resize

STILL_PX = 112
TRAIN_STILLS, TEST_STILLS, STILLS_A_FILE = 24_000, 2_000, 1_000
CLIP_FRAMES, CLIP_PX = 4, (84, 112)  # as the demo preset of paper 3 cuts and resizes
TRAIN_MOVES, TEST_MOVES, MOVES_A_FILE = 8_000, 500, 250
CLIPS_A_MOVE = 3
_CLIP_SAMPLES = 7  # the last word of the seeds that choose frames of a movement

Arrays = dict[str, np.ndarray]


def stills_in(folder: Path) -> Arrays:
    """Training stills, then test stills: `images` uint8 [26000, 112, 112, 3], int32 [26000] a label."""
    return _rendered(folder, "stills", render_stills, TRAIN_STILLS + TEST_STILLS, STILLS_A_FILE)


def clips_in(folder: Path) -> Arrays:
    """Clips of the training, then of the test movements: `clips` uint8 [25500, 4, 84, 112, 3], labels."""
    return _rendered(folder, "moves", render_clips, TRAIN_MOVES + TEST_MOVES, MOVES_A_FILE)


def render_stills(first: int, count: int) -> Arrays:
    """Stills `first` onwards: images uint8 [count, 112, 112, 3] and int32 [count] a label."""
    rendered = [stills.render_still(index) for index in range(first, first + count)]
    images = np.stack([resize(image, STILL_PX, STILL_PX) for image, _ in rendered])
    return {"images": images, **_columns([labels for _, labels in rendered])}


def render_clips(first: int, count: int) -> Arrays:
    """`CLIPS_A_MOVE` clips each of movements `first` onwards: uint8 [3 count, 4, 84, 112, 3], labels."""
    clips, labels = [], []
    for index in range(first, first + count):
        rng = np.random.default_rng([0, index, 0, 0, _CLIP_SAMPLES])
        move = moves.Move(index)
        world = move.world()
        for start in rng.choice(moves.FRAMES - CLIP_FRAMES + 1, CLIPS_A_MOVE, replace=False):
            frames = move.render(world, int(start), CLIP_FRAMES)
            clips.append(np.stack([resize(frame, *CLIP_PX) for frame in frames]))
            labels.append(move.labels(int(start), CLIP_FRAMES))
    return {"clips": np.stack(clips), **_columns(labels)}


def _columns(labels: list[dict[str, int]]) -> Arrays:
    return {head: np.array([row[head] for row in labels], dtype=np.int32) for head in labels[0]}


def _render_file(
    render: Callable[[int, int], Arrays], folder: Path, what: str, count: int, first: int
) -> Path:
    path = folder / f"{what}-{first:06d}.npz"
    if not path.exists():
        write_npz(path, render(first, count))
    return path


def _rendered(
    folder: Path, what: str, render: Callable[[int, int], Arrays], total: int, a_file: int
) -> Arrays:
    """All of `what`, by two processes and more; what lies in `folder` is not drawn again."""
    folder.mkdir(parents=True, exist_ok=True)
    starts = range(0, total, a_file)
    work = partial(_render_file, render, folder, what, a_file)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        progress = tqdm(
            pool.map(work, starts),
            total=len(starts),
            desc=f"rendering {what}",
            unit="file",
            dynamic_ncols=True,
        )
        parts = [dict(np.load(path, allow_pickle=False)) for path in progress]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
