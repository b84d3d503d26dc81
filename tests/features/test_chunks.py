"""Rows on the grid: the frames of a chunk, the frame of a row, short videos repeated, one decode."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.clips import numbered_frames, write_numbered
from repro.features.chunks import chunks_of, grid_frames, row_counts, rows_of
from repro.features.extract import extract
from repro.features.store import FeatureStore
from repro.sampling.windows import Windows
from repro.types import InputError, Segment, VideoRef
from repro.video import decode, geometry

LENGTHS = {"long": 21, "short": 5, "just": 12}
F, L, G = 12, 4, 2
ROWS = {"long": (21 - 4) // 2 + 1, "short": (12 - 4) // 2 + 1, "just": 5}
CHUNKS = chunks_of(length=L, grid=G, height=12, width=16, at_least=F)
FRAMES = grid_frames(grid=G, resized=None, at_least=F)


@pytest.fixture(scope="module")
def refs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, VideoRef]:
    folder = tmp_path_factory.mktemp("clips")
    for name, length in LENGTHS.items():
        write_numbered(folder / f"{name}.avi", length)
    return {name: VideoRef(name, folder / f"{name}.avi", 0, "g") for name in LENGTHS}


def _numbers(images: np.ndarray) -> list:
    """The frames' own numbers, from one of their pixels."""
    return images[..., 3, 3, 0].tolist()


def test_rows_by_hand() -> None:
    """192 frames: chunks from 0, 8, ..., 176; single frames 0, 8, ..., 184. 1000: (1000 - 16) // 8 + 1."""
    assert rows_of(192, length=16, grid=8, at_least=192) == 23
    assert rows_of(192, length=1, grid=8, at_least=192) == 24
    assert rows_of(50, length=16, grid=8, at_least=192) == 23
    assert rows_of(1000, length=16, grid=8, at_least=192) == 124
    assert rows_of(1000, length=1, grid=8, at_least=192) == 125
    assert row_counts(LENGTHS, length=L, grid=G, at_least=F) == ROWS
    for wrong in ({"grid": 0}, {"length": 0}, {"at_least": 15}):
        with pytest.raises(ValueError, match="wanted sizes of 1 or more and chunks that fit"):
            rows_of(192, **{"length": 16, "grid": 8, "at_least": 192, **wrong})


