"""The 1,000 classes of ImageNet 2012 in the order of a published network's outputs."""

from __future__ import annotations

from repro.paths import data_lists_folder

COUNT = 1000


def synonyms() -> tuple[str, ...]:
    """What WordNet calls each class, synonyms with commas between: `tench, Tinca tinca` is class 0."""
    text = (data_lists_folder() / "imagenet" / "classes.txt").read_text(encoding="utf-8")
    return tuple(text.splitlines())


def names() -> tuple[str, ...]:
    """The first synonym of each class. Not all differ: a crane is a bird (134) and a machine (517)."""
    return tuple(line.partition(",")[0] for line in synonyms())
