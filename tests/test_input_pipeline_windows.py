"""Windows of stored features: the rows that belong together, both inputs mirrored alike, exact resume."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from repro.features.chunks import rows_of
from repro.features.store import FeatureStore
from repro.input_pipeline import WindowBatches
from repro.input_pipeline.window_batches import Stored, read_windows
from repro.sampling.windows import Windows
from repro.types import InputError, VideoRef

WINDOWS = Windows(frames=24, steps=6, attended=12, grid=2)
LENGTHS = (24, 40, 9, 31, 90, 26, 25)  # one shorter than F, one equal
REFS = [VideoRef(f"v/{n}", Path("x"), n % 3, "g", others=(3,) if n == 4 else ()) for n in range(len(LENGTHS))]
SIZES = {ref.video_id: frames for ref, frames in zip(REFS, LENGTHS, strict=True)}


class Rows:
    """A store whose row r of video n is 100 n + r, plus 0.25 where it is of mirrored frames."""

    def __init__(self, length, width):
        self.length, self.width, self.asked = length, width, []

    def read_part(self, ref, start, stop, names):
        n = int(ref.video_id[2:])
        assert 0 <= start < stop <= rows_of(LENGTHS[n], length=self.length, grid=2, at_least=24)
        self.asked.append((n, start, stop, tuple(names)))
        values = (100 * n + np.arange(start, stop)).astype(np.float32)[:, None].repeat(self.width, 1)
        return {name: values + 0.25 * name.endswith("_flipped") for name in names}


def _sources():
    return {"input": Stored(Rows(4, 5).read_part, "fc6"), "attended": Stored(Rows(1, 3).read_part, "fc8")}


def _source(sources=None, refs=REFS, **options):
    given = {"batch": 3, "seed": 0, "shuffle": True, "flip_probability": 0.5, "workers": 2}
    return WindowBatches(refs, sources or _sources(), SIZES, WINDOWS, **{**given, **options})


def _arrays(source, epoch, start=0):
    return [tf.nest.map_structure(lambda t: t.numpy(), batch) for batch in source.dataset(epoch, start)]


def _windows(source, epoch):
    """video -> (row of its window's start, mirrored), after checking that the window is one."""
    found = {}
    for inputs, _ in _arrays(source, epoch):
        for chunks, attended in zip(inputs["input"], inputs["attended"], strict=True):
            video, row = divmod(int(chunks[0, 0]), 100)
            mirrored = float(chunks[0, 0]) % 1
            np.testing.assert_array_equal(chunks[:, 4], 100 * video + row + mirrored + 2 * np.arange(6))
            np.testing.assert_array_equal(attended[:, 2], 100 * video + row + mirrored + np.arange(12))
            found[video] = row, bool(mirrored)
    return found


def test_the_middle_window_as_filmed_without_shuffling():
    """40 frames leave the starts 0, 2, ..., 16, the middle is 8, row 4. 31: of 0, 2, 4, 6 the 2, row 1."""
    found = _windows(_source(shuffle=False, flip_probability=1.0), 3)
    assert found == {n: (row, False) for n, row in enumerate([0, 4, 0, 1, 16, 0, 0])}
    inputs, targets = _arrays(_source(shuffle=False), 0)[1]
    assert inputs["input"].shape == (3, 6, 5)
    assert inputs["attended"].shape == (3, 12, 3)
    assert inputs["input"].dtype == inputs["attended"].dtype == np.float32
    assert targets["frame"].tolist() == [0, 1, 2]
    assert targets["frame"].dtype == np.int32


def test_every_video_once_labels_follow():
    source = _source()
    batches = _arrays(source, 4)
    assert [len(inputs["input"]) for inputs, _ in batches] == [3, 3, 1]
    assert source.steps_per_epoch == 3
    videos = np.concatenate([inputs["input"][:, 0, 0] // 100 for inputs, _ in batches]).astype(int)
    assert sorted(videos) == list(range(7))
    np.testing.assert_array_equal(np.concatenate([t["frame"] for _, t in batches]), videos % 3)


def test_every_admissible_start_is_drawn_alike_and_half_are_mirrored():
    """31 frames leave 0, 2, 4, 6: 1000 epochs, five standard deviations (14 and 16)."""
    source = _source()
    drawn = [source.drawn(epoch, 3) for epoch in range(1000)]
    starts, counts = np.unique([start for start, _ in drawn], return_counts=True)
    assert starts.tolist() == [0, 2, 4, 6]
    assert (np.abs(counts - 250) < 69).all()
    assert abs(sum(flipped for _, flipped in drawn) - 500) < 80
    both = sum(flipped for start, flipped in drawn if start == 2)
    assert abs(both - counts[1] / 2) < 40  # the coin knows nothing of the start
    assert {source.drawn(epoch, 2)[0] for epoch in range(20)} == {0}
    assert not any(_source(flip_probability=0.0).drawn(epoch, 3)[1] for epoch in range(50))


def test_batches_hold_what_was_drawn_mirrored_for_both_inputs():
    source = _source()
    seen = set()
    for epoch in range(4):
        for video, (row, mirrored) in _windows(source, epoch).items():
            assert (2 * row, mirrored) == source.drawn(epoch, video)
            seen.add(mirrored)
    assert seen == {True, False}


@pytest.mark.slow
def test_order_and_starts_are_functions_of_seed_and_epoch():
    source = _source()
    assert len({tuple(_windows(source, epoch)) for epoch in range(5)}) == 5
    assert _windows(source, 2) == _windows(_source(batch=2, workers=1), 2)
    assert _windows(source, 2) != _windows(_source(seed=1), 2)


@pytest.mark.parametrize("shuffle", [True, False])
def test_any_start_gives_the_rest_of_the_epoch(shuffle):
    whole = _arrays(_source(shuffle=shuffle), 2)
    for start in range(4):
        rest = _arrays(_source(shuffle=shuffle, workers=4), 2, start)
        tf.nest.map_structure(np.testing.assert_array_equal, rest, whole[start:])


def test_a_model_without_attention_gets_no_attended():
    sources = _sources()
    source = _source({"input": sources["input"]}, shuffle=False)
    assert list(_arrays(source, 0)[0][0]) == ["input"]


def test_several_classes_a_video():
    ((_, targets),) = _arrays(_source(refs=REFS[3:6], multi_label=4, shuffle=False), 0)
    assert targets["frame"].tolist() == [[1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 1, 0]]
    assert targets["frame"].dtype == np.float32


def test_the_windows_of_a_test_video_are_read_in_one_piece():
    """Starts 4, 10, 10: rows 2 and 5; chunks to row 5 + 10, frames to row 5 + 11."""
    chunks, frames = Rows(4, 5), Rows(1, 3)
    sources = {"input": Stored(chunks.read_part, "fc6"), "attended": Stored(frames.read_part, "fc8")}
    found = read_windows(sources, REFS[1], [4, 10, 10], WINDOWS, flipped=True)
    assert chunks.asked == [(1, 2, 16, ("fc6_flipped",))]
    assert frames.asked == [(1, 2, 17, ("fc8_flipped",))]
    assert found["input"].shape == (3, 6, 5)
    assert found["attended"].shape == (3, 12, 3)
    rows = [[2, 4, 6, 8, 10, 12], [5, 7, 9, 11, 13, 15], [5, 7, 9, 11, 13, 15]]
    np.testing.assert_array_equal(found["input"][..., 0], 100.25 + np.array(rows))
    np.testing.assert_array_equal(found["attended"][1, :, 1], 105.25 + np.arange(12))


@pytest.mark.parametrize(
    ("sources", "starts", "message"),
    [
        ({}, [0], "1 windows of ; wanted"),
        ({"attended": _sources()["attended"]}, [0], "1 windows of attended; wanted"),
        ({**_sources(), "more": _sources()["input"]}, [0], "of input, attended, more; wanted"),
        (_sources(), [], "0 windows"),
        (_sources(), [3], "wanted multiples of 2"),
    ],
)
def test_windows_that_make_no_sense_are_refused(sources, starts, message):
    with pytest.raises(ValueError, match=message):
        read_windows(sources, REFS[1], starts, WINDOWS)


def test_what_cannot_be_read_is_kept_for_the_user():
    sources = _sources()

    def broken(ref, start, stop, names):
        if ref is REFS[4]:
            raise InputError("features of v/4 are not stored")
        return sources["attended"].read_part(ref, start, stop, names)

    source = _source({**sources, "attended": Stored(broken, "fc8")})
    with pytest.raises(tf.errors.OpError):
        _arrays(source, 0)
    assert str(source.failure) == "features of v/4 are not stored"


def test_features_of_another_width_are_refused():
    sources = _sources()

    def other(ref, start, stop, names):
        rows = Rows(1, 3 if ref is REFS[0] else 4)
        return rows.read_part(ref, start, stop, names)

    with pytest.raises(tf.errors.OpError, match=r"v/\d: attended is \(12, 4\); wanted \(12, 3\)"):
        _arrays(_source({**sources, "attended": Stored(other, "fc8")}), 0)


@pytest.mark.parametrize("wrong", [{"batch": 0}, {"seed": -1}, {"refs": []}, {"flip_probability": 1.5}])
def test_senseless_sizes_are_refused(wrong):
    with pytest.raises(ValueError, match="wanted"):
        _source(**wrong)


def test_stores_feed_it_as_they_are(tmp_path):
    """One video in two stores; the rows are those that were written."""
    path = tmp_path / "a.avi"
    path.write_bytes(b"film")
    ref = VideoRef("a", path, 1, "g")
    rng = np.random.default_rng(0)
    chunk = {name: rng.random((13, 5)).astype(np.float32) for name in ("fc6", "fc6_flipped")}
    frame = {name: rng.random((15, 3)).astype(np.float32) for name in ("fc8", "fc8_flipped")}
    chunks, frames = FeatureStore(tmp_path, {"of": "c3d"}), FeatureStore(tmp_path, {"of": "vgg"})
    chunks.write(ref, chunk)
    frames.write(ref, frame)
    sources = {"input": Stored(chunks.read_part, "fc6"), "attended": Stored(frames.read_part, "fc8")}
    source = WindowBatches(
        [ref], sources, {"a": 29}, WINDOWS, batch=1, seed=0, shuffle=True, flip_probability=1.0
    )
    ((inputs, targets),) = _arrays(source, 0)
    row = source.drawn(0, 0)[0] // 2
    np.testing.assert_array_equal(inputs["input"][0], chunk["fc6_flipped"][row : row + 12 : 2])
    np.testing.assert_array_equal(inputs["attended"][0], frame["fc8_flipped"][row : row + 12])
    assert targets["frame"].tolist() == [1]
