"""The files of the set: official lists, both layouts, resuming, and what is refused."""

import fcntl
import functools
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat

from repro.datasets import jhmdb21, renderer_version, ucf101
from repro.demo import make as make_module
from repro.demo.actions import CLASSES
from repro.demo.layouts import ClipName, Jhmdb21, Ucf101
from repro.demo.make import clip_names, make
from repro.demo.renderer import VERSION, render_clip
from repro.types import InputError
from repro.video.decode import frames as decode

SMALL = {"clips_per_group": 1, "groups": 1, "processes": 1}


drawn_once = functools.cache(render_clip)


@pytest.fixture(autouse=True)
def _draw_each_clip_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests are about files; the same twelve clips serve them all."""
    monkeypatch.setattr(make_module, "render_clip", drawn_once)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "ucf"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make_module, "render_clip", drawn_once)
        make(path, **SMALL)
    return path


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_counts_of_the_default_set() -> None:
    clips = clip_names(3)
    assert len(clips) == len(set(clips)) == 900
    assert [sum(c.in_test(s) for c in clips) for s in (1, 2, 3)] == [12 * 7 * 3] * 3
    assert clips[0].stem == "v_CircleBack_g01_c01"
    assert clips == sorted(clips, key=lambda c: (c.label.casefold(), c.group, c.clip))


def test_group_rule() -> None:
    tested = {s: [g for g in range(1, 26) if ClipName("Run", g, 1).in_test(s)] for s in (1, 2, 3)}
    assert tested == {1: list(range(1, 8)), 2: list(range(8, 15)), 3: list(range(15, 22))}


def test_list_files_have_the_owners_form(tmp_path: Path) -> None:
    Ucf101().write_lists(tmp_path, clip_names(1))
    lists = tmp_path / "ucfTrainTestlist"
    assert (lists / "classInd.txt").read_bytes().startswith(b"1 CircleBack\r\n2 CircleForward\r\n")
    test = (lists / "testlist02.txt").read_bytes()
    assert test.startswith(b"CircleBack/v_CircleBack_g08_c01.avi\r\n")
    assert test.count(b"\r\n") == test.count(b"\n") == 12 * 7
    train = (lists / "trainlist02.txt").read_bytes()
    assert train.startswith(b"CircleBack/v_CircleBack_g01_c01.avi 1\r\n")
    assert train.endswith(b"Wave/v_Wave_g25_c01.avi 12\r\n")
    assert train.count(b"\r\n") == 12 * 18


def test_clip_and_ground_truth(folder: Path) -> None:
    drawn = render_clip(0, "Run", 1, 1)
    frames = np.stack(list(decode(folder / "UCF-101/Run/v_Run_g01_c01.avi")))
    assert frames.shape == drawn.frames.shape
    assert np.abs(frames.astype(int) - drawn.frames).mean() < 8  # MPEG-4 at its default quality
    with np.load(folder / "ground_truth/Run/v_Run_g01_c01.npz", allow_pickle=False) as truth:
        np.testing.assert_array_equal(truth["boxes"], drawn.boxes_px)
        np.testing.assert_array_equal(truth["joints"], drawn.joints_px)
        np.testing.assert_array_equal(truth["mask"], drawn.mask)
        assert truth["interval"].tolist() == [drawn.action.start_frames, drawn.action.stop_frames]
        assert str(truth["scene"]) == drawn.scene


def test_the_ucf101_reader_takes_it(tmp_path: Path) -> None:
    layout, clips = Ucf101(), clip_names(1, groups=8)
    layout.write_lists(tmp_path, clips)
    for clip in clips:
        video = layout.files(tmp_path, clip)[-1]
        video.parent.mkdir(parents=True, exist_ok=True)
        video.touch()  # readers of lists open no video
    split = ucf101.load(tmp_path, "1", dataset="demo")
    assert split.classes == CLASSES
    assert (len(split.train), len(split.test)) == (12, 84)
    assert {ref.group for ref in split.train} == {f"{name}/g08" for name in CLASSES}


def test_a_drawn_folder_says_of_which_version_it_is(folder: Path, tmp_path: Path) -> None:
    assert renderer_version(folder) == VERSION
    assert renderer_version(tmp_path) is None
    assert renderer_version(None) is None
    older = json.loads((folder / "demo.json").read_text()) | {"renderer": VERSION - 1}
    (tmp_path / "demo.json").write_text(json.dumps(older))
    assert renderer_version(tmp_path) == VERSION - 1
    with pytest.raises(InputError, match=f"renderer {VERSION - 1}, asked for {VERSION}"):
        make(tmp_path, **SMALL)


def test_nothing_is_done_twice_and_only_what_is_lost_is_redrawn(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _bytes(folder)
    drawn: list[tuple[object, ...]] = []

    def counted(*words: object) -> object:
        drawn.append(words)
        return drawn_once(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(make_module, "render_clip", counted)
    make(folder, **SMALL)
    assert drawn == []
    (folder / "UCF-101/Wave/v_Wave_g01_c01.avi").unlink()
    (folder / "ground_truth/CircleBack/v_CircleBack_g01_c01.npz").unlink()
    (folder / "UCF-101/Run/.v_Run_g01_c01.77.part.avi").write_bytes(b"left by a killed run")
    make(folder, **SMALL)
    assert drawn == [(0, "CircleBack", 1, 1), (0, "Wave", 1, 1)]
    assert _bytes(folder) == before


def test_a_stopped_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails_at_high_jump(seed: int, label: str, group: int, clip: int) -> object:
        if label == "HighJump":
            raise KeyboardInterrupt
        return drawn_once(seed, label, group, clip)

    monkeypatch.setattr(make_module, "render_clip", fails_at_high_jump)
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path, **SMALL)
    assert json.loads((tmp_path / "demo.json").read_text())["complete"] is False
    assert len(list(tmp_path.rglob("*.avi"))) == 3
    monkeypatch.setattr(make_module, "render_clip", drawn_once)
    with pytest.raises(InputError, match="seed 0, asked for 1"):
        make(tmp_path, seed=1, **SMALL)
    make(tmp_path, **SMALL)
    assert json.loads((tmp_path / "demo.json").read_text())["complete"] is True
    assert len(list(tmp_path.rglob("*.avi"))) == 12


def test_other_settings_other_data_and_another_writer_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="clips_per_group 1, asked for 2"):
        make(folder, **{**SMALL, "clips_per_group": 2})
    with pytest.raises(InputError, match="layout ucf101, asked for jhmdb21"):
        make(folder, "jhmdb21", **SMALL)
    (tmp_path / "holiday.avi").write_bytes(b"")
    with pytest.raises(InputError, match=r"holiday\.avi"):
        make(tmp_path, **SMALL)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="another process"):
            make(folder, **SMALL)


@pytest.mark.parametrize(
    "wrong", [{"groups": 0}, {"groups": 26}, {"clips_per_group": 0}, {"clips_per_group": 100}]
)
def test_impossible_sizes_are_refused(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match="must be from 1 to"):
        make(tmp_path, **{**SMALL, **wrong})


def test_jhmdb21_layout(tmp_path: Path) -> None:
    make(tmp_path, "jhmdb21", **SMALL)
    flags = (tmp_path / "splits" / "Run_test_split1.txt").read_bytes()
    assert flags == b"v_Run_g01_c01.avi 2\n"
    assert (tmp_path / "splits" / "Run_test_split2.txt").read_bytes() == b"v_Run_g01_c01.avi 1\n"
    drawn = render_clip(0, "Run", 1, 1)
    frames = list(decode(tmp_path / "JHMDB_video/ReCompress_Videos/Run/v_Run_g01_c01.avi"))
    assert len(frames) == min(40, len(drawn.frames))
    joints = loadmat(tmp_path / "joint_positions/Run/v_Run_g01_c01/joint_positions.mat")
    np.testing.assert_allclose(joints["pos_img"], drawn.joints_px[:, :, : len(frames)], rtol=1e-6)
    assert joints["pos_world"].shape == joints["pos_img"].shape
    assert joints["scale"].shape == (1, len(frames))
    assert joints["viewpoint"][0] in {"E", "SE", "S", "SW", "W"}
    mask = loadmat(tmp_path / "puppet_mask/Run/v_Run_g01_c01/puppet_mask.mat")["part_mask"]
    np.testing.assert_array_equal(mask, drawn.mask[:, :, : len(frames)])


def test_the_jhmdb21_reader_takes_it(tmp_path: Path) -> None:
    layout, clips = Jhmdb21(), clip_names(1, groups=8)
    layout.write_lists(tmp_path, clips)
    for clip in clips:
        video = layout.files(tmp_path, clip)[-1]
        video.parent.mkdir(parents=True, exist_ok=True)
        video.touch()
    split = jhmdb21.load(tmp_path, "2")
    assert split.classes == CLASSES
    assert (len(split.train), len(split.test)) == (84, 12)
    assert {ref.group for ref in split.test} == {f"{name}/g08" for name in CLASSES}


@pytest.mark.slow
def test_side_by_side_gives_the_same_files(folder: Path, tmp_path: Path) -> None:
    make(tmp_path, **{**SMALL, "processes": 2})
    assert _bytes(tmp_path) == _bytes(folder)
