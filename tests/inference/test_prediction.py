"""The one JSON form of predictions, against the table that documents it."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from repro.atomic import write_json
from repro.evaluation.certainty import Certainty
from repro.evaluation.highlighting import Moment
from repro.inference import json_form as form
from repro.inference.json_form import as_json, by_frame, without_frames
from repro.inference.options import PredictionOptions
from repro.inference.prediction import USUAL_FPS, FirstSure, Highlights, VideoPrediction, Window, first_sure
from repro.types import InputError
from repro.video.decode import VideoInfo

CLASSES = ("run", "jump")
PROBABILITIES = np.array([[0.75, 0.25], [0.5, 0.5], [0.1, 0.9]], np.float32)
# With a temperature of 1 the confidence is the highest mean itself.
HALF_SURE = Certainty(1.0, 0.6, 0.9, 0.5, 10, ("50%",))
AVERAGED = np.array([[0.75, 0.25], [0.625, 0.375], [0.45, 0.55]], np.float32)


def prediction(fps: float = 10.0, **more: Any) -> VideoPrediction:
    """Of a video of three frames."""
    return VideoPrediction(
        path=Path("clip.avi"),
        info=VideoInfo(3, 3, 12, 16, fps),
        classes=CLASSES,
        scores=np.array([0.45, 0.55]),
        rule="mean",
        **more,
    )


def whole() -> VideoPrediction:
    """With everything that any paper's model has."""
    return prediction(
        probabilities=PROBABILITIES,
        averaged=AVERAGED,
        windows=(Window(0, 2, 0), Window(2, 3, 1)),
        attention=np.full((3, 1, 1), 1, np.float32),
        boxes=np.array([[0, 0, 16, 12], [1, 2, 3.004, 4], [1, 2, 3, 4]]),
        highlights=Highlights(
            np.array([0.5, 1.0, 2.0]), (Moment(1, 3, 1.5),), np.array([0, 2]), np.array([0.5, 1.5])
        ),
        certainty=HALF_SURE,
        first_sure=FirstSure(0, 0.0, 0),
        timing={"ms_per_frame_mean": 2.0, "ms_per_frame_p95": 3.0, "streams": 2},
    )


def keys(content: Any) -> set[str]:
    """Every key of nested dictionaries and lists."""
    if isinstance(content, dict):
        return set(content) | {key for value in content.values() for key in keys(value)}
    return {key for value in content for key in keys(value)} if isinstance(content, list) else set()


def test_every_key_is_documented_and_every_documented_key_is_written() -> None:
    assert form.__doc__ is not None
    table = [line for line in form.__doc__.splitlines() if line.startswith("|")]
    documented = set(re.findall(r"`(\w+)`", "\n".join(table)))
    model = {"run": "r", "dataset": "demo", "split": "1", "seed": 0, "model": "m"}
    assert keys(as_json(whole(), model, ["clip.webm"])) == documented


def test_what_a_model_lacks_is_left_out() -> None:
    content = as_json(prediction(), {})
    assert not {"by_frame", "moments", "attention", "certainty", "confidence"} & content.keys()
    assert content["label"] == content["best"] == "jump"
    assert (content["windows"], content["files"], content["timing"]) == ([], [], {})
    assert content["mean"] == content["scores"] == [0.45, 0.55]
    frames = as_json(prediction(probabilities=PROBABILITIES), {})["by_frame"]
    assert [set(each) for each in frames] == [{"frame", "label", "probabilities"}] * 3
    assert [each["label"] for each in frames] == ["run", "run", "jump"]  # a tie: the lower index


def test_values() -> None:
    content = as_json(whole(), {"run": "r"}, ["clip.webm"])
    assert json.loads(json.dumps(content)) == content
    assert content["best"] == whole().label_name == "jump"
    assert content["mean"] == pytest.approx([0.45, 0.55], abs=1e-6)
    assert content["by_frame"][1]["box"] == [1.0, 2.0, 3.0, 4.0]
    assert content["windows"] == [
        {"start": 0, "stop": 2, "label": "run"}, {"start": 2, "stop": 3, "label": "uncertain"}
    ]  # fmt: skip
    assert content["moments"] == [{"start_s": 0.1, "stop_s": 0.3, "worth": 1.5}]
    assert content["attention"] == {"frames": [0, 2], "weights": [0.5, 1.5]}
    assert content["model"] == {"run": "r"}


