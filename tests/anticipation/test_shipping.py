"""What is measured of a model that ships, what its card says of it, and which runs cannot ship."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from repro.anticipation import model_card, shipping
from repro.evaluation.certainty import Certainty
from repro.experiment.exported import ExportedRun
from repro.inference.prediction import VideoPrediction
from repro.inference.stream import Images, Memory, Outputs, Stream
from repro.inference.stream_predictor import StreamPredictor
from repro.paper2.recipe import Recipe, recipe
from repro.types import InputError, Scores, VideoRef
from repro.video import encode

CLASSES = ("dark", "bright")
SURE = Certainty(1.0, 0.75, 0.9, 0.5, 7, ("100%",))


def advance(images: Images, memory: Memory | None) -> tuple[Outputs, Memory]:
    bright = images["rgb"].mean() / 255
    return {"frame": np.array([[1 - bright, bright]], np.float32)}, {}


def predictor(every: int = 1) -> StreamPredictor:
    return StreamPredictor(Stream(advance, CLASSES, 8, 4, every=every), certainty=SURE)


def clip(folder: Path, name: str, greys: Iterable[int], label: int = 0) -> VideoRef:
    path = folder / f"{name}.avi"
    encode.write_video(path, (np.full((16, 24, 3), grey, np.uint8) for grey in greys), 10, "ffv1")
    return VideoRef(video_id=name, path=path, label=label, group=name)


def test_rows_are_what_the_stream_reads_of_each_clip(tmp_path: Path) -> None:
    """Every second frame, at most two rows; a clip that is shorter has fewer."""
    refs = [clip(tmp_path, "a", [255, 0, 0, 0, 255]), clip(tmp_path, "b", [0], label=1)]
    found = shipping.scores(predictor(every=2).stream, refs, steps=2)
    assert found.scores[0].tolist() == [[0, 1], [1, 0]]  # frames 0 and 2; frame 4 is a third row
    assert found.scores[1].tolist() == [[1, 0], [0, 0]]
    assert (found.lengths_frames.tolist(), found.observed_frames.tolist()) == ([3, 1], [2, 1])
    assert (found.labels.tolist(), found.video_ids) == ([0, 1], ("a", "b"))


def measured() -> dict:
    """Three clips of one frame: sure and right, unsure and right, sure and wrong."""
    rows = np.array([[[0.9, 0.1]], [[0.6, 0.4]], [[0.8, 0.2]]], np.float32)
    ones = np.ones(3, np.int64)
    found = Scores(("a", "b", "c"), np.array([0, 0, 1]), ones, ones, rows)
    return shipping.test_facts(predictor(), found, seed=0)


def test_what_is_measured_by_hand() -> None:
    facts = measured()
    assert facts["videos"] == 3
    assert facts["accuracy"]["20%"] == {"clips": 0.6667, "classes": 0.5}
    assert facts["by_class"]["dark"] == {"videos": 2, **dict.fromkeys(shipping.PARTS, 1.0)}
    assert facts["by_class"]["bright"]["100%"] == 0.0
    assert facts["sure"]["100%"] == {"coverage": 0.6667, "precision": 0.5}
    assert [each["label"] for each in facts["samples"]] == ["dark", "uncertain", "dark"]
    assert facts["samples"][1] == {"class": "dark", "label": "uncertain", "best": "dark", "confidence": 0.6}


def test_a_class_without_clips_has_no_accuracy() -> None:
    ones = np.ones(1, np.int64)
    found = Scores(("a",), np.array([0]), ones, ones, np.array([[[0.9, 0.1]]], np.float32))
    facts = shipping.test_facts(predictor(), found, seed=0)
    assert facts["by_class"]["bright"] == {"videos": 0}
    assert facts["accuracy"]["100%"] == {"clips": 1.0, "classes": 1.0}


def test_unknown_videos_are_counted_by_what_predict_says(tmp_path: Path) -> None:
    paths = [clip(tmp_path, str(grey), [grey] * 3).path for grey in (0, 128, 255)]
    assert shipping.unknown_facts(predictor(), paths) == {
        "videos": 3, "uncertain": 1, "taken_for": ["bright", "dark"]
    }  # fmt: skip


def run(folder: Path, preset: str = "lite", **facts: object) -> ExportedRun:
    return ExportedRun(
        folder=folder,
        paper=2,
        dataset="jhmdb21",
        split="1",
        seed=0,
        classes=CLASSES,
        model="ours",
        weights="sequence.npz",
        networks={},
        recipe=asdict(recipe(preset)),
        facts=facts,
    )


def test_the_card_has_every_number_that_was_measured(tmp_path: Path) -> None:
    unknown = {"videos": 15, "uncertain": 11, "taken_for": ["bright"]}
    known = run(tmp_path, certainty=SURE.facts(), shipped={"test": measured(), "unknown": unknown})
    card = model_card.text("paper2_jhmdb21", known, 14_600_000)
    assert "14.6 MB" in card
    assert "| **all, over clips** | 3 | 66.7 |" in card
    assert "| bright | 1 | 0.0 |" in card
    assert "| 100% | 66.7 | 50.0 |" in card
    assert "Of 15 videos of actions that it does not know, 11 are uncertain" in card
    assert "Apache-2.0" in card
    without = replace(known, facts={**known.facts, "shipped": {"test": measured()}})
    assert "does not know" not in model_card.text("name", without, 1)


def test_a_large_run_and_one_that_cannot_tell_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a run of vgg16, too large to ship"):
        shipping.lighter(run(tmp_path, "paper", certainty=SURE.facts()), Recipe, tmp_path / "light")
    with pytest.raises(InputError, match="cannot tell what is sure"):
        shipping.lighter(run(tmp_path), Recipe, tmp_path / "light")
    assert not (tmp_path / "light").exists()


def test_a_certainty_of_another_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"model\.json is of another version"):
        shipping.lighter(run(tmp_path, certainty={"temperature": 1}), Recipe, tmp_path / "light")


def test_predictions_of_a_stream_carry_its_certainty(tmp_path: Path) -> None:
    found: VideoPrediction = predictor().predict(clip(tmp_path, "grey", [128] * 2).path)
    assert (found.certainty, found.answer) == (SURE, "uncertain")
