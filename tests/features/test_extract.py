"""Batches that run across clips give what clip by clip gives; whatever ends a run, the next goes on."""

import threading
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from helpers.footage import FOOTAGE, needs_footage
from oracles import flow as oracle
from repro.features.extract import extract, frames_of, stacks_of
from repro.features.flow_store import FlowStore
from repro.features.network import frame_function
from repro.features.store import FeatureStore
from repro.types import Frames, InputError, Segment, VideoRef
from repro.video import decode, encode, geometry

LENGTHS = (3, 1, 7, 2, 5)
SIZE = 8


@pytest.fixture(scope="module")
def refs(tmp_path_factory: pytest.TempPathFactory) -> list[VideoRef]:
    """Five lossless clips of 16 x 24 whose frames all differ."""
    folder = tmp_path_factory.mktemp("clips")
    rng = np.random.default_rng(0)
    made = []
    for number, length in enumerate(LENGTHS):
        path = folder / f"clip{number}.avi"
        encode.write_video(path, rng.integers(0, 256, (length, 16, 24, 3), np.uint8), 25, "ffv1")
        made.append(VideoRef(f"Class/clip{number}", path, 0, f"g{number:02}"))
    return made


def describe(images: Frames) -> dict[str, np.ndarray]:
    """A frame network whose output for an image depends on that image alone."""
    values = images.astype(np.float32)
    return {"context": values.mean(axis=(1, 2)), "action": values[:, 0, :2, 0]}


def by_hand(ref: VideoRef, limit: int | None = None) -> dict[str, np.ndarray]:
    frames = decode.read_clip(ref.path, segment=ref.segment, limit=limit)
    return describe(np.stack([geometry.resize(frame, SIZE, SIZE) for frame in frames]))


def run(refs: list[VideoRef], store: FeatureStore, network: Callable = describe, **settings: object) -> None:
    extract(refs, network, store, **{"size": SIZE, "limit": None, "batch": 4, "workers": 2, **settings})


@pytest.mark.parametrize("batch", [1, 2, 4, 18, 19, 64])
def test_batches_across_clips_equal_clip_by_clip(tmp_path: Path, refs: list[VideoRef], batch: int) -> None:
    store = FeatureStore(tmp_path, {"batch": batch})
    run(refs, store, batch=batch)
    for ref, length in zip(refs, LENGTHS, strict=True):
        found = store.read(ref)
        assert found["context"].shape == (length, 3)
        assert found.keys() == {"context", "action"}
        for name, array in by_hand(ref).items():
            np.testing.assert_array_equal(found[name], array)


def test_the_network_always_sees_full_batches(tmp_path: Path, refs: list[VideoRef]) -> None:
    shapes: list[tuple[int, ...]] = []

    def network(images: Frames) -> dict[str, np.ndarray]:
        shapes.append(images.shape)
        assert images.dtype == np.uint8
        return describe(images)

    run(refs, FeatureStore(tmp_path, {}), network)
    assert shapes == [(4, SIZE, SIZE, 3)] * 5  # 18 frames


def test_only_the_first_frames_of_a_segment(tmp_path: Path, refs: list[VideoRef]) -> None:
    part = VideoRef("part", refs[2].path, 0, "g", Segment(2, 7))
    store = FeatureStore(tmp_path, {})
    run([part, *refs[:1]], store, limit=4, lengths={"part": 5, refs[0].video_id: 3})
    whole = by_hand(refs[2])["context"]
    np.testing.assert_array_equal(store.read(part)["context"], whole[2:6])
    assert len(store.read(refs[0])["context"]) == 3


class Killed(BaseException):
    """Neither caught nor foreseen, like a signal."""


