"""A clip that is decoded as it is asked for is the clip, and is never in memory as a whole."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from helpers.clips import write_numbered, write_ramp
from repro.report import plots
from repro.report.tubes import tube_frames, tube_strip
from repro.types import Segment, Tube
from repro.video import decode
from repro.video.clip import HELD, Clip

LENGTH = 12


@pytest.mark.parametrize("segment", [None, Segment(3, 10)])
def test_it_is_what_a_whole_clip_is(tmp_path: Path, segment: Segment | None) -> None:
    write_numbered(tmp_path / "clip.avi", LENGTH)
    whole = decode.read_clip(tmp_path / "clip.avi", segment=segment)
    clip = Clip(tmp_path / "clip.avi", len(whole), segment)
    assert (len(clip), clip.shape, clip.ndim, clip.dtype, clip.size) == (
        len(whole), whole.shape, whole.ndim, whole.dtype, whole.size
    )  # fmt: skip
    np.testing.assert_array_equal([*clip], whole)
    np.testing.assert_array_equal([clip[t] for t in np.arange(len(whole))], whole)


@pytest.mark.slow
def test_pictures_of_it_are_those_of_a_whole_clip(tmp_path: Path) -> None:
    whole = write_numbered(tmp_path / "clip.avi", LENGTH)
    clip = Clip(tmp_path / "clip.avi", LENGTH)
    tube = Tube(np.arange(LENGTH), np.tile([4.0, 4.0, 20.0, 16.0], (LENGTH, 1)))
    row = plots.AttentionRow(["x"] * LENGTH, np.full(LENGTH, 0.5), np.ones((LENGTH, 2, 3)))
    cells = np.random.default_rng(0).normal(size=(LENGTH, 2, 3, 2))
    for name, frames in (("whole", whole), ("clip", clip)):
        (tmp_path / name).mkdir()
        plots.attention_grid(tmp_path / name / "a.png", frames, {"LSTM": row}, title="t", true_label="x")
        plots.cell_states(tmp_path / name / "c.png", frames, cells, title="t")
        tube_strip(tmp_path / name / "s.png", frames, tube, [], title="t")
    for picture in (tmp_path / "whole").iterdir():
        assert (tmp_path / "clip" / picture.name).read_bytes() == picture.read_bytes()
    drawn = [
        list(tube_frames(frames, tube, [], caption="c", fps=25, saliency=np.ones((len(frames), 2, 2))))
        for frames in (whole, clip)
    ]
    np.testing.assert_array_equal(*drawn)


def test_few_frames_are_held(tmp_path: Path) -> None:
    """Of 40 frames, however many were asked for."""
    write_ramp(tmp_path / "clip.avi", 40, 270, 480)
    clip = Clip(tmp_path / "clip.avi", 40)
    tracemalloc.start()
    try:
        for t in range(40):
            assert clip[t].any()
        held_bytes = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held_bytes < (HELD + 2) * clip[39].nbytes
