"""Several streams share a call of the network, and each gets what it gets alone."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from repro.inference.predict import predict_videos
from repro.inference.shared import SharedBatch
from repro.inference.stream import Images, Memory, Outputs, Stream
from repro.inference.stream_predictor import StreamPredictor
from repro.types import InputError
from repro.video import encode

CLASSES = ("dark", "bright")


class Network:
    """How bright each frame is, averaged with the one before; counts its calls and their rows."""

    def __init__(self) -> None:
        self.rows: list[int] = []

    def __call__(self, images: Images, memory: Memory | None) -> tuple[Outputs, Memory]:
        self.rows.append(len(images["rgb"]))
        bright = images["rgb"].mean(axis=(1, 2, 3), dtype=np.float64).astype(np.float32)[:, None] / 255
        now = bright if memory is None else (bright + memory["before"]) / 2
        return {"frame": np.concatenate([1 - now, now], axis=1)}, {"before": now}


def clips(folder: Path, lengths: list[int]) -> list[Path]:
    paths, rng = [], np.random.default_rng(0)
    for number, length in enumerate(lengths):
        paths.append(folder / f"clip{number}.avi")
        encode.write_video(paths[-1], rng.integers(0, 256, (length, 16, 24, 3), np.uint8), 10, "ffv1")
    return paths


def predictor(network: Network, together: int) -> StreamPredictor:
    return StreamPredictor(Stream(network, CLASSES, 8, 4), together=together)


@pytest.mark.parametrize("together", [2, 3, 8])
def test_videos_of_any_lengths_get_what_each_gets_alone(tmp_path: Path, together: int) -> None:
    paths = clips(tmp_path, [5, 1, 9, 4, 7])
    alone, shared = Network(), Network()
    wanted = [predictor(alone, 1).predict(path) for path in paths]
    done = predict_videos(paths, predictor(shared, together), tmp_path / "out")
    assert [prediction.path for prediction in done.predictions] == paths
    for one, other in zip(done.predictions, wanted, strict=True):
        assert one.probabilities is not None
        np.testing.assert_array_equal(one.probabilities, other.probabilities)
        assert one.windows == other.windows
        assert one.timing["streams"] == min(together, len(paths))
    assert set(shared.rows) == {min(together, len(paths))}  # traced once


def test_frames_that_wait_for_each_other_are_one_call() -> None:
    network, ready = Network(), threading.Barrier(3)
    shared = SharedBatch(network, 3)
    frames = np.full((3, 1, 2, 2, 3), np.array([0, 51, 255]).reshape(3, 1, 1, 1, 1), np.uint8)

    def stream(number: int) -> float:
        with shared.member() as advance:
            ready.wait(10)
            outputs, memory = advance({"rgb": frames[number]}, None)
            outputs, _ = advance({"rgb": frames[number]}, memory)
            return float(outputs["frame"][0, 1])

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(stream, range(3))) == pytest.approx([0, 0.2, 1])
    assert network.rows[0] == 3
    assert len(network.rows) == 2


def test_more_streams_than_places_are_refused() -> None:
    shared = SharedBatch(Network(), 1)
    with shared.member(), pytest.raises(ValueError, match="more than 1 streams"), shared.member():
        pass


def test_a_broken_video_stops_nothing(tmp_path: Path) -> None:
    paths = clips(tmp_path, [3, 4, 5])
    paths[1].write_bytes(b"no video")
    done = predict_videos(paths, predictor(Network(), 3), tmp_path / "out")
    assert [prediction.path for prediction in done.predictions] == [paths[0], paths[2]]
    assert [path for path, _ in done.broken] == [paths[1]]


def test_a_fault_of_the_network_reaches_the_caller(tmp_path: Path) -> None:
    class Broken(Network):
        def __call__(self, images: Images, memory: Memory | None) -> tuple[Outputs, Memory]:
            outputs, memory = super().__call__(images, memory)
            late = len(self.rows) > 4
            return {"frame": outputs["frame"] * (np.nan if late else 1)}, memory

    with pytest.raises(InputError, match="NaN"):
        predict_videos(clips(tmp_path, [9, 9, 9]), predictor(Broken(), 3), tmp_path / "out")
