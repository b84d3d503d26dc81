"""Counting happens once per file and decoder, survives interruption, and reports what is broken."""

import json
import os

import pytest

from helpers.clips import write_numbered
from repro.types import Segment, VideoRef
from repro.video import decode, index


@pytest.fixture
def refs(tmp_path):
    made = []
    for number, count in enumerate((3, 5, 8)):
        path = tmp_path / "videos" / f"{number}.avi"
        write_numbered(path, count)
        made.append(VideoRef(f"c/{number}", path, 0, "g01"))
    return made


@pytest.fixture
def file(tmp_path):
    return tmp_path / "index.json"


@pytest.fixture
def probed(monkeypatch):
    """Names of the files that were decoded."""
    names, probe = [], decode.probe
    monkeypatch.setattr(decode, "probe", lambda path: names.append(path.name) or probe(path))
    return names


def test_counts_every_video_once(refs, file, probed):
    first = index.count_frames(refs, file)
    assert first.frames == {"c/0": 3, "c/1": 5, "c/2": 8}
    assert first.fps == {"c/0": 25.0, "c/1": 25.0, "c/2": 25.0}
    assert first.broken == {}
    assert sorted(probed) == ["0.avi", "1.avi", "2.avi"]
    assert index.count_frames(refs, file) == first
    assert len(probed) == 3


def test_only_a_changed_file_is_counted_again(refs, file, probed):
    index.count_frames(refs, file)
    write_numbered(refs[1].path, 6)
    probed.clear()
    assert index.count_frames(refs, file).frames["c/1"] == 6
    assert probed == ["1.avi"]
    probed.clear()
    os.utime(refs[2].path, ns=(1, 1))
    index.count_frames(refs, file)
    assert probed == ["2.avi"]


def test_another_decoder_counts_everything_again(refs, file, probed, monkeypatch):
    index.count_frames(refs, file)
    monkeypatch.setattr(decode, "VERSION", "opencv 99")
    index.count_frames(refs, file)
    assert len(probed) == 6


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"decoder": 1}', '{"videos": {}, "decoder": null}', "null"]
)
def test_a_damaged_index_is_made_anew(refs, file, content):
    file.write_text(content)
    assert index.count_frames(refs, file).frames == {"c/0": 3, "c/1": 5, "c/2": 8}
    assert len(json.loads(file.read_text())["videos"]) == 3


def test_broken_videos_are_reported_with_their_reason_and_looked_at_again_when_repaired(refs, file):
    whole = refs[0].path.read_bytes()
    refs[0].path.write_bytes(whole[:-40])
    refs[1].path.unlink()
    found = index.count_frames(refs, file)
    assert found.frames == {"c/2": 8}
    assert found.broken["c/0"].startswith("truncated, 40 bytes")
    assert found.broken["c/1"] == "there is no such file"
    refs[0].path.write_bytes(whole)
    assert index.count_frames(refs, file).frames == {"c/0": 3, "c/2": 8}


def test_segments_of_one_file_are_counted_from_one_pass(refs, file, probed):
    path = refs[2].path
    parts = [VideoRef("a", path, 0, "g", Segment(2, 6)), VideoRef("b", path, 0, "g", Segment(6, 9))]
    found = index.count_frames(parts, file)
    assert found.frames == {"a": 4}
    assert found.broken == {"b": "has 8 frames, its segment ends at 9"}
    assert probed == ["2.avi"]


def test_an_interrupted_pass_goes_on_where_it_stopped(refs, file, monkeypatch):
    probe, names = decode.probe, []

    def interrupted(path):
        if path.name == "2.avi":
            raise KeyboardInterrupt
        return probe(path)

    monkeypatch.setattr(decode, "probe", interrupted)
    with pytest.raises(KeyboardInterrupt):
        index.count_frames(refs, file, workers=1)
    monkeypatch.setattr(decode, "probe", lambda path: names.append(path.name) or probe(path))
    assert index.count_frames(refs, file).frames == {"c/0": 3, "c/1": 5, "c/2": 8}
    assert "2.avi" in names
    assert len(names) < 3
