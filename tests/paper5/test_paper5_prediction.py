"""A run of paper 5 on any video: frames of each clip, which clip decides a frame, the command's files."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.close import assert_same_float32, of_network
from helpers.experiments import experiment_of
from helpers.initial_weights import vary
from repro.atomic import write_json
from repro.backbones import weights
from repro.cli import main
from repro.evaluation.clips import video_score
from repro.experiment.exported import FILE, ExportedRun
from repro.inference.prediction import Window
from repro.paper5 import levels, networks
from repro.paper5.levels import with_reductions
from repro.paper5.pipeline import Pipeline
from repro.paper5.prediction import FRAMES_AT_ONCE, ClipPredictor, images_of, maps_of
from repro.paper5.recipe import IN_VGG, Recipe, recipe, streams_of
from repro.paper5.rows import rows
from repro.paper5.scoring import Outputs, look
from repro.papers import load_predictor
from repro.report.masks import Grid
from repro.training.run_folder import RunFolder
from repro.types import InputError, Split, VideoRef
from repro.video import decode
from repro.video.encode import write_video

T = 4
CLASSES = ("Run", "Sit", "Wave")


class Spy:
    """A predictor whose maps are frame numbers, and whose class is the number of the clip's call."""

    def __init__(self) -> None:
        self.through_vgg: list[int] = []
        self.clips: list[list[int]] = []
        self.predictor = ClipPredictor(
            CLASSES, T, images=self._images, maps=self._maps, outputs=self._outputs,
            score=lambda clips: video_score(clips, 2), rule="mean", grid=Grid(1, 1, 0),
        )  # fmt: skip

    def _images(self, frames):
        for number, _ in enumerate(frames):
            yield {"rgb": np.full((1, 1, 3), number, np.uint8)}

    def _maps(self, images):
        numbers = images["rgb"][:, 0, 0, 0]
        self.through_vgg += numbers.tolist()
        return {"pool4": numbers.astype(np.float32).reshape(-1, 1, 1, 1)}

    def _outputs(self, maps):
        assert maps["pool4"].shape == (1, T, 1, 1, 1)
        numbers = maps["pool4"].reshape(T)
        call = len(self.clips)
        self.clips.append(numbers.astype(int).tolist())
        frame = np.full((1, T, 3), 0.1)
        frame[..., call % 3] = 0.8
        attention = (100 * call + numbers).reshape(1, T, 1, 1)
        return {"frame": frame, "attention": attention}


def _video(path: Path, frames: int, fps: float = 10) -> Path:
    write_video(path, (np.full((16, 24, 3), 20 * (t % 12), np.uint8) for t in range(frames)), fps, "ffv1")
    return path


def test_clips_follow_each_other_and_the_last_one_ends_with_the_video(tmp_path: Path) -> None:
    spy = Spy()
    found = spy.predictor.predict(_video(tmp_path / "a.avi", 10))
    assert spy.clips == [[0, 1, 2, 3], [4, 5, 6, 7], [6, 7, 8, 9]]
    assert spy.through_vgg == list(range(10))  # each frame once, also 6 and 7
    assert found.windows == (Window(0, 4, 0), Window(4, 8, 1), Window(6, 10, 2))
    # Frames 6 and 7 are in two clips; the later one, whose numbers begin with 200, decides them.
    assert found.attention[:, 0, 0].tolist() == [0, 1, 2, 3, 104, 105, 206, 207, 208, 209]
    assert found.probabilities.argmax(axis=1).tolist() == [0] * 4 + [1] * 2 + [2] * 4
    assert found.label == 0  # one vote each, equal probabilities: the smaller index
    assert (found.info.frames, found.fps, found.info.width_px) == (10, 10, 24)


def test_a_video_of_whole_clips_has_no_clip_twice(tmp_path: Path) -> None:
    spy = Spy()
    spy.predictor.predict(_video(tmp_path / "a.avi", 8))
    assert spy.clips == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_a_short_video_repeats_its_last_frame(tmp_path: Path) -> None:
    spy = Spy()
    found = spy.predictor.predict(_video(tmp_path / "a.avi", 3))
    assert spy.clips == [[0, 1, 2, 2]]
    assert spy.through_vgg == [0, 1, 2]
    assert found.probabilities.shape == (3, 3)
    assert found.attention[:, 0, 0].tolist() == [0, 1, 2]
    assert found.windows == (Window(0, 3, 0),)


def test_no_more_than_a_clip_is_held_at_a_time(tmp_path: Path) -> None:
    """Of a generator of frames only T are taken before the network reads them."""
    spy = Spy()
    taken: list[int] = []

    def frames():
        for number in range(40):
            taken.append(number)
            yield np.zeros((2, 2, 3), np.uint8)

    for start, _ in spy.predictor._clips(frames()):
        assert len(taken) <= start + T


