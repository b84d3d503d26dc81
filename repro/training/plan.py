"""How long a training lasts, which epoch it selects and what it keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from repro.training.checkpoint import Progress
from repro.training.results import SELECTS


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What `fit` is asked for besides model and data.

    select_best: the epoch with the least `val_loss` is selected, else the last. It is the loss on the
    validation videos alone, without the penalty on weights that the training loss has.
    patience: the training ends once so many epochs in a row were no better, those up to epoch `patience_from`
    not counted. keep_epochs: after these, counted from 1, the weights are kept as epoch-N.npz. each_update:
    what goes to updates.csv for every update, by its name in history.csv ("loss", "OUTPUT_loss"), see
    `Updates`. Raises ValueError for numbers that cannot be.
    """

    epochs: int
    select_best: bool = True
    patience: int | None = None
    patience_from: int = 0
    keep_epochs: Sequence[int] = ()
    each_update: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise ValueError(f"epochs {self.epochs}: wanted 1 or more")
        if self.patience is not None and (self.patience < 1 or not self.select_best):
            raise ValueError(f"patience {self.patience}: wanted 1 or more, with the best epoch selected")
        if not all(1 <= epoch <= self.epochs for epoch in self.keep_epochs):
            raise ValueError(f"keep_epochs {tuple(self.keep_epochs)}: wanted 1 to {self.epochs}")

    def identity(self) -> dict[str, Any]:
        """What decides the result; what is not asked for is left out, as trainings of before are stored."""
        asked = {
            "patience": self.patience,
            "patience_from": self.patience_from,
            "keep_epochs": sorted(self.keep_epochs),
            "each_update": list(self.each_update),
        }
        given = {name: value for name, value in asked.items() if value}
        best_of = [SELECTS, 1] if self.select_best else None  # 1: less is better, as they are stored
        return {"epochs": self.epochs, "best_of": best_of, **given}

    def ends(self, progress: Progress) -> bool:
        """Whether no epoch is left, or `patience` of them were no better; asked after an epoch only."""
        if progress.epoch >= self.epochs:
            return True
        if self.patience is None or progress.best_epoch is None:
            return False
        return progress.epoch - max(progress.best_epoch, self.patience_from) >= self.patience
