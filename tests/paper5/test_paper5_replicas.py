"""Paper 5's compiled model through `fit` on two replicas: what one device learns, and both tell the same."""

import multiprocessing
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from helpers.close import assert_same_float32, of_network
from repro.backbones.weights import read
from repro.input_pipeline.stored_clips import StoredClips
from repro.paper5 import levels, networks
from repro.paper5.recipe import recipe
from repro.training.distribution import strategy
from repro.training.fit import fit
from repro.types import VideoRef

TINY = replace(recipe("tiny"), learning_rate=1e-3, stride=15)
VIDEOS, FRAMES, CLASSES = 6, 22, 3
REFS = tuple(VideoRef(f"c/{v}", Path(f"{v}.avi"), v % CLASSES, f"g{v}") for v in range(VIDEOS))


def _maps(ref: VideoRef, start: int, stop: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(int(ref.path.stem))
    maps = rng.random((FRAMES, *levels.map_shapes(TINY)["pool4"]), np.float32) + ref.label
    return {branch: maps[start:stop] * (1 + number) for number, branch in enumerate(TINY.branches)}


def _train(devices: int, folder: Path) -> None:
    """Three epochs of two clips a video; two replicas need a process of their own."""
    fit(
        partial(networks.sequence_network, TINY, CLASSES, dict.fromkeys(TINY.branches, 2.0)),
        StoredClips(
            REFS,
            _maps,
            lambda ref: FRAMES,
            clip_len=TINY.clip_len,
            stride=TINY.stride,
            batch=4,
            seed=0,
            shuffle=True,
            outputs=networks.outputs_of(TINY),
        ),
        epochs=3,
        select_best=False,
        each_update=(networks.UPDATE_LOSS,),
        folder=folder,
        seed=0,
        strategy=strategy(devices),
    )


@pytest.mark.graph
@pytest.mark.slow
@pytest.mark.exhaustive  # small models on two replicas: tests/training
def test_two_replicas_learn_what_one_device_learns(tmp_path: Path) -> None:
    _train(1, tmp_path / "one")
    process = multiprocessing.get_context("spawn").Process(target=_train, args=(2, tmp_path / "two"))
    process.start()
    process.join()
    assert process.exitcode == 0
    one, two = (read(tmp_path / name / "final.npz") for name in ("one", "two"))
    assert set(one) == set(two)
    for name, array in one.items():
        # Adam moves a weight by up to 1e-3, by its gradient over that gradient's own size. The largest
        # gradients are rounded by 1e-5, one a hundred times smaller by 1e-3 of itself: in nine updates 9e-6.
        np.testing.assert_allclose(two[name], array, rtol=0, atol=1e-5, err_msg=name)
    losses = [
        np.loadtxt(tmp_path / name / "updates.csv", delimiter=",", skiprows=1) for name in ("one", "two")
    ]
    assert losses[0].shape == (9, 2)
    assert losses[0][-1, 1] < losses[0][0, 1]
    model = networks.sequence_network(TINY, CLASSES, dict.fromkeys(TINY.branches, 2.0))
    assert_same_float32(losses[1][:, 1], losses[0][:, 1], of_network(model, times=9 * TINY.clip_len))