def test_a_frame_comes_with_the_field_that_leads_on() -> None:
    """Something moves right between frames 0 and 1 and stands still from 1 to 2."""
    numbers = replace(
        recipe("tiny"), branches=("conv5_3", "flow_conv5_3"), flow_method="default", size_px=32,
        flow_height_px=48, flow_width_px=64,
    )  # fmt: skip
    y, x = np.mgrid[0:48, 0:64]
    texture = (127 + 60 * np.sin(x / 4) + 60 * np.cos(y / 5 + x / 9)).astype(np.uint8)
    moved = np.roll(texture, 2, axis=1)
    frames = [np.repeat(image[..., None], 3, axis=2) for image in (texture, moved, moved)]
    shown = list(images_of(numbers, frames))
    assert [{s: a.shape for s, a in each.items()} for each in shown] == [
        {"rgb": (32, 32, 3), "flow": (32, 32, 2)}
    ] * 3
    right = [np.median(each["flow"][8:24, 8:24, 0]) for each in shown]
    assert right[0] == pytest.approx(128 + 2 * 127.5 / 20, abs=3)
    assert right[1] == right[2] == pytest.approx(128, abs=1)
    assert shown[2]["rgb"].tolist() == shown[1]["rgb"].tolist() != shown[0]["rgb"].tolist()
    (alone,) = images_of(numbers, frames[:1])
    assert (alone["flow"] == 128).all()
    assert set(next(images_of(recipe("tiny"), frames))) == {"rgb"}


