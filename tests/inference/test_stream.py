"""A stream's arithmetic, on networks whose output can be computed by eye."""

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from repro.flow.coding import STILL
from repro.inference.predict import predict_video
from repro.inference.prediction import VideoPrediction
from repro.inference.stream import FramePrediction, Stream, StreamState
from repro.inference.stream_predictor import StreamPredictor
from repro.localisation.tube import LocalisationSettings, tube
from repro.types import InputError
from repro.video import encode

CLASSES = ("run", "jump", "walk")
SIZE, SIDE = 4, 3  # of images, of attention maps
CHAIN = LocalisationSettings(upscale=4, sigma_px=1.0)


def frame(value: int, height: int = 6, width: int = 9) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


class Network:
    """Certain of class (brightness + frames before) mod 3; attends to position (brightness mod 9).

    With flow it also adds how far the field is above `STILL`. It notes what it was called with.
    """

    def __init__(self) -> None:
        self.starts: list[bool] = []
        self.fields: list[int] = []

    def __call__(self, images: Mapping, memory: Mapping | None) -> tuple[dict, dict]:
        assert {image.shape[:3] for image in images.values()} == {(1, SIZE, SIZE)}
        self.starts.append(memory is None)
        before = 0 if memory is None else int(memory["h"][0, 0])
        value = int(images["rgb"][0, 0, 0, 0])
        if "flow" in images:
            self.fields.append(int(images["flow"][0, 0, 0, 0]) - STILL)
            value += self.fields[-1]
        probabilities = np.eye(3, dtype=np.float32)[[(value + before) % 3]]
        attention = np.eye(9, dtype=np.float32)[value % 9].reshape(1, SIDE, SIDE)
        outputs = {"frame": probabilities, "attention": attention}
        return outputs, {"h": np.full((1, 1), before + 1, np.float32)}


def difference(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """A field of the difference of two frames' brightness."""
    level = STILL + int(after[0, 0, 0]) - int(before[0, 0, 0])
    return np.full((5, 7, 2), level, np.uint8)


def stream_of(window_frames: int | None = None, *, flow: bool = False, network: Network | None = None):
    motion = difference if flow else None
    return Stream(
        network or Network(), CLASSES, SIZE, window_frames, motion=motion, localisation=CHAIN
    )  # fmt: skip


def run(stream: Stream, values: list[int]) -> list[FramePrediction]:
    """The predictions of a stream of grey frames, the last one included."""
    state, predictions = stream.start(), []
    for value in values:
        prediction, state = stream.step(frame(value), state)
        predictions += [] if prediction is None else [prediction]
    last = stream.finish(state)
    return predictions if last is None else [*predictions, last]


def test_without_flow_every_frame_is_predicted_at_once() -> None:
    stream = stream_of()
    state = stream.start()
    for number, value in enumerate((0, 0, 1, 0)):
        prediction, state = stream.step(frame(value), state)
        assert prediction is not None
        assert (prediction.frame, prediction.t, prediction.window) == (number, number + 1, 0)
    assert stream.finish(state) is None
    predictions = run(stream, [0, 0, 1, 0])
    assert [int(s.probabilities.argmax()) for s in predictions] == [0, 1, 0, 0]
    np.testing.assert_allclose(predictions[3].averaged, [0.75, 0.25, 0])
    assert predictions[1].label == 0  # a tie goes to the lower index
    assert predictions[2].attention is not None
    assert predictions[2].attention.tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]


def test_with_flow_a_frame_is_predicted_when_the_next_arrives() -> None:
    network = Network()
    stream = stream_of(flow=True, network=network)
    state = stream.start()
    arrived = []
    for value in (5, 7, 6):
        prediction, state = stream.step(frame(value), state)
        arrived.append(None if prediction is None else prediction.frame)
    assert arrived == [None, 0, 1]
    assert network.fields == [2, -1]  # field t leads from frame t to t + 1
    last = stream.finish(state)
    assert last is not None
    assert network.fields == [2, -1]  # nothing is computed for the last: it repeats the one before
    assert (last.frame, last.t) == (2, 3)
    assert state.last is not None
    np.testing.assert_array_equal(last.probabilities, state.last.probabilities)
    np.testing.assert_array_equal(last.attention, state.last.attention)
    np.testing.assert_array_equal(last.box, state.last.box)
    # frames are of class 5 + 2, then 7 - 1 + 1, then that again: 1, 1, 1
    np.testing.assert_allclose(last.averaged, [0, 1, 0])


