"""What sources of training keep in memory is what they count, however many threads ask."""

import pickle
import threading
from pathlib import Path

import numpy as np

from repro.input_pipeline import SequenceBatches
from repro.input_pipeline.held import Arrays, Held
from repro.types import VideoRef

BYTES = 100


def _array() -> Arrays:
    return {"a": np.zeros(BYTES, np.uint8)}


def test_a_key_that_threads_ask_for_at_once_is_counted_once() -> None:
    """As they do for the visits of one video, which lie in one batch."""
    held, all_there = Held(2 * BYTES), threading.Barrier(4)

    def read() -> Arrays:
        all_there.wait(10)
        return _array()

    threads = [threading.Thread(target=held.get, args=("one", read)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert held.get("two", _array) is held.get("two", _array)  # there is room for it
    assert held.get("three", _array) is not held.get("three", _array)


def test_another_process_reads_for_itself() -> None:
    held = Held(BYTES)
    held.get("one", _array)
    again = pickle.loads(pickle.dumps(held))
    assert again.get("one", lambda: {"b": np.ones(1)}).keys() == {"b"}


def test_frames_behind_the_first_ones_leave_the_memory() -> None:
    whole = np.ones((500, 8), np.float32)
    batches = SequenceBatches(
        lambda ref: {"f": whole}, [VideoRef("v", Path("v"), 0, "g")], steps=10, batch=1, seed=0, classes=2,
        features=["f"], stages=["s"], shuffle=False,
    )  # fmt: skip
    batches.inputs([0])
    kept = batches._held.get(0, dict)["f"]
    assert (kept.base, kept.shape) == (None, (10, 8))
