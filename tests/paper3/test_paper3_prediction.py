"""A run of paper 3 on any video: where windows start, what a frame is worth, the command and its files."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from helpers.tiny_demo import tiny_demo
from repro.cli import main
from repro.inference.options import PredictionOptions
from repro.paper3.prediction import Highlighter, spread_starts
from repro.paper3.recipe import recipe
from repro.sampling.windows import Windows
from repro.video import encode


def test_windows_start_every_quarter_and_reach_the_end() -> None:
    windows = Windows(frames=24, steps=6, attended=6, grid=2)
    assert spread_starts(45, windows).tolist() == [0, 6, 12, 18, 20]
    assert spread_starts(24, windows).tolist() == [0]
    assert spread_starts(10, windows).tolist() == [0]


def test_a_frame_is_worth_its_attention_times_the_probability(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two classes: windows that start before frame 16 are sure of one; all attend to their first frame."""
    chosen = recipe("tiny")  # F 12, N 3, T 3, grid 2

    def decode_windows(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        start = inputs["input"][:, 0, 0]
        sure = np.where(start < 16, 0.9, 0.1)
        frame = np.repeat(np.stack([1 - sure, sure], axis=-1)[:, None], 3, axis=1)
        weights = np.zeros((len(start), 3, 3))
        weights[:, :, 0] = 1
        return {"frame": frame, "weights": weights}

    def features(self: Highlighter, name: str, ref: object) -> dict[str, np.ndarray]:
        rows = np.arange(40, dtype=np.float32)[:, None]
        return {"fc6": rows * 2, "fc8": rows * 2}  # the number of the frame, grid 2

    monkeypatch.setattr(Highlighter, "_features", features)
    features_of = {"c3d": None, "act": None}
    predictor = Highlighter(
        chosen,
        ("a", "b"),
        features_of,
        decode_windows,
        options=PredictionOptions(),  # type: ignore[arg-type]
    )
    video = tmp_path / "clip.avi"
    encode.write_video(video, np.zeros((40, 16, 16, 3), np.uint8), 25, "ffv1")  # three windows read frame 24
    prediction = predictor.predict(video)
    assert prediction.label == 1
    found = prediction.highlights
    assert found is not None
    assert prediction.info.frames == len(found.curve) == 40
    # Windows start at 0, 2, 4, ... and read their frames 0, 4, 8: frame 0 is in one, frame 4 in two.
    assert (found.attention[0], found.attention[2]) == (pytest.approx(3), pytest.approx(1.5))
    assert (found.curve[0], found.curve[4]) == (pytest.approx(3 * 0.9), pytest.approx(1.5 * 0.9))
    assert found.curve[24] == pytest.approx(1 * 0.1)  # of three windows one attends to it, and is not sure


@pytest.fixture(scope="module")
def run(tiny_run: Callable[[int], Path]) -> Path:
    return tiny_run(3) / "runs/paper3/demo-split1-tiny-seed0"


@pytest.mark.slow
@pytest.mark.xdist_group("paper3")
def test_the_command_writes_a_reel_a_timeline_and_json(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (video, *_) = sorted(tiny_demo().rglob("v_Wave_g01_c01.avi"))
    torn = tmp_path / "torn.avi"
    torn.write_bytes(video.read_bytes()[:3000])
    wanted = [
        "predict",
        "--highlight",
        str(torn),
        str(video),
        "--run",
        str(run),
        "--out",
        str(tmp_path / "out"),
    ]
    assert main([*wanted, "--moments", "2", "--seconds", "0.2"]) == 2  # for the torn one
    assert "torn.avi could not be read" in capsys.readouterr().err
    content = json.loads((tmp_path / "out/v_Wave_g01_c01.json").read_text())
    assert len(content["moments"]) == 2
    assert all(m["stop_s"] - m["start_s"] == pytest.approx(0.2) for m in content["moments"])
    assert max(content["attention"]["frames"]) < content["frames"]
    for ending in ("-reel.webm", "-timeline.png"):
        assert (tmp_path / "out" / f"v_Wave_g01_c01{ending}").stat().st_size > 1000
        assert f"v_Wave_g01_c01{ending}" in content["files"]
    assert main([*wanted[:2], str(video), *wanted[4:], "--seconds", "0"]) == 2


@pytest.mark.slow
@pytest.mark.xdist_group("paper3")
def test_without_the_option_a_run_of_paper_3_highlights_too(run: Path, tmp_path: Path) -> None:
    (video, *_) = sorted(tiny_demo().rglob("v_Wave_g01_c01.avi"))
    assert main(["predict", str(video), "--run", str(run), "--out", str(tmp_path)]) == 0
    assert (tmp_path / "v_Wave_g01_c01-reel.webm").exists()
