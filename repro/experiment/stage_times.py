"""The stages of a run as they begin, what each took, and what is left by earlier runs of the same kind."""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from repro.atomic import write_json


class Spent(NamedTuple):
    """Seconds: of the clock, and of computing by this process and those that it started and that ended."""

    clock_s: float
    user_s: float
    system_s: float

    @classmethod
    def so_far(cls) -> Spent:
        own, of_children = (
            resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        return cls(time.monotonic(), own.ru_utime + of_children.ru_utime, own.ru_stime + of_children.ru_stime)

    def plus(self, other: Spent) -> Spent:
        return Spent(*(a + b for a, b in zip(self, other, strict=True)))

    def minus(self, other: Spent) -> Spent:
        return Spent(*(a - b for a, b in zip(self, other, strict=True)))


class Announcer:
    """Numbers the stages and prints how long it took to get to each and, where earlier runs of the same kind
    were timed, how long it takes at most from there; at the end what each of them took.

    longest_s: the most seconds that a stage took in such a run. Nothing else is an estimate: with a stage
    that was never timed none is given.
    """

    def __init__(self, stages: tuple[str, ...], last: str) -> None:
        self.stages, self.last, self.began = stages, last, Spent.so_far()
        self.longest_s: Mapping[str, float] = {}
        self.begun: list[tuple[str, Spent]] = []

    def say(self, stage: str, what: str) -> None:
        number, total = (self.stages.index(name) + 1 for name in (stage, self.last))
        again = any(name == stage for name, _ in self.begun)
        now = Spent.so_far()
        self.begun.append((stage, now))
        left = "" if again else self._left(stage)
        print(f"[{number}/{total}] {now.clock_s - self.began.clock_s:6.1f} s  {what}{left}", flush=True)

    def _left(self, stage: str) -> str:
        ahead = self.stages[self.stages.index(stage) : self.stages.index(self.last) + 1]
        if not all(name in self.longest_s for name in ahead):
            return ""
        return f"; up to {in_words(sum(self.longest_s[name] for name in ahead))} to go"

    def spent(self) -> dict[str, Spent]:
        """What each stage took until now."""
        ends = [began for _, began in self.begun[1:]] + [Spent.so_far()]
        by_stage: dict[str, Spent] = {}
        for (stage, began), ended in zip(self.begun, ends, strict=True):
            by_stage[stage] = by_stage.get(stage, Spent(0, 0, 0)).plus(ended.minus(began))
        return by_stage

    def took(self) -> str:
        """A line for each stage and for all: seconds of the clock, and of computing on all cores."""
        whole = Spent.so_far().minus(self.began)
        rows = [
            f"      {stage:<10} {s:8.1f} {u:8.1f} {k:8.1f}"
            for stage, (s, u, k) in {**self.spent(), "all": whole}.items()
        ]
        heading = f"      {'seconds':<10} {'clock':>8} {'user':>8} {'system':>8}"
        return "\n".join([heading, *rows, f"      took {in_words(whole.clock_s)} on {cores()}"])


def in_words(seconds: float) -> str:
    """`40 s`, `9 min`, `2 h 5 min`."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def usable_cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cores() -> str:
    """The same in words: `2 cores`."""
    count = usable_cores()
    return f"{count} core{'' if count == 1 else 's'}"


def longest(file: Path) -> dict[str, float]:
    """Seconds by stage as `remember` wrote them; nothing where there is no such file, or a damaged one."""
    with suppress(OSError, ValueError, TypeError, AttributeError):
        return {str(stage): float(seconds) for stage, seconds in json.loads(file.read_text()).items()}
    return {}


def remember(file: Path, spent: Mapping[str, Spent]) -> None:
    """Note what stages took, where it is more than before: one that was finished already takes nothing."""
    before = longest(file)
    now = {stage: round(each.clock_s, 1) for stage, each in spent.items()}
    with suppress(OSError):  # an estimate must not cost a run that is finished
        write_json(file, {**before, **{stage: max(s, before.get(stage, 0.0)) for stage, s in now.items()}})
