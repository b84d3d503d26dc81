"""The demo set as ActivityNet and as Hollywood2: the adapters read them, and each part shows its clips."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from repro.datasets import coverage, load_split
from repro.demo.actions import CLASSES
from repro.demo.layout_activitynet import CLIPS_PER_VIDEO, IDLE_FRAMES, KINDS, ActivityNet, youtube_id
from repro.demo.layout_hollywood2 import Hollywood2
from repro.demo.make import clip_names, make
from repro.demo.renderer import RenderedClip, render_clip
from repro.types import Frames, Segment
from repro.video.decode import read_clip
from repro.video.index import count_frames, with_contents

SMALL = {"clips_per_group": 1, "groups": 8, "processes": 1}


def _alike(shown: Frames, drawn: Frames) -> bool:
    """But for the codec's loss; another clip differs by 40 and more."""
    return shown.shape == drawn.shape and np.abs(shown.astype(int) - drawn.astype(int)).mean() < 12


def _fake(length: int) -> RenderedClip:
    """Grey, the lighter the longer."""
    empty = np.zeros((length, 4), np.float32)
    frames = np.full((length, 120, 160, 3), 5 * length, np.uint8)
    mask = np.zeros((120, 160, length), np.uint8)
    joints = np.zeros((2, 15, length), np.float32)
    return RenderedClip(frames, empty, joints, mask, Segment(1, length), "park", 60.0, "E")


def test_every_clip_is_in_one_video_and_no_video_shows_a_class_twice() -> None:
    clips = clip_names(3)
    for layout, count in ((ActivityNet(), 300), (Hollywood2(), 750)):
        units = layout.units(clips)
        assert len(set(units)) == len(units) == count
        shown = [layout.clips_of(unit) for unit in units]
        assert sorted(clip for of in shown for clip in of) == sorted(clips)
        assert all(len({clip.label for clip in of}) == len(of) for of in shown)
        assert all(len({(clip.group, clip.clip) for clip in of}) == 1 for of in shown)
    assert Counter(map(len, shown)) == {1: 600, 2: 150}
    assert len({tuple(sorted(clip.label for clip in of)) for of in shown if len(of) == 2}) > 50


def test_hollywood2_numbers_without_gaps_and_lists_in_the_owners_form(tmp_path: Path) -> None:
    layout, clips = Hollywood2(), clip_names(1)
    units = layout.units(clips)
    layout.write_lists(tmp_path, clips)
    names = sorted(layout.files(tmp_path, unit)[1].name for unit in units)
    assert names == [
        *(f"actioncliptest{number:05d}.avi" for number in range(1, 71)),
        *(f"actioncliptrain{number:05d}.avi" for number in range(1, 181)),
    ]
    lines = (tmp_path / "ClipSets" / "Run_test.txt").read_text().splitlines()
    assert [line.split("  ")[0] for line in lines] == [f"actioncliptest{n:05d}" for n in range(1, 71)]
    assert Counter(line.split("  ")[1] for line in lines) == {"1": 7, "-1": 63}
    assert len(list((tmp_path / "ClipSets").iterdir())) == 26


