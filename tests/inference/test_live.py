"""Frames that arrive: predicted one by one, written at once, nothing of them kept."""

import csv
import weakref
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest

from repro.evaluation.certainty import Certainty
from repro.inference import live
from repro.inference.json_form import without_frames
from repro.inference.live import LiveReports, predict_live, predict_sources
from repro.inference.prediction import FirstSure, VideoPrediction
from repro.inference.stream import Images, Memory, Outputs, Stream
from repro.inference.stream_predictor import StreamPredictor
from repro.types import InputError

CLASSES = ("dark", "bright")
SURE = Certainty(1.0, 0.6, 0.9, 0.5, 10, ("50%",))


def advance(images: Images, memory: Memory | None) -> tuple[Outputs, Memory]:
    bright = images["rgb"].mean() / 255
    return {"frame": np.array([[1 - bright, bright]], np.float32)}, {}


def predictor(window_frames: int | None = None, *, flow: bool = False) -> StreamPredictor:
    motion = (lambda before, after: np.zeros((8, 8, 2), np.uint8)) if flow else None
    return StreamPredictor(Stream(advance, CLASSES, 8, window_frames, motion=motion), certainty=SURE)


def arriving(greys: list[int], *, interrupted: bool = False) -> Generator:
    """A frame every tenth of a second."""
    for number, grey in enumerate(greys):
        yield number / 10, np.full((16, 24, 3), grey, np.uint8)
    if interrupted:
        raise KeyboardInterrupt


def lines(table: Path) -> list[dict[str, str]]:
    with table.open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("flow", [False, True], ids=["frames", "flow, a frame behind"])
@pytest.mark.parametrize("interrupted", [False, True])
def test_every_frame_has_its_line_and_all_together_their_prediction(
    tmp_path: Path, flow: bool, interrupted: bool
) -> None:
    reported: list[tuple[float, str]] = []
    frames = arriving([128, 255, 255, 0, 0], interrupted=interrupted and not flow)
    done = predict_live(
        frames,
        "camera 0",
        predictor(3, flow=flow),
        tmp_path / "c.csv",
        lambda s, p: reported.append((s, p.answer)),
    )
    table = lines(tmp_path / "c.csv")
    assert [(row["frame"], row["seconds"]) for row in table] == [(str(t), f"0.{t}") for t in range(5)]
    assert [row["label"] for row in table] == ["uncertain", "bright", "bright", "dark", "dark"]
    assert float(table[2]["bright"]) == pytest.approx((128 / 255 + 2) / 3, abs=1e-6)
    assert done.scores[1] == pytest.approx((128 / 255 + 2) / 5, abs=1e-6)
    assert done.first_sure == FirstSure(1, 0.1, 1)
    assert reported == [(0.2, "bright"), (0.4, "dark")]  # of each window
    assert (done.info.frames, done.info.height_px, done.info.width_px) == (5, 16, 24)
    assert done.info.fps == pytest.approx(10)
    content = without_frames(done, {}, ["c.csv"])
    assert (content["video"], content["frames"], content["windows"]) == ("camera 0", 5, [])


def test_neither_frames_nor_predictions_are_kept(tmp_path: Path) -> None:
    alive: list[weakref.ref] = []
    most = 0

    def counting(images: Images, memory: Memory | None) -> tuple[Outputs, Memory]:
        nonlocal most
        outputs, memory = advance(images, memory)
        alive.extend(weakref.ref(array) for array in (images["rgb"], outputs["frame"]))
        most = max(most, sum(reference() is not None for reference in alive))
        return outputs, memory

    live = StreamPredictor(Stream(counting, CLASSES, 8, 5), certainty=SURE)
    predict_live(arriving([255] * 60), "camera 0", live, tmp_path / "c.csv", lambda seconds, each: None)
    assert len(alive) == 2 * (60 + 2)  # two black frames come first
    assert most <= 4


def test_cameras_whose_addresses_differ_before_the_last_dot_have_files_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live.live, "frames", lambda source: arriving([255]))
    silent = LiveReports(lambda name: None, lambda seconds, each: None, lambda each: None)
    for place in ("0.5/stream1", "0.6/stream1", "0.6/stream2"):
        predict_sources([f"rtsp://192.168.{place}"], predictor(), tmp_path, {}, silent)
    assert len(list(tmp_path.glob("*.json"))) == 3
    predict_sources(
        ["rtsp://192.168.0.6/stream2"], predictor(), tmp_path, {}, silent
    )  # later, something else
    assert len(list(tmp_path.glob("*.json"))) == len(list(tmp_path.glob("*.csv"))) == 4


def test_interrupted_before_anything_came_it_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        predict_live(
            arriving([], interrupted=True), "camera 0", predictor(), tmp_path / "c.csv", lambda s, p: None
        )
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_sends_nothing_leaves_nothing(tmp_path: Path) -> None:
    def nothing() -> Generator:
        raise InputError("camera 0: no frame arrives")
        yield

    def report(seconds: float, prediction: VideoPrediction) -> None:
        raise AssertionError

    with pytest.raises(InputError, match="no frame arrives"):
        predict_live(nothing(), "camera 0", predictor(), tmp_path / "c.csv", report)
    assert list(tmp_path.iterdir()) == []
