"""Every mutant meets its tests: several at a time, each in its own copy of the project."""

import dataclasses
import json
import time
from collections.abc import Generator, Sequence
from pathlib import Path

from tqdm import tqdm

from mutants import trees
from mutants.catalogue import Mutant
from mutants.reach import Reach, Test
from mutants.trial import Outcome, Trial


@dataclasses.dataclass(frozen=True)
class Verdict:
    """outcome: killed, survived or timeout (the test named was ended for taking too long: noticed as well).

    tests_left_out: how many tests that run the line were not met because of the limits.
    """

    id: str
    file: str
    line: int
    function: str
    operator: str
    before: str
    after: str
    outcome: str
    by: str | None
    seconds: float
    tests_met: int
    tests_left_out: int


@dataclasses.dataclass
class Court:
    """What all mutants share. sound, unsound: tests found to pass, or to fail, without any mutant here."""

    reach: Reach
    fast_tests: int
    seconds: float
    sound: set[str] = dataclasses.field(default_factory=set)
    unsound: set[str] = dataclasses.field(default_factory=set)


Waiting = Generator[tuple[Sequence[Test], bool], Outcome, Verdict]


def judge(mutant: Mutant, court: Court, tree: Path) -> Waiting:
    """Yields the tests to run next, and whether the tree is changed; is sent how they went.

    A test that fails is run again without the mutant, once for all mutants; if it fails then too it says
    nothing and the mutant meets the others.
    """
    began = time.monotonic()
    while True:
        reached = [test for test in court.reach.of(mutant) if test.name not in court.unsound]
        tests = court.reach.affordable(reached, court.fast_tests, court.seconds)
        outcome = Outcome(None, False, 0, 0.0)
        if tests:
            with trees.changed(tree, mutant):
                outcome = yield tests, True
        by = outcome.failed_by
        failed = [test for test in tests if test.name == by]
        if not failed or by in court.sound:
            break
        again = yield failed, False
        if again.failed_by is None:
            court.sound.add(failed[0].name)
            break
        court.unsound.add(failed[0].name)
    said = "survived" if by is None else "timeout" if outcome.timed_out else "killed"
    change = (mutant.file, mutant.line, mutant.function, mutant.operator, mutant.before, mutant.after)
    seconds = round(time.monotonic() - began, 1)
    return Verdict(mutant.name, *change, said, by, seconds, outcome.met, len(reached) - len(tests))


class Slot:
    """One copy of the project and the mutant that is judged in it."""

    def __init__(self, tree: Path, court: Court, mutant: Mutant) -> None:
        self.tree = tree
        self.waiting = judge(mutant, court, tree)
        self.verdict: Verdict | None = None
        self.trial: Trial | None = None
        self._go_on(None)

    def _go_on(self, outcome: Outcome | None) -> None:
        try:
            tests, changed = self.waiting.send(outcome)  # None to begin
            self.trial = Trial(self.tree, self.tree.with_suffix(".scratch"), tests, changed)
        except StopIteration as end:
            self.verdict = end.value

    def look(self) -> Verdict | None:
        """The verdict, None while there is none yet."""
        outcome = self.trial.outcome() if self.trial and not self.verdict else None
        if outcome is not None:
            self._go_on(outcome)
        return self.verdict


def run(mutants: Sequence[Mutant], court: Court, slots: Sequence[Path], out: Path) -> None:
    """Judge all mutants that `out` does not hold yet, one at a time in each of the trees `slots`."""
    done = {json.loads(line)["id"] for line in out.read_text().splitlines()} if out.exists() else set()
    queue = [mutant for mutant in mutants if mutant.name not in done]
    busy: dict[Path, Slot] = {}
    with (
        out.open("a") as file,
        tqdm(total=len(mutants), initial=len(mutants) - len(queue), unit="mutant") as bar,
    ):
        while queue or busy:
            for tree in slots:
                if tree not in busy and queue:
                    busy[tree] = Slot(tree, court, queue.pop(0))
            for tree, slot in list(busy.items()):
                verdict = slot.look()
                if verdict is not None:
                    del busy[tree]
                    file.write(json.dumps(dataclasses.asdict(verdict)) + "\n")
                    file.flush()
                    bar.update()
            time.sleep(0.02)