@pytest.mark.parametrize("after", range(5))
def test_an_ended_run_is_continued(tmp_path: Path, refs: list[VideoRef], after: int) -> None:
    store = FeatureStore(tmp_path, {})
    calls = 0

    def dies(images: Frames) -> dict[str, np.ndarray]:
        nonlocal calls
        calls += 1
        if calls > after:
            raise Killed
        return describe(images)

    with pytest.raises(Killed) as error:
        run(refs, store, dies)
    frames = 4 * after
    finished = [sum(LENGTHS[: i + 1]) <= frames for i in range(len(LENGTHS))]
    assert [store.has(ref) for ref in refs] == finished
    assert error.tb  # even while the traceback lives
    assert not [t for t in threading.enumerate() if t.name.startswith("video")]

    seen = []
    run(refs, store, lambda images: seen.append(len(images)) or describe(images))
    left = sum(n for n, done in zip(LENGTHS, finished, strict=True) if not done)
    assert len(seen) == -(-left // 4)
    for ref in refs:
        np.testing.assert_array_equal(store.read(ref)["context"], by_hand(ref)["context"])


def test_what_is_stored_is_not_made_again(tmp_path: Path, refs: list[VideoRef]) -> None:
    store = FeatureStore(tmp_path, {})
    run(refs, store)

    def never(images: Frames) -> dict[str, np.ndarray]:
        raise AssertionError("ran again")

    run(refs, store, never)
    run([], store, never)
    store.path(refs[1]).write_bytes(store.path(refs[1]).read_bytes()[:-30])
    with pytest.raises(AssertionError, match="ran again"):
        run(refs, store, never)
    run(refs, store)
    np.testing.assert_array_equal(store.read(refs[1])["action"], by_hand(refs[1])["action"])


def test_a_changed_video_is_made_again(tmp_path: Path, refs: list[VideoRef]) -> None:
    ref = VideoRef("a", tmp_path / "a.avi", 0, "g")
    store = FeatureStore(tmp_path / "cache", {})
    for grey in (10, 200):
        encode.write_video(ref.path, np.full((2, 16, 16, 3), grey, np.uint8), 25, "ffv1")
        run([ref], store)
        assert abs(store.read(ref)["context"].mean() - grey) < 2


def test_a_video_replaced_while_the_network_runs_is_stale(tmp_path: Path) -> None:
    ref = VideoRef("a", tmp_path / "a.avi", 0, "g")
    store = FeatureStore(tmp_path / "cache", {})

    def replaced(grey: int) -> None:
        encode.write_video(ref.path, np.full((2, 16, 16, 3), grey, np.uint8), 25, "ffv1")

    replaced(10)
    run([ref], store, lambda images: replaced(200) or describe(images))
    assert not store.has(ref)


def test_a_clip_that_does_not_decode_is_named(tmp_path: Path, refs: list[VideoRef]) -> None:
    broken = VideoRef("Class/broken", tmp_path / "broken.avi", 0, "g")
    broken.path.write_bytes(refs[0].path.read_bytes()[:-200])
    store = FeatureStore(tmp_path / "cache", {})
    with pytest.raises(InputError, match=r"^features of Class/broken: video .*broken\.avi: truncated"):
        run([*refs, broken], store)
    assert [store.has(ref) for ref in refs] == [True, True, True, True, False]  # 16 of 18 frames
    broken.path.unlink()
    with pytest.raises(InputError, match="Class/broken"):
        run([broken], store)


def test_a_clip_of_another_length_than_counted_is_named(tmp_path: Path, refs: list[VideoRef]) -> None:
    lengths = {ref.video_id: length for ref, length in zip(refs, LENGTHS, strict=True)}
    run(refs, FeatureStore(tmp_path / "right", {}), lengths=lengths)
    with pytest.raises(InputError, match="Class/clip2 was counted with 8 frames but gives 7"):
        run(refs, FeatureStore(tmp_path / "wrong", {}), lengths={**lengths, "Class/clip2": 8})


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_features_that_are_no_numbers_are_refused(tmp_path: Path, refs: list[VideoRef], bad: float) -> None:
    def network(images: Frames) -> dict[str, np.ndarray]:
        outputs = describe(images)
        outputs["action"][2, 0] = bad
        return outputs

    store = FeatureStore(tmp_path, {})
    with pytest.raises(InputError, match="NaN or infinite action for Class/clip0"):
        run(refs, store, network)
    assert not store.has(refs[0])


def test_decoding_runs_ahead_but_not_away(tmp_path: Path, refs: list[VideoRef]) -> None:
    """Of many clips only a few are in memory, however slow the network is."""
    many = [VideoRef(f"{i}", refs[1].path, 0, "g") for i in range(40)]  # one frame each
    decoded, ahead, seen = 0, [], 0
    lock = threading.Lock()

    def counted(ref: VideoRef, size: int, limit: int | None) -> Frames:
        nonlocal decoded
        with lock:
            decoded += 1
        return frames_of(ref, size, limit)

    def network(images: Frames) -> dict[str, np.ndarray]:
        nonlocal seen
        seen += 1
        ahead.append(decoded - seen)
        return describe(images)

    run(many, FeatureStore(tmp_path, {}), network, batch=1, workers=2, read=counted)
    assert len(ahead) == 40
    assert max(ahead) <= 4


def test_a_given_integer_comes_with_every_image_of_its_video(tmp_path: Path, refs: list[VideoRef]) -> None:
    given = {ref.video_id: 10 + number for number, ref in enumerate(refs)}
    seen: list[np.ndarray] = []

    def network(images: Frames, numbers: np.ndarray) -> dict[str, np.ndarray]:
        assert numbers.dtype == np.int32
        seen.append(numbers)
        return {**describe(images), "number": numbers[:, None].astype(np.float32)}

    store = FeatureStore(tmp_path, {})
    run(refs, store, network, given=given)
    assert np.concatenate(seen).tolist() == [10] * 3 + [11] + [12] * 7 + [13] * 2 + [14] * 5 + [0, 0]
    for ref, length in zip(refs, LENGTHS, strict=True):
        found = store.read(ref)
        assert found["number"].tolist() == [[given[ref.video_id]]] * length
        np.testing.assert_array_equal(found["context"], by_hand(ref)["context"])


@pytest.fixture
def flow(tmp_path: Path, refs: list[VideoRef]) -> FlowStore:
    """Drawn flow of every clip, 16 x 24."""
    store = FlowStore(tmp_path / "flow", {})
    rng = np.random.default_rng(1)
    for ref, length in zip(refs, LENGTHS, strict=True):
        store.write(ref, rng.integers(0, 256, (length - 1, 16, 24, 2), np.uint8), size=(16, 24))
    return store


@pytest.mark.parametrize("limit", [None, 1, 4])
def test_stacks_of_stored_flow_run_through_the_same_loop(
    tmp_path: Path, refs: list[VideoRef], flow: FlowStore, limit: int | None
) -> None:
    """Every frame has the stack of the flow before it, the first one none; clips of one frame too."""
    lengths = {ref.video_id: length for ref, length in zip(refs, LENGTHS, strict=True)}
    shapes = []

    def network(stacks: np.ndarray) -> dict[str, np.ndarray]:
        assert stacks.dtype == np.uint8
        shapes.append(stacks.shape)
        return {"corner": stacks[:, 1, 2].astype(np.float32)}

    store = FeatureStore(tmp_path / "features", {})
    run(refs, store, network, read=stacks_of(flow, fields=3), lengths=lengths, limit=limit)
    assert set(shapes) == {(4, SIZE, SIZE, 6)}
    for ref, length in zip(refs, LENGTHS, strict=True):
        found = store.read(ref)["corner"]
        small = [geometry.resize(field, SIZE, SIZE) for field in flow.read(ref)]
        wanted = [
            oracle.stack_at(small, frame, 3)[1, 2] if small else [128] * 6
            for frame in range(min(length, limit or length))
        ]
        np.testing.assert_array_equal(found, wanted)


def test_missing_flow_is_named(tmp_path: Path, refs: list[VideoRef]) -> None:
    nothing = FlowStore(tmp_path / "flow", {})
    with pytest.raises(InputError, match=r"features of Class/clip0: flow fields of .* are not stored"):
        run(refs, FeatureStore(tmp_path, {}), read=stacks_of(nothing))


def test_flow_of_another_length_than_counted_is_named(
    tmp_path: Path, refs: list[VideoRef], flow: FlowStore
) -> None:
    with pytest.raises(InputError, match="Class/clip0 was counted with 7 frames but gives 3"):
        run(refs[:1], FeatureStore(tmp_path, {}), read=stacks_of(flow), lengths={"Class/clip0": 7})


def test_a_model_of_two_inputs_is_given_the_class(tmp_path: Path, refs: list[VideoRef]) -> None:
    image, number = keras.Input((SIZE, SIZE, 3), name="image"), keras.Input((), dtype="int32", name="class")
    mean = keras.ops.mean(keras.ops.cast(image, "float32"), axis=(1, 2))
    by_class = mean + keras.ops.expand_dims(keras.ops.cast(number, "float32"), 1) * 1000
    model = keras.Model({"image": image, "class": number}, {"context": by_class, "other": mean})
    given = {ref.video_id: number for number, ref in enumerate(refs)}
    store = FeatureStore(tmp_path, {})
    run(refs, store, frame_function(model, ("context",)), given=given)
    for number, ref in enumerate(refs):
        found = store.read(ref)
        assert found.keys() == {"context"}
        np.testing.assert_allclose(found["context"], by_hand(ref)["context"] + 1000 * number, rtol=1e-5)


@needs_footage
@pytest.mark.slow
def test_real_clips(tmp_path: Path) -> None:
    assert FOOTAGE is not None
    paths = sorted([*(FOOTAGE / "ucf101-3").glob("*/*.avi"), *(FOOTAGE / "jhmdb-original").glob("*.avi")])
    assert len(paths) == 18
    refs = [VideoRef(f"{path.parent.name}/{path.stem}", path, 0, "g") for path in paths]
    lengths = {ref.video_id: decode.probe(ref.path).frames for ref in refs}
    store = FeatureStore(tmp_path, {})
    run(refs, store, lengths=lengths, limit=50, batch=32)
    for ref in refs:
        found = store.read(ref)["context"]
        assert len(found) == min(50, lengths[ref.video_id])
        np.testing.assert_array_equal(found, by_hand(ref, 50)["context"])
        assert len(np.unique(found, axis=0)) > len(found) / 2  # the frames of a clip were told apart
