"""What each stage of a run took, and how long it goes on, on a clock that the test turns."""

import resource
from pathlib import Path
from types import SimpleNamespace

import pytest

from repro.experiment import stage_times
from repro.experiment.stage_times import Announcer, Spent, in_words, longest, remember


def test_each_stage_has_what_passed_until_the_next(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stage that is announced twice is one line; children that ended count."""
    clock = {"now": 100.0, resource.RUSAGE_SELF: (5.0, 1.0), resource.RUSAGE_CHILDREN: (0.0, 0.0)}
    monkeypatch.setattr(stage_times.time, "monotonic", lambda: clock["now"])
    monkeypatch.setattr(
        stage_times.resource,
        "getrusage",
        lambda who: SimpleNamespace(ru_utime=clock[who][0], ru_stime=clock[who][1]),
    )
    announce = Announcer(("data", "score", "report"), "report")
    announce.say("data", "videos")
    clock |= {"now": 103.0, resource.RUSAGE_CHILDREN: (2.0, 0.5)}
    announce.say("report", "tables")
    clock |= {"now": 104.0, resource.RUSAGE_SELF: (6.0, 1.25)}
    announce.say("report", "done")
    clock |= {"now": 106.0}
    assert [line.split() for line in announce.took().splitlines()] == [
        ["seconds", "clock", "user", "system"],
        ["data", "3.0", "2.0", "0.5"],
        ["report", "3.0", "1.0", "0.2"],
        ["all", "6.0", "3.0", "0.8"],
        ["took", "6", "s", "on", *stage_times.cores().split()],
    ]
    assert "[3/3]    3.0 s  tables\n" in capsys.readouterr().out


def test_what_is_left_is_the_longest_that_it_took_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that finds stages finished takes nothing from what they can take."""
    file = tmp_path / "times.json"
    for data_s, score_s in ((1.0, 300.0), (20.0, 0.0)):
        remember(file, {"data": Spent(data_s, 0, 0), "score": Spent(score_s, 0, 0)})
    assert longest(file) == {"data": 20.0, "score": 300.0}
    announce = Announcer(("data", "score", "report"), "score")
    announce.longest_s = longest(file)
    announce.say("data", "videos")
    announce.say("score", "probabilities")
    announce.say("score", "done")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("s  ")[1] for line in lines] == [
        "videos; up to 5 min to go",
        "probabilities; up to 5 min to go",
        "done",
    ]


def test_without_a_time_of_every_stage_there_is_no_estimate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    announce = Announcer(("data", "score"), "score")
    announce.longest_s = {"data": 1.0}
    announce.say("data", "videos")
    assert "to go" not in capsys.readouterr().out
    (tmp_path / "damaged.json").write_text("[1")
    assert longest(tmp_path / "damaged.json") == longest(tmp_path / "absent.json") == {}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (99, "99 s"), (540, "9 min"), (3599, "1 h 0 min"), (7500, "2 h 5 min")],
)
def test_seconds_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
