"""A run whose features will not fit on the disk is refused before the first video is decoded."""

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from repro.experiment import features
from repro.features.network import FrameFunction, frame_function
from repro.types import InputError, VideoRef

REFS = [VideoRef(f"c/v{n}", Path(f"v{n}.avi"), 0, f"g{n}") for n in range(2)]
LENGTHS = {"c/v0": 30, "c/v1": 10}
NEEDED_BYTES = (20 + 10) * 100 * 2  # frames up to the limit, values a frame, bytes of float16


def store(folder: Path, patch: pytest.MonkeyPatch, free_bytes: int) -> list[VideoRef]:
    """What would be extracted with so much room."""
    asked: list[VideoRef] = []
    patch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free_bytes))
    patch.setattr(features, "extract", lambda refs, *_, **__: asked.extend(refs))
    trained = folder / "weights.npz"
    np.savez(trained, a=np.zeros(1))
    job: Any = SimpleNamespace(cache=folder / "not" / "there", videos=REFS)
    read: Any = None
    features.stored_features(
        job,
        trained,
        {},
        lambda: FrameFunction(lambda _: {}, 100),
        read=read,
        size=8,
        lengths=LENGTHS,
        limit=20,
        dtype="float16",
    )
    return asked


def test_what_fits_to_the_byte_is_extracted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert store(tmp_path, monkeypatch, NEEDED_BYTES) == REFS


def test_a_byte_less_is_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"^features of 2 videos take .* GB free; make room there.*$"):
        store(tmp_path, monkeypatch, NEEDED_BYTES - 1)


def test_the_values_of_a_frame_are_those_of_the_outputs_that_are_stored() -> None:
    image = keras.Input((4, 4, 3))
    model = keras.Model(image, {"map": image[:, :2], "vector": image[:, 0, 0], "other": image})
    assert frame_function(model, ("map", "vector")).values == 2 * 4 * 3 + 3


def test_a_split_of_ucf101_at_the_papers_size_is_refused_on_a_small_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Paper 5: two levels of 11 x 11 x 512 in float16 for 2.485 million frames."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=500e9))
    with pytest.raises(InputError, match=r"take 615\.8 GB .* 500\.0 GB free"):
        features.require_room(tmp_path, 2_485_000 * 2 * 11 * 11 * 512 * 2, "of 13320 videos")
    assert "615.8 GB" in capsys.readouterr().out
