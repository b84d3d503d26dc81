"""Whether a video file is still what it was, or what another one is: its state on disk, and its bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from repro.types import Split, VideoRef


class State(NamedTuple):
    """What the file system says of a file. Whoever writes into it, renames another over it or sets its time
    back changes one of these: nobody can set `ctime_ns`, and another file is another inode."""

    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int


def state_of(path: Path) -> State:
    """The file's state now. Raises OSError if there is none."""
    status = path.stat()
    return State(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def on_both_sides(split: Split, contents: Mapping[str, str]) -> list[tuple[list[VideoRef], list[VideoRef]]]:
    """(training, test) videos of each content that is on both sides; contents: digests by video_id.

    A video whose content is not known, as that of a broken one, is equal to none.
    """
    train: dict[str, list[VideoRef]] = {}
    test: dict[str, list[VideoRef]] = {}
    for side, refs in ((train, split.train), (test, split.test)):
        for ref in refs:
            if ref.video_id in contents:
                side.setdefault(contents[ref.video_id], []).append(ref)
    return [(train[content], refs) for content, refs in test.items() if content in train]


def under_two_labels(
    refs: Iterable[VideoRef], contents: Mapping[str, str]
) -> list[tuple[VideoRef, VideoRef]]:
    """(video, an earlier one) of the same part of the same content, with another label; contents as above."""
    first: dict[object, VideoRef] = {}
    pairs = []
    for ref in refs:
        if ref.video_id in contents:
            before = first.setdefault((contents[ref.video_id], ref.segment, ref.span), ref)
            if before.label != ref.label:
                pairs.append((ref, before))
    return pairs
