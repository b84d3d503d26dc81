"""Whose attention maps become tubes: the trained model's, those of its first draw, or none's."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from helpers.experiments import experiment_of
from repro.backbones import weights
from repro.paper4 import localise, model, networks
from repro.paper4.recipe import Recipe, for_row, recipe
from repro.papers import PAPERS
from repro.training.run_folder import RunFolder
from repro.types import Split, VideoRef

CLASSES, FRAMES = 3, 6
REF = VideoRef("c/v", Path("v.avi"), 0, "g")


def _recipe() -> Recipe:
    return for_row(recipe("tiny"), {"architecture": "conv_alstm", "size_px": 96, "attention_units": 50})


def test_parts_of_a_run_that_starts_from_parts_start_from_scratch(tmp_path: Path) -> None:
    split = Split("demo", "1", ("c",), (REF,), ())
    rows = [
        row for row in PAPERS[4].rows("demo") if row.id in ("table2/motion-ConvALSTM", "table1/flow-lstm")
    ]
    with RunFolder(tmp_path / "run") as folder:
        chosen = for_row(recipe("tiny"), {"start_from": "parts"})
        pipeline = PAPERS[4].pipeline(experiment_of(tmp_path, folder, split, chosen, {"c/v": FRAMES}), rows)
    starts = {name: model.start_from for name, model in pipeline.models.items()}
    assert starts.pop("rgb-video_lstm") == "parts"
    assert starts == dict.fromkeys(("flow-conv_lstm", "rgb-conv_alstm", "flow-lstm"), "scratch")


@pytest.mark.slow
def test_untrained_maps_are_those_of_the_network_that_training_starts_from(tmp_path: Path) -> None:
    chosen = _recipe()
    keras.utils.set_random_seed(7)
    first = networks.build(chosen, CLASSES)
    keras.utils.set_random_seed(8)
    weights.save(networks.build(chosen, CLASSES), tmp_path / "trained.npz")
    maps = np.random.default_rng(0).normal(0, 20, (FRAMES, *first.input["pool5"].shape[2:]))
    streams: Any = SimpleNamespace(
        frames=lambda ref: FRAMES,
        read=lambda ref, start, stop: {"pool5": maps[start:stop].astype(np.float32)},
    )
    experiment: Any = SimpleNamespace(seed=7, classes=CLASSES, lengths_frames={"c/v": FRAMES})
    seen = localise.viewer(experiment, streams, chosen, tmp_path / "trained.npz")(REF)
    assert seen.attention is not None
    found = {
        kind: localise._maps(experiment, streams, chosen, kind)(REF, seen.attention)
        for kind in (localise.TRAINED, localise.UNTRAINED, "middle")
    }
    window = {"pool5": maps[None, : chosen.steps].astype(np.float32)}
    wanted = model.views(first).predict_on_batch(window)["attention"][0]
    np.testing.assert_allclose(found["untrained"][: chosen.steps], wanted, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(found["trained"], seen.attention)
    assert np.abs(found["untrained"] - found["trained"]).max() > 1e-2
    assert found["middle"].shape == seen.attention.shape == (FRAMES, 3, 3)
