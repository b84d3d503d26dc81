"""Counting happens once per file and decoder, survives interruption, and reports what is broken."""

import json
import os
from dataclasses import replace

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


def test_a_file_that_could_not_be_read_is_looked_at_again(refs, file, monkeypatch):
    def failing(path):
        raise OSError("the disk")

    def broken(path):
        raise decode.BrokenVideo(path, "the disk")

    with monkeypatch.context() as patch:
        patch.setattr(index, "sha256_of", failing)
        patch.setattr(decode, "probe", broken)
        assert set(index.count_frames(refs[:1], file).broken) == {"c/0"}
    assert index.count_frames(refs[:1], file).frames == {"c/0": 3}


def test_a_touched_or_copied_file_costs_a_digest_once(refs, file, probed, monkeypatch):
    before = index.count_frames(refs, file)
    os.utime(refs[2].path, ns=(1, 1))
    copy = refs[1].path.with_suffix(".copy")
    copy.write_bytes(refs[1].path.read_bytes())
    copy.replace(refs[1].path)
    hashed, sha256_of = [], index.sha256_of
    monkeypatch.setattr(index, "sha256_of", lambda path: hashed.append(path.name) or sha256_of(path))
    probed.clear()
    for _ in range(2):
        assert index.count_frames(refs, file) == before
    assert sorted(hashed) == ["1.avi", "2.avi"]
    assert probed == []


def test_a_data_set_that_moved_is_not_decoded_again(refs, file, probed):
    before = index.count_frames(refs, file)
    refs[0].path.parent.rename(refs[0].path.parent.with_name("elsewhere"))
    moved = [replace(ref, path=ref.path.parent.with_name("elsewhere") / ref.path.name) for ref in refs]
    probed.clear()
    assert index.count_frames(moved, file) == before
    assert probed == []


def test_contents_exchanged_under_equal_size_and_time_are_noticed(tmp_path, file):
    """By renaming, as a script that sorts files into classes does."""
    refs = [VideoRef(f"c/{number}", tmp_path / f"{number}.avi", 0, "g") for number in range(2)]
    for number, ref in enumerate(refs):
        write_numbered(ref.path, 4)
        ref.path.write_bytes(ref.path.read_bytes() + bytes([number]))
        os.utime(ref.path, ns=(1, 1))
    assert refs[0].path.stat().st_size == refs[1].path.stat().st_size
    before = index.count_frames(refs, file)
    refs[0].path.rename(tmp_path / "third")
    refs[1].path.rename(refs[0].path)
    (tmp_path / "third").rename(refs[1].path)
    after = index.count_frames(refs, file)
    assert (after.contents["c/0"], after.contents["c/1"]) == (before.contents["c/1"], before.contents["c/0"])
    assert before.contents["c/0"] != before.contents["c/1"]


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
