"""What C3D does to a clip before its first convolution: the mean, the crop, and what changes in training."""

import keras
import numpy as np
import pytest

from repro.backbones.clips import ClipCrop, VolumeBGR


def _numbered(count: int, frames: int = 2, height: int = 5, width: int = 8) -> np.ndarray:
    """Clips whose every value says sample, frame, row, column and channel."""
    return np.arange(count * frames * height * width * 3, dtype=np.float32).reshape(
        count, frames, height, width, 3
    )


def test_one_pixel_by_hand() -> None:
    clip = np.array([10, 20, 30], np.uint8).reshape(1, 1, 1, 1, 3)
    assert np.asarray(VolumeBGR()(clip)).ravel() == pytest.approx([30 - 103.939, 20 - 116.779, 10 - 123.68])
    mean = np.array([1.25, 2.5, 4]).reshape(1, 1, 1, 3)
    np.testing.assert_array_equal(np.asarray(VolumeBGR(mean)(clip)).ravel(), [28.75, 17.5, 6])


def test_every_place_and_frame_has_its_own_mean() -> None:
    mean = np.random.default_rng(0).integers(0, 255, (2, 5, 8, 3)) + 0.5
    clips = np.random.default_rng(1).integers(0, 256, (3, 2, 5, 8, 3), np.uint8)
    np.testing.assert_array_equal(VolumeBGR(mean)(clips), clips[..., ::-1] - mean)


def test_the_mean_is_not_rounded_in_half_precision() -> None:
    """100.75 is 101 in bfloat16; 101 - 100.75 is exactly a quarter there."""
    layer = VolumeBGR(np.full((1, 1, 1, 3), 100.75), dtype="mixed_bfloat16")
    found = layer(np.full((1, 1, 1, 1, 3), 101, np.uint8))
    assert keras.backend.standardize_dtype(found.dtype) == "bfloat16"
    np.testing.assert_array_equal(np.asarray(found, np.float32), np.full((1, 1, 1, 1, 3), 0.25))


@pytest.mark.parametrize("training", [False, None])
def test_outside_training_the_centre(training: bool | None) -> None:
    clips = _numbered(2)
    for _ in range(2):
        np.testing.assert_array_equal(ClipCrop(4)(clips, training=training), clips[:, :, 0:4, 2:6])
    # C3D's own sizes: rows from 8, columns from 29 (paper 3, A20).
    frames = np.zeros((1, 1, 128, 171, 2), np.uint8)
    frames[0, 0, :, :, 0], frames[0, 0, :, :, 1] = np.indices((128, 171))
    found = np.asarray(ClipCrop(112)(frames))[0, 0]
    assert (found[0, 0].tolist(), found[-1, -1].tolist()) == ([8, 29], [119, 140])


def test_in_training_one_place_and_one_mirror_for_each_clip() -> None:
    """Rows from 0 or 1, columns from 0 to 4, mirrored or not: each of the 20 about equally often."""
    clips = _numbered(1)
    views = {
        np.ascontiguousarray(view[..., ::step, :]).tobytes(): 0
        for top in (0, 1)
        for left in range(5)
        for view in [clips[0, :, top : top + 4, left : left + 4]]
        for step in (1, -1)
    }
    assert len(views) == 20
    keras.utils.set_random_seed(1)
    found = np.asarray(ClipCrop(4)(np.repeat(clips, 2000, axis=0), training=True))
    for crop in found:
        views[crop.tobytes()] += 1  # KeyError: other frames, rows or columns than any whole view
    counts = np.array(list(views.values()))
    assert np.abs(counts - 100).max() < 5 * np.sqrt(100)


def test_each_clip_keeps_its_own_pixels() -> None:
    clips = _numbered(6)
    found = np.asarray(ClipCrop(4)(clips, training=True))
    for clip, crop in zip(clips, found, strict=True):
        assert clip.min() <= crop.min() <= crop.max() <= clip.max()


def test_a_crop_of_the_whole_frame_is_only_mirrored() -> None:
    clips = _numbered(32, height=6, width=6)
    found = np.asarray(ClipCrop(6)(clips, training=True))
    mirrored = [np.array_equal(crop, clip[:, :, ::-1]) for clip, crop in zip(clips, found, strict=True)]
    straight = [np.array_equal(crop, clip) for clip, crop in zip(clips, found, strict=True)]
    assert set(map(sum, zip(mirrored, straight, strict=True))) == {1}
    assert 0 < sum(mirrored) < 32


def test_the_generator_is_state_that_can_be_put_back() -> None:
    """So that a resumed training cuts what the interrupted one would have cut."""
    clips = _numbered(20)
    layer = ClipCrop(4)
    layer(clips, training=True)
    assert not layer.weights
    (state,) = layer.variables
    kept = np.array(state)
    first = np.asarray(layer(clips, training=True))
    second = np.asarray(layer(clips, training=True))
    assert not np.array_equal(first, second)
    state.assign(kept)
    np.testing.assert_array_equal(layer(clips, training=True), first)
    layer(clips)
    np.testing.assert_array_equal(layer(clips, training=True), second)  # the centre draws nothing


@pytest.mark.graph
def test_it_works_where_the_batch_is_not_known() -> None:
    clip = keras.Input((2, 5, 8, 3))
    network = keras.Model(clip, ClipCrop(4)(clip))
    assert network.output.shape == (None, 2, 4, 4, 3)
    clips = _numbered(3)
    np.testing.assert_array_equal(network.predict(clips, verbose=0), clips[:, :, 0:4, 2:6])
    network.compile("sgd", "mse")
    network.train_on_batch(clips, clips[:, :, :4, :4])
