"""The demo set as UT-Interaction: the adapter reads it, and each segment shows the clip it says."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from repro.datasets import load_split
from repro.demo import make as make_module
from repro.demo.layout_ut_interaction import CLASSES, HEADER, IDLE_FRAMES, MARGIN_PX, UtInteraction
from repro.demo.make import clip_names, make
from repro.demo.renderer import render_clip
from repro.types import InputError
from repro.video.decode import read_clip
from repro.video.index import count_frames

SMALL = {"clips_per_group": 1, "groups": 2, "processes": 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ut")
    make(path, "ut_interaction", **SMALL)
    return path


def test_a_sequence_holds_every_clip_of_its_group_in_an_order_of_its_own() -> None:
    layout = UtInteraction()
    for _ in range(2):  # asking twice changes nothing
        units = layout.units(clip_names(2))
        assert [unit.group for unit in units] == list(range(1, 21))
    shown = [layout.clips_of(unit) for unit in units]
    assert all(
        {clip.group for clip in clips} == {unit.group} for unit, clips in zip(units, shown, strict=True)
    )
    assert all(sorted(clip.label for clip in clips) == sorted(CLASSES * 2) for clips in shown)
    assert len({tuple(clip.label for clip in clips) for clips in shown}) == 20


@pytest.mark.slow
def test_the_sheet_has_the_owners_form(folder: Path) -> None:
    with (folder / "ut-interaction_labels_110912.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert tuple(rows[1]) == HEADER
    assert len(rows[0]) == 1
    assert [row[0] for row in rows[1:]] == [""] * (len(rows) - 1)
    assert [row[1] for row in rows[2:]] == ["1"] * 6 + ["2"] * 6 + ["others:", "1"]


@pytest.mark.slow
def test_every_class_once_in_every_sequence(folder: Path) -> None:
    split = load_split("ut_interaction", folder, "1")
    assert split.classes == CLASSES
    for part in (split.train, split.test):
        assert sorted(ref.label for ref in part) == list(range(6))
    index = count_frames((*split.train, *split.test), folder / "frames.json")
    assert not index.broken
    assert 30 <= min(index.frames.values()) <= max(index.frames.values()) <= 48
    assert json.loads((folder / "demo.json").read_text())["clips"] == 12


@pytest.mark.slow
def test_segments_show_their_clip(folder: Path) -> None:
    split = load_split("ut_interaction", folder, "2")
    for ref in split.test[:3]:
        drawn = render_clip(0, split.classes[ref.label], 2, 1).frames
        shown = read_clip(ref.path, segment=ref.segment)
        assert shown.shape == drawn.shape
        difference = np.abs(shown.astype(int) - drawn.astype(int)).mean(axis=(1, 2, 3))
        assert difference.max() < 12  # the codec's loss; another clip differs by 40 and more
        assert ref.segment is not None
        assert ref.segment.start_frames >= IDLE_FRAMES


@pytest.mark.slow
def test_a_stopped_run_goes_on(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []

    def stops_in_the_second_video(*words: object) -> object:
        drawn.append(words)
        if len(drawn) > 8:
            raise KeyboardInterrupt
        return render_clip(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(make_module, "render_clip", stops_in_the_second_video)
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path, "ut_interaction", **SMALL)
    assert [path.name for path in tmp_path.rglob("*.avi")] == ["seq1.avi"]
    assert not list(tmp_path.glob("*labels*"))
    monkeypatch.setattr(make_module, "render_clip", render_clip)
    make(tmp_path, "ut_interaction", **SMALL)
    for name in (
        "ut-interaction_set1/seq1.avi",
        "ut-interaction_set1/seq2.avi",
        "ut-interaction_labels_110912.csv",
    ):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


@pytest.mark.slow
def test_a_lost_video_is_drawn_again_and_another_layout_refused(folder: Path) -> None:
    video = folder / "ut-interaction_set1" / "seq2.avi"
    before = video.read_bytes()
    video.unlink()
    make(folder, "ut_interaction", **SMALL)
    assert video.read_bytes() == before
    with pytest.raises(InputError, match="layout"):
        make(folder, **SMALL)
    with pytest.raises(InputError, match="no layout 'vhs'"):
        make(folder, "vhs")


@pytest.mark.slow
def test_segmented_clips_are_named_by_sample_and_cropped(tmp_path: Path) -> None:
    make(tmp_path, "ut_interaction_segmented", **SMALL)
    names = sorted(path.name for path in (tmp_path / "ut-interaction_segmented_set1").iterdir())
    assert names == sorted(f"{sample}_{1 + sample // 6}_{sample % 6}.avi" for sample in range(12))
    split = load_split("ut_interaction", tmp_path, "2")
    assert split.classes == CLASSES
    assert [(len(part), {ref.group for ref in part}) for part in (split.train, split.test)] == [
        (6, {"seq1"}),
        (6, {"seq2"}),
    ]
    sizes = set()
    for ref in split.test:
        drawn = render_clip(0, split.classes[ref.label], 2, 1)
        shown = read_clip(ref.path)
        top, left = (int(drawn.boxes_px[:, side].min()) - MARGIN_PX for side in (1, 0))
        top, left = max(top, 0), max(left, 0)
        height, width = shown.shape[1:3]
        part = drawn.frames[:, top : top + height, left : left + width]
        assert np.abs(shown.astype(int) - part.astype(int)).mean(axis=(1, 2, 3)).max() < 12
        outside = drawn.mask.any(axis=2)
        outside[top : top + height, left : left + width] = False
        assert not outside.any()  # nothing of the actor is lost
        sizes.add((height, width))
    assert len(sizes) > 1
