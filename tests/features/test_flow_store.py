"""Flow of whole videos on disk: served whole or not at all, right in its values, continued after any end."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from helpers.footage import FOOTAGE, needs_footage
from repro.features import flow_store as flow_store_module
from repro.features.flow_store import FlowStore, extract_flow
from repro.features.source import source_of
from repro.flow import coding, tvl1
from repro.types import InputError, Segment, VideoRef
from repro.video import decode, encode, geometry

LENGTHS = (3, 1, 5, 2)
SIZE = (24, 32)
FAST = tvl1.METHODS["fast"]


@pytest.fixture(scope="module")
def refs(tmp_path_factory: pytest.TempPathFactory) -> list[VideoRef]:
    """Four lossless clips of 32 x 48 with smooth pictures that move right by 1 to 4 pixels a frame."""
    folder = tmp_path_factory.mktemp("clips")
    x, y = np.meshgrid(np.arange(48), np.arange(32))
    made = []
    for number, length in enumerate(LENGTHS):
        grey = [
            128 + 60 * np.sin((x - (number + 1) * t) / 3) + 50 * np.sin(y / 4 + number) for t in range(length)
        ]
        path = folder / f"clip{number}.avi"
        frames = np.repeat(np.stack(grey)[..., None], 3, axis=3).astype(np.uint8)
        encode.write_video(path, frames, 25, "ffv1")
        made.append(VideoRef(f"Class/clip{number}", path, 0, f"g{number:02}"))
    return made


@pytest.fixture(scope="module")
def lengths(refs: list[VideoRef]) -> dict[str, int]:
    return {ref.video_id: length for ref, length in zip(refs, LENGTHS, strict=True)}


def run(refs: list[VideoRef], store: FlowStore, **options: object) -> None:
    height, width = SIZE
    extract_flow(refs, store, **{"height": height, "width": width, "settings": FAST, "workers": 2, **options})


def by_hand(ref: VideoRef, quality: int = 90, bound: float = 20.0, limit: int | None = None) -> np.ndarray:
    frames = decode.read_clip(ref.path, segment=ref.segment, limit=limit)
    flow = tvl1.flow_between(np.stack([geometry.resize(frame, *SIZE) for frame in frames]), FAST)
    fields = [
        coding.from_jpeg(*coding.to_jpeg(field, quality)) for field in np.array(coding.quantise(flow, bound))
    ]
    return np.array(fields, np.uint8).reshape(-1, *SIZE, 2)


def coded(fields: int = 3, seed: int = 0) -> np.ndarray:
    """Smooth fields, so that JPEG keeps them nearly."""
    rng = np.random.default_rng(seed)
    return np.broadcast_to(rng.integers(60, 200, (fields, 1, 1, 2), np.uint8), (fields, *SIZE, 2))


def video(folder: Path, content: bytes = b"film") -> VideoRef:
    path = folder / "clip.avi"
    path.write_bytes(content)
    return VideoRef("Run/v_Run_g01_c01", path, 0, "g01")


@pytest.mark.parametrize("fields", [0, 1, 4])
def test_what_was_written_is_read(tmp_path: Path, fields: int) -> None:
    ref, store = video(tmp_path), FlowStore(tmp_path / "cache", {"flow": "tvl1"})
    assert not store.has(ref)
    with pytest.raises(InputError, match=r"^flow fields of Run/.* are not stored: .*; run the flow stage"):
        store.read(ref)
    store.write(ref, coded(fields), size=SIZE, quality=95)
    assert store.has(ref)
    found = FlowStore(tmp_path / "cache", {"flow": "tvl1"}).read(ref)[:]
    assert found.shape == (fields, *SIZE, 2)
    assert found.dtype == np.uint8
    np.testing.assert_allclose(found.astype(int), coded(fields), atol=1)  # constant fields: only their mean
    assert not FlowStore(tmp_path / "cache", {"flow": "other"}).has(ref)


def test_a_better_quality_is_larger_and_nearer(tmp_path: Path) -> None:
    ref = video(tmp_path)
    noise = np.random.default_rng(0).integers(0, 256, (2, *SIZE, 2), np.uint8)
    sizes, errors = [], []
    for quality in (30, 95):
        store = FlowStore(tmp_path / "cache", {"quality": quality})
        store.write(ref, noise, size=SIZE, quality=quality)
        sizes.append(store.path(ref).stat().st_size)
        errors.append(np.abs(store.read(ref)[:].astype(int) - noise).mean())
    assert sizes[0] < sizes[1]
    assert errors[0] > errors[1]


def test_fields_of_another_size_are_refused(tmp_path: Path) -> None:
    store = FlowStore(tmp_path / "cache", {})
    with pytest.raises(ValueError, match=r"field of Run/.* is \(24, 32, 2\); wanted \(24, 30, 2\)"):
        store.write(video(tmp_path), coded(), size=(24, 30))
    assert not store.has(video(tmp_path))


@pytest.mark.parametrize("position", np.linspace(0.02, 0.98, 13))
def test_a_damaged_file_is_refused_and_made_again(tmp_path: Path, position: float) -> None:
    """A flipped byte of a JPEG would else be a slightly wrong field."""
    ref, store = video(tmp_path), FlowStore(tmp_path / "cache", {})
    store.write(ref, coded(), size=SIZE)
    assert store.has(ref)
    whole = store.path(ref).read_bytes()
    damaged = bytearray(whole)
    damaged[int(position * len(whole))] ^= 0xFF
    store.path(ref).write_bytes(damaged)
    again = FlowStore(tmp_path / "cache", {})
    if again.has(ref):  # a byte without meaning, in the archive's own fields
        served = again.read(ref)
        store.write(ref, coded(), size=SIZE)
        np.testing.assert_array_equal(served, store.read(ref))
    else:
        with pytest.raises(InputError, match="cannot be read"):
            again.read(ref)
    store.path(ref).write_bytes(whole[: int(position * len(whole))])
    assert not store.has(ref)


def test_flow_of_a_changed_video_is_not_served(tmp_path: Path) -> None:
    ref, store = video(tmp_path), FlowStore(tmp_path / "cache", {})
    before = source_of(ref)
    store.write(ref, coded(), size=SIZE)
    part = VideoRef(ref.video_id, ref.path, 0, "g01", Segment(2, 5))
    assert not store.has(part)
    ref.path.write_bytes(b"longer film")
    assert not store.has(ref)
    with pytest.raises(InputError, match=r"flow fields of .* were made from an earlier clip\.avi"):
        store.read(ref)
    store.write(ref, coded(), before, size=SIZE)  # the video changed while its flow was computed
    assert not store.has(ref)


def test_the_flow_of_every_video_is_stored(tmp_path: Path, refs: list[VideoRef], lengths: dict) -> None:
    store = FlowStore(tmp_path, {})
    run(refs, store, lengths=lengths)
    for number, (ref, length) in enumerate(zip(refs, LENGTHS, strict=True)):
        found = store.read(ref)[:]
        assert found.shape == (length - 1, *SIZE, 2)
        np.testing.assert_array_equal(found, by_hand(ref))
        if length > 1 and number < 3:  # at 2/3 of the width a picture moves 2/3 as far
            x, y = ((np.median(found[..., channel]) - 127.5) * 20 / 127.5 for channel in (0, 1))
            assert abs(x - (number + 1) * 2 / 3) < 0.3
            assert abs(y) < 0.3


def test_bound_quality_limit_and_segment_are_as_asked(tmp_path: Path, refs: list[VideoRef]) -> None:
    part = VideoRef("part", refs[2].path, 0, "g", Segment(1, 5))
    store = FlowStore(tmp_path, {})
    run([part], store, bound_px=4.0, quality=60, limit=3, lengths={"part": 4})
    found = store.read(part)
    assert len(found) == 2
    np.testing.assert_array_equal(found, by_hand(part, quality=60, bound=4.0, limit=3))
    assert not np.array_equal(found, by_hand(part, limit=3))


def test_the_first_flow_does_not_depend_on_later_frames(tmp_path: Path, refs: list[VideoRef]) -> None:
    whole, first = FlowStore(tmp_path, {"limit": None}), FlowStore(tmp_path, {"limit": 3})
    run([refs[2]], whole)
    run([refs[2]], first, limit=3)
    np.testing.assert_array_equal(first.read(refs[2]), whole.read(refs[2])[:2])


class Killed(BaseException):
    """Neither caught nor foreseen, like a signal."""


@pytest.mark.parametrize("after", range(4))
def test_an_ended_run_is_continued(
    tmp_path: Path, refs: list[VideoRef], monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    store, whole = FlowStore(tmp_path, {}), flow_store_module._frames
    made: list[str] = []

    def dies(ref: VideoRef, *arguments: object) -> np.ndarray:
        if len(made) == after:
            raise Killed
        made.append(ref.video_id)
        return whole(ref, *arguments)

    monkeypatch.setattr(flow_store_module, "_frames", dies)
    with pytest.raises(Killed) as error:
        run(refs, store, workers=1)
    assert [store.has(ref) for ref in refs] == [number < after for number in range(len(refs))]
    assert error.tb  # even while the traceback lives
    assert not [t for t in threading.enumerate() if t.name.startswith("video")]
    assert not list(store.folder.glob("*.part"))

    again: list[str] = []
    monkeypatch.setattr(
        flow_store_module, "_frames", lambda ref, *rest: again.append(ref.video_id) or whole(ref, *rest)
    )
    run(refs, store)
    assert sorted(again) == [ref.video_id for ref in refs[after:]]
    for ref in refs:
        np.testing.assert_array_equal(store.read(ref), by_hand(ref))
    run(refs, store)
    assert len(again) == len(refs) - after


def test_an_ended_run_waits_for_a_field_not_for_a_video(
    tmp_path: Path, refs: list[VideoRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second video would take ten seconds; the first one's error ends it."""
    broken = VideoRef("Class/broken", tmp_path / "none.avi", 0, "g")
    begun = threading.Event()

    def long(frames: np.ndarray, settings: object) -> object:
        begun.set()
        for _ in range(1000):
            time.sleep(0.01)
            yield np.zeros((*SIZE, 2), np.float32)

    def waits(ref: VideoRef) -> object:
        if ref is broken:
            assert begun.wait(10)
        return source_of(ref)

    monkeypatch.setattr(tvl1, "fields", long)
    monkeypatch.setattr("repro.features.ahead.source_of", waits)
    store = FlowStore(tmp_path / "cache", {})
    with pytest.raises(InputError, match="Class/broken"):
        run([broken, refs[2]], store)
    assert not store.has(refs[2])


