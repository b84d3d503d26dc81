"""Which tests a mutant meets, in which order, and what is concluded from how they went."""

from pathlib import Path

import pytest

from mutants import trees
from mutants.catalogue import Mutant, digest_of
from mutants.judging import Court, Verdict, judge
from mutants.reach import Reach, Test
from mutants.trial import Outcome

TEXT = "def f(x):\n    return x[0]\n"
FAST = Test("tests/room/test_a.py::test_fast", 0, 1.0, ())
FAR = Test("tests/paper/test_b.py::test_far", 0, 0.5, ())
SLOW = Test("tests/room/test_a.py::test_slow", 1, 8.0, ("fixture run",))
SLOW_TOO = Test("tests/room/test_a.py::test_slow_too", 1, 9.0, ("fixture run",))


def mutant() -> Mutant:
    """x[1] for x[0] in line 2."""
    place = (TEXT.index("0"), TEXT.index("0") + 1)
    digest = digest_of(TEXT.encode())
    return Mutant("repro/room/f.py", 2, "f", "position", "0", "1", *place, (2,), digest)


def reach() -> Reach:
    tests = (SLOW_TOO, FAR, SLOW, FAST)
    lines = {"repro/room/f.py": {1: set(), 2: {test.name for test in tests}}}
    return Reach({test.name: test for test in tests}, {"fixture run": 20.0}, lines)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "repro/room").mkdir(parents=True)
    (tmp_path / "repro/room/f.py").write_text(TEXT)
    return tmp_path


def conclude(tree: Path, *outcomes: Outcome) -> tuple[Verdict, list[tuple[list[Test], str]], Court]:
    """The verdict after these outcomes; the tests that were run each time, and on which text."""
    court, asked = Court(reach(), fast_tests=9, seconds=30), []
    waiting = judge(mutant(), court, tree)
    tests, _ = next(waiting)
    try:
        for outcome in outcomes:
            asked.append(([*tests], (tree / "repro/room/f.py").read_text()))
            tests, _ = waiting.send(outcome)
    except StopIteration as end:
        return end.value, asked, court
    raise AssertionError("no verdict yet")


def test_fast_tests_come_first_and_those_of_the_room_before_others() -> None:
    assert reach().of(mutant()) == [FAST, FAR, SLOW, SLOW_TOO]


def test_what_a_fixture_costs_is_counted_once() -> None:
    """1.0 + 0.5 + (8 + 20) = 29.5 and 9 more = 38.5 seconds."""
    known = reach()
    every = known.of(mutant())
    assert known.affordable(every, 9, 38.5) == every
    assert known.affordable(every, 9, 38.4) == [FAST, FAR, SLOW]
    assert known.affordable(every, 1, 29.0) == [FAST, SLOW]


def test_all_passed_is_survived_and_says_what_was_left_out(tree: Path) -> None:
    verdict, asked, _ = conclude(tree, Outcome(None, False, 3, 1.0))
    assert asked == [([FAST, FAR, SLOW], TEXT.replace("0", "1"))]
    assert (verdict.outcome, verdict.by, verdict.tests_met, verdict.tests_left_out) == (
        "survived",
        None,
        3,
        1,
    )
    assert (tree / "repro/room/f.py").read_text() == TEXT


def test_without_a_test_that_runs_the_line_nothing_is_started(tree: Path) -> None:
    with pytest.raises(StopIteration) as end:
        next(judge(mutant(), Court(Reach({}, {}, {}), fast_tests=9, seconds=30), tree))
    assert (end.value.value.outcome, end.value.value.tests_met) == ("survived", 0)


def test_a_failure_counts_if_the_test_passes_without_the_mutant(tree: Path) -> None:
    verdict, asked, court = conclude(tree, Outcome(FAR.name, False, 2, 1.0), Outcome(None, False, 1, 1.0))
    assert asked[1] == ([FAR], TEXT)
    assert (verdict.outcome, verdict.by) == ("killed", FAR.name)
    assert court.sound == {FAR.name}


def test_a_test_that_fails_anyway_is_passed_over(tree: Path) -> None:
    failed = Outcome(FAST.name, False, 1, 1.0)
    verdict, asked, court = conclude(tree, failed, failed, Outcome(None, False, 2, 1.0))
    assert asked[2] == ([FAR, SLOW], TEXT.replace("0", "1"))
    assert (verdict.outcome, court.unsound) == ("survived", {FAST.name})


def test_a_test_ended_for_its_time_has_noticed(tree: Path) -> None:
    verdict, _, _ = conclude(tree, Outcome(FAST.name, True, 1, 70.0), Outcome(None, False, 1, 1.0))
    assert verdict.outcome == "timeout"


def test_another_file_than_the_sampled_one_is_refused(tree: Path) -> None:
    (tree / "repro/room/f.py").write_text(TEXT + "\n")
    with pytest.raises(ValueError, match="draw it again"), trees.changed(tree, mutant()):
        pass


def test_changed_tests_are_known_by_their_names(tmp_path: Path) -> None:
    """Moved only: not changed. Other words, removed, or reading a helper with other words: changed."""
    old, new = tmp_path / "old", tmp_path / "new"
    files = {
        "test_moved": "1",
        "test_other": "2",
        "test_removed": "3",
        "test_user": "import tool",
        "tool": "4",
    }
    for root, at in ((old, "tests"), (new, "tests/room")):
        (root / at).mkdir(parents=True)
        for name, text in files.items():
            (root / at / f"{name}.py").write_text(text)
    for name in ("test_other", "tool"):
        (new / f"tests/room/{name}.py").write_text("else")
    (new / "tests/room/test_removed.py").unlink()
    expected = [f"tests/{name}.py" for name in ("test_other", "test_removed", "test_user")]
    assert trees.changed_tests(old, new) == expected
