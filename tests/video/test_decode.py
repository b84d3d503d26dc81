"""Frames come in order, by number, whole; a file that lost a byte is refused."""

import csv
import pickle
from contextlib import closing

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.clips import write_numbered
from helpers.footage import FOOTAGE, needs_footage
from repro.types import InputError, Segment
from repro.video import decode
from repro.video.budget import Budget
from repro.video.decode import BrokenVideo
from repro.video.encode import write_video
from repro.video.geometry import resize, to_size


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("clip") / "v.avi"
    return path, write_numbered(path, 20)


def test_all_ways_of_reading_give_the_written_frames(clip):
    path, frames = clip
    np.testing.assert_array_equal(np.stack(list(decode.frames(path))), frames)
    np.testing.assert_array_equal(decode.read_clip(path), frames)
    np.testing.assert_array_equal(decode.read_clip(path, limit=7), frames[:7])
    np.testing.assert_array_equal(decode.read_clip(path, segment=Segment(5, 9)), frames[5:9])
    np.testing.assert_array_equal(decode.read_clip(path, segment=Segment(5, 9), limit=2), frames[5:7])
    np.testing.assert_array_equal(decode.read_clip(path, limit=99), frames)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_chosen_frames_are_those_of_the_whole_clip(clip, data):
    path, frames = clip
    start = data.draw(st.integers(0, 18))
    stop = data.draw(st.integers(start + 1, 20))
    chosen = sorted(data.draw(st.sets(st.integers(0, stop - start - 1), min_size=1)))
    found = decode.read_frames(path, np.array(chosen), Segment(start, stop))
    np.testing.assert_array_equal(found, frames[start:stop][chosen])


@pytest.fixture(scope="module")
def long_video(tmp_path_factory):
    """300 frames of MPEG-4: all but 25 are stored as differences from earlier ones."""
    path = tmp_path_factory.mktemp("long") / "seq1.avi"
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    write_video(path, (np.roll(noise, t, axis=1) // (1 + t % 3) for t in range(300)), 30, "xvid")
    return path, np.stack(list(decode.frames(path)))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 299), st.integers(1, 60))
def test_a_segment_is_that_slice_of_the_whole_however_late_it_lies(long_video, start, length):
    path, frames = long_video
    stop = min(start + length, 300)
    np.testing.assert_array_equal(decode.read_clip(path, segment=Segment(start, stop)), frames[start:stop])
    ends = np.unique([0, stop - start - 1])
    np.testing.assert_array_equal(
        decode.read_frames(path, ends, Segment(start, stop)), frames[start:stop][ends]
    )


def test_a_change_at_once_gives_what_a_change_afterwards_gives(long_video):
    path, frames = long_video
    small = np.stack([resize(frame, 10, 12) for frame in frames])
    change = to_size(10, 12)
    np.testing.assert_array_equal(decode.read_clip(path, change=change), small)
    part = decode.read_clip(path, segment=Segment(5, 60), limit=20, change=change)
    np.testing.assert_array_equal(part, small[5:25])
    chosen = np.array([0, 7, 90])
    np.testing.assert_array_equal(
        decode.read_frames(path, chosen, Segment(5, 100), change), small[5 + chosen]
    )


def _whole(path):
    with closing(decode.frames(path, in_turn=True)) as decoded:
        return list(decoded)


@pytest.mark.parametrize(
    "read",
    [decode.probe, decode.read_clip, lambda path: decode.read_frames(path, np.array([1])), _whole],
)
def test_what_is_read_in_threads_takes_its_share_and_gives_it_back(clip, monkeypatch, read):
    budget = Budget(10**6)
    monkeypatch.setattr(decode, "IN_TURN", budget)
    taken = []
    share = budget.share
    monkeypatch.setattr(budget, "share", lambda size_bytes: taken.append(size_bytes) or share(size_bytes))
    read(clip[0])
    assert taken == [decode.FRAMES_HELD * 3 * 24 * 32]
    with budget.share(budget.limit_bytes):  # nothing else is taken, or this would wait
        pass


