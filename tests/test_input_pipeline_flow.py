"""Stacks for training: right channels, one change for all of them, flips that turn x round, exact starts."""

from collections import Counter
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from oracles import augmentation as augmentation_oracle
from oracles import flow as oracle
from repro.augment import Augmentation, sample
from repro.backbones.temporal import temporal_network
from repro.features.flow_store import FlowStore, extract_flow
from repro.flow.coding import mirror
from repro.flow.tvl1 import METHODS
from repro.input_pipeline import FlowBatches
from repro.types import InputError, VideoRef
from repro.video.encode import write_video
from repro.video.geometry import resize

LENGTHS = (9, 1, 12, 2, 15)
STILL = Augmentation(flip_probability=0.0, rotation_deg=0.0, crop_aspect=1.0, crop_scale_min=1.0)
FLIPPED = Augmentation(flip_probability=1.0, rotation_deg=0.0, crop_aspect=1.0, crop_scale_min=1.0)
CROPPED = Augmentation(rotation_deg=0.0)
REFS = [VideoRef(f"c/{n}", Path("none"), n % 3, "g01") for n in range(len(LENGTHS))]
SIZES = {ref.video_id: length for ref, length in zip(REFS, LENGTHS, strict=True)}


def _coded(ref: VideoRef) -> np.ndarray:
    """Smooth fields 24 x 24 that tell clip and field: x near 20 * clip + field, y near 200 - that."""
    clip = int(ref.video_id.removeprefix("c/"))
    numbers = (20 * clip + np.arange(LENGTHS[clip] - 1)).astype(float)
    across, down = np.meshgrid(np.linspace(0, 40, 24), np.linspace(0, 20, 24))
    x = numbers[:, None, None] + across
    y = 200 - numbers[:, None, None] + down
    return np.stack([x, y], axis=-1).round().astype(np.uint8)


def _source(refs=REFS, load=_coded, **options):
    given = {
        "size": 24,
        "stacks_per_visit": 4,
        "fields": 3,
        "batch": 5,
        "seed": 0,
        "augmentation": CROPPED,
        "heads": ("flow",),
        "mix_clips": 2,
    }
    return FlowBatches(refs, load, SIZES, **{**given, **options})


class _Asked:
    """Coded flow that notes which fields it is asked for."""

    def __init__(self, coded):
        self.coded, self.fields = coded, []

    def __len__(self):
        return len(self.coded)

    def __getitem__(self, which):
        self.fields += np.arange(len(self))[which].tolist()
        return self.coded[which]


def test_only_the_fields_of_the_chosen_frames_are_asked_for():
    asked = _Asked(_coded(REFS[4]))
    source = _source(load=lambda ref: asked)
    whole = _source()
    np.testing.assert_array_equal(source.read(0, 4, [7])[7], whole.read(0, 4, [7])[7])
    assert asked.fields == [4, 5, 6]


def _batches(source, epoch, start=0):
    return [(stacks.numpy(), targets["flow"].numpy()) for stacks, targets in source.dataset(epoch, start)]


def test_an_epoch_takes_drawn_stacks_of_every_clip_once_with_its_label():
    source = _source()
    batches, plan = _batches(source, 1), np.concatenate(source.plan(1))
    assert Counter(plan[:, 0].tolist()) == {0: 4, 1: 1, 2: 4, 3: 1, 4: 4}
    assert source.steps_per_epoch == 3
    assert [len(stacks) for stacks, _ in batches] == [5, 5, 4]
    for stacks, labels in batches:
        assert stacks.dtype == np.uint8
        assert stacks.shape[1:] == (24, 24, 6)
        assert labels.dtype == np.int32
    np.testing.assert_array_equal(np.concatenate([labels for _, labels in batches]), plan[:, 0] % 3)
    assert [len(labels) for _, labels in batches] == [5, 5, 4]


def test_frame_0_has_no_flow_and_is_taken_only_of_a_clip_of_one_frame():
    source = _source(stacks_per_visit=99)
    taken = [tuple(pair) for window in source.plan(0) for pair in window.tolist()]
    wanted = {(clip, frame) for clip, length in enumerate(LENGTHS) for frame in range(1, length)}
    assert set(taken) == wanted | {(1, 0)}
    assert len(taken) == len(set(taken))
    stacks = np.concatenate([stacks for stacks, _ in _batches(source, 0)])
    assert (stacks[taken.index((1, 0))] == 128).all()


@pytest.mark.parametrize("augmentation", [STILL, None])
def test_unchanged_stacks_are_the_oracles(augmentation):
    source = _source(augmentation=augmentation)
    stacks = np.concatenate([stacks for stacks, _ in _batches(source, 0)])
    for stack, (clip, frame) in zip(stacks, np.concatenate(source.plan(0)).tolist(), strict=True):
        wanted = (
            oracle.stack_at(_coded(REFS[clip]), frame, 3) if LENGTHS[clip] > 1 else np.full(stack.shape, 128)
        )
        np.testing.assert_array_equal(stack, wanted)


def test_a_flip_is_the_oracles():
    source = _source(augmentation=FLIPPED)
    stacks = np.concatenate([stacks for stacks, _ in _batches(source, 0)])
    for stack, (clip, frame) in zip(stacks, np.concatenate(source.plan(0)).tolist(), strict=True):
        if LENGTHS[clip] > 1:
            np.testing.assert_array_equal(
                stack, oracle.mirrored(oracle.stack_at(_coded(REFS[clip]), frame, 3))
            )


