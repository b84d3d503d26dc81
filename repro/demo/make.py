"""Draws the whole set into a folder, on all cores, and can be stopped and started again at any moment."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
from tqdm import tqdm

from repro import atomic
from repro.datasets.rendered import MARKER
from repro.demo.actions import CLASSES
from repro.demo.layout_activitynet import ActivityNet
from repro.demo.layout_hmdb51 import Hmdb51
from repro.demo.layout_hollywood2 import Hollywood2
from repro.demo.layout_thumos13 import Thumos13
from repro.demo.layout_ut_interaction import UtInteraction, UtInteractionSegmented
from repro.demo.layouts import GROUPS, ClipName, Jhmdb21, Layout, Ucf101
from repro.demo.renderer import VERSION, render_clip
from repro.nearest import there_are
from repro.types import InputError

LAYOUTS: dict[str, Callable[[], Layout]] = {
    "ucf101": Ucf101,
    "jhmdb21": Jhmdb21,
    "ut_interaction": UtInteraction,
    "ut_interaction_segmented": UtInteractionSegmented,
    "hmdb51": Hmdb51,
    "thumos13": Thumos13,
    "activitynet": ActivityNet,
    "hollywood2": Hollywood2,
}


def make(
    folder: Path,
    layout: str = "ucf101",
    *,
    clips_per_group: int = 3,
    seed: int = 0,
    groups: int = GROUPS,
    processes: int | None = None,
) -> None:
    """Write the demo set in an official layout: 12 classes x `groups` x `clips_per_group` clips.

    layout: one of `LAYOUTS`. `jhmdb21` has at most 40 frames of each clip, with joints and masks;
    `ut_interaction` joins the clips of six classes into a long video for each of the first 20 groups,
    `ut_interaction_segmented` has each of them by itself, cropped; in `hmdb51` no split uses the groups from
    22; `thumos13` has the boxes in both forms of UCF101's 24 classes; `activitynet` joins three clips of
    different classes into each video; in `hollywood2` a fifth of the videos shows two classes.
    What is complete already is kept; with nothing missing this returns at once. processes: how many draw
    side by side, by default one per core; more than one starts Python afresh, so a script needs its
    `if __name__ == "__main__"`. Raises InputError when the folder holds something else, a set with other
    settings, or is being written by another process.
    """
    if layout not in LAYOUTS:
        raise InputError(f"no layout {layout!r} of the demo set{there_are(layout, list(LAYOUTS))}")
    _make(LAYOUTS[layout](), folder, clips_per_group, seed, groups, processes)


def clip_names(clips_per_group: int, groups: int = GROUPS) -> list[ClipName]:
    """All clips of a set in the order of its lists: by class, group and clip."""
    if not 1 <= clips_per_group <= 99:
        raise InputError(f"clips per group is {clips_per_group}; it must be from 1 to 99")
    if not 1 <= groups <= GROUPS:
        raise InputError(f"groups is {groups}; it must be from 1 to {GROUPS}")
    return [
        ClipName(label, group, clip)
        for label in CLASSES
        for group in range(1, groups + 1)
        for clip in range(1, clips_per_group + 1)
    ]


def _make(
    layout: Layout, folder: Path, clips_per_group: int, seed: int, groups: int, processes: int | None
) -> None:
    clips = clip_names(clips_per_group, groups)
    units = layout.units(clips)
    settings = {
        "layout": layout.name,
        "renderer": VERSION,
        "seed": seed,
        "groups": groups,
        "clips_per_group": clips_per_group,
        "clips": sum(len(layout.clips_of(unit)) for unit in units),
    }
    folder.mkdir(parents=True, exist_ok=True)
    with _sole_writer(folder):
        complete = _check(folder, settings)
        missing = [unit for unit in units if not all(path.exists() for path in layout.files(folder, unit))]
        if complete and not missing:
            return
        # Before the first clip, so that a stopped run is never continued with other settings.
        atomic.write_json(folder / MARKER, {**settings, "complete": False})
        for leftover in folder.rglob(".*.part*"):
            leftover.unlink()
        layout.write_lists(folder, clips)
        _render_all(layout, folder, seed, missing, processes or os.cpu_count() or 1)
        layout.finish(folder, units)
        atomic.write_json(folder / MARKER, {**settings, "complete": True})


@contextmanager
def _sole_writer(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the system lets go of it even when the process is killed."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{folder}: another process writes a demo set there; wait for it") from None
        yield


def _check(folder: Path, settings: dict[str, Any]) -> bool:
    """Whether the folder says that it is complete; InputError when it holds anything but this set."""
    marker = folder / MARKER
    if not marker.exists():
        others = sorted(path.name for path in folder.iterdir() if path.name != ".lock")
        if others:
            raise InputError(f"{folder} holds {others[0]} but no {MARKER}; name an empty or new folder")
        return False
    try:
        recorded = json.loads(marker.read_text())
        complete = bool(recorded.pop("complete"))
    except (ValueError, KeyError, AttributeError):
        raise InputError(f"{marker} cannot be read; delete {folder} and make the set again") from None
    for name, wanted in settings.items():
        if recorded.get(name) != wanted:
            raise InputError(
                f"{folder} holds a demo set with {name} {recorded.get(name)}, asked for {wanted}; "
                "name another folder or delete this one"
            )
    return complete


def _render_all(layout: Layout, folder: Path, seed: int, clips: list[ClipName], processes: int) -> None:
    render = partial(_render, layout, folder, seed)
    bar = partial(tqdm, total=len(clips), desc="rendering", unit="clip", mininterval=0.5, dynamic_ncols=True)
    if min(processes, len(clips)) <= 1:
        for _ in bar(map(render, clips)):
            pass
        return
    # Spawned and not forked: the caller may hold the threads of a deep-learning framework.
    with ProcessPoolExecutor(
        processes, get_context("spawn"), initializer=cv2.setNumThreads, initargs=(0,)
    ) as pool:
        try:
            for _ in bar(pool.map(render, clips, chunksize=4)):
                pass
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _render(layout: Layout, folder: Path, seed: int, unit: ClipName) -> None:
    layout.write_clip(folder, unit, *(render_clip(seed, *clip) for clip in layout.clips_of(unit)))