def test_a_video_that_does_not_decode_is_named(tmp_path: Path, refs: list[VideoRef]) -> None:
    broken = VideoRef("Class/broken", tmp_path / "broken.avi", 0, "g")
    broken.path.write_bytes(refs[0].path.read_bytes()[:-200])
    store = FlowStore(tmp_path / "cache", {})
    with pytest.raises(InputError, match=r"^flow fields of Class/broken: video .*broken\.avi: truncated"):
        run([*refs, broken], store)
    assert [store.has(ref) for ref in [*refs, broken]] == [True, True, True, True, False]


def test_a_video_of_another_length_than_counted_is_named(
    tmp_path: Path, refs: list[VideoRef], lengths: dict
) -> None:
    with pytest.raises(InputError, match="Class/clip2 was counted with 8 frames but gives 5"):
        run(refs, FlowStore(tmp_path, {}), lengths={**lengths, "Class/clip2": 8})


def test_the_bar_counts_frames_of_what_is_missing(
    tmp_path: Path, refs: list[VideoRef], lengths: dict, capfd: pytest.CaptureFixture[str]
) -> None:
    store = FlowStore(tmp_path, {})
    run(refs[:1], store, lengths=lengths)
    run(refs, store, lengths=lengths)
    last = capfd.readouterr().err.split("\r")[-1]
    assert "computing optical flow: 100%" in last
    assert "8/8" in last
    run(refs, store, lengths=lengths)
    assert capfd.readouterr().err == ""