def test_activitynets_annotation_has_the_owners_form(tmp_path: Path) -> None:
    layout = ActivityNet()
    units = [unit for unit in layout.units(clip_names(1)) if unit.group in (1, 8, 25)]
    for unit in units:
        layout.write_clip(tmp_path, unit, *map(_fake, (30, 34, 46)))
    layout.finish(tmp_path, units)
    content = json.loads((tmp_path / "activity_net.v1-demo.min.json").read_text())
    assert sorted(content) == ["database", "taxonomy", "version"]
    names = [youtube_id(unit) for unit in units]
    assert list(content["database"]) == names
    assert all(len(name) == 11 for name in names)
    assert {name[0] for name in names} == {"-", "_", "D", "d"}
    subsets = [entry["subset"] for entry in content["database"].values()]
    assert subsets == ["validation"] * 4 + ["training"] * 4 + ["testing"] * 4
    first, *_, last = content["database"].values()
    assert [one["segment"] for one in first["annotations"]] == [[0.4, 1.6], [2.0, 3.36], [3.76, 5.6]]
    assert first["duration"] == (30 + 34 + 46 + 4 * IDLE_FRAMES) / 25
    assert last["annotations"] == []
    parents = {node["parentName"] for node in content["taxonomy"]}
    assert {node["nodeName"] for node in content["taxonomy"]} - parents == set(CLASSES)
    assert sorted(label for labels in KINDS.values() for label in labels) == list(CLASSES)
    frames = read_clip(tmp_path / "videos" / f"v_{names[0]}.avi")
    wanted = [150] * (10 + 30) + [170] * (10 + 34) + [230] * (10 + 46 + 10)
    assert len(frames) == len(wanted)
    assert np.abs(frames.mean(axis=(1, 2, 3)) - wanted).max() < 4  # the codec's colours; 20 lie between clips


@pytest.mark.slow
@pytest.mark.exhaustive
def test_activitynet_spans_show_their_clip(tmp_path: Path) -> None:
    make(tmp_path, "activitynet", **SMALL)
    split = load_split("activitynet", tmp_path, "1")
    assert split.classes == CLASSES
    assert (len(split.train), len(split.test)) == (12, 84)
    assert coverage(tmp_path) == (("training", 12, 12), ("validation", 84, 84))
    index = count_frames((*split.train, *split.test), tmp_path / "frames.json")
    assert (index.broken, index.overrun_frames) == ({}, {})
    assert Counter(ref.group for ref in split.test) == dict.fromkeys(
        {ref.group for ref in split.test}, CLIPS_PER_VIDEO
    )
    for ref in with_contents(split.train, index)[:4]:
        drawn = render_clip(0, split.classes[ref.label], 8, 1)
        assert _alike(read_clip(ref.path, segment=ref.segment), drawn.frames)
        assert index.frames[ref.video_id] == len(drawn.frames)
        with np.load(tmp_path / "ground_truth" / f"{ref.video_id}.npz", allow_pickle=False) as truth:
            assert truth["interval"].tolist() == [drawn.action.start_frames, drawn.action.stop_frames]
            assert np.array_equal(truth["boxes"], drawn.boxes_px)
    annotation = tmp_path / "activity_net.v1-demo.min.json"
    written, video = annotation.read_bytes(), tmp_path / "videos" / "v_-emo03c01p1.avi"
    before = video.read_bytes()
    video.unlink()
    make(tmp_path, "activitynet", **SMALL)
    assert (annotation.read_bytes(), video.read_bytes()) == (written, before)


@pytest.mark.slow
@pytest.mark.exhaustive
def test_hollywood2_clips_show_all_their_classes(tmp_path: Path) -> None:
    make(tmp_path, "hollywood2", **SMALL)
    split = load_split("hollywood2", tmp_path, "1")
    assert split.classes == CLASSES
    assert (len(split.train), len(split.test)) == (10, 70)
    several = [ref for ref in split.train if ref.others]
    assert len(several) == 2
    for ref in several:
        shown = read_clip(ref.path)
        (start,) = map(int, (tmp_path / "ShotBounds" / f"{ref.video_id}.sht").read_text().split())
        halves = {
            label: render_clip(0, split.classes[label], 8, 1).frames for label in (ref.label, *ref.others)
        }
        assert any(_alike(shown[:start], frames) for frames in halves.values())
        assert any(_alike(shown[start:], frames) for frames in halves.values())
        assert len(shown) == sum(map(len, halves.values()))
    single = next(ref for ref in split.train if not ref.others)
    assert (tmp_path / "ShotBounds" / f"{single.video_id}.sht").read_text() == ""
    assert _alike(read_clip(single.path), render_clip(0, split.classes[single.label], 8, 1).frames)
