"""Frames and the fields that lead on from them: as many of one as of the other, field t beside frame t."""

from pathlib import Path

import numpy as np
import pytest

from helpers.clips import write_numbered
from repro.features.extract import extract
from repro.features.flow_store import FlowStore
from repro.features.paired import fields_of, paired_frames, paired_lengths
from repro.features.store import FeatureStore
from repro.flow.coding import frames_with_flow
from repro.input_pipeline import FlowBatches
from repro.types import VideoRef
from repro.video import geometry

LENGTHS = {"a": 5, "b": 1, "c": 2}
SIZE = 12


@pytest.fixture
def refs(tmp_path: Path) -> list[VideoRef]:
    made = []
    for name, length in LENGTHS.items():
        write_numbered(tmp_path / f"{name}.avi", length)
        made.append(VideoRef(name, tmp_path / f"{name}.avi", 0, "g"))
    return made


@pytest.fixture
def flow(tmp_path: Path, refs: list[VideoRef]) -> FlowStore:
    """Field t has x = 40 t and y = 200 - t everywhere (JPEG keeps a flat picture)."""
    store = FlowStore(tmp_path / "flow", {})
    for ref in refs:
        fields = LENGTHS[ref.video_id] - 1
        coded = np.empty((fields, 16, 24, 2), np.uint8)
        coded[..., 0], coded[..., 1] = (
            (40 * np.arange(fields))[:, None, None],
            (200 - np.arange(fields))[:, None, None],
        )
        store.write(ref, coded, size=(16, 24))
    return store


def test_every_frame_but_the_last_has_flow() -> None:
    assert [frames_with_flow(n) for n in (1, 2, 3, 30)] == [1, 1, 2, 29]
    assert paired_lengths(LENGTHS) == {"a": 4, "b": 1, "c": 1}
    with pytest.raises(ValueError, match="0 frames"):
        frames_with_flow(0)


def test_on_a_grid_only_fields_of_the_grid_are_read(refs: list[VideoRef], flow: FlowStore) -> None:
    """Of 4, no and 1 fields, every third or second: as many as frames of the grid that have one."""
    for grid, rows in ((2, {"a": [0, 80], "b": [128], "c": [0]}), (3, {"a": [0, 120], "b": [128], "c": [0]})):
        lengths = paired_lengths(LENGTHS, grid)
        for ref in refs:
            images = fields_of(flow, grid)(ref, SIZE, None)
            assert [int(image[0, 0, 0]) for image in images[:]] == rows[ref.video_id]
            assert len(images) == lengths[ref.video_id]
            assert len(fields_of(flow, grid)(ref, SIZE, 1)) == 1


@pytest.mark.parametrize("limit", [None, 1, 3, 4, 9])
def test_both_streams_give_the_same_frames(
    tmp_path: Path, refs: list[VideoRef], flow: FlowStore, limit: int | None
) -> None:
    lengths = paired_lengths(LENGTHS)
    rgb, motion = FeatureStore(tmp_path / "s", {"of": "rgb"}), FeatureStore(tmp_path / "s", {"of": "flow"})
    options = {"size": SIZE, "limit": limit, "lengths": lengths, "batch": 3, "workers": 1}

    def middle(images: np.ndarray) -> dict[str, np.ndarray]:
        return {"middle": images[:, 5, 5].astype(np.float32)}

    extract(refs, middle, rgb, read=paired_frames, **options)
    extract(refs, middle, motion, read=fields_of(flow), **options)
    for ref in refs:
        count = lengths[ref.video_id] if limit is None else min(limit, lengths[ref.video_id])
        assert rgb.read(ref)["middle"][:, 0].tolist() == list(range(count))  # red is the frame's number
        found = motion.read(ref)["middle"]
        still = LENGTHS[ref.video_id] == 1
        wanted = [[128, 128]] if still else [[40 * t, 200 - t] for t in range(count)]
        np.testing.assert_allclose(found, wanted, atol=1)  # JPEG


def test_training_and_extraction_show_the_network_the_same_fields(
    refs: list[VideoRef], flow: FlowStore
) -> None:
    source = FlowBatches(
        refs, flow.read, LENGTHS, size=SIZE, stacks_per_visit=9, fields=1, pairing="next",
        batch=99, seed=0, augmentation=None, heads=("flow",),
    )  # fmt: skip
    ((images, _),) = source.dataset(0)
    wanted = np.concatenate([fields_of(flow)(ref, SIZE, None)[:] for ref in refs])
    assert np.concatenate(source.plan(0)).tolist() == [[0, 0], [0, 1], [0, 2], [0, 3], [1, 0], [2, 0]]
    np.testing.assert_array_equal(images, wanted)
    assert wanted[3, 0, 0, 0] == geometry.resize(flow.read(refs[0])[3], SIZE, SIZE)[0, 0, 0]


@pytest.mark.parametrize(("pairing", "fields"), [("next", 10), ("after", 1)])
def test_other_pairings_are_refused(pairing: str, fields: int) -> None:
    with pytest.raises(ValueError, match="wanted before, or next of 1"):
        FlowBatches(
            [VideoRef("a", Path("x"), 0, "g")], lambda _: np.empty(0), {"a": 3}, size=8, stacks_per_visit=1,
            fields=fields, pairing=pairing, batch=1, seed=0, augmentation=None, heads=("flow",),
        )  # fmt: skip
