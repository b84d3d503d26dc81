"""Sources of training make frames small one by one: no clip is held at full size, however large its file."""

import tracemalloc
from collections.abc import Callable

import pytest

from helpers.clips import write_ramp
from repro.input_pipeline import ChunkBatches, FrameBatches
from repro.types import VideoRef

pytestmark = pytest.mark.slow

FRAMES, HEIGHT, WIDTH = 40, 540, 960
FEW_FRAMES = 5  # at full size, of those that OpenCV hands to Python


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> VideoRef:
    """40 frames of 960 x 540, 62 MB once decoded."""
    path = tmp_path_factory.mktemp("large") / "clip.avi"
    write_ramp(path, FRAMES, HEIGHT, WIDTH)
    return VideoRef("a", path, 0, "g")


def _frames(ref: VideoRef) -> object:
    source = FrameBatches(
        [ref],
        {"a": FRAMES},
        size=16,
        frames_per_visit=FRAMES,
        batch=4,
        seed=0,
        augmentation=None,
        heads=("h",),
    )
    return source.read(0, 0, list(range(FRAMES)))


def _chunks(ref: VideoRef) -> object:
    source = ChunkBatches(
        [ref], {"a": FRAMES}, length=4, height=12, width=16, chunks_per_visit=9, batch=4, seed=0,
        shuffle=True, heads=("h",),
    )  # fmt: skip
    return source.read(0, 0, list(range(FRAMES - 4)))


@pytest.mark.parametrize("read", [_frames, _chunks])
def test_no_source_holds_a_clip_at_full_size(video: VideoRef, read: Callable[[VideoRef], object]) -> None:
    read(video)
    tracemalloc.start()
    try:
        read(video)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 2 * HEIGHT * WIDTH * 3 <= peak_bytes < FEW_FRAMES * HEIGHT * WIDTH * 3