@given(st.integers(1, 60), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_all_rows_of_all_windows_exist_and_no_more(frames: int, grid: int, steps: int, times: int) -> None:
    windows = Windows(grid * steps * times, steps, steps, grid)
    starts = windows.starts(frames)
    rows = rows_of(frames, length=windows.chunk_frames, grid=grid, at_least=windows.frames)
    assert windows.chunk_rows(list(starts)).max() == rows - 1


def test_chunks_of_a_long_video(refs: dict[str, VideoRef]) -> None:
    chunks = CHUNKS(refs["long"], 99, None)
    assert len(chunks) == 9
    found = chunks[0:9]
    assert found.shape == (9, 4, 12, 16, 3)
    assert found.dtype == np.uint8
    assert _numbers(found) == [[s, s + 1, s + 2, s + 3] for s in range(0, 18, 2)]
    np.testing.assert_array_equal(found[1, 2], geometry.resize(numbered_frames(21)[4], 12, 16))
    assert _numbers(chunks[3:5]) == [[6, 7, 8, 9], [8, 9, 10, 11]]
    assert len(CHUNKS(refs["long"], 99, 3)) == 3


def test_a_short_video_is_repeated_from_its_start(refs: dict[str, VideoRef]) -> None:
    """Five frames become 0 1 2 3 4 0 1 2 3 4 0 1."""
    chunks = CHUNKS(refs["short"], 99, None)
    assert _numbers(chunks[0:5]) == [[0, 1, 2, 3], [2, 3, 4, 0], [4, 0, 1, 2], [1, 2, 3, 4], [3, 4, 0, 1]]
    assert _numbers(FRAMES(refs["short"], 16, None)[:]) == [0, 2, 4, 1, 3, 0]


def test_frames_on_the_grid(refs: dict[str, VideoRef]) -> None:
    frames = FRAMES(refs["long"], 16, None)[:]
    assert frames.shape == (11, 16, 16, 3)
    assert _numbers(frames) == list(range(0, 21, 2))
    np.testing.assert_array_equal(frames[2], geometry.resize(numbered_frames(21)[4], 16, 16))
    assert _numbers(FRAMES(refs["long"], 16, 4)[:]) == [0, 2, 4, 6]
    assert _numbers(FRAMES(refs["just"], 16, None)[:]) == [0, 2, 4, 6, 8, 10]


def test_row_r_of_both_belongs_to_frame_r_times_g(refs: dict[str, VideoRef]) -> None:
    for ref in refs.values():
        chunks, frames = CHUNKS(ref, 16, None), FRAMES(ref, 16, None)
        first = [chunk[0] for chunk in _numbers(chunks[0 : len(chunks)])]
        assert first == _numbers(frames[0 : len(chunks)])


@pytest.mark.parametrize(("height", "width"), [(24, 32), (32, 24)])
def test_the_central_cut_keeps_the_aspect(tmp_path: Path, height: int, width: int) -> None:
    """24 x 32 to 12 x 16, then 8 x 8 from row 2 and column 4; upright from row 4 and column 2."""
    frames = write_numbered(tmp_path / "a.avi", 3, height=height, width=width)
    read = grid_frames(grid=1, resized=12, at_least=1)
    found = read(VideoRef("a", tmp_path / "a.avi", 0, "g"), 8, None)[:]
    small = geometry.resize(frames[1], height // 2, width // 2)
    top, left = (2, 4) if height < width else (4, 2)
    np.testing.assert_array_equal(found[1], small[top : top + 8, left : left + 8])
    assert found.shape == (3, 8, 8, 3)
    with pytest.raises(ValueError, match="a cut of 13 pixels from a shorter side of 12"):
        read(VideoRef("a", tmp_path / "a.avi", 0, "g"), 13, None)


def test_a_segment_is_counted_from_its_own_start(refs: dict[str, VideoRef]) -> None:
    part = VideoRef("part", refs["long"].path, 0, "g", Segment(5, 20))
    assert _numbers(CHUNKS(part, 99, None)[0:2]) == [[5, 6, 7, 8], [7, 8, 9, 10]]
    assert len(CHUNKS(part, 99, None)) == (15 - 4) // 2 + 1
    assert _numbers(FRAMES(part, 16, None)[:]) == [5, 7, 9, 11, 13, 15, 17, 19]
    beyond = VideoRef("part", refs["long"].path, 0, "g", Segment(5, 40))
    for read in (CHUNKS, FRAMES):
        with pytest.raises(InputError, match="ends at frame 21, inside the segment up to 40"):
            read(beyond, 16, None)


def test_chunks_go_through_extract_in_batches_across_videos(
    tmp_path: Path, refs: dict[str, VideoRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes, decoded = [], []
    whole = decode.frames

    def counted(path, segment=None, **turn):  # type: ignore[no-untyped-def]
        decoded.append(path)
        return whole(path, segment, **turn)

    def network(images: np.ndarray) -> dict[str, np.ndarray]:
        shapes.append(images.shape)
        return {"fc6": images[:, :, 3, 3, 0].astype(np.float32)}

    monkeypatch.setattr(decode, "frames", counted)
    store = FeatureStore(tmp_path, {})
    extract(
        list(refs.values()), network, store, size=12, limit=None, read=CHUNKS, batch=4, workers=1,
        lengths=row_counts(LENGTHS, length=L, grid=G, at_least=F),
    )  # fmt: skip
    assert shapes == [(4, 4, 12, 16, 3)] * 5  # 9 + 5 + 5 chunks
    assert sorted(path.stem for path in decoded) == sorted(LENGTHS)
    for name, ref in refs.items():
        assert store.length(ref) == ROWS[name]
        np.testing.assert_array_equal(store.read(ref)["fc6"], _numbers(CHUNKS(ref, 12, None)[0 : ROWS[name]]))
    with pytest.raises(InputError, match="was counted with 8 frames but gives 9"):
        extract(
            [refs["long"]], network, FeatureStore(tmp_path, {"k": 2}), size=12, limit=None, read=CHUNKS,
            lengths={"long": 8},
        )  # fmt: skip


def test_chunks_are_made_where_they_are_asked_for(refs: dict[str, VideoRef]) -> None:
    """Nine chunks would hold 36 frames; the reader holds the 21 of the video."""
    chunks = CHUNKS(refs["long"], 99, None)
    held = [value for value in vars(chunks).values() if isinstance(value, np.ndarray)]
    assert [array.nbytes for array in held] == [21 * 12 * 16 * 3]
