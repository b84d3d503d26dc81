"""The files that a training leaves behind, and how they stay consistent with its checkpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from repro.atomic import remove_strays, sha256_of, write_json, write_npz
from repro.backbones import weights
from repro.training import history
from repro.training.checkpoint import Progress
from repro.training.settings import differences, noted
from repro.types import InputError

BEST, FINAL, DONE, SETTINGS, HISTORY = "best.npz", "final.npz", "done.json", "settings.json", "history.csv"
UPDATES = "updates.csv"
SELECTS = "val_loss"  # its least value selects the epoch; of several outputs it is their sum
HELD = "best/"  # begins the names of the best weights in a checkpoint of a later step

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class FitResult:
    """weights: the selected epoch's file, or the last one's. best_epoch counts from 1, as in history.csv."""

    weights: Path
    final: Path
    best_epoch: int | None
    best_value: float | None
    rows: tuple[Mapping[str, float], ...]


def claim(folder: Path, identity: Mapping[str, Any]) -> None:
    """Write down what a folder is for. InputError for a training with other settings, or damaged ones."""
    folder.mkdir(parents=True, exist_ok=True)
    remove_strays(folder)
    path = folder / SETTINGS
    if not path.exists():
        write_json(path, identity)
    changed = differences(_noted(path), identity)
    if changed:
        raise InputError(
            f"{folder} holds a training with other settings ({'; '.join(changed)}); "
            "use another folder, or delete this one to train again"
        )


def is_finished(folder: Path) -> bool:
    """Whether a training ended there; `finished` reads and checks what it made."""
    return (folder / DONE).exists()


def finished(folder: Path) -> FitResult | None:
    """The result of a finished training, None of an unfinished one; InputError if its files are damaged."""
    if not is_finished(folder):
        return None
    content = _noted(folder / DONE)
    for name, checksum in content["sha256"].items():
        path = folder / name
        if not path.exists() or sha256_of(path) != checksum:
            raise InputError(f"{path} is missing or damaged; delete {folder} to train again")
    return _result(folder, content)


def taken_out(saved: Arrays) -> Arrays:
    """The best weights by name out of a checkpoint's arrays, where they are those of an earlier step."""
    return {name.removeprefix(HELD): saved.pop(name) for name in list(saved) if name.startswith(HELD)}


class Results:
    """Best and kept weights, history and scalars of a running training.

    select_best: the epoch with the least `SELECTS`, else the last one. keep_epochs: those whose weights are
    kept besides. held: as `taken_out` has them. owned: whether this process writes the files; another worker
    of the training does otherwise.

    The files are those of the last checkpoint, which can make them again. An epoch after which none is made
    leaves its weights here if it is the best; the next checkpoint holds them too.
    """

    def __init__(
        self,
        folder: Path,
        model: keras.Model,
        progress: Progress,
        select_best: bool,
        keep_epochs: Sequence[int] = (),
        held: Arrays | None = None,
        *,
        owned: bool = True,
    ) -> None:
        self.folder, self.model, self.progress, self.select_best = folder, model, progress, select_best
        self.keep_epochs, self._held, self._reported = keep_epochs, held or {}, len(progress.rows)
        self._owned = owned
        if not owned:
            return
        self._save_weights()  # the process may have died between checkpoint and these files
        history.write_csv(folder / HISTORY, progress.rows)
        self.scalars = history.Scalars(folder / "tensorboard", progress.rows)

    def enter(self, row: Mapping[str, float]) -> None:
        """Take a finished epoch into the progress: history and, of equals the earliest, the best value."""
        self.progress.rows.append(dict(row))
        if not self.select_best:
            return
        best = self.progress.best_value
        if best is None or row[SELECTS] < best:
            self.progress.best_value, self.progress.best_epoch = row[SELECTS], int(row[history.EPOCH])
            self._held = {}

    def keeps(self) -> bool:
        """Whether the weights of the epoch that just ended are kept for themselves."""
        return self.progress.epoch in self.keep_epochs

    def hold(self) -> None:
        """An epoch ended without a checkpoint: its weights are held in memory if it is the best."""
        if self._owned and self.progress.best_epoch == self.progress.epoch:
            self._held = {
                name: np.array(value, "float32") for name, value in weights.named_weights(self.model).items()
            }

    def held(self) -> Arrays:
        """What a checkpoint needs besides the model, that the best weights can be made again."""
        return {HELD + name: array for name, array in self._held.items()}

    def write(self) -> None:
        """Bring the files up to a checkpoint that is already on disk, from which they can be made again."""
        if not self._owned:
            return
        self._save_weights()
        rows = self.progress.rows
        if len(rows) > self._reported:
            history.write_csv(self.folder / HISTORY, rows)
            for row in rows[self._reported :]:
                self.scalars.add(row)
            self._reported = len(rows)

    def _save_weights(self) -> None:
        """The best ones, and those of an epoch that just ended."""
        if self._held:
            write_npz(self.folder / BEST, self._held)
            self._held = {}
        if self.progress.step > 0 or self.progress.epoch == 0:
            return
        if self.progress.best_epoch == self.progress.epoch:
            weights.save(self.model, self.folder / BEST)
        if self.keeps():
            weights.save(self.model, self.folder / epoch_file(self.progress.epoch))

    def finish(self) -> FitResult | None:
        """Write the last weights and the mark of a finished training; None where another process does."""
        if not self._owned:
            return None
        weights.save(self.model, self.folder / FINAL)
        selected = BEST if self.select_best else FINAL
        kept = (epoch_file(epoch) for epoch in self.keep_epochs if epoch <= self.progress.epoch)
        names = {FINAL, selected, *kept}
        content = {
            "weights": selected,
            "best_epoch": self.progress.best_epoch,
            "best_value": self.progress.best_value,
            "sha256": {name: sha256_of(self.folder / name) for name in sorted(names)},
            "history": self.progress.rows,
        }
        write_json(self.folder / DONE, content)
        self.scalars.close()
        return _result(self.folder, content)


def _result(folder: Path, content: Mapping[str, Any]) -> FitResult:
    return FitResult(
        folder / content["weights"],
        folder / FINAL,
        content["best_epoch"],
        content["best_value"],
        tuple(content["history"]),
    )


def epoch_file(epoch: int) -> str:
    """The name of the weights after an epoch of `keep_epochs`, which counts from 1."""
    return f"epoch-{epoch}.npz"


def _noted(path: Path) -> dict[str, Any]:
    return noted(path, f"delete {path.parent} to train again")
