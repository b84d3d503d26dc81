"""A video predicted frame by frame equals the same video through stored flow and stored features."""

import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from helpers.close import assert_same_float32, of_network
from helpers.experiments import experiment_of
from helpers.initial_weights import vary
from repro.atomic import write_json
from repro.backbones import weights
from repro.cli import main
from repro.demo.renderer import render_clip
from repro.experiment.exported import FILE, Export, export
from repro.inference.stream import FramePrediction, Stream
from repro.inference.stream_predictor import StreamPredictor
from repro.localisation.tube import tube
from repro.paper4 import localise, networks, prediction
from repro.paper4.pipeline import Pipeline
from repro.paper4.recipe import Recipe, recipe
from repro.paper4.rows import rows
from repro.papers import load_predictor
from repro.training.run_folder import RunFolder
from repro.types import InputError, Split, VideoRef
from repro.video import decode, encode

pytestmark = pytest.mark.slow  # builds networks

CLASSES = ("HammerThrow", "LongJump", "PlayingGuitar")
FRAMES = 8
MODELS = (
    ("rgb", "lstm"),
    ("rgb", "alstm"),
    ("rgb", "conv_lstm"),
    ("rgb", "conv_alstm"),
    ("flow", "conv_alstm"),
    ("rgb", "motion_alstm"),
    ("rgb", "video_lstm"),
    ("flow", "video_lstm"),
)


def _recipe(stream: str = "rgb", architecture: str = "video_lstm", **changes) -> Recipe:
    return replace(recipe("tiny"), stream=stream, architecture=architecture, steps=FRAMES - 1, **changes)


class Stored:
    """An experiment of one video with VGG weights that tell frames apart, and what the pipeline stores of
    it."""

    def __init__(self, home: Path, numbers: Recipe) -> None:
        self.home = home
        self.clip = home / "clip.avi"
        drawn = render_clip(0, "LongJump", 2, 1).frames
        encode.write_video(self.clip, drawn[: 3 * FRAMES : 3], 25, "xvid")
        ref = VideoRef("LongJump/clip", self.clip, 1, "LongJump/g02")
        split = Split(dataset="demo", name="1", classes=CLASSES, train=(), test=(ref,))
        self.folder = RunFolder(home / "run")
        with self.folder:
            self.experiment = experiment_of(home, self.folder, split, numbers, {ref.video_id: FRAMES})
        self.ref = ref
        self.of_vgg: dict[str, float] = {}
        row = next(row for row in rows("demo") if row.id == "table2/motion-ConvALSTM")  # reads both streams
        self.pipeline = Pipeline(self.experiment, [row])
        self.pipeline.networks = {stream: self.vgg(numbers, stream) for stream in ("rgb", "flow")}
        for stage in self.pipeline.stages:
            if stage.name in ("flow", "features"):
                stage.run()

    def vgg(self, numbers: Recipe, stream: str) -> Path:
        network = vary(
            networks.stream_network(numbers, stream, len(CLASSES)), gain=1.2
        )  # small enough not to saturate
        self.of_vgg[stream] = of_network(network)
        path = self.folder.path / f"{stream}_vgg.npz"
        weights.save(network, path)
        return path

    def run(self, numbers: Recipe) -> Path:
        """A finished run folder whose model is the one of `numbers`."""
        model = vary(networks.build(numbers, len(CLASSES)), gain=1.0)
        self.of_model = of_network(model, times=FRAMES)
        weights.save(model, self.trained)
        vggs = {stream: (path.name, path) for stream, path in self.pipeline.networks.items()}
        export(self.experiment, 4, numbers, Export("model", self.trained, vggs))
        return self.folder.path

    @property
    def trained(self) -> Path:
        return self.folder.path / "sequence" / "model" / "best.npz"

    def vggs(self, numbers: Recipe) -> dict[str, keras.Model]:
        paths = self.pipeline.networks
        return {s: networks.endpoints(numbers, s, 3, path) for s, path in paths.items()}

    def assert_same(self, found: object, wanted: object, numbers: Recipe) -> None:
        """Shares of order 1 by one frame at a time or by all: through each VGG-16, and a memory's steps."""
        ways = [self.of_model, *(self.of_vgg[stream] for stream in networks.streams_of(numbers))]
        assert_same_float32(found, wanted, np.linalg.norm(ways), scale=1)

    def whole(self, numbers: Recipe) -> localise.Outputs:
        """The outputs of the localisation stage for the video, from stored features."""
        wanted = self.pipeline.features(numbers)
        return localise.viewer(self.experiment, wanted, numbers, self.trained)(self.ref)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    return Stored(tmp_path_factory.mktemp("predicted"), _recipe())


def stream_of(folder: Path) -> Stream:
    """Of a finished run."""
    predictor = load_predictor(folder)
    assert isinstance(predictor, StreamPredictor)
    return predictor.stream


def predictions_of(stream: Stream, path: Path) -> list[FramePrediction]:
    state, predictions = stream.start(), []
    for frame in decode.frames(path):
        prediction, state = stream.step(frame, state)
        predictions += [] if prediction is None else [prediction]
    last = stream.finish(state)
    return predictions if last is None else [*predictions, last]


