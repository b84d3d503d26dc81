"""The peer of the speed claim does what two-stream methods do, and gets the flow it would get alone."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import two_stream
from benchmarks.rendered_clip import write_clip
from repro.flow import coding, tvl1
from repro.video import decode


def numbered(count: int, height: int, width: int, channels: int = 3) -> np.ndarray:
    """uint8 [count, height, width, channels]: channel 0 is 10 y + x, channel 1 the number of the frame."""
    frames = np.zeros((count, height, width, channels), np.uint8)
    frames[..., 0] = 10 * np.arange(height)[:, None] + np.arange(width)
    frames[..., 1] = np.arange(count)[:, None, None]
    return frames


@pytest.mark.parametrize("count", [1, 2, 4])
def test_shared_among_cores_the_flow_is_the_same(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    frames = np.random.default_rng(0).integers(0, 256, (count, 16, 20, 3), np.uint8)
    flow = two_stream.flow_on_all_cores(frames, tvl1.METHODS["fast"])
    np.testing.assert_array_equal(flow, tvl1.flow_between(frames, tvl1.METHODS["fast"]))
    assert flow.shape == (count - 1, 16, 20, 2)


def test_corners() -> None:
    assert two_stream.five_corners(8, 10, 4) == [(0, 0), (0, 6), (4, 0), (4, 6), (2, 3)]
    with pytest.raises(ValueError, match="no square of 9 fits into 8 x 10"):
        two_stream.centre(8, 10, 9)


def test_every_frame_once_is_the_middle() -> None:
    frames, flow = numbered(3, 8, 10), np.zeros((2, 8, 10, 2), np.float32)
    flow[1, 2, 3, 0] = 20.0  # the middle's first pixel in the field from frame 1 to 2: level 255
    rgb, stacks = two_stream.once(frames, flow, 4)
    assert rgb.shape == (3, 4, 4, 3)
    assert stacks.shape == (3, 4, 4, 20)
    assert rgb[:, 0, 0, 0].tolist() == [23, 23, 23]  # row 2, column 3
    assert rgb[:, 0, 0, 1].tolist() == [0, 1, 2]
    assert (stacks == 255).sum() == 1
    assert stacks[2, 0, 0, 18] == 255  # x of the newest field before frame 2


def test_ten_crops_of_chosen_frames() -> None:
    frames, flow = numbered(3, 8, 10), np.zeros((2, 8, 10, 2), np.float32)
    flow[..., 0] = 4.0
    rgb, stacks = two_stream.ten_crops(frames, flow, [0, 2], 4)
    assert rgb.shape == (20, 4, 4, 3)
    assert stacks.shape == (20, 4, 4, 20)
    assert rgb[::2, 0, 0, 0].tolist() == [0, 6, 40, 46, 23, 3, 9, 43, 49, 26]  # mirrored: from the right end
    assert rgb[:, 0, 0, 1].tolist() == [0, 2] * 10
    # 4 of 20 pixels to the right: 127.5 + 25.5 = 153; in the mirror as far to the left: 256 - 153 = 103.
    assert stacks[1::2, 0, 0, 0].tolist() == [153] * 5 + [103] * 5
    assert (stacks[::2] == coding.STILL).all()  # frame 0 has no flow before it


def test_a_drawn_clip_has_the_length_and_size_asked_for(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.avi", 70, height=24, width=32)
    frames = decode.read_clip(tmp_path / "clip.avi")
    assert frames.shape == (70, 24, 32, 3)  # longer than any drawing, which then runs backwards
    assert len(np.unique(frames[:30].reshape(30, -1), axis=0)) > 20  # it moves
