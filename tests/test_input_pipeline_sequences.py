"""Stored features for sequence models: padding, targets that tell the padding, order, memory."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from repro.features.store import FeatureStore
from repro.input_pipeline import SequenceBatches, sequence_batches
from repro.training.fit import fit
from repro.types import InputError, VideoRef

LENGTHS = (3, 6, 1, 9, 4, 5, 2)  # T is 5: some shorter, one equal, some longer
REFS = [VideoRef(f"v/{n}", Path("x"), n % 3, "g") for n in range(len(LENGTHS))]


class Store:
    """Video n at frame t: 10 n + t + 1 in `context` [T_i, 2], its negative in `action` [T_i, 3]."""

    def __init__(self):
        self.reads = []

    def __call__(self, ref):
        n = int(ref.video_id[2:])
        self.reads.append(n)
        values = (10 * n + np.arange(LENGTHS[n]) + 1).astype(np.float32)[:, None]
        return {"context": values.repeat(2, 1), "action": -values.repeat(3, 1), "unused": values}


def _source(store=None, refs=REFS, **options):
    given = {
        "steps": 5,
        "batch": 3,
        "seed": 0,
        "classes": 3,
        "features": ("context", "action"),
        "stages": ("stage1", "stage2"),
        "shuffle": False,
    }
    return SequenceBatches(store or Store(), refs, **{**given, **options})


def _arrays(source, epoch, start=0):
    return [tf.nest.map_structure(lambda t: t.numpy(), batch) for batch in source.dataset(epoch, start)]


def test_hand_values_of_a_batch():
    inputs, targets = _arrays(_source(), 0)[0]
    assert inputs["context"].shape == (3, 5, 2)
    assert inputs["action"].shape == (3, 5, 3)
    assert inputs["context"][..., 0].tolist() == [[1, 2, 3, 0, 0], [11, 12, 13, 14, 15], [21, 0, 0, 0, 0]]
    np.testing.assert_array_equal(inputs["action"][..., 2], -inputs["context"][..., 0])
    assert targets["stage1"][0].tolist() == [[1, 0, 0]] * 3 + [[0, 0, 0]] * 2
    assert targets["stage1"][1].tolist() == [[0, 1, 0]] * 5
    assert targets["stage1"][2].tolist() == [[0, 0, 1]] + [[0, 0, 0]] * 4
    np.testing.assert_array_equal(targets["stage1"], targets["stage2"])
    assert {a.dtype for a in (*inputs.values(), *targets.values())} == {np.dtype(np.float32)}


def test_the_targets_tell_the_padding():
    for inputs, targets in _arrays(_source(shuffle=True), 0):
        np.testing.assert_array_equal(targets["stage1"].sum(-1), inputs["context"][..., 0] != 0)


def test_every_video_once_the_last_batch_smaller():
    source = _source(shuffle=True)
    batches = _arrays(source, 4)
    assert [len(inputs["context"]) for inputs, _ in batches] == [3, 3, 1]
    assert source.steps_per_epoch == 3
    seen = [int(video[0, 0]) // 10 for inputs, _ in batches for video in inputs["context"]]
    assert sorted(seen) == list(range(7))


def _order(source, epoch):
    return [int(video[0, 0]) // 10 for inputs, _ in _arrays(source, epoch) for video in inputs["context"]]


@pytest.mark.slow
def test_the_order_is_a_function_of_seed_and_epoch():
    assert _order(_source(), 5) == list(range(7))
    shuffled = _source(shuffle=True)
    assert len({tuple(_order(shuffled, epoch)) for epoch in range(5)}) == 5
    assert _order(shuffled, 3) == _order(_source(shuffle=True), 3)
    assert _order(shuffled, 3) != _order(_source(shuffle=True, seed=1), 3)


def test_any_start_gives_the_rest_of_the_epoch():
    source = _source(shuffle=True)
    whole = _arrays(source, 2)
    for start in range(4):
        rest = _arrays(source, 2, start)
        tf.nest.map_structure(np.testing.assert_array_equal, rest, whole[start:])
    with pytest.raises(ValueError, match="start_step is 4"):
        source.dataset(0, 4)


def test_a_dataset_of_several_epochs_has_one_after_the_other():
    source = _source(shuffle=True)
    found = [tf.nest.map_structure(lambda t: t.numpy(), batch) for batch in source.dataset(1, 2, epochs=3)]
    wanted = [*_arrays(source, 1, 2), *_arrays(source, 2), *_arrays(source, 3)]
    assert len(found) == len(wanted) == 1 + 3 + 3
    tf.nest.map_structure(np.testing.assert_array_equal, found, wanted)


@pytest.mark.slow
def test_videos_are_read_once_while_they_fit_in_memory(monkeypatch):
    store = Store()
    source = _source(store, shuffle=True)
    for epoch in range(3):
        _arrays(source, epoch)
    assert sorted(store.reads) == [0, *range(7)]  # the first also when the source is made, for its widths
    held = _arrays(_source(Store(), shuffle=True), 1)
    # 25 frames of at most 5 a video, 2 + 3 values of 4 bytes each: with a byte less, one is read again
    for limit, reads_again in ((25 * 5 * 4, 0), (25 * 5 * 4 - 1, 1), (0, 7)):
        monkeypatch.setattr(sequence_batches, "MAX_HELD_BYTES", limit)
        store = Store()
        source = _source(store, shuffle=True)
        tf.nest.map_structure(np.testing.assert_array_equal, _arrays(source, 1), held)
        assert len(store.reads) == 1 + 7
        _arrays(source, 2)
        assert len(store.reads) == 1 + 7 + reads_again


def test_sampled_frames_are_drawn_anew_in_training_and_once_in_testing():
    """T of the video's frames in their order; a short video gives all it has."""
    training = _source(shuffle=True, frames="sampled")
    testing = _source(frames="sampled")
    for source in (training, testing):
        for epoch in (0, 1):
            inputs, frames = source.inputs(range(7), epoch)
            np.testing.assert_array_equal(frames, np.minimum(LENGTHS, 5))
            for n, row in enumerate(inputs["context"][..., 0]):
                chosen = row[: frames[n]] - 10 * n - 1
                assert set(chosen) <= set(range(LENGTHS[n]))
                assert (np.diff(chosen) > 0).all()
                assert not row[frames[n] :].any()
    draws = [
        [source.inputs([3], epoch)[0]["context"].tolist() for epoch in range(4)]
        for source in (training, testing)
    ]
    assert len({str(draw) for draw in draws[0]}) > 1  # 5 of 9 frames, four times
    assert len({str(draw) for draw in draws[1]}) == 1