def test_all_fields_of_a_stack_get_the_change_that_was_drawn():
    """Crop and flip by the oracle of the pictures, x by that of the flow."""
    source = _source(size=12)
    stacks = np.concatenate([stacks for stacks, _ in _batches(source, 3)])
    seen, flips = 0, set()
    for stack, (clip, frame) in list(zip(stacks, np.concatenate(source.plan(3)).tolist(), strict=True)):
        if LENGTHS[clip] == 1:
            continue
        change = sample(CROPPED, np.random.default_rng([0, 3, 3, clip, frame]), 24, 24)
        before = oracle.stack_at(_coded(REFS[clip]), frame, 3).astype(float)
        cut = augmentation_oracle.geometry(
            before, change.flip, 0.0, change.left, change.top, change.width, change.height, 12
        )
        if change.flip:
            cut[..., 0::2] = np.minimum(256 - cut[..., 0::2], 255)
        assert np.abs(stack - cut).max() <= 1  # OpenCV interpolates at 1/32 pixel
        seen, flips = seen + 1, flips | {change.flip}
    assert seen == 13
    assert flips == {True, False}


@pytest.mark.parametrize("augmentation", [CROPPED, None])
@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 3])
def test_any_start_gives_the_rest_of_the_epoch_bit_for_bit(augmentation, workers):
    whole = _batches(_source(augmentation=augmentation), 2)
    source = _source(augmentation=augmentation, workers=workers)
    for start in range(source.steps_per_epoch + 1):
        rest = _batches(source, 2, start)
        assert len(rest) == len(whole) - start
        for (stacks, labels), (wanted, wanted_labels) in zip(rest, whole[start:], strict=True):
            np.testing.assert_array_equal(stacks, wanted)
            np.testing.assert_array_equal(labels, wanted_labels)


def test_epochs_and_seeds_differ():
    first, second, other = (
        np.concatenate([stacks for stacks, _ in _batches(source, epoch)])
        for source, epoch in ((_source(), 0), (_source(), 1), (_source(seed=1), 0))
    )
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_without_augmentation_whole_fields_are_resized_evenly_spaced_and_in_order():
    source = _source(augmentation=None, size=16, fields=2)
    stacks = np.concatenate([stacks for stacks, _ in _batches(source, 0)])
    plan = np.concatenate(source.plan(5))
    assert plan[plan[:, 0] == 2, 1].tolist() == [2, 5, 7, 10]  # 1 + middles of four quarters of 11
    assert plan[:, 0].tolist() == sorted(plan[:, 0].tolist())
    row = plan.tolist().index([2, 5])
    coded = _coded(REFS[2])
    for field, older in ((4, 1), (3, 0)):
        np.testing.assert_array_equal(
            stacks[row][..., 2 * older : 2 * older + 2], resize(coded[field], 16, 16)
        )


def test_flow_that_does_not_fit_its_video_is_named():
    source = _source(load=lambda ref: _coded(ref)[1:])
    with pytest.raises(tf.errors.OpError, match="frames but"):
        _batches(source, 0)
    assert isinstance(source.failure, InputError)
    assert "one fewer than frames; run the flow stage again" in str(source.failure)


def test_an_error_of_the_store_is_kept():
    def fails(ref):
        raise InputError(f"flow fields of {ref.video_id} are not stored")

    source = _source(load=fails)
    with pytest.raises(tf.errors.OpError, match="are not stored"):
        _batches(source, 0)
    assert "are not stored" in str(source.failure)


def test_turning_is_refused():
    with pytest.raises(ValueError, match=r"rotation_deg is 8\.0; wanted 0 for flow"):
        _source(augmentation=Augmentation())


@pytest.mark.slow
def test_the_temporal_network_learns_from_drawn_clips(tmp_path):
    """Video files to flow to stacks to a training step: what moves left is told from what moves right."""
    keras.utils.set_random_seed(0)
    rng, refs = np.random.default_rng(0), []
    for number in range(6):
        step = 2 if number % 2 else -2
        wide = resize(rng.integers(0, 256, (16, 24, 3), np.uint8), 64, 96)  # smooth
        frames = np.stack([wide[:48, 24 - step * t : 72 - step * t] for t in range(6)])
        path = tmp_path / f"{number}.avi"
        write_video(path, frames, 25, "ffv1")
        refs.append(VideoRef(f"v/{number}", path, number % 2, f"g{number}"))
    lengths = {ref.video_id: 6 for ref in refs}
    store = FlowStore(tmp_path / "flow", {})
    extract_flow(refs, store, height=32, width=32, settings=METHODS["fast"], lengths=lengths, bound_px=5.0)

    augmentation = Augmentation(flip_probability=0.0, rotation_deg=0.0)
    batches = FlowBatches(
        refs,
        store.read,
        lengths,
        size=32,
        stacks_per_visit=5,
        batch=10,
        seed=0,
        augmentation=augmentation,
        heads=("flow",),
    )
    network = temporal_network(2, size=32, width=1 / 16, fc_dropout=(0.0, 0.0)).training
    network.compile(keras.optimizers.Adam(1e-3), {"flow": "sparse_categorical_crossentropy"})
    losses = [
        float(network.train_on_batch(stacks, targets))
        for epoch in range(8)
        for stacks, targets in batches.dataset(epoch)
    ]
    assert losses[0] > 0.3
    unseen = next(iter(batches.dataset(99)))
    assert float(network.test_on_batch(*unseen)) < 0.1
    mirrored = network.predict_on_batch(mirror(unseen[0].numpy()))["flow"]
    assert (mirrored.argmax(axis=1) != unseen[1]["flow"].numpy()).mean() > 0.8  # a flip turns the motion
