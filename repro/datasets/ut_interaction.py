"""UT-Interaction and data sets in its layout: long videos in two sets, cut into one interaction each.

The continuous release is cut by the label sheet, as paper 2 does; where only the segmented release is on
disk, its clips are taken whole: they are cropped round the pair, not full frames. A sample tells which:
`seq3/02_hug` is the second row of the sheet for seq3.avi, `seq3/14_3_1` the segmented clip 14_3_1.avi.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from repro.datasets import label_sheet
from repro.datasets.assemble import Listed, OnDisk, assemble, check_split
from repro.datasets.faults import collecting, refuse
from repro.datasets.listing import ANNOTATIONS, VIDEOS, in_or_beside, is_file, is_folder, videos_in
from repro.datasets.parsing import published, read_lines
from repro.types import InputError, Split

CLASSES = ("shake-hands", "hug", "kick", "point", "punch", "push")  # by class id, in the paper's words
SPLITS = tuple(str(sequence) for sequence in range(1, label_sheet.SEQUENCES + 1))
SETS = (range(1, 11), range(11, 21))
SET_FOLDERS = tuple(
    f"{owner}{kind}set{n}" for owner in ("ut-interaction_", "") for kind in ("", "segmented_") for n in (1, 2)
)
SHEET = "ut-interaction_labels_110912"
CLASSES_FILE = "classes.csv"
CROPPED = (
    "the segmented release: clips are cropped round the pair; paper 2 cuts whole sequences in time, in full "
    "frames"
)
_SEQUENCE = r"(?P<sequence>[1-9]|1[0-9]|20)"
_CONTINUOUS = re.compile(rf"seq{_SEQUENCE}", re.ASCII)
_SEGMENTED = re.compile(rf"(?P<sample>0|[1-9][0-9]*)_{_SEQUENCE}_(?P<class>[0-9])", re.ASCII)
# How many primary rows the owner's sheet has, and how many segmented clips a set.
expected = partial(published, "ut_interaction")


def load(root: Path, split: str, lists: Path | None = None, *, allow_partial: bool = False) -> Split:
    """Split "1" to "20": tests the sequence of that number, trains on the other nine of its set.

    root: holds `seqN.avi`, or only segmented clips `<sample>_<sequence>_<class>.avi`, or the owner's folders
    of them (`SET_FOLDERS`), itself or in its folder `videos`; the videos may be re-encoded. One set is enough
    for its ten splits. lists: the folder of the label sheet; without it `root`, one of those folders, the
    folder above, or `annotations` in one of these two; segmented clips need none. A `classes.csv` beside the
    sheet, one name a line in the order of the class ids, names other classes than the official six. The
    group of a sample is its sequence. Raises InputError for anything missing, unlisted or malformed.
    """
    check_split("ut_interaction", split, SPLITS)
    own_set = next(numbers for numbers in SETS if int(split) in numbers)
    continuous, segmented, strange = _files(root)
    if continuous or not segmented:
        sheet = find_sheet(root, lists)
        classes, official = read_classes(sheet.parent)
        rows = label_sheet.read(sheet, len(classes))
        if official:
            _check_rows(sheet, len(rows), allow_partial)
        videos = {number: path for number, path in continuous.items() if number in own_set}
        listed, clips = _cut([row for row in rows if row.sequence in own_set], classes, videos)
    else:
        classes, official = read_classes(lists or root)
        of_set = [(match, path) for match, path in segmented if int(match["sequence"]) in own_set]
        if official and not allow_partial:
            _check_samples(of_set, root)
        listed, clips = _whole(of_set, classes)
    train = [clip for clip in listed if clip.group != f"seq{split}"]
    test = [clip for clip in listed if clip.group == f"seq{split}"]
    return assemble(
        "ut_interaction", split, classes, train, test, OnDisk(root, clips, strange), allow_partial
    )


def remarks(root: Path) -> tuple[str, ...]:
    """What a run on the clips below `root` should say of them: that the segmented release is cropped."""
    with collecting():  # what lies there twice has been refused
        continuous, segmented, _ = _files(root)
    return () if continuous or not segmented else (CROPPED,)


def read_classes(folder: Path) -> tuple[tuple[str, ...], bool]:
    """Class names in the order of their ids, and whether they are the official ones."""
    path = folder / CLASSES_FILE
    if not is_file(path):
        return CLASSES, True
    return tuple(match[0] for _, match in read_lines(path, r"[A-Za-z][A-Za-z0-9-]*", "<Class>")), False


def find_sheet(root: Path, given: Path | None) -> Path:
    """The label sheet, as CSV before .xls; InputError says where it should be."""
    bases = in_or_beside(root)
    places = [given] if given else [*_folders(root), *(base / ANNOTATIONS for base in bases), *bases[1:]]
    for suffix in (".csv", ".xls"):
        for place in places:
            if is_file(place / f"{SHEET}{suffix}"):
                return place / f"{SHEET}{suffix}"
    where = " or ".join(str(place) for place in dict.fromkeys((places[0], places[-1])))
    raise InputError(
        f"no label sheet {SHEET}.csv or .xls in {where}; "
        "get it where the videos are from, or name its folder with --lists"
    )


def _folders(root: Path) -> list[Path]:
    bases = [root, *filter(is_folder, [root / VIDEOS])]
    return [*bases, *filter(is_folder, [base / name for base in bases for name in SET_FOLDERS])]


def _files(root: Path) -> tuple[dict[int, Path], list[tuple[re.Match[str], Path]], list[Path]]:
    """Continuous videos by sequence, segmented clips by sample with their parsed names, and other videos."""
    continuous: dict[int, Path] = {}
    segmented, strange = [], []
    for path in (path for folder in _folders(root) for path in videos_in(folder)):
        if match := _CONTINUOUS.fullmatch(path.stem):
            number = int(match["sequence"])
            if number in continuous:
                refuse("duplicate", f"{path} and {continuous[number]} are the same sequence; remove one")
                continue
            continuous[number] = path
        elif match := _SEGMENTED.fullmatch(path.stem):
            segmented.append((match, path))
        else:
            strange.append(path)
    return continuous, sorted(segmented, key=lambda clip: int(clip[0]["sample"])), strange


def _cut(
    rows: Sequence[label_sheet.Interaction], classes: Sequence[str], videos: Mapping[int, Path]
) -> tuple[list[Listed], dict[str, Path]]:
    """A sample per row, numbered within its sequence, and the videos that are there, by sample.

    A video without a row stands under its own name, so that it counts as not listed.
    """
    listed: list[Listed] = []
    clips = {f"seq{n}": path for n, path in videos.items() if n not in {row.sequence for row in rows}}
    before: Counter[int] = Counter()
    for row in rows:
        before[row.sequence] += 1
        group, name = f"seq{row.sequence}", classes[row.class_id]
        listed.append(Listed(f"{group}/{before[row.sequence]:02d}_{name}", name, group, row.segment))
        if row.sequence in videos:
            clips[listed[-1].video_id] = videos[row.sequence]
    return listed, clips


def _whole(
    segmented: Sequence[tuple[re.Match[str], Path]], classes: Sequence[str]
) -> tuple[list[Listed], dict[str, Path]]:
    """A sample per clip of the segmented release."""
    listed: list[Listed] = []
    clips: dict[str, Path] = {}
    for match, path in segmented:
        group, class_id = f"seq{match['sequence']}", int(match["class"])
        if class_id >= len(classes):
            refuse("label", f"{path}: class {class_id}; there are 0 to {len(classes) - 1}")
            continue
        listed.append(Listed(f"{group}/{path.stem}", classes[class_id], group))
        if listed[-1].video_id in clips:
            refuse("duplicate", f"{path} and {clips[listed[-1].video_id]} are the same clip; remove one")
            listed.pop()
            continue
        clips[listed[-1].video_id] = path
    return listed, clips


def _check_rows(sheet: Path, rows: int, allow_partial: bool) -> None:
    least, most = expected()["primary_rows"]
    if rows > most or (rows < least and not allow_partial):
        refuse(
            "count",
            f"{sheet} has {rows} primary rows, the owner's {least} or {most}; export it again with its "
            f"`{label_sheet.MARKER}:` row"
            + ("" if rows > most else ", or take what is there with --partial"),
        )


def _check_samples(segmented: Sequence[tuple[re.Match[str], Path]], root: Path) -> None:
    """The samples of a set are numbered from 0 without gaps."""
    wanted = range(expected()["segmented_clips_per_set"])
    there = [int(match["sample"]) for match, _ in segmented]
    lost = [sample for sample in wanted if sample not in there]
    if lost or len(there) > len(wanted):
        what = f"sample {lost[0]} is missing" if lost else "there are more"
        refuse(
            "count",
            f"{root}: {len(there)} segmented clips of this set, wanted {len(wanted)}: {what}; get it again, "
            "or use the clips that are there with --partial",
        )