@pytest.mark.parametrize(
    ("values", "times"), [([5, 7, 6, 9], [1, 1, 2, 2]), ([5, 7, 6, 9, 4], [1, 1, 2, 2, 3])]
)
def test_with_flow_every_second_frame_is_read_with_the_field_behind_it(
    values: list[int], times: list[int]
) -> None:
    """Frames 0 and 2 with the fields 0 to 1 and 2 to 3; a last frame without one repeats the output."""
    network = Network()
    stream = Stream(network, CLASSES, SIZE, None, motion=difference, localisation=CHAIN, every=2)
    predictions = run(stream, values)
    assert network.fields == [2, 3]
    assert [each.frame for each in predictions] == list(range(len(values)))
    assert [each.t for each in predictions] == times
    for one, other in pairwise(predictions[:4]):
        if one.frame % 2 == 0:
            np.testing.assert_array_equal(one.probabilities, other.probabilities)
    np.testing.assert_array_equal(predictions[-1].probabilities, predictions[2].probabilities)
    assert not np.array_equal(predictions[1].attention, predictions[2].attention)


def test_a_single_frame_has_no_motion() -> None:
    network = Network()
    (only,) = run(stream_of(flow=True, network=network), [4])
    assert network.fields == [0]
    assert (only.frame, only.t, only.label) == (0, 1, 1)
    assert stream_of(flow=True).finish(stream_of(flow=True).start()) is None  # no frame at all


def test_memory_and_average_start_afresh_after_the_window() -> None:
    network = Network()
    predictions = run(stream_of(3, network=network), [0] * 7)
    assert network.starts == [True, False, False, True, False, False, True]
    assert [(s.frame, s.window, s.t) for s in predictions] == [
        (0, 0, 1), (1, 0, 2), (2, 0, 3), (3, 1, 1), (4, 1, 2), (5, 1, 3), (6, 2, 1)
    ]  # fmt: skip
    for s in predictions[3:]:  # every window predicts what the first did
        np.testing.assert_array_equal(s.averaged, predictions[s.t - 1].averaged)
    endless = Network()
    assert run(stream_of(None, network=endless), [0] * 7)[-1].t == 7
    assert endless.starts == [True] + [False] * 6


def test_the_last_frame_of_a_flow_stream_stays_in_its_window() -> None:
    """Of 7 frames 6 have flow: two windows of 3, and the last frame repeats the end of the second."""
    network = Network()
    predictions = run(stream_of(3, flow=True, network=network), [0] * 7)
    assert network.starts == [True, False, False, True, False, False]
    assert [(s.window, s.t) for s in predictions] == [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3), (1, 4)]


@pytest.mark.parametrize("flow", [False, True])
def test_the_rule_counts_the_frames_of_the_video(flow: bool) -> None:
    motion = difference if flow else None
    stream = Stream(Network(), CLASSES, SIZE, 3, motion=motion, localisation=CHAIN, every=2)
    first = next(each.frame for each in run(stream, [0] * 9) if each.window == 1)
    rule = StreamPredictor(stream).rule
    assert f"afresh every {first} frames" in rule
    assert ("last frame" in rule) == flow  # see the test before: it stays where it is


@settings(max_examples=40)
@given(
    maps=arrays(np.float32, st.tuples(st.integers(1, 12), st.just(SIDE), st.just(SIDE)),
                elements=st.floats(0.015625, 1, width=32)),
    norm=st.sampled_from(["max", "minmax"]),
    window_frames=st.sampled_from([None, 1, 4]),
)  # fmt: skip
def test_the_boxes_are_those_of_the_whole_video(
    maps: np.ndarray, norm: str, window_frames: int | None
) -> None:
    # A flat frame has no component under minmax; before the first box a whole video may look ahead.
    maps[0, 0, 0] = 4.0
    chain = LocalisationSettings(upscale=4, sigma_px=1.0, saliency_norm=norm)
    whole = tube(maps, frame_height=30, frame_width=50, settings=chain).raw.boxes
    left = iter(maps)

    def advance(images: Mapping, memory: Mapping | None) -> tuple[dict, dict]:
        return {"frame": np.ones((1, 3)) / 3, "attention": next(left)[np.newaxis]}, {}

    stream = Stream(advance, CLASSES, SIZE, window_frames, localisation=chain)
    state, boxes = stream.start(), []
    for _ in maps:
        prediction, state = stream.step(frame(0, 30, 50), state)
        assert prediction is not None
        boxes.append(prediction.box)
    np.testing.assert_allclose(boxes, whole, rtol=0, atol=1e-9)