def test_a_broken_video_gives_its_share_back(clip, monkeypatch):
    budget = Budget(1)  # each is larger, so that they wait for each other
    monkeypatch.setattr(decode, "IN_TURN", budget)
    for _ in range(3):
        with pytest.raises(BrokenVideo):
            decode.read_frames(clip[0], np.array([3, 25]))
    assert len(decode.read_clip(clip[0])) == 20


def test_who_looks_at_frames_one_by_one_waits_for_nobody(clip, monkeypatch):
    monkeypatch.setattr(decode, "IN_TURN", Budget(1))
    decoded = [decode.frames(clip[0]) for _ in range(3)]
    assert len([next(each) for each in decoded]) == 3


def test_what_lies_before_a_segment_is_not_converted(long_video, monkeypatch):
    converted = []
    convert = cv2.cvtColor
    monkeypatch.setattr(cv2, "cvtColor", lambda *words: converted.append(1) or convert(*words))
    decode.read_clip(long_video[0], segment=Segment(280, 290))
    assert len(converted) == 10


def test_chosen_frames_need_no_decoding_beyond_the_last(clip, monkeypatch):
    grabbed = []

    class Counting:
        def __init__(self, *arguments):
            self.real = cv2_capture(*arguments)

        def grab(self):
            grabbed.append(1)
            return self.real.grab()

        def __getattr__(self, name):
            return getattr(self.real, name)

    cv2_capture = cv2.VideoCapture
    monkeypatch.setattr(decode.cv2, "VideoCapture", Counting)
    decode.read_frames(clip[0], np.array([1, 4]))
    assert len(grabbed) == 5


def test_probe_counts_and_measures(clip):
    assert decode.probe(clip[0]) == decode.VideoInfo(20, 20, 24, 32, 25.0)


@pytest.mark.parametrize("indices", [[], [3, 3], [4, 2], [-1, 2], [[1, 2]]])
def test_indices_that_do_not_increase_are_a_programming_error(clip, indices):
    with pytest.raises(ValueError, match="increase"):
        decode.read_frames(clip[0], np.array(indices, dtype=int))


def test_a_frame_beyond_the_segment_is_a_programming_error(clip):
    with pytest.raises(ValueError, match="beyond the segment"):
        decode.read_frames(clip[0], np.array([4]), Segment(2, 6))


def test_a_video_shorter_than_counted_is_named(clip):
    with pytest.raises(BrokenVideo, match=r"v\.avi: ends at frame 20, before frame 25"):
        decode.read_frames(clip[0], np.array([3, 25]))
    with pytest.raises(BrokenVideo, match="ends at frame 20, inside the segment up to 30"):
        decode.read_clip(clip[0], segment=Segment(10, 30))
    with pytest.raises(BrokenVideo, match="ends at frame 20, before frame 25"):
        decode.read_clip(clip[0], segment=Segment(25, 30))
    with pytest.raises(BrokenVideo, match=r"ends at frame 20$"):
        decode.read_clip(clip[0], segment=Segment(20, 30))


def _missing(folder):
    return folder / "absent.avi"


def _directory(folder):
    return folder


def _written(content):
    def write(folder):
        (folder / "bad.avi").write_bytes(content)
        return folder / "bad.avi"

    return write


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_missing, "no such file"),
        (_directory, "not a file"),
        (_written(b""), "empty"),
        (_written(b"not a video\n" * 40), "cannot|can be decoded"),
        (_written(b"<!DOCTYPE html><title>404</title>" * 20), "can be decoded"),
        (_written(b"RIFF\x10\x00\x00\x00AVI " + bytes(12)), "can be decoded"),
    ],
)
@pytest.mark.parametrize("read", [decode.probe, decode.read_clip, lambda path: list(decode.frames(path))])
def test_every_reader_names_the_file_and_the_reason(tmp_path, make, reason, read):
    path = make(tmp_path)
    with pytest.raises(BrokenVideo, match=reason) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, InputError)


@pytest.mark.parametrize("share", [0.99, 0.9, 0.5, 0.1, 0.01])
@pytest.mark.parametrize("read", [decode.probe, decode.read_clip])
def test_a_cut_avi_is_refused_though_its_rest_decodes(clip, tmp_path, share, read):
    content = clip[0].read_bytes()
    (tmp_path / "cut.avi").write_bytes(content[: int(len(content) * share)])
    with pytest.raises(BrokenVideo, match="truncated"):
        read(tmp_path / "cut.avi")


