"""The stages of a run as they begin, and what each of them took."""

from __future__ import annotations

import resource
import time
from typing import NamedTuple


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
    """Numbers the stages and says how long it took to get to each; at the end what each of them took."""

    def __init__(self, stages: tuple[str, ...], last: str) -> None:
        self.stages, self.last, self.began = stages, last, Spent.so_far()
        self.begun: list[tuple[str, Spent]] = []

    def say(self, stage: str, what: str) -> None:
        number, total = (self.stages.index(name) + 1 for name in (stage, self.last))
        now = Spent.so_far()
        self.begun.append((stage, now))
        print(f"[{number}/{total}] {now.clock_s - self.began.clock_s:6.1f} s  {what}", flush=True)

    def took(self) -> str:
        """A line for each stage and for all: seconds of the clock, and of computing on all cores."""
        now = Spent.so_far()
        ends = [began for _, began in self.begun[1:]] + [now]
        by_stage: dict[str, Spent] = {}
        for (stage, began), ended in zip(self.begun, ends, strict=True):
            by_stage[stage] = by_stage.get(stage, Spent(0, 0, 0)).plus(ended.minus(began))
        by_stage["all"] = now.minus(self.began)
        rows = [f"      {stage:<10} {s:8.1f} {u:8.1f} {k:8.1f}" for stage, (s, u, k) in by_stage.items()]
        return "\n".join([f"      {'seconds':<10} {'clock':>8} {'user':>8} {'system':>8}", *rows])