def test_the_box_of_one_bright_position_at_the_paper_s_sizes() -> None:
    attention = np.zeros((1, 7, 7), np.float32)
    attention[0, 3, 3] = 1
    stream = Stream(lambda *_: ({"frame": np.eye(3)[[0]], "attention": attention}, {}), CLASSES, SIZE, 30)
    prediction, state = stream.step(frame(0, 240, 320), stream.start())
    assert prediction is not None
    np.testing.assert_allclose(prediction.box, [112.857, 84.643, 207.143, 155.357], atol=1e-3)
    prediction, _ = stream.step(frame(0, 120, 160), state)  # a smaller frame: the same box in its pixels
    assert prediction is not None
    np.testing.assert_allclose(prediction.box, [56.429, 42.321, 103.571, 77.679], atol=1e-3)


def test_without_a_component_the_box_before_stays() -> None:
    maps = iter([np.ones((3, 3)), np.eye(3)[[0, 2, 2]], np.ones((3, 3))])
    chain = LocalisationSettings(upscale=4, sigma_px=1.0, saliency_norm="minmax")
    stream = Stream(
        lambda *_: ({"frame": np.eye(3)[[0]], "attention": next(maps)[np.newaxis]}, {}),
        CLASSES, SIZE, None, localisation=chain,
    )  # fmt: skip
    flat, bright, kept = run(stream, [0, 0, 0])
    assert flat.box is not None
    assert flat.box.tolist() == [0, 0, 9, 6]  # nothing stands out yet: the whole frame
    assert bright.box is not None
    assert kept.box is not None
    assert bright.box.tolist() != flat.box.tolist()
    assert kept.box.tolist() == bright.box.tolist()


def test_a_network_without_attention_has_no_box() -> None:
    stream = Stream(lambda *_: ({"frame": np.eye(3)[[2]]}, {}), CLASSES, SIZE, None)
    (prediction,) = run(stream, [0])
    assert (prediction.label, prediction.attention, prediction.box) == (2, None, None)


def _same(one: object, other: object) -> bool:
    """Nested tuples, dictionaries and arrays."""
    if isinstance(one, Mapping):
        return isinstance(other, Mapping) and all(_same(one[k], other[k]) for k in one)
    if isinstance(one, tuple):
        return isinstance(other, tuple) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    return np.array_equal(one, other)


@settings(max_examples=40)
@given(
    before=st.lists(st.integers(0, 60), max_size=6),
    one=st.lists(st.integers(0, 60), min_size=1, max_size=5),
    other=st.lists(st.integers(0, 60), min_size=1, max_size=5),
    flow=st.booleans(),
)
def test_a_state_can_be_continued_twice(
    before: list[int], one: list[int], other: list[int], flow: bool
) -> None:
    stream = stream_of(3, flow=flow)
    fork = stream.start()
    for value in before:
        _, fork = stream.step(frame(value), fork)
    kept = copy.deepcopy(fork)

    def continued(values: list[int]) -> tuple:
        state: StreamState = fork
        predictions = []
        for value in values:
            prediction, state = stream.step(frame(value), state)
            predictions.append(prediction)
        return (*predictions, stream.finish(state))

    first = continued(one)
    continued(other)
    assert _same(fork, kept)
    assert _same(continued(one), first)
    predictions = [s for s in first if s is not None]
    assert _same(tuple(run(stream, before + one)[-len(predictions) :]), tuple(predictions))


@pytest.mark.parametrize("flow", [False, True])
def test_every_frame_costs_one_call_and_no_memory(flow: bool) -> None:
    network, fields = Network(), []

    def motion(before: np.ndarray, after: np.ndarray) -> np.ndarray:
        fields.append(0)
        return difference(before, after)

    stream = Stream(network, CLASSES, SIZE, None, motion=motion if flow else None, localisation=CHAIN)
    state, calls, sizes = stream.start(), [], []
    for number in range(300):
        _, state = stream.step(frame(number % 50), state)
        calls.append((len(network.starts), len(fields)))
        sizes.append(_bytes(state))
    per_frame = {tuple(np.subtract(b, a)) for a, b in pairwise(calls[1:])}
    assert per_frame == {(1, 1 if flow else 0)}
    assert len(set(sizes[2:])) == 1