@pytest.mark.parametrize(("stream", "architecture"), MODELS)
def test_streaming_equals_stored_features(stored: Stored, stream: str, architecture: str) -> None:
    numbers = _recipe(stream, architecture, initial_from="first")
    folder = stored.run(numbers)
    loaded = stream_of(folder)
    assert loaded.classes == CLASSES
    reads_flow = "flow" in networks.streams_of(numbers)
    predictions = predictions_of(loaded, stored.clip)
    assert [each.frame for each in predictions] == list(range(FRAMES))
    whole = stored.whole(numbers)
    # Without flow the stream also reads the last frame, which the stored features leave out (A26).
    compared = FRAMES if reads_flow else FRAMES - 1
    frame = np.stack([each.probabilities for each in predictions])
    stored.assert_same(frame[:compared], whole.frame[:compared], numbers)
    assert np.ptp(whole.frame, axis=0).max() > 0.01  # the frames are told apart, else equality says little
    if whole.attention is None:
        assert predictions[0].attention is None
        return
    attention = np.stack([each.attention for each in predictions])
    stored.assert_same(attention[:compared], whole.attention[:compared], numbers)
    assert np.ptp(whole.attention, axis=0).max() > 0.01
    boxes = tube(attention, frame_height=120, frame_width=160, settings=localise.chain(numbers)).raw.boxes
    np.testing.assert_allclose([each.box for each in predictions], boxes, atol=1e-9)


@pytest.mark.parametrize("steps", [3, 5])
def test_windows_equal_windows_of_stored_features(stored: Stored, steps: int) -> None:
    """7 frames with flow in windows of 3 or 5; the last of stored features is shifted back, so it differs."""
    numbers = replace(_recipe(initial_from="first"), steps=steps)
    loaded = stream_of(stored.run(numbers))
    predictions = predictions_of(loaded, stored.clip)
    whole, full = stored.whole(numbers), (FRAMES - 1) // steps * steps
    frame = np.stack([each.probabilities for each in predictions])
    stored.assert_same(frame[:full], whole.frame[:full], numbers)
    assert [each.window for each in predictions[:full]] == [t // steps for t in range(full)]
    assert np.abs(frame[full] - whole.frame[full]).max() > 1e-4


def test_one_pass_equals_a_stream_without_windows(stored: Stored) -> None:
    numbers = replace(
        _recipe(feeding="whole"), steps=3
    )  # trained from the snippet's mean, predicted from frame 0
    stored.run(numbers)
    network = networks.trained_sequence(numbers, 3, stored.trained)
    predictions = predictions_of(
        prediction.stream_of(numbers, CLASSES, network, stored.vggs(numbers), None), stored.clip
    )
    whole = stored.whole(numbers)
    stored.assert_same([each.probabilities for each in predictions], whole.frame, numbers)
    stored.assert_same([each.attention for each in predictions], whole.attention, numbers)


def test_features_stored_in_float16_are_read_as_stored(tmp_path: Path) -> None:
    numbers = _recipe(feature_dtype="float16", initial_from="first")
    kept = Stored(tmp_path, numbers)
    loaded = stream_of(kept.run(numbers))
    predictions = predictions_of(loaded, kept.clip)
    kept.assert_same([each.probabilities for each in predictions], kept.whole(numbers).frame, numbers)
    # That is true of unrounded ones as well, or nearly: half a step of float16 moves no probability by more.
    vggs = kept.vggs(numbers)
    rng, side = np.random.default_rng(0), numbers.size_px
    images = {s: rng.integers(0, 256, (1, side, side, c), np.uint8) for s, c in (("rgb", 3), ("flow", 2))}
    for dtype, rounded in (("float16", True), ("float32", False)):
        inputs = prediction.features(replace(numbers, feature_dtype=dtype), vggs)(images)
        for name, array in inputs.items():
            assert array.dtype == np.float32
            assert np.array_equal(array, array.astype(np.float16)) == rounded, name


def test_every_frame_runs_each_network_once(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    whole = keras.Model.predict_on_batch

    def counted(model: keras.Model, x: object) -> object:
        calls.append(model.name)
        return whole(model, x)

    monkeypatch.setattr(keras.Model, "predict_on_batch", counted)
    loaded = stream_of(stored.run(_recipe()))
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 256, (20, 12, 16, 3), np.uint8)
    _, state = loaded.step(frames[0], loaded.start())
    counts = []
    for frame in frames[1:]:
        calls.clear()
        _, state = loaded.step(frame, state)
        counts.append(len(calls))
    assert set(counts) == {3}  # VGG-16 on the frame, on the field, one step of the recurrence
    calls.clear()
    assert loaded.finish(state) is not None
    assert not calls


def test_the_command_writes_labels_boxes_and_an_overlay(stored: Stored, tmp_path: Path) -> None:
    folder = stored.run(_recipe())
    assert main(["predict", str(stored.clip), "--run", str(folder), "--out", str(tmp_path)]) == 0
    content = json.loads((tmp_path / "clip.json").read_text())
    assert content["frames"] == len(content["by_frame"]) == FRAMES
    assert content["label"] in CLASSES
    for entry in content["by_frame"]:
        left, top, right, bottom = entry["box"]
        assert 0 <= left < right <= 160
        assert 0 <= top < bottom <= 120
    drawn = decode.probe(tmp_path / content["files"][0])
    assert (drawn.frames, drawn.height_px) == (FRAMES, 480)


def test_what_is_no_run_is_one_line(stored: Stored, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"not a finished run.*name a folder in runs"):
        load_predictor(tmp_path)
    folder = stored.run(_recipe())
    described = json.loads((folder / FILE).read_text())
    for change, words in (
        ({"recipe": {**described["recipe"], "colour": 3}}, "another version"),
        ({"recipe": {**described["recipe"], "architecture": "convnet"}}, "without memory"),
    ):
        write_json(folder / FILE, {**described, **change})
        with pytest.raises(InputError, match=words):
            load_predictor(folder)
