"""A clip is made small while it is decoded: a thread holds a few frames at full size, never the clip."""

import subprocess
import sys
from pathlib import Path

import pytest

from helpers.clips import write_ramp

pytestmark = pytest.mark.slow

FRAMES, HEIGHT, WIDTH = 40, 1080, 1920
FEW_FRAMES = 12  # at full size, the decoder's own among them

# The first frames alone bring in what the libraries need once; the rest must add next to nothing.
CHILD = """
import resource, sys
from pathlib import Path
from repro.features.chunks import chunks_of, grid_frames
from repro.features.extract import frames_of
from repro.features.flow_store import _frames
from repro.features.paired import paired_frames
from repro.types import Segment, VideoRef

def peak_bytes():
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

path = Path(sys.argv[1])
start, whole = VideoRef("a", path, 0, "g", Segment(0, 2)), VideoRef("a", path, 0, "g")
readers = {
    "frames": lambda ref: frames_of(ref, 56, None),
    "pairs": lambda ref: paired_frames(ref, 56, None),
    "chunks": lambda ref: chunks_of(length=2, grid=1, height=48, width=64, at_least=2)(ref, 56, None),
    "grid": lambda ref: grid_frames(grid=2, resized=64, at_least=2)(ref, 56, None),
    "flow": lambda ref: _frames(ref, 48, 64, None),
}
for read in readers.values():
    read(start)
for name, read in readers.items():
    before = peak_bytes()
    read(whole)
    print(name, peak_bytes() - before)
"""


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 frames of 1080p, 249 MB once decoded."""
    path = tmp_path_factory.mktemp("large") / "hd.avi"
    write_ramp(path, FRAMES, HEIGHT, WIDTH)
    return path


def test_no_reader_holds_a_clip_at_full_size(video: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", CHILD, str(video)], check=True, capture_output=True, text=True, timeout=120
    ).stdout
    grown = {name: int(grown_bytes) for name, grown_bytes in map(str.split, said.splitlines())}
    assert grown.keys() == {"frames", "pairs", "chunks", "grid", "flow"}
    assert max(grown.values()) < FEW_FRAMES * HEIGHT * WIDTH * 3, grown