def _bytes(state: object) -> int:
    if isinstance(state, Mapping):
        return sum(_bytes(part) for part in state.values())
    return sum(_bytes(part) for part in state) if isinstance(state, tuple) else np.asarray(state).nbytes


def test_two_streams_may_interleave() -> None:
    stream = stream_of()
    values = {"a": [0, 1, 2, 0], "b": [5, 5, 1, 1]}
    alone = {name: [tuple(each.averaged) for each in run(stream, values[name])] for name in values}
    states = {name: stream.start() for name in values}
    together: dict[str, list] = {name: [] for name in values}
    for position in range(4):
        for name in values:
            prediction, states[name] = stream.step(frame(values[name][position]), states[name])
            assert prediction is not None
            together[name].append(tuple(prediction.averaged))
    assert together == alone
    assert together["a"] != together["b"]


@pytest.mark.parametrize("shape", [(1, 1), (480, 640), (3, 200), (4, 4)])
def test_frames_of_any_size(shape: tuple[int, int]) -> None:
    prediction, _ = stream_of().step(frame(1, *shape), stream_of().start())
    assert prediction is not None
    assert prediction.label == 1


def test_a_camera_may_reuse_its_frame() -> None:
    stream, buffer = stream_of(flow=True), frame(0)
    state, predictions = stream.start(), []
    for value in (5, 7, 6):
        buffer[:] = value
        prediction, state = stream.step(buffer, state)
        predictions.append(prediction)
    wanted = run(stream_of(flow=True), [5, 7, 6])
    assert _same(tuple(predictions[1:]), tuple(wanted[:2]))


@pytest.mark.parametrize("flow", [False, True])
@pytest.mark.parametrize(
    "wrong",
    [np.zeros((4, 4, 3), np.float32), np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8),
     np.zeros((0, 4, 3), np.uint8), np.zeros((2, 4, 4, 3), np.uint8)],
)  # fmt: skip
def test_what_is_no_frame_is_refused(wrong: np.ndarray, flow: bool) -> None:
    with pytest.raises(ValueError, match=r"wanted a frame uint8 \[H, W, 3\]"):
        stream_of(flow=flow).step(wrong, stream_of(flow=flow).start())


def test_a_network_that_does_not_fit_is_refused() -> None:
    for output, error, words in (
        (np.ones((1, 2)), ValueError, "3 classes"),
        (np.array([[0.5, np.nan, 0.5]]), InputError, "NaN"),
    ):
        stream = Stream(lambda *_, output=output: ({"frame": output}, {}), CLASSES, SIZE, None)
        with pytest.raises(error, match=words):
            stream.step(frame(0), stream.start())
    with pytest.raises(ValueError, match="window of 0"):
        stream_of(0)
    with pytest.raises(InputError, match=r"video_max.*whole video"):
        Stream(Network(), CLASSES, SIZE, None, localisation=LocalisationSettings(saliency_norm="video_max"))


@pytest.mark.parametrize("flow", [False, True])
def test_a_video_file_gets_a_box_in_every_frame(tmp_path: Path, flow: bool) -> None:
    path = tmp_path / "clip.avi"
    encode.write_video(path, (frame(value, 16, 24) for value in [40] * 7), 10, "ffv1")
    drawn: list[VideoPrediction] = []

    def render(frames: Iterable, prediction: VideoPrediction) -> Iterator:
        drawn.append(prediction)
        yield from frames

    whole = predict_video(path, StreamPredictor(stream_of(3, flow=flow), render), tmp_path / "out")
    assert drawn == [whole]
    content = json.loads((tmp_path / "out" / "clip.json").read_text())
    alone = run(stream_of(3, flow=flow), [40] * 7)
    assert [entry["frame"] for entry in content["by_frame"]] == [each.frame for each in alone]
    assert whole.boxes is not None
    for entry, box, probabilities in zip(content["by_frame"], whole.boxes, whole.probabilities, strict=True):
        assert entry["box"] == pytest.approx(box.tolist(), abs=0.005)
        assert entry["probabilities"] == pytest.approx(probabilities.tolist(), abs=1e-6)
    spans = [(window["start"], window["stop"]) for window in content["windows"]]
    assert spans == ([(0, 3), (3, 7)] if flow else [(0, 3), (3, 6), (6, 7)])