def test_frames_of_absurd_size_are_refused(clip, monkeypatch):
    monkeypatch.setattr(decode, "MAX_SIDE_PX", 31)
    with pytest.raises(BrokenVideo, match="declares frames of 32 x 24"):
        decode.probe(clip[0])


def test_a_clip_that_does_not_fit_in_memory_is_refused(clip, monkeypatch):
    monkeypatch.setattr(decode, "MAX_CLIP_BYTES", 5 * 24 * 32 * 3)
    with pytest.raises(BrokenVideo, match="bytes of frames"):
        decode.read_clip(clip[0])
    assert len(decode.read_clip(clip[0], limit=5)) == 5


@pytest.mark.parametrize(
    "name", ["a[b](c)#1;!&@~+.avi", "frame%03d.avi", "concat:x.avi", "*.avi", "-i.avi", "ü 雪.avi"]
)
def test_file_names_are_taken_literally(tmp_path, name, monkeypatch):
    frames = write_numbered(tmp_path / "plain.avi", 3)
    (tmp_path / "plain.avi").rename(tmp_path / name)
    np.testing.assert_array_equal(decode.read_clip(tmp_path / name), frames)
    monkeypatch.chdir(tmp_path)
    np.testing.assert_array_equal(decode.read_clip(type(tmp_path)(name)), frames)


def test_the_error_crosses_process_borders(tmp_path):
    error = pickle.loads(pickle.dumps(BrokenVideo(tmp_path, "the file is empty")))
    assert str(error) == f"video {tmp_path}: the file is empty"


def _rows(folder):
    with (FOOTAGE / folder / "clips.csv").open() as file:
        return list(csv.DictReader(file))


@needs_footage
@pytest.mark.parametrize("folder", ["ucf101-3", "odd-containers"])
def test_real_clips_have_their_recorded_frames(folder):
    for row in _rows(folder):
        info = decode.probe(FOOTAGE / folder / row["file"])
        assert (row["file"], info.frames) == (row["file"], int(row["frames_decoded"]))
        assert info.fps == float(row["fps"])


@needs_footage
def test_rotation_in_the_container_is_applied():
    upright = decode.read_clip(FOOTAGE / "odd-containers" / "video_0.mov")
    turned = decode.read_clip(FOOTAGE / "odd-containers" / "video_90.mov")
    assert upright.shape == (3, 320, 568, 3)
    assert turned.shape == (3, 568, 320, 3)


@needs_footage
def test_jhmdb_headers_that_declare_too_much_are_no_fault():
    counts = {
        p.name.split("_")[0]: decode.probe(p)
        for p in (FOOTAGE / "jhmdb-original").iterdir()
        if p.suffix == ".avi"
    }
    found = {name: (info.frames, info.declared_frames) for name, info in counts.items()}
    assert found == {"Ballfangen": (30, 36), "A": (40, 48), "20060723sfjffangelina": (32, 38)}


@needs_footage
def test_frames_come_in_display_order_despite_b_frames():
    """Neighbouring frames differ less than frames two apart, on average, only in the true order."""
    frames = decode.read_clip(FOOTAGE / "ucf101-3" / "PushUps" / "v_PushUps_g01_c01.avi").astype(np.float32)
    one, two = (np.abs(frames[step:] - frames[:-step]).mean() for step in (1, 2))
    assert one < 0.8 * two


@needs_footage
@pytest.mark.parametrize("share", [0.9, 0.5, 0.1])
def test_a_cut_real_clip_is_refused(tmp_path, share):
    content = (FOOTAGE / "ucf101-3" / "Punch" / "v_Punch_g01_c01.avi").read_bytes()
    (tmp_path / "cut.avi").write_bytes(content[: int(len(content) * share)])
    with pytest.raises(BrokenVideo, match="truncated"):
        decode.probe(tmp_path / "cut.avi")


@needs_footage
@pytest.mark.slow
@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.exhaustive)])
def test_jhmdb_clips_have_their_recorded_frames(every):
    for row in _rows("jhmdb21")[::every]:
        assert decode.probe(FOOTAGE / "jhmdb21" / row["file"]).frames == int(row["frames"]), row["file"]
