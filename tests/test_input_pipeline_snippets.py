"""Snippets of stored features: consecutive frames, padded by the last one, a pure function of the step."""

import threading
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from repro.features.store import FeatureStore
from repro.input_pipeline import SnippetBatches
from repro.input_pipeline.snippet_batches import read_snippets
from repro.types import InputError, VideoRef

LENGTHS = (3, 6, 1, 9, 5, 40, 7)
REFS = [VideoRef(f"v/{n}", Path("x"), n % 3, "g") for n in range(len(LENGTHS))]


class Store:
    """Video n at frame t: 100 n + t in `pool5` [T, 2, 2, 3], its negative in `motion` [T, 4]."""

    def __init__(self):
        self.asked = []

    def read_part(self, ref, start, stop):
        n = int(ref.video_id[2:])
        assert 0 <= start < stop <= LENGTHS[n]
        self.asked.append((n, start, stop))
        values = (100 * n + np.arange(start, stop)).astype(np.float32)
        return {
            "pool5": np.broadcast_to(values[:, None, None, None], (stop - start, 2, 2, 3)),
            "motion": -values[:, None].repeat(4, 1),
        }

    def length(self, ref):
        return LENGTHS[int(ref.video_id[2:])]


def _source(store=None, refs=REFS, **options):
    store = store or Store()
    given = {"steps": 5, "batch": 3, "seed": 0, "shuffle": True, "workers": 2}
    return SnippetBatches(refs, store.read_part, store.length, **{**given, **options})


def _arrays(source, epoch, start=0):
    return [tf.nest.map_structure(lambda t: t.numpy(), batch) for batch in source.dataset(epoch, start)]


