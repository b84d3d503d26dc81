"""Seconds become the frames that are shown then, by one rule for constant and varying rates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.types import TimeSpan
from repro.video.timing import Timing, packed, unpacked, varying

# Four frames a second, then one of a second, then two a second.
SHOWN = np.array([0, 0.25, 0.5, 0.75, 1.0, 2.0, 2.5])


@pytest.mark.parametrize(
    ("start_s", "stop_s", "frames"),
    [
        (0, 1, (0, 4)),
        (0, 0.5, (0, 2)),
        (0.12, 0.38, (0, 2)),  # the middles of frames 0 and 1, 0.125 and 0.375
        (0.13, 0.37, (1, 1)),  # neither
        (1, 2, (4, 5)),
        (1, 1.5, (4, 4)),  # frame 4 has its middle at 1.5
        (1.5, 2, (4, 5)),
        (0, 3, (0, 7)),  # the last frame is shown half a second, as the one before
        (0, 4, (0, 9)),  # two more of them
        (3.2, 4, (7, 9)),
    ],
)
def test_a_frame_belongs_to_the_span_that_holds_the_middle_of_its_time(
    start_s: float, stop_s: float, frames: tuple[int, int]
) -> None:
    assert Timing(7, 2.0, SHOWN).cut(TimeSpan(start_s, stop_s)) == frames


times = st.lists(st.integers(1, 2000), min_size=2, max_size=60).map(lambda ms: np.cumsum([0, *ms]) / 1000)


@given(st.integers(2, 200), st.floats(1, 120), st.floats(0, 10), st.floats(0.01, 10))
def test_at_a_constant_rate_it_is_rounding(frames: int, fps: float, start_s: float, length_s: float) -> None:
    span = TimeSpan(start_s, start_s + length_s)
    by_rate = Timing(frames, fps).cut(span)
    assert by_rate == (round(span.start_s * fps), round(span.stop_s * fps))
    first, stop = Timing(frames, fps, np.arange(frames) / fps).cut(span)
    halves = [abs(second * fps % 1 - 0.5) < 1e-6 for second in (span.start_s, span.stop_s)]
    assert halves[0] or first == min(by_rate[0], frames)
    assert halves[1] or stop == by_rate[1]


@given(times, st.floats(0, 20), st.floats(0.01, 20), st.floats(0.01, 20))
def test_neighbouring_spans_share_no_frame_and_leave_none_out(
    shown: np.ndarray, start_s: float, first_s: float, second_s: float
) -> None:
    timing, middle_s = Timing(len(shown), 25, shown), start_s + first_s
    first = timing.cut(TimeSpan(start_s, middle_s))
    second = timing.cut(TimeSpan(middle_s, middle_s + second_s))
    assert first[1] == second[0] or second[0] == len(shown) < first[1]
    whole = timing.cut(TimeSpan(start_s, middle_s + second_s))
    assert whole == (first[0], second[1])


@pytest.mark.parametrize(
    "shown_ms",
    [
        [0, 40, 80, 120, 160],
        [120, 160, 200, 240, 280],  # it counts from the first frame
        [0, 33, 67, 100, 133],  # 30 a second in whole milliseconds
        [0, 59, 80, 120, 160],  # less than half a frame off
        [0, 0, 0, 0, 0],  # a file without times
        [0, 80, 40, 500, 600],  # what no player could show
        [0, 40, np.nan, 500, 600],
        [0],
    ],
)
def test_times_that_the_rate_tells_or_nobody_are_not_kept(shown_ms: list[float]) -> None:
    fps = 30.0 if 33 in shown_ms else 25.0
    assert varying(np.array(shown_ms, float) / 1000, fps) is None


@pytest.mark.parametrize(
    ("shown_ms", "fps"),
    [
        ([0, 40, 80, 500, 540], 25.0),
        ([0, 61, 80, 120, 160], 25.0),  # more than half a frame off
        ([0, 100, 200, 300, 400], 25.0),  # constant, but not what the header says
        ([0, 40, 80, 120, 160], 0.0),  # the header says nothing
        ([7, 47, 87, 127, 167], float("nan")),
        ([0, 40, 40, 500, 500], 25.0),  # two frames at one time
    ],
)
def test_times_that_the_rate_does_not_tell_are_kept(shown_ms: list[float], fps: float) -> None:
    shown = np.array(shown_ms, float) / 1000
    np.testing.assert_allclose(varying(shown, fps), shown - shown[0])


def test_a_frame_that_is_never_shown_disturbs_nothing() -> None:
    timing = Timing(5, 25, np.array([0, 0.04, 0.04, 0.5, 0.5]))
    assert timing.cut(TimeSpan(0, 0.04)) == (0, 1)
    assert timing.cut(TimeSpan(0.04, 0.3)) == (1, 3)
    assert timing.cut(TimeSpan(0.3, 2)) == (3, 7)  # 1.04 s behind its end, at 0.46 s a frame


@given(times)
def test_times_are_kept_to_the_microsecond(shown: np.ndarray) -> None:
    np.testing.assert_array_equal(unpacked(packed(shown)), np.rint(shown * 1e6) / 1e6)


def test_times_are_kept_in_few_bytes() -> None:
    """A minute of a telephone's video: 1800 frames that jitter by a millisecond, now and then one is lost."""
    rng = np.random.default_rng(0)
    between = rng.choice([0.033, 0.034, 0.066], 1800, p=[0.6, 0.3, 0.1])
    assert len(packed(np.cumsum(between))) < 1200
