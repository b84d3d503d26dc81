"""Which of one's own videos are trained on and which are tested, and whether every class is on both sides."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from repro.datasets.assemble import Listed
from repro.datasets.faults import refuse
from repro.datasets.holdout import hold_out
from repro.datasets.listing import is_folder
from repro.datasets.own_list import OwnRow
from repro.types import InputError, VideoRef

TEST_SHARE, SEED = 0.3, 0


def divide(listed: Sequence[Listed], rows: Sequence[OwnRow]) -> dict[str, str]:
    """train or test of every video, drawn by groups; all train where no class has two groups."""
    labels = {name: label for label, name in enumerate(sorted({one.class_name for one in listed}))}
    refs = [
        VideoRef(one.video_id, row.path, labels[one.class_name], one.group)
        for one, row in zip(listed, rows, strict=True)
    ]
    try:
        _, test = hold_out(refs, TEST_SHARE, SEED)
    except InputError:
        test = ()  # which is reported class by class
    tested = {ref.video_id for ref in test}
    return {one.video_id: "test" if one.video_id in tested else "train" for one in listed}


def check_classes(
    place: Path, rows: Sequence[OwnRow], train: Sequence[Listed], test: Sequence[Listed], divided: bool
) -> None:
    """`refuse` a single class. InputError where a class is on one side only."""
    if len(classes := {one.class_name for one in (*train, *test)}) == 1:
        refuse("list", f"{place}: one class, {classes.pop()}; a model needs two, add videos of another")
    sides = {"training": {one.class_name for one in train}, "test": {one.class_name for one in test}}
    for side, there in sides.items():
        if lost := sorted(set.union(*sides.values()) - there):
            where = next(row.where for row in rows if row.label == lost[0]) or place
            likely = "".join(f"; {line}" for line in alike(row.label for row in rows))
            raise InputError(
                f"{where}: no {side} clip of {', '.join(lost)}; {_remedy(place, divided, side)}{likely}"
            )


def _remedy(place: Path, divided: bool, side: str) -> str:
    word, of_folder = side.removesuffix("ing"), is_folder(place)
    if divided and of_folder:
        return f"put clips of every class into {word}/"
    if divided:
        return f"write {word} in the column `split` of some of its lines, or leave that column out"
    how = "as train/<class> and test/<class>" if of_folder else "with a column `split`"
    return f"give every class clips of two source groups at least, or divide them {how}"


def alike(classes: Iterable[str]) -> list[str]:
    """A line for each set of class names that people, and some file systems, take for one."""
    by_form: dict[str, set[str]] = defaultdict(set)
    for name in classes:
        by_form[unicodedata.normalize("NFC", name.casefold())].add(name)
    return [
        f"the classes {' and '.join(map(ascii, sorted(names)))} differ only in case or Unicode form; they "
        "count as different"
        for names in by_form.values()
        if len(names) > 1
    ]
