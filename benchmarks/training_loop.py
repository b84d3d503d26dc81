"""What does the training loop cost over the bare training step, in every paper?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from benchmarks import decoder_step, joint_work, measuring, ms_lstm_step, video_lstm_work
from benchmarks.plain_step import Arrays
from repro.input_pipeline.batches import Batch, Batches
from repro.paper4 import networks as networks4
from repro.paper4.recipe import recipe as recipe4
from repro.paper5 import networks as networks5
from repro.paper5.recipe import recipe as recipe5
from repro.report.tables import text_table
from repro.training import distribution, model_state
from repro.training.checkpoint import Checkpoints
from repro.training.interrupts import StopRequests
from repro.training.loop import Training
from repro.training.plan import Plan
from repro.types import VideoRef

QUESTION = "a training of many epochs against as many bare steps, at the demo preset's sizes"
STEPS = {"demo": 16, "tiny": 2}  # of an epoch
EPOCHS = {"demo": 10, "tiny": 2}  # of a turn
BATCH = {"demo": 16, "tiny": 3}


class Trained(NamedTuple):
    """A compiled network and one batch of it."""

    network: keras.Model
    inputs: Arrays
    targets: Arrays


class Drawn(Batches):
    """The same batch over and over, made anew each time as from features that lie in memory."""

    def __init__(self, trained: Trained, steps: int) -> None:
        count = len(next(iter(trained.targets.values())))
        refs = [VideoRef(f"v{n}", Path(), 0, "g") for n in range(count * steps)]
        super().__init__(refs, list(trained.targets), batch=count, seed=0, shuffle=False)
        self.inputs, self.target = trained.inputs, next(iter(trained.targets.values()))
        self.shapes = {name: array.shape[1:] for name, array in trained.inputs.items()}

    @property
    def target_spec(self) -> tf.TensorSpec:
        return tf.TensorSpec((None, *self.target.shape[1:]), tf.as_dtype(self.target.dtype))

    def made(self, epoch: int, start_step: int) -> Iterator[Batch]:
        for _ in range(start_step, self.steps_per_epoch):
            yield {name: np.stack(list(array)) for name, array in self.inputs.items()}, self.target


def measure(size: str, repeats: int, folder: Path) -> dict[str, Any]:
    """Bare steps and `EPOCHS` epochs in turn, paper by paper.

    An epoch ends with its row in the history and with a checkpoint where one is due; a turn ends with all the
    files of a training. Seconds of computing on all cores stand beside those of the clock: what the loop does
    while a step waits costs no time where a core is free, and nothing hides there.
    """
    times: dict[str, list[float]] = {}
    computing: dict[str, float] = {}
    steps, epochs = STEPS[size], EPOCHS[size]
    for paper, build in _trained(size).items():
        trained = build()
        with StopRequests() as stop:
            parts = _parts(trained, steps, epochs, folder / paper, stop)
            counted = {part: measuring.Computing(run) for part, run in parts.items()}
            taken = measuring.in_turn(counted, repeats, f"training loop of {paper}")
        times |= {f"{paper}, {part}": each for part, each in taken.items()}
        computing |= {f"{paper}, {part}": each.median_ms for part, each in counted.items()}
    middle = measuring.medians(times)

    def more(of: Mapping[str, float]) -> dict[str, float]:
        return {paper: of[f"{paper}, loop"] / of[f"{paper}, bare"] - 1 for paper in _trained(size)}

    over = more(middle)
    return {
        "steps": steps * epochs,
        "epochs": epochs,
        "parts_ms": measuring.with_spread(times),
        "computing_ms": computing,
        "over_bare": over,
        "over_bare_computing": more(computing),
        "ratio": 1 / (1 + max(over.values())),  # bare / loop, of the dearest
    }


def _parts(
    trained: Trained, steps: int, epochs: int, folder: Path, stop: StopRequests
) -> dict[str, Callable[[], object]]:
    network, data = trained.network, Drawn(trained, steps)
    tensors = [{n: tf.constant(a) for n, a in each.items()} for each in (trained.inputs, trained.targets)]
    folder.mkdir()
    strategy = tf.distribute.get_strategy()
    model_state.build(network, data.dataset(0), strategy)
    distribution.share_batches(network, strategy)
    training = Training(network, data, None, Checkpoints(folder / "checkpoints", 60.0), stop)

    def bare() -> None:
        for _ in range(steps * epochs):
            network.train_on_batch(*tensors)

    def whole() -> None:
        plan = Plan(epochs=training.progress.epoch + epochs, select_best=False)
        training.to_the_end(plan, folder, "epochs")

    return {"bare": bare, "loop": whole}


def _trained(size: str) -> dict[str, Callable[[], Trained]]:
    count = BATCH[size]
    return {
        "papers 1 and 2": lambda: Trained(*ms_lstm_step.step(size, count)[:3]),
        "paper 3": lambda: Trained(*decoder_step.step(size, count)[:3]),
        "paper 4": partial(_paper4, size, count),
        "paper 5": partial(_paper5, size, count),
    }


def _paper4(size: str, count: int) -> Trained:
    numbers = recipe4(size)
    sizes = video_lstm_work.sizes_of(numbers, count)
    inputs, labels = video_lstm_work.sampled_batch(sizes)
    return Trained(networks4.sequence_network(numbers, sizes.classes), inputs, {"frame": labels})


def _paper5(size: str, count: int) -> Trained:
    numbers = recipe5(size)
    sizes = joint_work.sizes_of(numbers, count)
    inputs, labels = joint_work.sampled_batch(sizes)
    targets = dict.fromkeys(networks5.outputs_of(numbers), labels)
    return Trained(networks5.sequence_network(numbers, sizes.classes, None), inputs, targets)


def report(result: Mapping[str, Any]) -> str:
    """What the loop adds to each step, by the clock and in computing."""
    clock = {part: spent["median"] / result["steps"] for part, spent in result["parts_ms"].items()}
    computing = {part: spent / result["steps"] for part, spent in result["computing_ms"].items()}
    rows = [
        [paper, *(f"{of[f'{paper}, {part}']:.1f}" for of in (clock, computing) for part in ("bare", "loop")),
         f"{100 * over:.0f} %", f"{100 * result['over_bare_computing'][paper]:.0f} %"]
        for paper, over in result["over_bare"].items()
    ]  # fmt: skip
    heads = ("ms a step", "bare", "in the loop", "bare, computing", "in the loop", "more", "more computing")
    return text_table(heads, rows)
