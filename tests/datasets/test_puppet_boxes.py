"""The actor's boxes of JHMDB-21: from the table, from puppet masks, alike; and what is refused."""

import gzip
import io
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from helpers.footage import FOOTAGE, LISTS, needs_footage
from repro import datasets
from repro.datasets.puppet_boxes import MASKS, TABLE
from repro.types import InputError, VideoRef

CLIP = "wave/a_wave_u_0"
HEAD = "clip,frame,x0,y0,x1,y1,mask_pixels"
REFS = (VideoRef(CLIP, Path("a.avi"), 3, "wave/a"), VideoRef("wave/b", Path("b.avi"), 3, "wave/b"))


def write_table(folder: Path, *lines: str, head: str = HEAD) -> None:
    (folder / TABLE).write_bytes(gzip.compress("\n".join((head, *lines, "")).encode()))


def write_masks(folder: Path, mask: np.ndarray) -> None:
    buffer = io.BytesIO()
    savemat(buffer, {"part_mask": mask}, do_compression=True)
    path = folder / MASKS / CLIP / "puppet_mask.mat"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(buffer.getvalue())


def test_the_table_and_the_masks_give_the_same_boxes(tmp_path: Path) -> None:
    """Rows 2 and 3, columns 1 to 4 of frame 0; nothing in frame 1; one pixel of frame 2."""
    mask = np.zeros((6, 8, 3), np.uint8)
    mask[2:4, 1:5, 0], mask[5, 7, 2] = 9, 1
    write_masks(tmp_path, mask)
    of_masks = datasets.boxes_of("jhmdb21", tmp_path, REFS)
    write_table(tmp_path, f"{CLIP}.avi,2,7,5,8,6,1", f"{CLIP}.avi,0,1,2,5,4,8", "wave/c.avi,0,1,2,5,4,8")
    of_table = datasets.boxes_of("jhmdb21", tmp_path / "videos", REFS)  # beside the videos
    for found in (of_masks, of_table):
        assert list(found) == [CLIP]
        ((label, tube),) = found[CLIP]
        assert (label, tube.frames.tolist()) == (3, [0, 2])
        assert tube.boxes.tolist() == [[1, 2, 5, 4], [7, 5, 8, 6]]
        assert tube.boxes.dtype == np.float64
    assert datasets.unannotated(REFS, of_table) == ("wave/b",)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["wave/a,0,1,2,5"], "cannot be read"),
        (["wave/a,0,1,2,5,x,8"], "line 2: 0, 1, 2, 5, x are not all whole numbers"),
        (["wave/a,0,1,2,5,-4,8"], "not all whole numbers"),
        (["wave/a,0,1,2,1,4,8"], "a box without area"),
        (["wave/a,0,1,2,5,4,8"] * 2, "has a frame twice"),
    ],
)
def test_malformed_tables_are_refused(tmp_path: Path, lines: list[str], message: str) -> None:
    write_table(tmp_path, *lines)
    with pytest.raises(InputError, match=message):
        datasets.boxes_of("jhmdb21", tmp_path, REFS)


def test_other_damage_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"neither boxes\.csv\.gz nor puppet_mask; put one there"):
        datasets.boxes_of("jhmdb21", tmp_path, REFS)
    write_masks(tmp_path, np.zeros((2, 2, 2, 2), np.uint8))
    with pytest.raises(InputError, match="part_mask is not of the form"):
        datasets.boxes_of("jhmdb21", tmp_path, REFS)
    write_table(tmp_path, head="clip,frame")
    assert datasets.boxes_of("jhmdb21", tmp_path, REFS) == {}
    write_table(tmp_path, "wave/a,0", head="clip,frame")
    with pytest.raises(InputError, match="wanted the columns clip, frame, x0"):
        datasets.boxes_of("jhmdb21", tmp_path, REFS)
    whole = gzip.compress(f"{HEAD}\n".encode() * 100)
    for damaged in (whole[:-9], whole[:30], b"no gzip"):
        (tmp_path / TABLE).write_bytes(damaged)
        with pytest.raises(InputError, match="cannot be read"):
            datasets.boxes_of("jhmdb21", tmp_path, REFS)


@needs_footage
def test_every_real_clip_has_a_box_in_every_frame() -> None:
    assert FOOTAGE is not None
    assert LISTS is not None
    split = datasets.load_split("jhmdb21", FOOTAGE / "jhmdb21", "1", LISTS / "jhmdb/splits")
    refs = (*split.train, *split.test)
    found = datasets.boxes_of("jhmdb21", FOOTAGE / "jhmdb21", refs)
    assert len(found) == len(refs) == 928
    assert sum(len(actor.tube.frames) for (actor,) in found.values()) == 31838
    for (actor,) in found.values():
        assert (actor.tube.frames == np.arange(len(actor.tube.frames))).all()
        assert (actor.tube.boxes >= 0).all()
        assert (actor.tube.boxes <= (320, 240, 320, 240)).all()
