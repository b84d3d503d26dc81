"""What a split has beside what its owner published: the numbers of `data_lists/`."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from repro.datasets import hmdb51, hollywood2, jhmdb21, thumos13, ucf101, ut_interaction
from repro.types import Split

HMDB51_TRAIN, HMDB51_TEST = 70, 30  # clips of every class in each split, by the owner


class Count(NamedTuple):
    """what: `Archery: test`, or `train` of all classes together."""

    what: str
    counted: int
    published: int


def compare(dataset: str, split: Split) -> list[Count]:
    """Numbers of a split beside the published ones; nothing where its classes are not the official ones.

    A clip of several classes counts in each. The totals of ActivityNet and of UT-Interaction's sheet are
    of one list, which the adapters compare; segmented clips of UT-Interaction are counted by class.
    """
    wanted = _wanted(dataset, split)
    subsets = {"train": split.train, "test": split.test}
    counted: Counter[str] = Counter({name: len(refs) for name, refs in subsets.items()})
    for subset, refs in subsets.items():
        for ref in refs:
            for label in (ref.label, *ref.others):
                counted[f"{split.classes[label]}: {subset}"] += 1
                counted[split.classes[label]] += 1
    return [Count(what, counted[what], number) for what, number in wanted.items()]


def _wanted(dataset: str, split: Split) -> dict[str, int]:
    classes = set(split.classes)
    if dataset in ("ucf101", "thumos13"):
        official = thumos13.expected()["classes"] if dataset == "thumos13" else list(ucf101.inventory())
        return _by_rule(split.name, set(official)) if classes <= set(official) else {}
    if dataset == "hmdb51" and classes <= set(hmdb51.expected()["clips"]):
        sizes = hmdb51.expected()["splits"][split.name]
        of_class = {"train": HMDB51_TRAIN, "test": HMDB51_TEST}
        per_class = {f"{n}: {p}": k for n in hmdb51.expected()["clips"] for p, k in of_class.items()}
        return {"train": sizes["train"], "test": sizes["test"], **per_class}
    if dataset == "jhmdb21" and classes <= set(jhmdb21.expected()["clips"]):
        sizes = jhmdb21.expected()["splits"][split.name]
        return {"train": sizes["train"], "test": sizes["test"], **jhmdb21.expected()["clips"]}
    if dataset == "hollywood2" and classes <= set(hollywood2.expected()["classes"]):
        of_subset = {subset: hollywood2.expected()[subset] for subset in hollywood2.SUBSETS}
        totals = {subset: numbers["clips"] for subset, numbers in of_subset.items()}
        positives = {f"{n}: {p}": k for p, of in of_subset.items() for n, k in of["positives"].items()}
        return {**totals, **positives}
    if dataset == "ut_interaction" and classes <= set(ut_interaction.CLASSES):
        cut = any(ref.segment for ref in (*split.train, *split.test))
        of_class = ut_interaction.expected()["segmented_clips_per_class_and_set"]
        return {} if cut else dict.fromkeys(ut_interaction.CLASSES, of_class)
    return {}


def _by_rule(split: str, official: set[str]) -> dict[str, int]:
    """UCF101's numbers of clips by group, divided by the rule of the groups."""
    wanted: Counter[str] = Counter()
    for clip in ucf101.official_clips():
        if clip.class_name in official:
            subset = "test" if clip.in_test(split) else "train"
            wanted[subset] += 1
            wanted[f"{clip.class_name}: {subset}"] += 1
    return dict(wanted)
