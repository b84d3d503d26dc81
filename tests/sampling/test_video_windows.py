"""Paper 3, 4.1, A8, A16: rows of a window, the 80 windows of a video, its score, and what that costs."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.evaluation.windows import video_score
from repro.sampling.windows import (
    Windows,
    attended_evaluations,
    chunk_evaluations,
    distinct,
    sampled_windows,
    window_starts,
)

PAPER = Windows(frames=192, steps=12, attended=12, grid=8)
TWICE = Windows(frames=192, steps=12, attended=24, grid=8)
DEMO = Windows(frames=24, steps=6, attended=6, grid=2)


def test_the_papers_rows_by_hand() -> None:
    """Chunk i of the window from frame 16 is frames 16 + 16 i..., row 2 + 2 i where every 8th has a row."""
    assert PAPER.chunk_frames == 16
    assert PAPER.chunk_rows([0, 16]).tolist() == [list(range(0, 24, 2)), list(range(2, 26, 2))]
    assert PAPER.attended_rows([8]).tolist() == [[1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23]]
    assert TWICE.chunk_rows([8]).tolist() == PAPER.chunk_rows([8]).tolist()
    assert TWICE.attended_rows([8]).tolist() == [list(range(1, 25))]
    assert DEMO.chunk_rows([6]).tolist() == [[3, 5, 7, 9, 11, 13]]
    assert Windows(24, 6, 12, 2).attended_rows([6]).tolist() == [list(range(3, 15))]


def test_without_a_grid_the_frames_of_figure_3() -> None:
    """Paper 3, Figure 3: the printed frames are attended frames 0, 2, 4, 5, 9, 11 of the window from 1463."""
    rows = Windows(192, 12, 12, 1).attended_rows([1463])
    assert rows[0, [0, 2, 4, 5, 9, 11]].tolist() == [1463, 1495, 1527, 1543, 1607, 1639]


def test_admissible_starts() -> None:
    """n - 191 of them on every frame; a shorter video is repeated and has one."""
    assert len(Windows(192, 12, 12, 1).starts(300)) == 300 - 191
    assert list(PAPER.starts(192)) == list(PAPER.starts(199)) == list(PAPER.starts(50)) == [0]
    assert list(PAPER.starts(217)) == [0, 8, 16, 24]
    with pytest.raises(ValueError, match="0 frames"):
        PAPER.starts(0)


@pytest.mark.parametrize("wrong", [(192, 12, 12, 3), (192, 10, 12, 1), (192, 12, 24, 16), (24, 6, 6, 0)])
def test_sizes_that_do_not_divide_are_refused(wrong: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="wanted a grid that divides"):
        Windows(*wrong)


@pytest.mark.parametrize("start", [-8, 4])
def test_starts_off_the_grid_are_refused(start: int) -> None:
    for rows in (PAPER.chunk_rows, PAPER.attended_rows):
        with pytest.raises(ValueError, match="wanted multiples of 8"):
            rows([start])


@st.composite
def windows_and_frames(draw: st.DrawFn) -> tuple[Windows, int]:
    grid, steps, attended = (draw(st.integers(1, 4)) for _ in range(3))
    frames = grid * steps * attended * draw(st.integers(1, 3))
    return Windows(frames, steps, attended, grid), draw(st.integers(1, 300))


@given(windows_and_frames())
def test_every_window_lies_in_the_stored_rows(drawn: tuple[Windows, int]) -> None:
    windows, frames = drawn
    starts = list(windows.starts(frames))
    total = max(frames, windows.frames)
    chunks, attended = windows.chunk_rows(starts), windows.attended_rows(starts)
    assert chunks.shape == (len(starts), windows.steps)
    assert attended.shape == (len(starts), windows.attended)
    assert total - windows.grid < starts[-1] + windows.frames <= total  # one more would not fit
    assert (chunks[:, -1] * windows.grid + windows.chunk_frames <= total).all()
    assert (attended * windows.grid < total).all()
    np.testing.assert_array_equal(chunks[:, 0] * windows.grid, starts)
    assert (np.diff(chunks, axis=1) * windows.grid == windows.chunk_frames).all()
    assert (np.diff(attended, axis=1) * windows.grid == windows.frames // windows.attended).all()


def test_every_admissible_start_is_drawn_alike() -> None:
    """30 frames leave 0, 2, 4, 6: 4000 draws, five standard deviations of 27."""
    starts = window_starts(30, DEMO, 4000, np.random.default_rng(0))
    values, counts = np.unique(starts, return_counts=True)
    assert values.tolist() == [0, 2, 4, 6]
    assert (np.abs(counts - 1000) < 137).all()
    assert window_starts(10, DEMO, 5, np.random.default_rng(0)).tolist() == [0] * 5


def test_forty_and_forty_windows_that_are_the_videos_own() -> None:
    plain, flipped = sampled_windows("Run/a", 2000, PAPER, seed=3)
    assert plain.shape == flipped.shape == (40,)
    assert not np.array_equal(np.sort(plain), np.sort(flipped))
    assert set(np.concatenate([plain, flipped]).tolist()) <= set(PAPER.starts(2000))
    again = sampled_windows("Run/a", 2000, TWICE, random=40, flipped=7, seed=3)
    np.testing.assert_array_equal(again[0], plain)  # another T, and other company
    assert len(again[1]) == 7
    for other in (
        sampled_windows("Run/b", 2000, PAPER, seed=3),
        sampled_windows("Run/a", 2000, PAPER, seed=4),
    ):
        assert not np.array_equal(other[0], plain)
        assert not np.array_equal(other[1], flipped)


@pytest.mark.slow
def test_another_process_draws_the_same() -> None:
    """Python's hash of a text is salted in every process."""
    code = (
        "from repro.sampling.windows import Windows, sampled_windows\n"
        "print(sampled_windows('Run/a', 2000, Windows(192, 12, 12, 8), seed=3)[1].tolist())"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == str(sampled_windows("Run/a", 2000, PAPER, seed=3)[1].tolist())


def test_a_score_by_hand() -> None:
    """Window means (0.75, 0.25) and (0.15, 0.85); the second was drawn three times."""
    steps = np.array([[[0.9, 0.1], [0.6, 0.4]], [[0.2, 0.8], [0.1, 0.9]]], np.float32)
    score = video_score(steps, np.array([1, 3]))
    assert score.dtype == np.float64
    np.testing.assert_allclose(score, [(0.75 + 3 * 0.15) / 4, (0.25 + 3 * 0.85) / 4], rtol=1e-6)


@given(st.lists(st.integers(0, 12), min_size=1, max_size=80), st.integers(1, 5))
def test_distinct_windows_give_the_naive_mean(drawn: list[int], steps: int) -> None:
    rng = np.random.default_rng(len(drawn))
    said = rng.dirichlet(np.ones(4), (13, steps)).astype(np.float32)  # of every admissible window
    starts, times = distinct(2 * np.array(drawn))
    assert times.sum() == len(drawn)
    score = video_score(said[starts // 2], times)
    np.testing.assert_allclose(score, said[drawn].astype(np.float64).mean(axis=(0, 1)), rtol=1e-12)
    assert score.sum() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("shape", "times"), [((2, 3), [1, 1]), ((2, 3, 4), [1]), ((0, 3, 4), []), ((2, 3, 4), [1, 0])]
)
def test_scores_that_do_not_fit_are_refused(shape: tuple[int, ...], times: list[int]) -> None:
    with pytest.raises(ValueError, match="wanted"):
        video_score(np.zeros(shape), np.array(times, np.int64))


def test_what_a_video_costs_by_hand() -> None:
    """32 frames, grid 2: chunks of 4 start at 0, 2, ..., 28. The windows 0 and 4 share 5 of 6 chunks."""
    plain, flipped = np.array([0, 4, 4]), np.array([2])
    assert DEMO.chunk_rows([0, 4]).tolist() == [[0, 2, 4, 6, 8, 10], [2, 4, 6, 8, 10, 12]]
    assert chunk_evaluations(32, DEMO, plain, flipped) == (24, 2 * 15, 7 + 6)
    assert attended_evaluations(32, Windows(24, 6, 12, 2), plain, flipped) == (48, 2 * 16, 14 + 12)


def test_the_papers_cost() -> None:
    """80 * 12 = 960 for the mean sample of 1382 frames; (1382 - 16) // 8 + 1 = 171 rows."""
    cost = chunk_evaluations(1382, PAPER, *sampled_windows("a", 1382, PAPER, seed=0))
    assert cost[:2] == (960, 342)
    assert cost.least < cost.computed
    assert chunk_evaluations(50, PAPER, np.zeros(40, int), np.zeros(40, int)) == (960, 2 * 23, 24)
