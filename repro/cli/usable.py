"""Which videos of a split a run can use, and which of them it should not meet twice."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from repro import atomic
from repro.cli.named_data import index_of
from repro.datasets import own
from repro.paths import short_path
from repro.types import InputError, Split
from repro.video.content import on_both_sides, under_two_labels
from repro.video.index import VideoIndex, with_contents
from repro.video.names import printable


def usable(split: Split, options: argparse.Namespace, runs: Path) -> tuple[Split, VideoIndex]:
    """The videos that decode, each counted once; broken ones stop the run unless --skip-broken.

    runs: where they are listed. InputError too where a video has two labels.
    """
    index = index_of(split.dataset, (*split.train, *split.test), options.out)
    if twice := two_labels(split, index):
        raise InputError(twice[0] + (f" ({len(twice) - 1} more are so)" if len(twice) > 1 else ""))
    if index.overrun_frames:
        print(f"      {len(index.overrun_frames)} annotated segments are cut at the end of their files")
    if not index.broken:
        return _with_contents(split, index), index
    listing = runs / f"broken-{split.dataset}.txt"
    broken = [(printable(Path(video)), reason) for video, reason in index.broken.items()]
    atomic.write_text(listing, "".join(f"{video}\t{reason}\n" for video, reason in broken))
    first, reason = broken[0]
    if not options.skip_broken:
        raise InputError(
            f"{len(index.broken)} of {len(split.train) + len(split.test)} videos do not decode, first "
            f"{first}: {reason}; all are listed in {listing}; replace them, or use --skip-broken"
        )
    print(f"      left out {len(index.broken)} broken videos, listed in {short_path(listing)}")
    train, test = (
        tuple(ref for ref in part if ref.video_id not in index.broken) for part in (split.train, split.test)
    )
    return _with_contents(replace(split, train=train, test=test), index), index


def copied(split: Split, index: VideoIndex) -> list[tuple[str, str]]:
    """(test video, training video) with the same part of the same content: no test should know it."""
    copied = []
    for train, test in on_both_sides(split, index.contents):
        trained = {ref.segment: ref.video_id for ref in train}
        copied += [(ref.video_id, trained[ref.segment]) for ref in test if ref.segment in trained]
    return copied


def two_labels(split: Split, index: VideoIndex) -> list[str]:
    """A line for each of one's own videos whose content has another label too: no model can know both.

    Equal files under several classes in published lists are their owners' to judge.
    """
    if not split.dataset.startswith(own.PREFIX):
        return []
    return [
        f"{printable(ref.path)} ({split.classes[ref.label]}) has the same content as "
        f"{printable(before.path)} ({split.classes[before.label]}); a video has one label, "
        "remove one of the two"
        for ref, before in under_two_labels((*split.train, *split.test), index.contents)
    ]


def _with_contents(split: Split, index: VideoIndex) -> Split:
    """The split with frames where its annotation has seconds."""
    return replace(split, train=with_contents(split.train, index), test=with_contents(split.test, index))