def test_spaced_frames_lie_in_the_part_that_is_seen():
    """The middle frames of 5 equal parts of 9 frames, and of the first half of them."""
    whole, _ = _source(frames="spaced").inputs([3])
    assert (whole["context"][0, :, 0] - 31).tolist() == [0, 2, 4, 6, 8]
    half, frames = _source(frames="spaced", span="50%").inputs([3])
    assert (half["context"][0, :4, 0] - 31).tolist() == [0, 1, 2, 3]
    assert frames.tolist() == [4]
    with pytest.raises(ValueError, match="first frames"):
        _source(span="50%")
    with pytest.raises(ValueError, match="nearest"):
        _source(frames="nearest")


@pytest.mark.parametrize(("name", "shape"), [("context", (3, 4)), ("action", (2, 3)), ("context", (0, 2))])
def test_features_of_other_shapes_are_refused(name, shape):
    store = Store()

    def load(ref):
        arrays = store(ref)
        return arrays if ref is REFS[1] else {**arrays, name: np.zeros(shape, np.float32)}

    with pytest.raises(tf.errors.OpError, match=r"v/0: .* wanted"):
        _arrays(_source(load, refs=[REFS[1], REFS[0]]), 0)


def _small_model():
    inputs = {"context": keras.Input((5, 2), name="context")}
    model = keras.Model(inputs, {"stage1": keras.layers.Dense(3, name="stage1")(inputs["context"])})
    model.compile("sgd", "mse", jit_compile=False)
    return model


@pytest.mark.slow
def test_features_damaged_between_two_epochs_end_the_training_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(sequence_batches, "MAX_HELD_BYTES", 0)  # read anew in every epoch
    (tmp_path / "clip.avi").write_bytes(b"film")
    refs = [VideoRef(f"Run/{n}", tmp_path / "clip.avi", n, "g") for n in range(3)]
    store, reads = FeatureStore(tmp_path / "features", {"weights": "abc"}), []
    for ref in refs:
        store.write(ref, {"context": np.full((4, 2), ref.label, np.float32)})

    def load(ref):
        """The first epoch finds all videos whole, then the file of the last one is cut."""
        reads.append(ref)
        if len(reads) == 3 * len(refs):
            path = store.path(refs[-1])
            path.write_bytes(path.read_bytes()[:100])
        return store.read(ref)

    given = {"features": ["context"], "stages": ["stage1"], "batch": 2, "shuffle": False}
    source = SequenceBatches(load, refs, steps=5, seed=0, classes=3, **given)
    with pytest.raises(
        InputError, match=r"features of Run/2 cannot be read .*2\.npz; run the features stage"
    ):
        fit(_small_model, source, epochs=3, folder=tmp_path / "run", seed=0, select_best=False)