def test_threads_write_into_a_new_folder_at_once(tmp_path: Path) -> None:
    refs = [VideoRef(str(n), video(tmp_path).path, 0, "g") for n in range(8)]
    for attempt in range(10):
        store = FlowStore(tmp_path / "cache", {"attempt": attempt})
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda ref, to=store: to.write(ref, coded(1), size=SIZE), refs))
        assert all(store.has(ref) for ref in refs)


@needs_footage
@pytest.mark.slow
def test_real_clips(tmp_path: Path) -> None:
    assert FOOTAGE is not None
    paths = sorted((FOOTAGE / "ucf101-3").glob("*/*.avi"))[:3]
    refs = [VideoRef(path.stem, path, 0, "g") for path in paths]
    store = FlowStore(tmp_path, {})
    extract_flow(refs, store, height=96, width=128, settings=FAST, limit=8)
    for ref in refs:
        found = store.read(ref)[:]
        assert found.shape == (7, 96, 128, 2)
        flow = (found - 127.5) * 20 / 127.5
        assert 0.02 < np.abs(flow).mean() < 10
        assert store.path(ref).stat().st_size < found.size / 3


def test_only_the_fields_that_are_asked_for_are_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref, store = video(tmp_path), FlowStore(tmp_path / "cache", {})
    noise = np.random.default_rng(0).integers(0, 256, (6, *SIZE, 2), np.uint8)
    store.write(ref, noise, size=SIZE)
    whole = store.read(ref)[:]
    decoded, from_jpeg = [], coding.from_jpeg
    monkeypatch.setattr(coding, "from_jpeg", lambda *images: decoded.append(1) or from_jpeg(*images))
    found = store.read(ref)
    assert (len(found), found.shape, decoded) == (6, whole.shape, [])
    np.testing.assert_array_equal(found[4], whole[4])
    np.testing.assert_array_equal(found[-1], whole[-1])
    np.testing.assert_array_equal(found[1:3], whole[1:3])
    np.testing.assert_array_equal(found[np.array([0, 0, 5])], whole[[0, 0, 5]])
    assert found[np.empty(0, int)].shape == (0, *SIZE, 2)
    assert len(decoded) == 7
    np.testing.assert_array_equal(np.asarray(found), whole)
    with pytest.raises(TypeError, match="wanted one index"):
        found[..., 0]  # type: ignore[index]
    with pytest.raises(IndexError):
        found[6]


@pytest.mark.parametrize("limit", [None, 4, 99])
def test_fields_resized_one_by_one(tmp_path: Path, limit: int | None) -> None:
    ref, store = video(tmp_path), FlowStore(tmp_path / "cache", {})
    store.write(ref, np.random.default_rng(0).integers(0, 256, (6, *SIZE, 2), np.uint8), size=SIZE)
    wanted = [geometry.resize(field, 5, 5) for field in store.read(ref)[:][:limit]]
    np.testing.assert_array_equal(store.resized(ref, 5, limit), wanted)
