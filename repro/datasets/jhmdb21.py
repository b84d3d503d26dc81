"""JHMDB-21 and data sets in its layout: class folders, and one split file per class and split."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from repro.datasets import class_splits
from repro.datasets.assemble import assemble, check_split
from repro.datasets.class_splits import TEST, TRAIN
from repro.datasets.listing import video_folder
from repro.datasets.parsing import published
from repro.types import Split

VIDEOS = ("JHMDB_video/ReCompress_Videos", "ReCompress_Videos")
_LINE = r"([^/\\\x00-\x1f ][^/\\\x00-\x1f]*)\.avi ([12])"
DEMO_NAME = r"v_{name}_(?P<source>g[0-9][0-9])_c[0-9][0-9]"  # UCF101's, which the demo set uses here too
# The official clips per class, and the size and fingerprint of each split.
expected = partial(published, "jhmdb21")


def load(root: Path, split: str, lists: Path | None = None, *, allow_partial: bool = False) -> Split:
    """Split "1", "2" or "3" of `JHMDB_video/ReCompress_Videos/<class>/<clip>.avi` or `<class>/<clip>.avi`.

    lists: the folder of `<class>_test_split<S>.txt`; without it `splits` in `root` or beside it. When the
    classes are the 21 official ones the lists must be the owner's. Raises InputError for anything missing,
    unlisted or malformed.
    """
    check_split("jhmdb21", split)
    folder = class_splits.find_lists("JHMDB", "splits.zip", "splits", root, lists)
    flags = class_splits.read_split(folder, split, _LINE, "<clip>.avi <1 or 2>", DEMO_NAME)
    class_splits.check_official("JHMDB-21", "splits.zip", flags, split, folder, expected())
    clips = class_splits.by_flag(flags, DEMO_NAME)
    on_disk = class_splits.find_clips(video_folder(root, VIDEOS), flags)
    return assemble("jhmdb21", split, list(flags), clips[TRAIN], clips[TEST], on_disk, allow_partial)
