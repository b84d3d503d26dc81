"""What our runs say of a paper's claims. The rule was written before the runs, and stands here alone.

A claim is tested on one data set with one preset at a time: there it has one verdict, of that scale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from repro.evaluation.crossed import crossed
from repro.evaluation.significance import holm, sign_flip
from repro.experiment.claims import REPORTED, Claim, Sides
from repro.experiment.paired import NotComparable, Study, Term, paired
from repro.experiment.summary import counted, state
from repro.types import Reported

HOLDS, REVERSED, OPEN, UNTESTED = VERDICTS = ("holds", "reversed", "open", "untested")
MARGIN = 2.0  # points within which two things that a paper calls about the same count as the same
CHANCE = 0.05
RULE = (
    "A claim holds if the whole 95 % interval of the paired difference (seeds and source groups crossed) "
    "lies above 0, is reversed if it lies below, and else is open, with the smallest difference that such a "
    "study could detect (80 % power). What a paper calls about the same holds if the interval lies within "
    f"{MARGIN:g} points of 0, is reversed if it lies beyond them, and else is open. What is above several "
    "has the verdict on the one over which its interval reaches lowest. What is said of a curve is judged by "
    "the mean over its points. One seed is never a verdict. * survives Holm's correction over all that is "
    "tested of the paper. Open is not reproduced, and untested is not open."
)
Contents = Mapping[str, Mapping[str, Any]]  # row id -> result file


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The verdict on a claim on one data set (None: nowhere yet) with one preset.

    reason: why it is untested, or open without a test. over: of several comparisons the one that decided.
    difference, interval, smallest: in points. p: of the interval; sign_flip: of the seeds alone, from 6 on.
    survives: Holm's correction within the paper. absent: a row that it compares was not run.
    """

    claim: Claim
    word: str
    dataset: str | None = None
    preset: str | None = None
    reason: str = ""
    over: str = ""
    difference: float | None = None
    interval: tuple[float, float] | None = None
    smallest: float | None = None
    seeds: int = 0
    p: float | None = None
    sign_flip: float | None = None
    survives: bool = False
    absent: bool = False

    @property
    def scale(self) -> str:
        """How far what was run is from what the paper ran."""
        if self.dataset is None:
            return ""
        if self.dataset == "demo":
            return "drawn"
        return "full recipe" if self.preset == "paper" else "real video, smaller networks"


def verdicts(
    claims: Iterable[Claim],
    reported: Iterable[Reported],
    names: Mapping[str, str],
    folders: Mapping[tuple[str, str], Contents],
) -> list[Verdict]:
    """A verdict for each claim and each folder of results that its rows are for, else one that says why.

    names: the command's name of a data set -> the paper's. folders: (data set, preset) -> its result files.
    """
    printed = {(r.dataset, REPORTED + r.key): r.printed for r in reported}
    all_verdicts = []
    for claim in claims:
        own = []
        for (dataset, preset), contents in folders.items():
            if dataset in claim.on:
                blank = Verdict(claim=claim, word=UNTESTED, dataset=dataset, preset=preset)
                own.append(_closest(blank, printed, names[dataset], contents))
        why = claim.untested or f"its rows were not run on {' or '.join(claim.on)}"
        all_verdicts += own or [Verdict(claim=claim, word=UNTESTED, reason=why)]
    return _corrected(all_verdicts)


def _closest(
    blank: Verdict, printed: Mapping[tuple[str, str], float], dataset: str, contents: Contents
) -> Verdict:
    """The verdict from one folder's result files: of several comparisons the weakest.

    All of them must hold, so none needs a correction for the others. printed: (data set, row) -> what the
    paper reports.
    """
    compared = blank.claim.comparisons
    several = len(compared) > 1
    return min(
        (
            _judge(sides, printed, dataset, replace(blank, over=which if several else ""), contents)
            for which, sides in compared.items()
        ),
        key=_lowest,
    )


def _lowest(verdict: Verdict) -> tuple[bool, float]:
    """The order of several verdicts: untested, then those of one seed, then by the interval's lower end."""
    if verdict.interval is not None:
        return True, verdict.interval[0]
    return False, -np.inf if verdict.difference is None else verdict.difference


def _judge(
    sides: Sides,
    printed: Mapping[tuple[str, str], float],
    dataset: str,
    blank: Verdict,
    contents: Contents,
) -> Verdict:
    """The verdict on one comparison."""
    others = [(sign, row) for sign, row in sides if row.startswith(REPORTED)]
    ours = [side for side in sides if side not in others]
    absent = any(row.partition("@")[0] not in contents for _, row in ours)
    try:
        if others and blank.preset != "paper":
            raise NotComparable("a reported number: only the full recipe compares with it")
        study = _study(ours, contents, of_print=bool(others))
        offset = sum(sign * printed[dataset, row] for sign, row in others) / 100
    except NotComparable as error:
        return replace(blank, reason=str(error), absent=absent)
    values = {name: of + offset for name, of in study.values.items()}
    return decide(blank, study._replace(values=values), printed=bool(others))


def _study(sides: Sequence[tuple[int, str]], contents: Contents, *, of_print: bool) -> Study:
    """The rows of a comparison. of_print: with a printed number, which is of the printed splits alone."""
    terms = []
    for sign, row in sides:
        id, _, value = row.partition("@")
        if id not in contents:
            raise NotComparable(f"row {id} was not run")
        splits = contents[id]["splits"]
        runs = counted(contents[id]["runs"], splits)
        if any(run["partial"] for run in runs):
            raise NotComparable("a partial copy of the data set")
        if of_print and (progress := state(runs, splits)) != "done":
            raise NotComparable(f"row {id} stands beside a reported number: {progress}")
        terms.append(Term(sign, runs, value or "value"))
    if not terms:
        raise NotComparable("both numbers are reported")
    return paired(terms, contents[sides[0][1].partition("@")[0]]["sets"])


def decide(blank: Verdict, study: Study, *, printed: bool = False) -> Verdict:
    """The rule. blank: the verdict without its word. printed: the values are ours minus a printed number."""
    estimate = crossed(study.values, study.groups, printed=printed)
    open_ = replace(blank, word=OPEN, difference=100 * float(estimate.mean), seeds=len(study.seeds))
    if len(study.seeds) < 2:
        return replace(open_, reason="one seed is never a verdict")
    if np.isnan(estimate.se):
        return replace(open_, reason="the clips are of one source")
    low, high = (100 * float(end) for end in estimate.interval())
    by_seed = np.mean([of.mean(axis=1) for of in study.values.values()], axis=0)
    tested = replace(open_, interval=(low, high), smallest=100 * float(estimate.smallest))
    if blank.claim.equal:
        apart = low > MARGIN or high < -MARGIN
        return replace(tested, word=HOLDS if max(-low, high) < MARGIN else REVERSED if apart else OPEN)
    word = HOLDS if low > 0 else REVERSED if high < 0 else OPEN
    return replace(tested, word=word, p=float(estimate.p), sign_flip=sign_flip(by_seed.tolist()))


def _corrected(every: list[Verdict]) -> list[Verdict]:
    tested = [i for i, verdict in enumerate(every) if verdict.p is not None]
    for i, kept in zip(tested, holm([every[i].p or 0.0 for i in tested]), strict=True):
        every[i] = replace(every[i], survives=kept)
    return every


def by_chance(every: Iterable[Verdict]) -> str:
    """How many of these verdicts chance alone would give."""
    tested = sum(verdict.p is not None for verdict in every)
    return (
        f"{tested} tested for a difference: if nothing differed, chance alone would give about "
        f"{CHANCE * tested:.1f} verdicts of holds or reversed."
    )
