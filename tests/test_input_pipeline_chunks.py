"""Chunks for fine-tuning C3D: consecutive frames from any start, exact resume, one class or several."""

from collections import Counter

import numpy as np
import pytest

from helpers.clips import numbered_frames, write_numbered
from repro.augment import Augmentation
from repro.input_pipeline import ChunkBatches, FrameBatches
from repro.types import Segment, VideoRef
from repro.video.decode import BrokenVideo
from repro.video.geometry import resize

pytestmark = pytest.mark.slow  # with all its like, too long for the fast tests

LENGTHS = (9, 3, 12, 4, 7)
L = 4


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Five clips of numbered frames (24 x 32); green tells the clip, the label is its number modulo 3."""
    folder = tmp_path_factory.mktemp("clips")
    for number, count in enumerate(LENGTHS):
        write_numbered(folder / f"{number}.avi", count, tag=10 * number)
    refs = [
        VideoRef(f"c/{n}", folder / f"{n}.avi", n % 3, "g", others=(3,) if n == 2 else ())
        for n in range(len(LENGTHS))
    ]
    return refs, {ref.video_id: count for ref, count in zip(refs, LENGTHS, strict=True)}


def _source(clips, **options):
    refs, lengths = clips
    given = {
        "length": L, "height": 12, "width": 20, "chunks_per_visit": 3, "batch": 4, "seed": 0, "shuffle": True,
        "heads": ("frame",), "mix_clips": 2,
    }  # fmt: skip
    return ChunkBatches(refs, lengths, **{**given, **options})


def _batches(source, epoch, start=0):
    return [(images.numpy(), targets["frame"].numpy()) for images, targets in source.dataset(epoch, start)]


def _told(batches):
    """(clip, frames of the chunk, target) that pictures and targets tell, in order."""
    return [
        (round(int(chunk[0, 0, 0, 1]) / 10), tuple(chunk[:, 5, 5, 0].tolist()), target.tolist())
        for images, targets in batches
        for chunk, target in zip(images, targets, strict=True)
    ]


def test_an_epoch_takes_drawn_chunks_of_every_clip_with_its_label(clips):
    source = _source(clips)
    batches = _batches(source, 0)
    told = _told(batches)
    assert Counter(clip for clip, _, _ in told) == {0: 3, 1: 1, 2: 3, 3: 1, 4: 3}  # 6, 1, 9, 1, 4 starts
    assert len(set(told)) == len(told) == 11
    assert source.steps_per_epoch == 3
    assert [images.shape for images, _ in batches] == [(n, 4, 12, 20, 3) for n in (4, 4, 3)]
    for clip, frames, label in told:
        assert label == clip % 3
        if clip == 1:
            assert frames == (0, 1, 2, 0)  # three frames, repeated from the start
        else:
            assert frames == tuple(range(frames[0], frames[0] + 4))
            assert frames[-1] < LENGTHS[clip]
    assert batches[0][0].dtype == np.uint8
    assert batches[0][1].dtype == np.int32


def test_chunks_start_at_any_frame_that_leaves_room(clips):
    source = _source(clips)
    starts = {clip: set() for clip in range(len(LENGTHS))}
    for epoch in range(60):
        for clip, start in np.concatenate(source.plan(epoch)).tolist():
            starts[clip].add(start)
    assert starts == {0: set(range(6)), 1: {0}, 2: set(range(9)), 3: {0}, 4: set(range(4))}


def test_the_pictures_are_whole_frames_resized(clips):
    source = _source(clips, shuffle=False)
    images = np.concatenate([images for images, _ in _batches(source, 0)])
    for chunk, (clip, start) in zip(images, np.concatenate(source.plan(0)).tolist(), strict=True):
        frames = numbered_frames(LENGTHS[clip], 10 * clip)
        wanted = [resize(frames[(start + i) % LENGTHS[clip]], 12, 20) for i in range(L)]
        np.testing.assert_array_equal(chunk, wanted)


def test_without_shuffling_every_epoch_is_the_same_evenly_spaced_and_in_order(clips):
    first, second = (_told(_batches(_source(clips, shuffle=False), epoch)) for epoch in (0, 7))
    assert first == second
    assert [(clip, frames[0]) for clip, frames, _ in first] == [
        (0, 1), (0, 3), (0, 5), (1, 0), (2, 1), (2, 4), (2, 7), (3, 0), (4, 0), (4, 2), (4, 3),
    ]  # fmt: skip


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 3])
def test_any_start_gives_the_rest_of_the_epoch_bit_for_bit(clips, shuffle, workers):
    whole = _batches(_source(clips, shuffle=shuffle), 2)
    source = _source(clips, shuffle=shuffle, workers=workers)
    for start in range(4):
        rest = _batches(source, 2, start)
        assert len(rest) == 3 - start
        for (images, labels), (wanted, wanted_labels) in zip(rest, whole[start:], strict=True):
            np.testing.assert_array_equal(images, wanted)
            np.testing.assert_array_equal(labels, wanted_labels)


def test_epochs_and_seeds_differ(clips):
    first, second = (_told(_batches(_source(clips), epoch)) for epoch in (0, 1))
    assert set(first) != set(second)
    assert first == _told(_batches(_source(clips), 0))
    assert set(first) != set(_told(_batches(_source(clips, seed=1), 0)))


def test_a_segment_is_counted_from_its_own_start(clips):
    refs, _ = clips
    part = VideoRef("part", refs[2].path, 1, "g", Segment(3, 9))
    source = _source(([part], {"part": 6}), shuffle=False)
    assert [frames for _, frames, _ in _told(_batches(source, 0))] == [
        (3, 4, 5, 6),
        (4, 5, 6, 7),
        (5, 6, 7, 8),
    ]


@pytest.mark.parametrize("kind", ["chunks", "frames"])
@pytest.mark.parametrize("shuffle", [True, False])
def test_several_classes_a_video(clips, kind, shuffle):
    """Clip 2 is of class 2 and 3; a wrong row would show, since the picture tells the clip."""
    wanted = {0: [1, 0, 0, 0], 1: [0, 1, 0, 0], 2: [0, 0, 1, 1], 3: [1, 0, 0, 0], 4: [0, 1, 0, 0]}
    still = Augmentation(flip_probability=0, channel_shift=0, jitter_alpha=0)
    if kind == "chunks":
        source = _source(clips, multi_label=4, shuffle=shuffle)
    else:
        source = FrameBatches(
            *clips, size=16, frames_per_visit=2, batch=4, seed=0, heads=("frame",), multi_label=4,
            augmentation=still if shuffle else None,
        )  # fmt: skip
    seen = set()
    for images, targets in _batches(source, 1):
        assert targets.dtype == np.float32
        assert targets.shape == (len(images), 4)
        for image, target in zip(images, targets.tolist(), strict=True):
            clip = round(int(image.reshape(-1, 3)[0, 1]) / 10)
            assert target == wanted[clip]
            seen.add(clip)
    assert seen == set(wanted)


def test_a_video_that_ends_early_is_kept_for_the_user(clips):
    refs, lengths = clips
    source = _source((refs, {**lengths, "c/4": 70}), chunks_per_visit=60)
    with pytest.raises(Exception, match=r"4\.avi: ends at frame 7"):
        _batches(source, 0)
    assert isinstance(source.failure, BrokenVideo)


@pytest.mark.parametrize("wrong", [{"length": 0}, {"height": 0}, {"batch": 0}, {"seed": -1}, {"heads": ()}])
def test_senseless_sizes_are_refused(clips, wrong):
    with pytest.raises(ValueError, match="wanted at least one video and output"):
        _source(clips, **wrong)