def _snippets(source, epoch):
    """video -> its frames, [T]."""
    rows = [row for inputs, _ in _arrays(source, epoch) for row in inputs["pool5"][..., 0, 0, 0]]
    return {int(row[0]) // 100: (row % 100).astype(int).tolist() for row in rows}


def test_hand_values_without_shuffling():
    """The middle snippet: 9 frames leave room for 4, so it starts at 2; 40 leave 35, 7 leave 2, 6 leave 1."""
    assert _snippets(_source(shuffle=False), 3) == {
        0: [0, 1, 2, 2, 2],
        1: [0, 1, 2, 3, 4],
        2: [0, 0, 0, 0, 0],
        3: [2, 3, 4, 5, 6],
        4: [0, 1, 2, 3, 4],
        5: [17, 18, 19, 20, 21],
        6: [1, 2, 3, 4, 5],
    }
    inputs, targets = _arrays(_source(shuffle=False), 0)[1]
    assert inputs["pool5"].shape == (3, 5, 2, 2, 3)
    assert inputs["motion"].shape == (3, 5, 4)
    np.testing.assert_array_equal(inputs["motion"][..., 2], -inputs["pool5"][..., 1, 0, 2])
    assert targets["frame"].tolist() == [0, 1, 2]
    assert targets["frame"].dtype == np.int32
    assert {array.dtype for array in inputs.values()} == {np.dtype(np.float32)}


def test_every_video_once_the_last_batch_smaller_labels_follow():
    source = _source()
    batches = _arrays(source, 4)
    assert source.steps_per_epoch == 3
    assert [len(inputs["pool5"]) for inputs, _ in batches] == [3, 3, 1]
    videos = np.concatenate([inputs["pool5"][:, 0, 0, 0, 0] // 100 for inputs, _ in batches]).astype(int)
    assert sorted(videos) == list(range(7))
    np.testing.assert_array_equal(np.concatenate([t["frame"] for _, t in batches]), videos % 3)


def test_every_start_is_drawn_alike_and_none_else():
    """9 frames leave the starts 0..4; 1000 epochs, five standard deviations. 5 frames leave only 0."""
    source = _source()
    starts = np.array(
        [[source.start(epoch, video, LENGTHS[video]) for video in (3, 4)] for epoch in range(1000)]
    )
    counts = np.bincount(starts[:, 0], minlength=5)
    assert len(counts) == 5
    assert (np.abs(counts - 200) < 64).all()
    assert not starts[:, 1].any()
    for epoch in range(3):
        for video, frames in _snippets(source, epoch).items():
            start = source.start(epoch, video, LENGTHS[video])
            assert frames == np.minimum(start + np.arange(5), LENGTHS[video] - 1).tolist()


@pytest.mark.slow
def test_order_and_starts_are_functions_of_seed_and_epoch():
    source = _source()
    orders = [list(_snippets(source, epoch)) for epoch in range(5)]
    assert len(set(map(tuple, orders))) == 5
    assert _snippets(source, 2) == _snippets(_source(batch=2), 2)
    assert _snippets(source, 2) != _snippets(_source(seed=1), 2)
    assert len({_snippets(source, epoch)[5][0] for epoch in range(6)}) > 2


@pytest.mark.parametrize("workers", [1, 4])
def test_any_start_gives_the_rest_of_the_epoch(workers):
    whole = _arrays(_source(), 2)
    source = _source(workers=workers)
    for start in range(4):
        tf.nest.map_structure(np.testing.assert_array_equal, _arrays(source, 2, start), whole[start:])
    with pytest.raises(ValueError, match="start_step is 4"):
        source.dataset(0, 4)


def test_only_the_frames_of_the_snippets_are_asked_for():
    store = Store()
    source = _source(store)
    store.asked.clear()
    _arrays(source, 1, 1)
    assert len(store.asked) == 4  # of 7: the first batch is not read for the second
    assert all(stop - start == min(5, LENGTHS[n]) for n, start, stop in store.asked)


def test_one_batch_is_read_ahead_and_no_more():
    """While the first batch is looked at the second is read, the third is not begun."""
    store = Store()
    source = _source(store, batch=1)
    store.asked.clear()
    batches = source._batches(0, 0, epochs=1)
    next(batches)
    deadline = threading.Event()
    for _ in range(100):
        if len(store.asked) == 2:
            break
        deadline.wait(0.02)
    deadline.wait(0.05)
    assert len(store.asked) == 2
    batches.close()


def test_what_cannot_be_read_is_kept_for_the_user():
    store = Store()
    length = store.length

    def broken(ref):
        if ref is REFS[4]:
            raise InputError("features of v/4 are not stored")
        return length(ref)

    store.length = broken
    source = _source(store)
    with pytest.raises(tf.errors.OpError):
        _arrays(source, 0)
    assert isinstance(source.failure, InputError)
    assert str(source.failure) == "features of v/4 are not stored"


def test_features_of_another_shape_are_refused():
    store = Store()
    read = store.read_part

    def other(ref, start, stop):
        part = read(ref, start, stop)
        return part if ref is REFS[0] else {**part, "motion": part["motion"][:, :3]}

    store.read_part = other
    with pytest.raises(tf.errors.OpError, match=r"v/\d: motion is \(5, 3\); wanted \(5, 4\)"):
        _arrays(_source(store), 0)


def test_segments_of_a_test_video_are_read_in_one_piece():
    store = Store()
    found = read_snippets(store.read_part, REFS[3], 9, [1, 3, 3, 6], 4)
    assert found["pool5"].shape == (4, 4, 2, 2, 3)
    assert (found["pool5"][..., 0, 0, 0] - 300).tolist() == [
        [1, 2, 3, 4],
        [3, 4, 5, 6],
        [3, 4, 5, 6],
        [6, 7, 8, 8],
    ]
    assert store.asked == [(3, 1, 9)]
    for starts in ([], [-1], [9]):
        with pytest.raises(ValueError, match="wanted starts inside"):
            read_snippets(store.read_part, REFS[3], 9, starts, 4)


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"batch": 0}, {"seed": -1}, {"refs": []}])
def test_senseless_sizes_are_refused(wrong):
    with pytest.raises(ValueError, match="wanted at least one video"):
        _source(**wrong)


def test_a_store_of_both_streams(tmp_path):
    """As the pipeline joins them: pool5 of two stores under the names of the model's inputs."""
    refs = []
    stores = {
        "pool5": FeatureStore(tmp_path, {"of": "rgb"}),
        "motion": FeatureStore(tmp_path, {"of": "flow"}),
    }
    rng = np.random.default_rng(0)
    whole = {}
    for n, frames in enumerate((4, 12)):
        path = tmp_path / f"{n}.avi"
        path.write_bytes(b"film")
        refs.append(VideoRef(str(n), path, n, "g"))
        for name, store in stores.items():
            whole[name, n] = rng.random((frames, 2, 2, 3)).astype(np.float32)
            store.write(refs[n], {"pool5": whole[name, n], "fc7": np.zeros((frames, 4), np.float32)})

    def read_part(ref, start, stop):
        return {
            name: store.read_part(ref, start, stop, ("pool5",))["pool5"] for name, store in stores.items()
        }

    source = SnippetBatches(refs, read_part, stores["pool5"].length, steps=6, batch=2, seed=0, shuffle=False)
    ((inputs, targets),) = _arrays(source, 0)
    assert targets["frame"].tolist() == [0, 1]
    for name in stores:
        np.testing.assert_array_equal(inputs[name][0], whole[name, 0][[0, 1, 2, 3, 3, 3]])
        np.testing.assert_array_equal(inputs[name][1], whole[name, 1][3:9])
