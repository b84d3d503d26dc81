"""The demo set as HMDB51 and as THUMOS13: the adapters read them, and the boxes come back as drawn."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat

from repro.datasets import boxes_of, corrected_boxes, find_annotation, hold_out, load_split, unannotated
from repro.demo.actions import CLASSES
from repro.demo.layout_hmdb51 import Hmdb51
from repro.demo.layout_thumos13 import ORIGINAL, Thumos13, annotation
from repro.demo.layouts import ClipName
from repro.demo.make import clip_names, make
from repro.demo.renderer import render_clip
from repro.video.decode import read_clip

SMALL = {"clips_per_group": 1, "groups": 8, "processes": 1}
LISTS = "testTrainMulti_7030_splits"


def _flags(folder: Path, label: str, split: int) -> dict[int, set[str]]:
    """group -> the flags of its clips."""
    found: dict[int, set[str]] = {}
    for line in (folder / LISTS / f"{label}_test_split{split}.txt").read_text().splitlines():
        found.setdefault(int(line.split("[g")[1][:2]), set()).add(line[-2:])
        assert line.endswith((".avi 0 ", ".avi 1 ", ".avi 2 "))
    return found


@pytest.mark.parametrize("split", [1, 2, 3])
def test_the_flags_follow_the_groups(tmp_path: Path, split: int) -> None:
    Hmdb51().write_lists(tmp_path, clip_names(3))
    assert len(list((tmp_path / LISTS).iterdir())) == 36
    tested = range(7 * split - 6, 7 * split + 1)
    wanted = {g: {"2 " if g in tested else "0 " if g > 21 else "1 "} for g in range(1, 26)}
    assert all(_flags(tmp_path, label, split) == wanted for label in CLASSES)


def test_every_number_has_the_smallest_type_and_wide_boxes_survive(tmp_path: Path) -> None:
    """The pictures are too narrow for it, so these boxes are not drawn."""
    drawn = {clip: np.array([[200, 3, 100, 40]] * 2, np.float32) for clip in clip_names(1, groups=1)}
    drawn[ClipName("Wave", 2, 1)] = np.array([[1, 2, 300, 4]], np.float32)
    path = tmp_path / "finalAnnots.mat"
    path.write_bytes(annotation(drawn))
    tubes = [tube[0, 0] for tube in loadmat(path)["annot"][0]["tubes"]]
    assert [str(tube["boxes"].dtype) for tube in tubes] == ["uint8"] * 12 + ["uint16"]
    assert [int(tube["class"].item()) for tube in tubes] == [*range(1, 13), 12]
    assert (tubes[0]["boxes"][:, 0] + tubes[0]["boxes"][:, 2]).tolist() == [44, 44]  # the trap
    found = corrected_boxes.read(path)
    assert found["CircleBack/v_CircleBack_g01_c01"][0].boxes.tolist() == [[200, 3, 300, 43]] * 2
    assert found["Wave/v_Wave_g02_c01"][0].boxes.tolist() == [[1, 2, 301, 6]]


@pytest.mark.slow
@pytest.mark.exhaustive
def test_hmdb51_names_groups_and_pictures(tmp_path: Path) -> None:
    make(tmp_path, "hmdb51", **SMALL)
    split = load_split("hmdb51", tmp_path, "2")
    assert split.classes == CLASSES
    assert (len(split.train), len(split.test)) == (12 * 7, 12)
    ref = split.test[-1]
    assert (ref.path.name, ref.group) == (
        "Demo[g08]_(#&;!+~@)_Wave_f_cm_np1_ri_goo_1.avi",
        "Wave/Demo[g08]_(#&;!+~@)",
    )
    drawn, shown = render_clip(0, "Wave", 8, 1).frames, read_clip(ref.path)
    assert shown.shape == drawn.shape
    assert np.abs(shown.astype(int) - drawn.astype(int)).mean() < 12  # the codec's loss
    _, held_out = hold_out(split.train, 0.15, 0)
    assert Counter(ref.label for ref in held_out) == dict.fromkeys(range(12), 1)
    assert json.loads((tmp_path / "demo.json").read_text())["clips"] == 96


@pytest.mark.slow
@pytest.mark.exhaustive
def test_thumos13_boxes_come_back_as_drawn_from_both_annotations(tmp_path: Path) -> None:
    make(tmp_path, "thumos13", **SMALL)
    split = load_split("thumos13", tmp_path, "1")
    assert (split.classes, len(split.train), len(split.test)) == (CLASSES, 12, 84)
    assert find_annotation(tmp_path) == tmp_path / "finalAnnots.mat"
    drawn = boxes_of("demo", tmp_path, split.test)
    for named in (None, tmp_path / ORIGINAL):
        found = boxes_of("thumos13", tmp_path, split.test, named)
        assert not unannotated(split.test, found)
        for ref in split.test:
            ((label, tube),) = found[ref.video_id]
            assert label == ref.label
            assert np.array_equal(tube.frames, drawn[ref.video_id][0].tube.frames)
            assert np.array_equal(tube.boxes, drawn[ref.video_id][0].tube.boxes)
    left, top, width, height = render_clip(0, "Run", 1, 1).boxes_px.T
    run = found["Run/v_Run_g01_c01"][0].tube.boxes
    assert len(run) == len(read_clip(tmp_path / "UCF-101" / "Run" / "v_Run_g01_c01.avi"))
    assert np.array_equal(run.T, [left, top, left + width, top + height])


def test_a_clip_has_its_viper_file(tmp_path: Path) -> None:
    """Without one it is not complete and is drawn again."""
    clip = ClipName("Run", 1, 1)
    Thumos13().write_clip(tmp_path, clip, render_clip(0, *clip))
    files = Thumos13().files(tmp_path, clip)
    assert [path.suffix for path in files] == [".npz", ".avi", ".xgtf"]
    assert all(path.is_file() for path in files)
