"""A run whose features will not fit on the disk is refused before it starts, and says what they will take."""

import shutil
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import tiny_runs
from helpers.experiments import experiment_of
from repro.cli import main
from repro.experiment import features
from repro.experiment.features import Storing
from repro.features import work
from repro.features.network import FrameFunction, frame_function
from repro.papers import PAPERS
from repro.training.run_folder import RunFolder
from repro.training.workers import Workers
from repro.types import InputError, Split, VideoRef

REFS = [VideoRef(f"c/v{n}", Path(f"v{n}.avi"), 0, f"g{n}") for n in range(2)]
LENGTHS = {"c/v0": 30, "c/v1": 10}
NEEDED_BYTES = (20 + 10) * 100 * 2  # frames up to the limit, values a frame, bytes of float16


def free(patch: pytest.MonkeyPatch, free_bytes: float) -> None:
    patch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free_bytes))


def of_two(folder: Path, values: int = 100) -> tuple[Any, Storing]:
    """An experiment, and what a network with 100 values a frame says of its two videos."""
    trained = folder / "weights.npz"
    np.savez(trained, a=np.zeros(1))
    experiment: Any = SimpleNamespace(
        cache=folder / "not" / "there",
        videos=REFS,
        cluster=None,
        workers=Workers(tf.distribute.get_strategy()),
    )
    return experiment, Storing(trained, {}, values, LENGTHS, "float16", limit=20)


def stored(folder: Path, patch: pytest.MonkeyPatch, values: int = 100, workers: Any = None) -> list[VideoRef]:
    """What would be extracted; workers: others than this process alone."""
    asked: list[VideoRef] = []
    patch.setattr(work, "extract", lambda refs, *_, **__: asked.extend(refs))
    experiment, what = of_two(folder, values)
    experiment.workers = workers or experiment.workers
    read: Any = None
    features.stored_features(experiment, what, lambda: FrameFunction(lambda _: {}, 100), read=read, size=8)
    return asked


def test_what_fits_to_the_byte_is_extracted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, NEEDED_BYTES)
    assert stored(tmp_path, monkeypatch) == REFS


def test_a_worker_that_is_not_the_chief_extracts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free(monkeypatch, NEEDED_BYTES)
    second = SimpleNamespace(chief=False, in_turn=nullcontext)
    assert stored(tmp_path, monkeypatch, workers=second) == []


def test_a_byte_less_is_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, NEEDED_BYTES - 1)
    with pytest.raises(InputError, match=r"^features of this split and seed take .* GB free; make room.*$"):
        stored(tmp_path, monkeypatch)


def test_what_the_recipe_announces_is_what_the_network_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free(monkeypatch, NEEDED_BYTES)
    with pytest.raises(ValueError, match="100 values of an image; wanted 99"):
        stored(tmp_path, monkeypatch, 99)


def test_what_is_stored_already_needs_no_room(tmp_path: Path) -> None:
    experiment, what = of_two(tmp_path)
    assert features.still_needed_bytes(experiment, [what]) == NEEDED_BYTES
    path = what.store(experiment.cache).path(REFS[0])
    path.parent.mkdir(parents=True)
    path.touch()
    assert features.still_needed_bytes(experiment, [what]) == 10 * 100 * 2
    untrained = what._replace(trained=tmp_path / "none.npz")  # nothing can be stored of what it will say
    assert features.still_needed_bytes(experiment, [untrained]) == NEEDED_BYTES
    assert features.still_needed_bytes(experiment, [what, untrained]) == NEEDED_BYTES + 10 * 100 * 2


def test_the_values_of_a_frame_are_those_of_the_outputs_that_are_stored() -> None:
    image = keras.Input((4, 4, 3))
    model = keras.Model(image, {"map": image[:, :2], "vector": image[:, 0, 0], "other": image})
    assert frame_function(model, ("map", "vector")).values == 2 * 4 * 3 + 3


# About as many frames as the data sets have, here of one video.
UCF101, HMDB51, ACTIVITYNET = 2_485_000, 477_000, 50_000_000
FEATURES = [
    # Two of 4,096 in float32; 50 frames of each video are looked at, of the one here.
    (2, "ucf101", UCF101, {}, 50 * 2 * 4096 * 4),
    (1, "ucf101", UCF101, {"frames": "sampled"}, UCF101 * 2 * 4096 * 4),
    # C3D and VGG_act, fc6 and the 101 classes here, in float16, as filmed and mirrored, from every 8th frame
    # on: the last chunk of 16 frames starts one step before the last frame.
    (3, "activitynet", ACTIVITYNET, {}, 2 * (4096 + 101) * 2 * (2 * ACTIVITYNET // 8 - 1)),
    # RGB and flow: 7 x 7 x 512, 4,096 and the 101 classes in float16 of each frame with a field.
    (4, "ucf101", UCF101, {}, 2 * (7 * 7 * 512 + 4096 + 101) * 2 * (UCF101 - 1)),
    (5, "ucf101", UCF101, {}, 2 * 11 * 11 * 512 * 2 * UCF101),  # 616 GB
    (5, "hmdb51", HMDB51, {}, 2 * 11 * 11 * 512 * 2 * HMDB51),  # 118 GB
    (5, "ucf101", UCF101, {"reduce": "in_vgg"}, 2 * 11 * 11 * 256 * 2 * UCF101),
]


@pytest.mark.slow
@pytest.mark.parametrize(("paper", "dataset", "frames", "overrides", "needed"), FEATURES)
def test_a_split_at_the_papers_size_is_refused_before_it_starts(
    paper: int,
    dataset: str,
    frames: int,
    overrides: dict[str, Any],
    needed: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing is built, trained or decoded for it: the one video is not there."""
    entry = PAPERS[paper]
    ref = VideoRef("c/v", tmp_path / "v.avi", 0, "g", content="0" * 64)
    split = Split(dataset, "1", tuple(map(str, range(101))), (ref,), ())
    with RunFolder(tmp_path / "run") as folder:
        experiment = experiment_of(tmp_path, folder, split, entry.recipe("paper"), {"c/v": frames})
        pipeline = entry.pipeline(experiment, [])
        pipeline.add({**entry.results.PROPOSED, **overrides})
        free(monkeypatch, needed)
        pipeline.require_room()
        assert f"seed will take {needed / 1e9:.1f} GB" in capsys.readouterr().out
        free(monkeypatch, needed - 1)
        with pytest.raises(InputError, match=f"take {needed / 1e9:.1f} GB"):
            pipeline.require_room()


@pytest.mark.slow
def test_the_command_ends_before_it_trains_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    free(monkeypatch, 0)
    assert main(tiny_runs.command(2, tmp_path, "--rows", "table4/context-lstm")) == 2
    said = capsys.readouterr()
    assert "features of this split and seed take 0.0 GB" in said.err
    assert "[2/" not in said.out  # the stage after the data
    assert not (tmp_path / "cache/networks").exists()
