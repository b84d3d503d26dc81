"""What each stage of a run took, on a clock that the test turns."""

import resource
from types import SimpleNamespace

import pytest

from repro.cli import stage_times
from repro.cli.stage_times import Announcer


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
    ]
    assert "[3/3]    3.0 s  tables" in capsys.readouterr().out
