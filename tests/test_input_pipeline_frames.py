"""Frames for fine-tuning: right frame, right label, every clip once, and the same batches from any start."""

from collections import Counter
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.clips import write_numbered
from repro.augment import Augmentation, affine, jitter, sample
from repro.input_pipeline import FrameBatches
from repro.types import Segment, VideoRef
from repro.video.decode import BrokenVideo
from repro.video.geometry import resize, warp

LENGTHS = (9, 3, 12, 7, 5, 10)
# Nothing is changed but the size, so that frames stay readable; the order is still drawn.
STILL = Augmentation(
    flip_probability=0.0,
    rotation_deg=0.0,
    crop_scale_min=1.0,
    channel_shift=0,
    jitter_alpha=0.0,
)


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Six clips of numbered frames (24 x 32); green tells the clip, the label is its number modulo 3."""
    folder = tmp_path_factory.mktemp("clips")
    for number, count in enumerate(LENGTHS):
        write_numbered(folder / f"{number}.avi", count, tag=10 * number)
    refs = [VideoRef(f"c/{n}", folder / f"{n}.avi", n % 3, "g01") for n in range(len(LENGTHS))]
    return refs, {ref.video_id: count for ref, count in zip(refs, LENGTHS, strict=True)}


def _source(clips, **options):
    refs, lengths = clips
    given = {
        "size": 24,
        "frames_per_visit": 4,
        "batch": 5,
        "seed": 0,
        "augmentation": Augmentation(),
        "heads": ("context", "localisation"),
        "mix_clips": 2,
    }
    return FrameBatches(refs, lengths, **{**given, **options})


def _batches(source, epoch, start=0):
    return [
        (images.numpy(), {head: labels.numpy() for head, labels in targets.items()})
        for images, targets in source.dataset(epoch, start)
    ]


def _told(batches):
    """(clip, frame, label) that the pictures and targets tell, in order."""
    return [
        (round(image[0, 0, 1] / 10), int(image[0, 0, 0]), int(label))
        for images, targets in batches
        for image, label in zip(images, targets["context"], strict=True)
    ]


def test_an_epoch_takes_drawn_frames_of_every_clip_once_with_its_label(clips):
    source = _source(clips, augmentation=STILL)
    batches = _batches(source, 0)
    told = _told(batches)
    assert Counter(clip for clip, _, _ in told) == {0: 4, 1: 3, 2: 4, 3: 4, 4: 4, 5: 4}
    assert len(set(told)) == len(told) == 23
    assert all(label == clip % 3 and frame < LENGTHS[clip] for clip, frame, label in told)
    assert [len(images) for images, _ in batches] == [5, 5, 5, 5, 3]
    assert source.steps_per_epoch == 5
    for images, targets in batches:
        assert images.dtype == np.uint8
        assert images.shape[1:] == (24, 24, 3)
        assert targets["context"].dtype == np.int32
        np.testing.assert_array_equal(targets["context"], targets["localisation"])


def test_clips_are_mixed_within_their_window_only(clips):
    order = [
        clip for clip, _, _ in _told(_batches(_source(clips, augmentation=STILL, frames_per_visit=3), 1))
    ]
    windows = [order[start : start + 6] for start in range(0, 18, 6)]
    assert all(len(set(window)) == 2 for window in windows)
    assert any(window != sorted(window, key=window.index) for window in windows)


def test_epochs_differ_and_seeds_differ(clips):
    source = _source(clips, augmentation=STILL)
    first, second = (_told(_batches(source, epoch)) for epoch in (0, 1))
    assert first != second
    assert {told[:2] for told in first} != {
        told[:2] for told in second
    }  # other frames, not only another order
    assert first == _told(_batches(_source(clips, augmentation=STILL), 0))
    assert first != _told(_batches(_source(clips, augmentation=STILL, seed=1), 0))


@pytest.mark.slow
@pytest.mark.parametrize("augmentation", [Augmentation(), None])
@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 3])
def test_any_start_gives_the_rest_of_the_epoch_bit_for_bit(clips, augmentation, workers):
    whole = _batches(_source(clips, augmentation=augmentation), 2)
    source = _source(clips, augmentation=augmentation, workers=workers)
    for start in range(source.steps_per_epoch + 1):
        rest = _batches(source, 2, start)
        assert len(rest) == len(whole) - start
        for (images, targets), (wanted, wanted_targets) in zip(rest, whole[start:], strict=True):
            np.testing.assert_array_equal(images, wanted)
            np.testing.assert_array_equal(targets["context"], wanted_targets["context"])


def test_a_start_beyond_the_epoch_is_refused(clips):
    with pytest.raises(ValueError, match="start_step is 6; wanted 0 to 5"):
        _source(clips).dataset(0, 6)


def test_without_augmentation_every_epoch_shows_the_same_whole_frames_in_order(clips):
    source = _source(clips, augmentation=None)
    first, second = _batches(source, 0), _batches(source, 7)
    for (a, _), (b, _) in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
    told = _told(first)
    assert [frame for clip, frame, _ in told if clip == 2] == [1, 4, 7, 10]  # middles of four quarters of 12
    assert [clip for clip, _, _ in told] == sorted(clip for clip, _, _ in told)
    frame = np.zeros((24, 32, 3), np.uint8)
    frame[..., 0], frame[..., 2] = told[0][1], np.arange(32) * 4
    np.testing.assert_array_equal(first[0][0][0], resize(frame, 24, 24))


def test_every_frame_gets_its_own_change(clips):
    """The plan says which frame stands where; its change is that of (seed, epoch, clip, frame)."""
    source = _source(clips)
    images = np.concatenate([images for images, _ in _batches(source, 3)])
    plan = np.concatenate(source.plan(3))
    changes = set()
    for image, (clip, number) in zip(images, plan.tolist(), strict=True):
        frame = np.zeros((24, 32, 3), np.uint8)
        frame[..., 0], frame[..., 1], frame[..., 2] = number, 10 * clip, np.arange(32) * 4
        change = sample(Augmentation(), np.random.default_rng([0, 3, 3, clip, number]), 24, 32)
        np.testing.assert_array_equal(image, jitter(warp(frame, affine(change, 24, 32, 24), 24), change))
        changes.add(change)
    assert len(changes) == len(plan)


def test_a_segment_counts_from_its_start(clips):
    refs, _ = clips
    part = [VideoRef("part", refs[2].path, 1, "g01", Segment(6, 10))]
    told = _told(_batches(_source((part, {"part": 4}), augmentation=None), 0))
    assert told == [(2, 6, 1), (2, 7, 1), (2, 8, 1), (2, 9, 1)]


def test_a_video_that_ends_early_is_named(clips):
    refs, lengths = clips
    source = _source((refs, {**lengths, "c/1": 8}), augmentation=None)
    with pytest.raises(tf.errors.OpError, match=r"1\.avi: ends at frame 3"):
        _batches(source, 0)
    assert isinstance(source.failure, BrokenVideo)
    assert source.failure.path == refs[1].path


def test_the_lengths_of_all_videos_are_needed(clips):
    with pytest.raises(KeyError, match="c/0"):
        _source((clips[0], {}))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 30), min_size=1, max_size=12),
    st.integers(1, 10),
    st.integers(1, 6),
    st.integers(0, 5),
)
def test_the_plan_visits_every_clip_and_no_frame_twice(lengths, frames, mix, epoch):
    refs = [VideoRef(str(n), Path("x"), 0, "g") for n in range(len(lengths))]
    source = _source(
        (refs, dict(zip(map(str, range(99)), lengths, strict=False))), frames_per_visit=frames, mix_clips=mix
    )
    samples = [tuple(pair) for window in source.plan(epoch) for pair in window.tolist()]
    assert len(samples) == len(set(samples))
    assert Counter(clip for clip, _ in samples) == {
        n: min(frames, length) for n, length in enumerate(lengths)
    }
    assert all(0 <= frame < lengths[clip] for clip, frame in samples)
    assert source.steps_per_epoch == -(-len(samples) // 5)


@pytest.mark.slow
def test_keras_trains_on_it(clips):
    source = _source(clips)
    image = keras.Input((24, 24, 3))
    features = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(image))
    heads = {h: keras.layers.Dense(3, activation="softmax", name=h)(features) for h in source.outputs}
    model = keras.Model(image, heads)
    model.compile("sgd", loss=dict.fromkeys(heads, "sparse_categorical_crossentropy"), jit_compile=False)
    history = model.fit(source.dataset(0, 1), verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert int(model.optimizer.iterations.numpy()) == source.steps_per_epoch - 1