def test_vgg_always_gets_as_many_images_and_maps_go_to_their_branches() -> None:
    numbers = replace(recipe("tiny"), branches=("conv5_3", "pool4"), feature_dtype="float16")
    calls = []

    def vgg(images: np.ndarray) -> dict[str, np.ndarray]:
        calls.append(len(images))
        level = images[:, :1, :1, :1] + np.float32(0.0001)
        return {"pool4_pooled": level, "conv5_3_pooled": 10 * level}

    count = FRAMES_AT_ONCE + 3
    images = np.arange(count, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    maps = maps_of(numbers, {"rgb": vgg}, {"rgb": images})
    assert calls == [FRAMES_AT_ONCE] * 2
    assert list(maps) == ["conv5_3", "pool4"]
    assert maps["pool4"].dtype == np.float32
    # float16 has no room for the 0.0001 from 1 on
    assert maps["pool4"].ravel()[1:].tolist() == list(range(1, count))
    assert maps["conv5_3"].ravel()[1:].tolist() == list(range(10, 10 * count, 10))


FRAMES = 9
TRAINED = "sequence/late/final.npz"
TINY = replace(recipe("tiny"), clip_len=6, last_frames=4)
CHANGES: dict[str, dict[str, Any]] = {
    "levels": {},
    "flow": {"branches": ("conv5_3", "flow_conv5_3")},
    "reduced in VGG": {"reduce": IN_VGG},
}


def _roundings(numbers: Recipe) -> float:
    """Of a clip through each VGG-16 and the model's memory."""
    model = networks.build(numbers, len(CLASSES), dict.fromkeys(numbers.branches, 1.0))
    vggs = [levels.vgg_network(numbers, stream, len(CLASSES)) for stream in streams_of(numbers)]
    return float(np.linalg.norm([of_network(model, times=numbers.clip_len), *map(of_network, vggs)]))


def _run(home: Path, numbers: Recipe, scales: dict[str, float]) -> Path:
    """A folder like that of a finished run, with weights that tell frames apart."""
    folder, vggs = home / "run", {"rgb": "rgb_vgg.npz", "flow": "flow_vgg.npz"}
    for stream, file in vggs.items():
        network = levels.vgg_network(numbers, stream, len(CLASSES))
        if numbers.reduce == IN_VGG:
            network = with_reductions(network, levels.LEVELS, numbers.channels, len(CLASSES))
        weights.save(vary(network, gain=1.2), folder / file)
    model = vary(networks.build(numbers, len(CLASSES), scales), gain=2.0)
    weights.save(model, folder / TRAINED)
    facts = {"scales": scales}
    ExportedRun(folder, 5, "demo", "1", 0, CLASSES, "late", TRAINED, vggs, asdict(numbers), facts).write()
    return folder


def _drawn(path: Path) -> Path:
    """A bright block that wanders over noise."""
    rng = np.random.default_rng(5)
    frames = rng.integers(0, 90, (FRAMES, 60, 80, 3), dtype=np.uint8)
    for t in range(FRAMES):
        frames[t, 10 + 2 * t : 30 + 2 * t, 5 * t : 5 * t + 20] = 230
    write_video(path, frames, 10, "ffv1")
    return path


def _looked(home: Path, folder: Path, numbers: Recipe, scales: dict[str, float]) -> Outputs:
    """The first clip through stored flow and stored maps, as a run that trains and tests reads it."""
    ref = VideoRef("Run/clip", home / "clip.avi", 0, "Run/g01")
    split = Split(dataset="demo", name="1", classes=CLASSES, train=(), test=(ref,))
    run_folder = RunFolder(home / "job")
    with run_folder:
        experiment = experiment_of(home, run_folder, split, numbers, {ref.video_id: FRAMES})
        row = next(row for row in rows("demo") if row.id == "table1/late")
        pipeline = Pipeline(experiment, [row])
        for stage in pipeline.stages:
            if stage.name == "features":
                pipeline.networks = {
                    levels.network_name(numbers, stream): folder / f"{stream}_vgg.npz"
                    for stream in streams_of(numbers)
                }
            if stage.name in ("flow", "features"):
                stage.run()
    network = networks.trained_views(numbers, len(CLASSES), folder / TRAINED, scales)
    return look(network, pipeline.features(numbers), numbers, ref)


@pytest.mark.slow
@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_a_video_predicted_whole_equals_the_same_through_stored_maps(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    numbers = replace(TINY, **changes)
    scales = dict(zip(numbers.branches, (1.5, 0.7), strict=True))
    clip = _drawn(tmp_path / "clip.avi")
    folder = _run(tmp_path, numbers, scales)
    predictor = load_predictor(folder)
    found = predictor.predict(clip)
    assert found.probabilities is not None
    assert found.attention is not None
    looked = _looked(tmp_path, folder, numbers, scales)
    assert [(each.start, each.stop) for each in found.windows] == [(0, 6), (3, 9)]
    # Frames 0 to 2 are in the first clip alone.
    roundings = _roundings(numbers)
    assert_same_float32(found.probabilities[:3], looked.frame[:3], roundings, scale=1)
    assert_same_float32(found.attention[:3], looked.attention[:3], roundings, scale=1)
    np.testing.assert_allclose(found.attention.sum(axis=(1, 2)), 1, rtol=1e-5)
    assert np.ptp(found.attention[:3]) > 1e-3  # else any map would do
    assert np.ptp(found.probabilities[:3]) > 1e-2
    assert predictor.classes == CLASSES


@pytest.mark.slow
def test_the_command_writes_json_and_an_overlay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scales = dict.fromkeys(TINY.branches, 1.0)
    folder = _run(tmp_path, TINY, scales)
    clip = _drawn(tmp_path / "clip.avi")
    torn = tmp_path / "torn.avi"
    torn.write_bytes(clip.read_bytes()[:300])
    out = tmp_path / "out"
    assert main(["predict", str(torn), str(clip), "--run", str(folder), "--out", str(out)]) == 2
    assert "torn.avi could not be read" in capsys.readouterr().err
    content = json.loads((out / "clip.json").read_text())
    found = load_predictor(folder).predict(clip)
    assert content["label"] == CLASSES[found.label]
    assert content["scores"] == pytest.approx(found.scores.tolist(), abs=1e-6)
    assert content["mean"] == pytest.approx(found.mean.tolist(), abs=1e-6)
    assert [(w["start"], w["stop"]) for w in content["windows"]] == [(0, 6), (3, 9)]
    assert [each["frame"] for each in content["by_frame"]] == list(range(FRAMES))
    assert (content["frames"], content["fps"], content["height_px"], content["width_px"]) == (
        FRAMES,
        10,
        60,
        80,
    )
    assert content["model"]["model"] == "late"
    drawn = decode.probe(out / content["files"][0])
    assert (drawn.frames, drawn.height_px) == (FRAMES, 480)
    assert not (out / "torn.json").exists()


def test_a_folder_that_is_no_run_of_this_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"not a finished run.*name a folder in runs"):
        load_predictor(tmp_path)
    known = ExportedRun(tmp_path, 5, "demo", "1", 0, CLASSES, "late", TRAINED, {}, asdict(TINY), {})
    known.write()
    with pytest.raises(InputError, match=r"another version.*scales"):
        load_predictor(tmp_path)
    replace(known, recipe={"colour": 1}).write()
    with pytest.raises(InputError, match=r"another version.*colour"):
        load_predictor(tmp_path)
    write_json(tmp_path / FILE, {"paper": 5, "model": "late", "classes": list(CLASSES)})
    with pytest.raises(InputError, match="another version"):
        load_predictor(tmp_path)
    replace(known, paper=9).write()
    with pytest.raises(InputError, match="a run of paper 9"):
        load_predictor(tmp_path)
