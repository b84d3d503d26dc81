"""Which tests run which lines, read from what `recorder` wrote."""

import dataclasses
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from coverage import CoverageData

from mutants.catalogue import Mutant


@dataclasses.dataclass
class Test:
    """tier: 0 fast, 1 slow, 2 exhaustive. uses: fixtures of a module or session, made once a process."""

    __test__ = False  # for pytest, which would collect a class of this name

    name: str
    tier: int
    seconds: float
    uses: tuple[str, ...]

    @property
    def file(self) -> str:
        return self.name.split("::")[0]

    def in_room(self, file: str) -> bool:
        """Whether the test stands in the folder of the same room as a file of `repro`."""
        return Path(self.file).parts[1] == Path(file).parts[1]


@dataclasses.dataclass
class Reach:
    tests: dict[str, Test]
    fixture_seconds: dict[str, float]
    lines: dict[str, dict[int, set[str]]]  # file -> line -> names of tests

    def of(self, mutant: Mutant) -> list[Test]:
        """The tests that run one of the mutant's lines: by tier, the room's own first, then by time."""
        lines = self.lines.get(mutant.file, {})
        reached = [lines.get(line, set()) for line in mutant.lines or lines]
        found = [self.tests[name] for name in sorted(set().union(*reached)) if name in self.tests]
        in_file: dict[tuple[int, str], float] = defaultdict(float)
        for test in found:
            in_file[test.tier, test.file] += test.seconds
        return sorted(
            found,
            key=lambda t: (t.tier, not t.in_room(mutant.file), in_file[t.tier, t.file], t.file, t.seconds),
        )

    def affordable(self, tests: Iterable[Test], count: int, seconds: float) -> list[Test]:
        """As many as both limits allow, `count` being that of the fast tier; a shared fixture costs once."""
        chosen: list[Test] = []
        made: set[str] = set()
        for test in tests:
            cost = test.seconds + sum(self.fixture_seconds.get(name, 0) for name in {*test.uses} - made)
            fast = sum(not t.tier for t in chosen)
            if cost <= seconds and (test.tier or fast < count):
                chosen.append(test)
                made |= {*test.uses}
                seconds -= cost
        return chosen


def read(folder: Path, root: Path) -> Reach:
    """What all test processes wrote into `folder`, for the files under `root`; later runs count."""
    tests: dict[str, Test] = {}
    costs: dict[str, float] = {}
    users: dict[str, set[str]] = defaultdict(set)
    for path in sorted(folder.glob("tests.*.jsonl")):
        for record in map(json.loads, path.read_text().splitlines()):
            if "fixture" in record:
                costs[record["fixture"]] = record["seconds"]
            elif record["passed"]:
                name, uses = record["test"], tuple(record["uses"])
                tests[name] = Test(name, record["tier"], record["seconds"], uses)
                for fixture in uses:
                    users[fixture].add(name)
    lines: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for path in sorted(folder.glob("lines.*")):
        data = CoverageData(str(path))
        data.read()
        for measured in data.measured_files():
            if Path(measured).is_relative_to(root):
                of_file = lines[str(Path(measured).relative_to(root))]
                for line, contexts in data.contexts_by_lineno(measured).items():
                    for context in contexts:
                        of_file[line] |= (
                            users[context] if context.startswith("fixture ") else {context} - {""}
                        )
    return Reach(tests, costs, {file: dict(of) for file, of in lines.items()})
