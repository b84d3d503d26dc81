"""When the action happens: as drawn, and what a damaged file says."""

from pathlib import Path

import numpy as np
import pytest

from helpers.tiny_demo import tiny_demo
from repro.datasets import boxes_of, intervals_of, load_split
from repro.types import InputError, VideoRef


def test_the_drawn_intervals_lie_in_their_videos() -> None:
    root = tiny_demo()
    refs = load_split("demo", root, "1").test
    intervals = intervals_of("demo", root, refs)
    assert set(intervals) == {ref.video_id for ref in refs}
    idle_first = {video_id for video_id, (first, _) in intervals.items() if first > 0}
    assert {video_id.split("/")[0] for video_id in idle_first} >= {"KickBall", "Wave"}
    for video_id, (first, stop) in intervals.items():
        with np.load(root / "ground_truth" / f"{video_id}.npz", allow_pickle=False) as arrays:
            assert 0 <= first < stop <= len(arrays["boxes"])


def test_other_data_and_damaged_files_are_refused(tmp_path: Path) -> None:
    ref = VideoRef("Run/v_Run_g01_c01", tmp_path / "a.avi", 0, "Run/g01")
    with pytest.raises(InputError, match="hollywood2 does not say when"):
        intervals_of("hollywood2", tmp_path, [ref])
    with pytest.raises(InputError, match="render the demo set again"):
        intervals_of("demo", tmp_path, [ref])
    path = tmp_path / "ground_truth" / "Run" / "v_Run_g01_c01.npz"
    path.parent.mkdir(parents=True)
    for content in (b"", b"PK\3\4", b"\x93NUMPY\1\0\2\0{'"):
        path.write_bytes(content)
        for read in (intervals_of, boxes_of):
            with pytest.raises(
                InputError, match=r"v_Run_g01_c01\.npz cannot be read .*; render the demo set again"
            ):
                read("demo", tmp_path, [ref])
    np.savez(path, interval=np.array([9, 3]))
    with pytest.raises(InputError, match="is 9 to 3"):
        intervals_of("demo", tmp_path, [ref])
