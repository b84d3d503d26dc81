"""All clips of stored features: each once an epoch, in an order that is a pure function of seed and epoch."""

import numpy as np
import pytest
import tensorflow as tf

from repro.features.store import FeatureStore
from repro.input_pipeline import StoredClips
from repro.types import InputError, VideoRef

LENGTHS = (3, 6, 9, 5)  # clips of 4 frames, 2 apart: from 0; 0, 2; 0, 2, 4; 0
REFS = [VideoRef(f"v/{n}", "x", 10 + n, "g") for n in range(len(LENGTHS))]
IN_ORDER = [(0, [0, 1, 2, 2])] + [
    (video, list(range(start, start + 4)))
    for video, start in ((1, 0), (1, 2), (2, 0), (2, 2), (2, 4), (3, 0))
]


class Store:
    """Video n at frame t: 100 n + t in `pool4` [T, 3, 3, 2], its negative in `conv5_3` [T, 4]."""

    def __init__(self):
        self.asked = []

    def read_part(self, ref, start, stop):
        n = int(ref.video_id[2:])
        assert 0 <= start < stop <= LENGTHS[n]
        self.asked.append((n, start, stop))
        values = (100 * n + np.arange(start, stop)).astype(np.float32)
        return {
            "pool4": np.broadcast_to(values[:, None, None, None], (stop - start, 3, 3, 2)),
            "conv5_3": -values[:, None].repeat(4, 1),
        }

    def length(self, ref):
        return LENGTHS[int(ref.video_id[2:])]


def _source(store=None, refs=REFS, **options):
    store = store or Store()
    given = {"clip_len": 4, "stride": 2, "batch": 3, "seed": 0, "shuffle": True, "workers": 2}
    return StoredClips(
        refs, store.read_part, store.length, **{**given, "outputs": ("frame", "pool4_gap"), **options}
    )


def _arrays(source, epoch, start=0):
    return [tf.nest.map_structure(lambda t: t.numpy(), batch) for batch in source.dataset(epoch, start)]


def _clips(source, epoch):
    """(video, its frames), clip by clip."""
    rows = [row for inputs, _ in _arrays(source, epoch) for row in inputs["pool4"][..., 0, 0, 0]]
    return [(int(row[0]) // 100, (row % 100).astype(int).tolist()) for row in rows]


def test_hand_values_without_shuffling():
    source = _source(shuffle=False)
    assert (source.clips, source.steps_per_epoch) == (7, 3)
    assert _clips(source, 0) == _clips(source, 3) == IN_ORDER
    inputs, targets = _arrays(source, 0)[0]
    assert inputs["pool4"].shape == (3, 4, 3, 3, 2)
    assert inputs["conv5_3"].shape == (3, 4, 4)
    np.testing.assert_array_equal(inputs["conv5_3"][..., 3], -inputs["pool4"][..., 2, 1, 1])
    assert {array.dtype for array in inputs.values()} == {np.dtype(np.float32)}
    assert {name: labels.tolist() for name, labels in targets.items()} == {
        "frame": [10, 11, 11],
        "pool4_gap": [10, 11, 11],
    }
    assert {labels.dtype for labels in targets.values()} == {np.dtype(np.int32)}


def test_every_clip_once_the_last_batch_smaller_labels_follow():
    batches = _arrays(_source(), 4)
    assert [len(inputs["pool4"]) for inputs, _ in batches] == [3, 3, 1]
    assert sorted(_clips(_source(), 4)) == IN_ORDER
    for inputs, targets in batches:
        videos = inputs["pool4"][:, 0, 0, 0, 0] // 100
        np.testing.assert_array_equal(targets["frame"], 10 + videos)
        np.testing.assert_array_equal(targets["pool4_gap"], 10 + videos)


@pytest.mark.slow
def test_clips_of_one_video_do_not_stay_together():
    """In eight orders of seven clips, the three of video 2 are neighbours about once (1 in 7)."""
    source = _source(batch=7)
    positions = [
        [at for at, (video, _) in enumerate(_clips(source, epoch)) if video == 2] for epoch in range(8)
    ]
    assert sum(last - first > 2 for first, _, last in positions) > 4


@pytest.mark.slow
def test_the_order_is_a_function_of_seed_and_epoch():
    orders = [_clips(_source(), epoch) for epoch in range(4)]
    assert all(a != b for i, a in enumerate(orders) for b in orders[:i])
    assert _clips(_source(batch=2, workers=1), 2) == orders[2]
    assert _clips(_source(seed=1), 2) != orders[2]


@pytest.mark.parametrize("workers", [1, 4])
def test_any_start_gives_the_rest_of_the_epoch(workers):
    whole = _arrays(_source(), 2)
    source = _source(workers=workers)
    for start in range(4):
        tf.nest.map_structure(np.testing.assert_array_equal, _arrays(source, 2, start), whole[start:])


def test_a_clip_is_read_in_one_piece():
    store = Store()
    source = _source(store, shuffle=False)
    store.asked.clear()
    _arrays(source, 0, 1)
    assert sorted(store.asked) == [(2, 0, 4), (2, 2, 6), (2, 4, 8), (3, 0, 4)]


def test_what_cannot_be_read_is_kept_for_the_user():
    store = Store()
    read = store.read_part

    def broken(ref, start, stop):
        if (ref.video_id, start) == ("v/2", 2):
            raise InputError("features of v/2 are not stored")
        return read(ref, start, stop)

    store.read_part = broken
    source = _source(store)
    with pytest.raises(tf.errors.OpError):
        _arrays(source, 0)
    assert str(source.failure) == "features of v/2 are not stored"


@pytest.mark.parametrize(
    "wrong", [{"batch": 0}, {"seed": -1}, {"refs": []}, {"outputs": ()}, {"stride": 0}, {"clip_len": 0}]
)
def test_senseless_sizes_are_refused(wrong):
    with pytest.raises(ValueError, match="wanted"):
        _source(**wrong)


def test_clips_from_a_store(tmp_path):
    """Half-precision maps on disk come back as float32, rows of the video they were made from."""
    store = FeatureStore(tmp_path, {"of": "rgb"}, "float16")
    rng = np.random.default_rng(0)
    refs, maps = [], []
    for n, frames in enumerate((5, 2)):
        path = tmp_path / f"{n}.avi"
        path.write_bytes(b"film")
        refs.append(VideoRef(str(n), path, n, "g"))
        maps.append(rng.random((frames, 2, 2, 3)).astype(np.float16).astype(np.float32))
        store.write(refs[n], {"pool4": maps[n], "unread": np.zeros((frames, 1), np.float32)})
    source = StoredClips(
        refs,
        lambda ref, start, stop: store.read_part(ref, start, stop, ("pool4",)),
        store.length,
        clip_len=3,
        stride=2,
        batch=3,
        seed=0,
        shuffle=False,
        outputs=("frame",),
    )
    ((inputs, targets),) = _arrays(source, 0)
    assert targets["frame"].tolist() == [0, 0, 1]
    np.testing.assert_array_equal(inputs["pool4"], np.stack([maps[0][0:3], maps[0][2:5], maps[1][[0, 1, 1]]]))
