"""The data sets by name: how each is read, and how to get it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

from repro.datasets import activitynet, hmdb51, hollywood2, jhmdb21, own, thumos13, ucf101, ut_interaction
from repro.datasets.assemble import ONLY_SPLIT, SPLITS, some
from repro.datasets.listing import contents, holds_videos
from repro.nearest import there_are
from repro.types import InputError, Split


class Loader(Protocol):
    """`load` of an adapter."""

    def __call__(
        self, root: Path, split: str, lists: Path | None = None, *, allow_partial: bool = False
    ) -> Split:
        """The split, or InputError."""


class Entry(NamedTuple):
    """title: its proper name. sub_folder: where its archive puts the class folders."""

    title: str
    load: Loader
    sub_folder: str
    how_to_get: str
    splits: tuple[str, ...] = SPLITS


_ENTRIES = {
    "demo": Entry(
        "the demo set",
        partial(ucf101.load, dataset="demo"),
        "UCF-101",
        "it is drawn here in under a minute: bash run.sh data demo make",
    ),
    "ucf101": Entry(
        "UCF101",
        ucf101.load,
        "UCF-101",
        "download UCF101.rar and UCF101TrainTestSplits-RecognitionTask.zip from "
        "https://www.crcv.ucf.edu/data/UCF101.php and unpack both into that folder",
    ),
    "jhmdb21": Entry(
        "JHMDB-21",
        jhmdb21.load,
        "JHMDB_video/ReCompress_Videos",
        "download JHMDB_video.zip and splits.zip from http://jhmdb.is.tue.mpg.de and unpack both into that "
        "folder; rows about boxes (papers 1, 2, 4) need puppet_mask.zip from there too, unpacked beside them",
    ),
    "ut_interaction": Entry(
        "UT-Interaction",
        ut_interaction.load,
        "ut-interaction_set1",
        "download ut-interaction_set1.zip, ut-interaction_set2.zip and ut-interaction_labels_110912.xls from "
        "https://cvrc.ece.utexas.edu/SDHA2010/Human_Interaction.html and unpack them into that folder",
        ut_interaction.SPLITS,
    ),
    "hmdb51": Entry(
        "HMDB51",
        hmdb51.load,
        "hmdb51_org",
        "download hmdb51_org.rar and test_train_splits.rar from "
        "https://serre-lab.clps.brown.edu/resource/hmdb-a-large-human-motion-database, unpack the archive of "
        "each class and the splits into that folder",
    ),
    "thumos13": Entry(
        "THUMOS13 localisation (UCF101-24)",
        thumos13.load,
        "UCF-101",
        "its videos are UCF101's (https://www.crcv.ucf.edu/data/UCF101.php); put finalAnnots.mat of "
        "https://github.com/gurkirt/corrected-UCF101-Annots beside them",
    ),
    "activitynet": Entry(
        "ActivityNet",
        activitynet.load,
        "videos",
        "download activity_net.v1-3.min.json from http://activity-net.org/download.html and ask there for "
        "the videos; put both into that folder, the videos as v_<YouTube id>.mp4, .mkv, .webm or .avi",
        ONLY_SPLIT,
    ),
    "hollywood2": Entry(
        "Hollywood2",
        hollywood2.load,
        "Hollywood2/AVIClips",
        "download Hollywood2-actions.tar.gz from ftp://ftp.irisa.fr/local/vistas/actions and unpack it "
        "into that folder",
        ONLY_SPLIT,
    ),
}
NAMES = tuple(_ENTRIES)


def splits_of(dataset: str) -> tuple[str, ...]:
    """The names of its official splits, or folds. InputError for an unknown name."""
    return _entry(dataset).splits


def how_to_get(dataset: str) -> str:
    """One sentence on where the data set comes from. InputError for an unknown name."""
    return _entry(dataset).how_to_get


def load_split(
    dataset: str, root: Path, split: str, lists: Path | None = None, *, allow_partial: bool = False
) -> Split:
    """One of `splits_of` a data set in the owner's layout below `root`.

    lists: the folder of the official lists when they are not in or beside `root`. allow_partial: take the
    listed clips that are there. Raises InputError, without data one that says what to do.
    """
    check_there(dataset, root)
    return _entry(dataset).load(root, split, lists, allow_partial=allow_partial)


def remarks(dataset: str, root: Path) -> tuple[str, ...]:
    """What a run on a data set of one's own should say of it, a line each, and in which of two forms
    UT-Interaction lies there; nothing for the others."""
    if dataset == "ut_interaction":
        return ut_interaction.remarks(root)
    return own.remarks(root) if dataset.startswith(own.PREFIX) else ()


def check_there(dataset: str, root: Path) -> None:
    """InputError that says how to get the data set, unless there are videos of it below `root`."""
    entry = _entry(dataset)
    if dataset.startswith(own.PREFIX):
        return  # its name was made of the videos that it names
    there = contents(root)
    if holds_videos(root, root / entry.sub_folder, *there):
        return
    content = f", which has: {some([path.name for path in there])}" if there else ""
    where = f"no videos in {root}{content}; nor in its folders or {root / entry.sub_folder}"
    if dataset == "demo":
        raise InputError(f"{entry.title} is not on disk: {where}; {entry.how_to_get}")
    raise InputError(
        f"{entry.title} is not on disk: {where}; name its folder with --data, or get it: bash run.sh data "
        f"{dataset} download ({entry.how_to_get}); what works now: bash run.sh paper2 demo"
    )


def _entry(dataset: str) -> Entry:
    if dataset.startswith(own.PREFIX):
        return Entry("this data set", own.load, "", "name its folder or its CSV file", ONLY_SPLIT)
    if dataset not in _ENTRIES:
        raise InputError(f"unknown data set {dataset!r}{there_are(dataset, NAMES)}")
    return _ENTRIES[dataset]
