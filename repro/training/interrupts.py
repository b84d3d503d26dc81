"""Ctrl-C and SIGTERM as requests: the step is finished and saved before training stops."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class Interrupted(KeyboardInterrupt):
    """Training was asked to stop. `exit_status`: 130 after SIGINT, 143 after SIGTERM, as shells."""

    def __init__(self, signal_number: int, what: str) -> None:
        super().__init__(what)
        self.exit_status = 128 + signal_number


class StopRequests:
    """While open, the first SIGINT or SIGTERM is noted in `received`; a second one stops at once, unsaved.

    Outside the main thread Python takes no handlers; signals then keep their usual meaning.
    """

    HANDLED = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self.received: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> StopRequests:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in self.HANDLED}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.received is not None:
            raise Interrupted(number, "stopped at once by a second signal; the last checkpoint stands")
        self.received = number
