"""What a user may choose of a prediction."""

from __future__ import annotations

from dataclasses import dataclass

from repro.types import InputError


@dataclass(frozen=True)
class PredictionOptions:
    """Of a run that highlights: how many moments, and the seconds of each. Other runs read nothing of it."""

    moments: int = 3
    seconds: float = 2.0

    def __post_init__(self) -> None:
        if self.moments < 1 or not self.seconds > 0:
            raise InputError(f"{self.moments} moments of {self.seconds:g} s; wanted one or more, above 0 s")
