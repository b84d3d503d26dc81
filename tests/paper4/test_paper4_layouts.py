"""Paper 4 on the layouts of HMDB51 and THUMOS13, written from the demo material, at tiny size."""

import json
from pathlib import Path

import numpy as np
import pytest

from repro.backbones.weights import read
from repro.cli import main
from repro.demo.make import make

GROUPS = 10


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("layouts4")


def _drawn(home: Path, layout: str) -> Path:
    make(home / layout, layout, clips_per_group=1, groups=GROUPS, processes=1)
    return home / layout


def _run(home: Path, dataset: str, *more: str) -> int:
    data = str(_drawn(home, dataset))
    return main(["paper4", dataset, "--preset", "tiny", "--data", data, "--out", str(home), *more])


@pytest.mark.slow
def test_hmdb51_starts_from_a_run_on_ucf101(home: Path) -> None:
    """5.2: all layers but the last of each network; the VGG networks too."""
    rows = ["--rows", "table2/motion-ConvALSTM"]
    assert _run(home, "ucf101", *rows) == 0
    before = home / "runs/paper4/ucf101-split1-tiny-seed0"
    assert _run(home, "hmdb51", *rows, "--start-from", str(before)) == 0
    (result,) = (home / "results/paper4/hmdb51-tiny").glob("*.json")
    assert json.loads(result.read_text())["dataset"] == "HMDB51"
    started = home / "runs/paper4/hmdb51-split1-tiny-seed0"
    # A few steps of a small rate away from where it started, and nowhere near another draw.
    for name, kernel in (("rgb_vgg.npz", "conv5_3/kernel"), ("flow_vgg.npz", "conv3_1/kernel")):
        one, other = read(before / name)[kernel], read(started / name)[kernel]
        assert (one != other).any()
        np.testing.assert_allclose(one, other, atol=0.01)


@pytest.mark.slow
def test_a_start_that_is_no_run_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(home, "hmdb51", "--rows", "table1/rgb-lstm", "--start-from", str(home / "nowhere")) == 2
    assert "nowhere" in capsys.readouterr().err


@pytest.mark.slow
def test_thumos13_is_localised_against_its_annotation(home: Path) -> None:
    assert _run(home, "thumos13", "--rows", "fig4a/video_lstm", "fig4b/video_lstm") == 0
    results = sorted((home / "results/paper4/thumos13-tiny").glob("*.json"))
    assert len(results) == 3
    recall = json.loads((home / "results/paper4/thumos13-tiny/fig4a_video_lstm-smoothed.json").read_text())
    values = list(recall["own"]["mean"].values())
    assert values == sorted(values, reverse=True)
    assert values[0] > 50  # a tube of nearly the whole frame overlaps every actor by a twentieth
