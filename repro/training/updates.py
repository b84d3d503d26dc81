"""What single updates measured, as updates.csv: Keras itself only tells running means over the epoch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras

from repro.atomic import write_text
from repro.training import model_state
from repro.training.checkpoint import Progress
from repro.types import InputError


class Updates:
    """The values of `names` at every update of a training, one row each: `update` (from 1), names...

    names: running means of the compiled model, as it and history.csv call them: "loss", and with several
    losses "OUTPUT_loss" without its weight. Each is emptied before a step, so that after it, it holds what
    that step's batch gave, without the rounding of a long sum; with several replicas, the mean over them.
    The mean over the epoch, which Keras can then no longer tell, is kept in `progress` for history.csv.

    owned: whether this process writes the file; another worker of the training does otherwise.

    The file is whole at every checkpoint; rows that a killed process wrote after its last one are cut off.
    Raises ValueError for a name that is no running mean of the model, InputError if rows are lost.
    """

    def __init__(
        self,
        path: Path,
        model: keras.Model,
        names: Sequence[str],
        progress: Progress,
        updates_done: int,
        *,
        owned: bool = True,
    ) -> None:
        means = {metric.name: metric for metric in model.metrics if isinstance(metric, keras.metrics.Mean)}
        missing = [name for name in names if name not in means]
        if missing:
            raise ValueError(f"{', '.join(missing)} of each update; the model has {', '.join(means)}")
        self.path, self.model, self.progress, self._owned = path, model, progress, owned
        self.means = {name: means[name] for name in names}
        self.lines = [",".join(["update", *names])]
        if names and updates_done and owned:
            self.lines = _lines(path)[: updates_done + 1]
            if len(self.lines) <= updates_done:
                raise InputError(
                    f"{path} has {max(0, len(self.lines) - 1)} of the {updates_done} updates before the "
                    f"checkpoint; delete {path.parent} to train again"
                )
        self.write()

    def before_step(self) -> None:
        """Empty the means."""
        for mean in self.means.values():
            mean.reset_state()

    def after_step(self) -> None:
        """Take what the step measured."""
        values = []
        for name, mean in self.means.items():
            total, count = (
                float(sum(model_state.every_part(self.model, variable)))
                for variable in (mean.total, mean.count)
            )
            values.append(f"{total / count:.9g}")
            before = self.progress.sums.get(name, (0.0, 0.0))
            self.progress.sums[name] = (before[0] + total, before[1] + count)
        self.lines.append(",".join([str(len(self.lines)), *values]))

    def epoch_means(self) -> dict[str, float]:
        """The means over the epoch so far, as Keras would report them."""
        return {name: total / count for name, (total, count) in self.progress.sums.items()}

    def write(self) -> None:
        """Bring the file up to the last step; to be done before that step's checkpoint."""
        if self.means and self._owned:
            write_text(self.path, "\n".join(self.lines) + "\n")


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []
