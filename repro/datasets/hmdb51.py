"""HMDB51 and data sets in its layout: class folders, and one split file per class and split."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from repro.datasets import class_splits
from repro.datasets.assemble import assemble, check_split
from repro.datasets.class_splits import TEST, TRAIN, UNUSED
from repro.datasets.faults import refuse
from repro.datasets.listing import video_folder
from repro.datasets.parsing import published
from repro.types import Split

VIDEOS = ("hmdb51_org", "HMDB51", "hmdb51")
LIST_FOLDER, LIST_ARCHIVE = "testTrainMulti_7030_splits", "test_train_splits.rar"
_LINE = r"([^/\\\x00-\x1f ]+)\.avi ([012]) ?"  # the owner's lines end in a blank; some copies lost it
# The official clips per class, and the size and fingerprint of each split.
expected = partial(published, "hmdb51")


def load(root: Path, split: str, lists: Path | None = None, *, allow_partial: bool = False) -> Split:
    """Split "1", "2" or "3" of `hmdb51_org/<class>/<clip>.avi` or `<class>/<clip>.avi`.

    lists: the folder of `<class>_test_split<S>.txt`; without it `testTrainMulti_7030_splits` or `annotations`
    in `root` or beside it. Clips of flag 0 are in neither part of the split. When the classes are the 51
    official ones the lists must be the owner's. A group is the clips of one class that were cut from one
    source video. Raises InputError for anything missing, unlisted or malformed, and for a source on both
    sides.
    """
    check_split("hmdb51", split)
    folder = class_splits.find_lists("HMDB51", LIST_ARCHIVE, LIST_FOLDER, root, lists)
    flags = read_flags(folder, split)
    clips = class_splits.by_flag(flags)
    for group in sorted({clip.group for clip in clips[TRAIN]} & {clip.group for clip in clips[TEST]}):
        refuse("leak", f"{folder}: split {split} trains and tests on clips of {group}; get the lists again")
    unused = {clip.video_id for clip in clips[UNUSED]}
    on_disk = class_splits.find_clips(video_folder(root, VIDEOS), flags, unused)
    return assemble("hmdb51", split, list(flags), clips[TRAIN], clips[TEST], on_disk, allow_partial)


def read_flags(folder: Path, split: str) -> class_splits.Flags:
    """The flags of a split; InputError for a malformed list, and for 51 official classes with other flags."""
    flags = class_splits.read_split(folder, split, _LINE, "<clip>.avi <0, 1 or 2>")
    class_splits.check_official("HMDB51", LIST_ARCHIVE, flags, split, folder, expected())
    return flags
