"""Drawn material: what a file holds, and how it becomes batches."""

import numpy as np
import pytest

from repro.demo import moves, stills
from repro.standin.batches import BATCH, HeldBatches, train_and_test
from repro.standin.material import CLIP_FRAMES, CLIP_PX, render_clips, render_stills


def test_stills_are_resized_and_labelled() -> None:
    drawn = render_stills(3, 2)
    assert drawn["images"].shape == (2, 112, 112, 3)
    assert drawn.keys() - {"images"} == {*stills.LABELS, *stills.FINE}
    assert drawn["pose"][1] == stills.render_still(4)[1]["pose"]


def test_clips_are_consecutive_frames_of_their_movement() -> None:
    drawn = render_clips(5, 2)
    assert drawn["clips"].shape == (6, CLIP_FRAMES, *CLIP_PX, 3)
    assert drawn["clips"].dtype == np.uint8
    assert drawn.keys() - {"clips"} == set(moves.LABELS)
    for row, index in ((0, 5), (2, 5), (3, 6)):
        move = moves.Move(index)
        assert drawn["scene"][row] == move.labels(0, 4)["scene"]
        possible = [move.labels(first, 4) for first in range(21)]
        assert {head: drawn[head][row] for head in moves.LABELS} in possible


def _numbered(count: int, *, shuffle: bool, mirror: bool = False) -> HeldBatches:
    """Entry i is a row of two pixels (i, -i) with label i."""
    number = np.arange(count, dtype=np.float32)
    inputs = np.stack([number, -number], axis=-1)[:, None, :, None]
    return HeldBatches(inputs, {"number": number.astype(np.int32)}, shuffle, mirror)


def _rows(data: HeldBatches, epoch: int, start: int = 0) -> tuple[np.ndarray, np.ndarray]:
    batches = list(data.dataset(epoch, start).as_numpy_iterator())
    return (
        np.concatenate([inputs for inputs, _ in batches]),
        np.concatenate([labels["number"] for _, labels in batches]),
    )


def test_an_epoch_is_every_entry_once_in_an_order_of_its_own() -> None:
    data = _numbered(2 * BATCH + 5, shuffle=True)
    assert data.steps_per_epoch == 3
    inputs, labels = _rows(data, 1)
    np.testing.assert_array_equal(np.sort(labels), np.arange(2 * BATCH + 5))
    np.testing.assert_array_equal(inputs[:, 0, 0, 0], labels)
    np.testing.assert_array_equal(_rows(data, 1, 2)[1], labels[2 * BATCH :])
    assert not np.array_equal(_rows(data, 2)[1], labels)


@pytest.mark.parametrize("shuffle", [True, False])
def test_half_of_the_training_images_are_mirrored_and_the_material_stays(shuffle: bool) -> None:
    data = _numbered(20 * BATCH, shuffle=shuffle, mirror=True)
    before = data.inputs.copy()
    inputs, labels = _rows(data, 1)
    mirrored = (inputs[:, 0, 0, 0] == -labels)[labels > 0].mean()
    assert 0.4 < mirrored < 0.6 if shuffle else mirrored == 0
    np.testing.assert_array_equal(data.inputs, before)


def test_train_and_test_share_no_entry() -> None:
    arrays = {"x": np.arange(10.0), "label": np.arange(10, dtype=np.int32)}
    train, test = train_and_test(arrays, "x", 7)
    assert train.shuffle
    assert not test.shuffle
    np.testing.assert_array_equal(train.inputs, np.arange(7))
    np.testing.assert_array_equal(test.labels["label"], [7, 8, 9])
