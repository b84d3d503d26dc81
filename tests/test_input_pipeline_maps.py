"""Rows of stored maps, for what is trained behind a frozen trunk: which, how often mirrored, which order."""

from pathlib import Path

import numpy as np
import pytest

from repro.input_pipeline import MapBatches
from repro.types import VideoRef

LENGTHS = {"a": 6, "b": 3, "c": 10}
REFS = tuple(VideoRef(name, Path(name), label, name) for label, name in enumerate(LENGTHS))


def load(ref: VideoRef) -> dict[str, np.ndarray]:
    """Rows that say which video and row they are; of the mirror image they are negative."""
    rows = 100.0 * ref.label + np.arange(LENGTHS[ref.video_id], dtype=np.float16)[:, None]
    return {"maps": rows.astype(np.float16), "maps_flipped": -rows.astype(np.float16) - 0.5}


def batches(flip: float | None = 0.5, visits: int = 4, batch: int = 5) -> MapBatches:
    return MapBatches(
        REFS, load, name="maps", mirrored="maps_flipped", rows_per_visit=visits, batch=batch, seed=0,
        flip_probability=flip, heads=("context", "localisation"),
    )  # fmt: skip


def taken(made: MapBatches, epoch: int, start: int = 0) -> list[tuple[float, int]]:
    """(value, label) of every sample of an epoch."""
    return [
        (float(value), int(label))
        for inputs, labels in made.made(epoch, start)
        for value, label in zip(inputs[:, 0], labels, strict=True)
    ]


def row_of(value: float) -> tuple[int, int]:
    """Video and row, mirrored or not."""
    return divmod(int(value if value >= 0 else -value - 0.5), 100)


def test_an_epoch_visits_every_video_with_rows_of_its_own() -> None:
    samples = taken(batches(), 0)
    assert len(samples) == batches().samples == 3 * 4
    for label, name in enumerate(LENGTHS):
        rows = [row for video, row in map(row_of, (value for value, _ in samples)) if video == label]
        assert len(rows) == 4
        assert len(set(rows)) == min(4, LENGTHS[name])  # again only where there are no more
    assert all(row_of(value)[0] == label for value, label in samples)


def test_epochs_differ_and_any_start_gives_the_rest() -> None:
    made = batches()
    assert taken(made, 0) == taken(batches(), 0)
    assert taken(made, 0) != taken(made, 1)
    assert taken(made, 1, start=1) == taken(made, 1)[5:]


@pytest.mark.parametrize(("probability", "low", "high"), [(0.0, 0, 0), (1.0, 1, 1), (0.5, 0.4, 0.6)])
def test_rows_are_mirrored_as_often_as_asked(probability: float, low: float, high: float) -> None:
    made = batches(probability)
    values = [value for epoch in range(30) for value, _ in taken(made, epoch)]
    assert low <= np.mean(np.array(values) < 0) <= high


def test_without_changes_every_epoch_is_the_same_as_filmed() -> None:
    made = batches(None, visits=2)
    assert taken(made, 0) == taken(made, 7)
    assert [value for value, _ in taken(made, 0)] == [1, 4, 100, 102, 202, 207]


def test_batches_are_float32_for_the_heads() -> None:
    inputs, targets = next(iter(batches().dataset(0)))
    assert (inputs.dtype.name, inputs.shape.as_list()) == ("float32", [5, 1])
    assert set(targets) == {"context", "localisation"}
