"""Paper 3 on EfficientNet-Lite (preset lite): means of chunks in C3D's place, objects, and the whole way."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from golden import lite_inputs
from helpers.close import assert_same_float32, of_network
from helpers.lite_weights import drawn_weights
from helpers.tiny_demo import tiny_demo
from repro.backbones import efficientnet_lite, fixed_norm
from repro.cli import main
from repro.input_pipeline.window_batches import read_windows
from repro.paper3 import networks
from repro.paper3.features import read_by, sources_of
from repro.paper3.recipe import check_backbone, for_row, recipe
from repro.paper3.rows import rows
from repro.types import InputError, VideoRef

SIZE = 64
LITE = recipe("lite")
LSTM = for_row(LITE, {"architecture": "lstm", "input": "c3d"})
REF = VideoRef("a", Path("a"), 0, "a")


def test_a_chunk_is_the_mean_of_its_frames() -> None:
    """Windows of 32 frames, every second one stored: row r of a chunk of 8 is the mean of rows r to r + 3."""
    stored = np.arange(20, dtype=np.float32)[:, None] ** 2

    def read(ref: VideoRef, start: int, stop: int, names: Any) -> dict[str, Any]:
        assert 0 <= start < stop <= len(stored)
        return dict.fromkeys(names, stored[start:stop])

    sources = sources_of(LSTM, {"obj": read})
    found = read_windows(sources, REF, [0, 8], networks.windows(LSTM))["input"]
    wanted = [[[np.mean([float(4 * n + s + k) ** 2 for k in range(4)])] for n in range(4)] for s in (0, 4)]
    np.testing.assert_array_equal(found, np.array(wanted, np.float32))


def test_objects_are_single_frames_of_the_same_network() -> None:
    attending = replace(LITE, fc8="raw")
    assert read_by(LITE) == read_by(LSTM) == ("obj",)

    def read(ref: VideoRef, start: int, stop: int, names: Any) -> dict[str, Any]:
        return {name: np.arange(start, stop, dtype=np.float32)[:, None] for name in names}

    found = read_windows(sources_of(attending, {"obj": read}), REF, [4], networks.windows(attending))
    np.testing.assert_array_equal(found["attended"][0, :, 0], np.arange(2, 18))  # every second of 32 frames


@pytest.mark.parametrize(
    "changes", [{"attended": "sce"}, {"attended": "act"}, {"architecture": "cnn"}, {"input": "act"}]
)
def test_rows_that_need_another_network_are_one_line(changes: dict[str, str]) -> None:
    asked = for_row(LITE, changes)
    with pytest.raises(InputError, match="wants a network of scenes, of actions or C3D itself"):
        check_backbone(asked)
    check_backbone(replace(asked, backbone="vgg19"))


def test_every_row_on_jhmdb_runs_on_the_smaller_backbone() -> None:
    asked = rows("jhmdb21")
    assert [row.id for row in asked] == [
        "table1/alstm-vgg_obj-fc8/ac",
        "mean/obj-fc8/ac",
        "table1/lstm-c3d-fc6/ac",
        "table1/logistic-regression",
    ]
    assert all(row.printed is None for row in asked)
    for row in asked:
        check_backbone(for_row(LITE, row.overrides))


@pytest.mark.slow
def test_features_are_the_mean_of_the_head_and_the_scores(tmp_path: Path) -> None:
    """Beside them those of the mirror image."""
    path = drawn_weights(tmp_path)
    numbers = replace(LITE, vgg_px=SIZE)
    whole = efficientnet_lite.efficientnet_lite(numbers.backbone, ("head", "logits"), size=SIZE)
    fixed_norm.load(whole, path)
    made = networks.feature_network(numbers, "obj", 1000, tmp_path, path)
    images = lite_inputs.frames(2, SIZE)
    found = made.predict_on_batch(images)
    assert found["fc6"].shape == (2, networks.width_of(numbers, "fc6", 1000)) == (2, 1280)
    for ending, seen in (("", images), ("_flipped", images[:, :, ::-1])):
        wanted = whole.predict_on_batch(np.ascontiguousarray(seen))
        roundings = of_network(whole)
        assert_same_float32(found[f"fc6{ending}"], wanted["head"].mean(axis=(1, 2)), roundings)
        assert_same_float32(found[f"fc8{ending}"], wanted["logits"], roundings)
    assert np.abs(found["fc8"] - found["fc8_flipped"]).max() > 1e-3


@pytest.mark.slow
@pytest.mark.exhaustive
def test_a_run_from_files_to_the_best_moments(tmp_path: Path) -> None:
    """Features are stored once for chunks and objects; rows, pictures and `predict` follow."""
    setting = ["vgg_px=64", "units=4", "matching=3", "window_frames=12", "steps=3", "attended_frames=6"]
    setting += [f"pretraining={drawn_weights(tmp_path)}", "most_updates=2", "hold=1", "batch=8"]
    sets = [word for each in [*setting, "random_windows=3", "flipped_windows=3"] for word in ("--set", each)]
    command = [
        "paper3",
        "demo",
        "--preset",
        "lite",
        "--data",
        str(tiny_demo()),
        "--out",
        str(tmp_path),
        *sets,
    ]
    assert main([*command, "--rows", "table1/alstm-vgg_obj-fc8/ac"]) == 0
    assert main([*command, "--rows", "table1/lstm-c3d-fc6/ac", "mean/obj-fc8/ac"]) == 0
    assert main([*command, "--rows", "table1/alstm-vgg_sce"]) == 2
    (run,) = [path.parent for path in tmp_path.glob("runs/paper3/*/model.json")]
    assert len(list((tmp_path / "cache/features").iterdir())) == 1
    assert "EfficientNet-Lite0 for VGG-19" in (run / "table.txt").read_text()
    assert json.loads((run / "model.json").read_text())["networks"].keys() == {"obj", "obj-fc8-scale"}
    video = sorted((tiny_demo() / "UCF-101" / "Wave").glob("*.avi"))[0]
    out = ["--run", str(run), "--out", str(tmp_path / "out")]
    assert main(["predict", "--highlight", str(video), *out]) == 0
    assert (tmp_path / f"out/{video.stem}-reel.webm").stat().st_size > 0