def test_below_the_threshold_it_is_uncertain_wherever_a_label_stands() -> None:
    content = as_json(whole(), {})
    assert (content["label"], content["confidence"]) == ("uncertain", 0.55)
    frames = content["by_frame"]
    assert [each["label"] for each in frames] == ["run", "run", "uncertain"]  # by the mean so far
    assert [each["confidence"] for each in frames] == pytest.approx([0.75, 0.625, 0.55], abs=1e-6)
    assert content["certainty"]["threshold"] == 0.6
    without = as_json(replace(whole(), certainty=None), {})
    assert [each["label"] for each in without["by_frame"]] == ["run", "run", "jump"]
    nothing = replace(whole(), certainty=replace(HALF_SURE, threshold=None))
    assert {each["label"] for each in as_json(nothing, {})["by_frame"]} == {"uncertain"}


def test_a_temperature_moves_the_confidence_and_never_the_class() -> None:
    sharp = replace(whole(), certainty=replace(HALF_SURE, temperature=0.5))
    assert sharp.confidence == pytest.approx(0.55**2 / (0.55**2 + 0.45**2))  # squares, divided by their sum
    assert (sharp.label, sharp.answer) == (whole().label, "uncertain")


@pytest.mark.parametrize("unstated", [0.0, float("inf"), float("nan")])
def test_a_file_that_states_no_frame_rate(unstated: float) -> None:
    assert as_json(prediction(unstated), {})["fps"] is None
    assert prediction(unstated).fps == USUAL_FPS


@pytest.mark.parametrize(("moments", "seconds"), [(0, 1.0), (1, 0.0), (1, float("nan"))])
def test_options_without_sense_are_refused(moments: int, seconds: float) -> None:
    with pytest.raises(InputError, match="wanted one or more"):
        PredictionOptions(moments, seconds)


def test_the_first_frame_that_is_sure_and_when_it_appears() -> None:
    info = VideoInfo(3, 3, 12, 16, 10.0)
    wanted = replace(HALF_SURE, threshold=0.6)
    means = np.array([[0.5, 0.5], [0.35, 0.65], [0.9, 0.1]], np.float32)
    assert first_sure(means, info, wanted) == FirstSure(1, 0.1, 1)
    assert first_sure(means, replace(info, fps=0.0), wanted) == FirstSure(1, 1 / USUAL_FPS, 1)
    late = replace(info, shown_s=np.array([0.0, 0.7, 0.8]))
    assert first_sure(means, late, wanted) == FirstSure(1, 0.7, 1)
    assert first_sure(means[:1], info, wanted) is None
    assert first_sure(means, info, None) is None


def test_the_best_classes_and_their_confidence() -> None:
    whole = replace(prediction(), classes=("run", "jump", "sit"), scores=np.array([0.2, 0.2, 0.6]))
    assert whole.top(2) == [("sit", 0.6), ("run", 0.2)]  # of equals the first
    sharp = replace(whole, certainty=replace(HALF_SURE, temperature=0.5))
    assert sharp.top(5)[0] == ("sit", pytest.approx(0.36 / 0.44))
    assert len(sharp.top(5)) == 3


def test_a_list_written_last_is_the_same_json(tmp_path: Path) -> None:
    whole_content = as_json(whole(), {"run": "r"})
    write_json(tmp_path / "a.json", without_frames(whole(), {"run": "r"}), {"by_frame": by_frame(whole())})
    assert json.loads((tmp_path / "a.json").read_text()) == whole_content
    write_json(tmp_path / "b.json", {"a": 1}, {"none": iter(()), "two": iter([1, "é"])})
    assert (
        tmp_path / "b.json"
    ).read_text() == '{\n "a": 1,\n "none": [\n ],\n "two": [\n  1,\n  "é"\n ]\n}\n'
