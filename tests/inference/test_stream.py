"""A stream's arithmetic, on networks whose output can be computed by eye."""

import numpy as np
import pytest

from repro.inference.stream import Anticipator, Memory
from repro.types import Frames, InputError

CLASSES = ("run", "jump", "walk")


def frame(value: int, height: int = 6, width: int = 9) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def advance(frames: Frames, memory: Memory) -> tuple[np.ndarray, Memory]:
    """Certain of class (brightness + frames seen before) mod 3."""
    assert frames.shape == (1, 4, 4, 3)
    seen = int(memory["seen"][0, 0])
    probabilities = np.zeros((1, 3), np.float32)
    probabilities[0, (int(frames[0, 0, 0, 0]) + seen) % 3] = 1
    return probabilities, {"seen": memory["seen"] + 1}


def anticipator(window_frames: int | None = None) -> Anticipator:
    return Anticipator(advance, {"seen": np.zeros((1, 1), np.float32)}, CLASSES, 4, window_frames)


def test_averages_are_over_the_frames_so_far() -> None:
    stream, state = anticipator(), anticipator().start()
    said = []
    for value in (0, 0, 1, 0):  # classes 0, 1, 0, 0
        prediction, state = stream.step(frame(value), state)
        said.append(prediction)
    assert [p.t for p in said] == [1, 2, 3, 4]
    assert [int(p.probabilities.argmax()) for p in said] == [0, 1, 0, 0]
    np.testing.assert_allclose(said[1].averaged, [0.5, 0.5, 0])
    np.testing.assert_allclose(said[3].averaged, [0.75, 0.25, 0])
    assert said[1].label == 0  # a tie goes to the lower index
    assert said[3].averaged.dtype == said[3].probabilities.dtype == np.float32


def test_a_state_is_a_value_that_can_be_continued_twice() -> None:
    stream = anticipator()
    _, after_one = stream.step(frame(0), stream.start())
    first, _ = stream.step(frame(1), after_one)
    stream.step(frame(7), after_one)
    again, _ = stream.step(frame(1), after_one)
    np.testing.assert_array_equal(first.averaged, again.averaged)
    assert after_one.t == 1
    np.testing.assert_array_equal(after_one.total, [1, 0, 0])
    np.testing.assert_array_equal(stream.start().total, [0, 0, 0])


def test_two_streams_may_interleave() -> None:
    stream = anticipator()
    values = {"a": [0, 1, 2, 0], "b": [5, 5, 1, 1]}

    def alone(name: str) -> list[tuple[float, ...]]:
        state, said = stream.start(), []
        for value in values[name]:
            prediction, state = stream.step(frame(value), state)
            said.append(tuple(prediction.averaged))
        return said

    states = {name: stream.start() for name in values}
    together: dict[str, list] = {name: [] for name in values}
    for position in range(4):
        for name in values:
            prediction, states[name] = stream.step(frame(values[name][position]), states[name])
            together[name].append(tuple(prediction.averaged))
    assert together == {name: alone(name) for name in values}
    assert together["a"] != together["b"]


def test_a_stream_starts_afresh_after_its_window() -> None:
    stream = anticipator(window_frames=3)
    state, said = stream.start(), []
    for value in [0, 0, 0, 0, 0, 0, 0]:
        prediction, state = stream.step(frame(value), state)
        said.append(prediction)
    assert [p.t for p in said] == [1, 2, 3, 1, 2, 3, 1]
    assert [p.window for p in said] == [0, 0, 0, 1, 1, 1, 2]
    for p in said[3:]:  # every window says what the first said
        np.testing.assert_array_equal(p.averaged, said[p.t - 1].averaged)
    endless, _ = _run(anticipator(None), 7)
    assert endless[-1].t == 7


def _run(stream: Anticipator, count: int) -> tuple[list, object]:
    state, said = stream.start(), []
    for _ in range(count):
        prediction, state = stream.step(frame(0), state)
        said.append(prediction)
    return said, state


def test_a_long_stream_keeps_no_history() -> None:
    def size(state: object) -> int:
        return sum(np.asarray(part).nbytes for part in (state.total, *state.memory.values()))

    stream = anticipator()
    assert size(_run(stream, 500)[1]) == size(_run(stream, 1)[1])


@pytest.mark.parametrize("shape", [(1, 1), (480, 640), (3, 200), (4, 4)])
def test_frames_of_any_size(shape: tuple[int, int]) -> None:
    prediction, _ = anticipator().step(frame(1, *shape), anticipator().start())
    assert prediction.label == 1


@pytest.mark.parametrize(
    "wrong",
    [np.zeros((4, 4, 3), np.float32), np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8),
     np.zeros((0, 4, 3), np.uint8), np.zeros((2, 4, 4, 3), np.uint8)],
)  # fmt: skip
def test_what_is_no_frame_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"wanted a frame uint8 \[H, W, 3\]"):
        anticipator().step(wrong, anticipator().start())


def test_a_network_that_does_not_fit_is_refused() -> None:
    def two_classes(frames: Frames, memory: Memory) -> tuple[np.ndarray, Memory]:
        return np.ones((1, 2)), memory

    def broken(frames: Frames, memory: Memory) -> tuple[np.ndarray, Memory]:
        return np.array([[0.5, np.nan, 0.5]]), memory

    for network, error, words in ((two_classes, ValueError, "3 classes"), (broken, InputError, "NaN")):
        stream = Anticipator(network, {}, CLASSES, 4, None)
        with pytest.raises(error, match=words):
            stream.step(frame(0), stream.start())
    with pytest.raises(ValueError, match="window of 0"):
        Anticipator(advance, {}, CLASSES, 4, 0)
