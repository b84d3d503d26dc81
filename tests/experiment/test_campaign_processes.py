"""Steps in processes of their own: which runs when, on which core, and that an interrupt stops all."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from repro.experiment import campaign_processes as processes
from repro.experiment.campaign import Step
from repro.experiment.campaign_processes import ended
from repro.papers import PAPERS

STEPS = tuple(Step(PAPERS[number], seed, ("a",)) for seed in (0, 7) for number in (1, 2))
CORE = min(os.sched_getaffinity(0))


def _python(program: str) -> Callable[[Step], list[str]]:
    return lambda step: [sys.executable, "-S", "-c", program]


def _log_in(folder: Path) -> Callable[[Step], Path]:
    return lambda step: folder / "logs" / step.name


def test_each_process_has_one_core(tmp_path: Path) -> None:
    prints = _python("import os; print(os.sched_getaffinity(0))")
    with closing(ended(STEPS[:1], [CORE], prints, _log_in(tmp_path))) as all_ended:
        assert [ok for _, ok in all_ended] == [True]
    assert (tmp_path / "logs" / STEPS[0].name).read_text() == f"{{{CORE}}}\n"


def test_steps_of_one_seed_wait_for_each_other() -> None:
    none = processes._next(STEPS, [])
    assert none is STEPS[0]
    running = [processes.Running(STEPS[0], None, 0.0, None)]  # type: ignore[arg-type]
    assert processes._next(STEPS, running) is STEPS[2]
    assert processes._next(STEPS[:2], running) is None


def _as_ctrl_c_does() -> None:
    raise KeyboardInterrupt


def _as_a_scheduler_does() -> None:
    signal.raise_signal(signal.SIGTERM)


@pytest.mark.parametrize(
    ("stop", "raised"), [(_as_ctrl_c_does, KeyboardInterrupt), (_as_a_scheduler_does, SystemExit)]
)
def test_whoever_stops_it_stops_all_of_them(
    stop: Callable[[], None], raised: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stops = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('stopped')))"
    program = f"import signal, sys, time\n{stops}\nprint('begun', flush=True)\ntime.sleep(60)"
    steps, log = (STEPS[0], STEPS[2]), _log_in(tmp_path)

    def interrupted(seconds: float) -> None:
        if all(log(step).is_file() and log(step).read_text() for step in steps):
            stop()
        real(0.1)

    real = processes.time.sleep
    monkeypatch.setattr(processes.time, "sleep", interrupted)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(raised):
        list(ended(steps, [None, None], _python(program), log))
    assert [log(step).read_text() for step in steps] == ["begun\nstopped\n"] * 2
    assert signal.getsignal(signal.SIGTERM) is before
