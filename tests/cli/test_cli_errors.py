"""Wrong input: one line that says what, where and what to do; exit status 2; no traceback."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from helpers.tiny_demo import tiny_demo
from repro import cli, papers
from repro.cli import main
from repro.cli.asked import splits_asked

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Run a command that must fail with status 2 and one line; returns the line."""
    try:
        status = main(arguments)
    except SystemExit as stop:
        status = stop.code
    said = capsys.readouterr().err.splitlines()
    lines = [line for line in said if line.strip() and "counting frames" not in line]
    assert status == 2
    assert len(lines) == 1, lines
    assert lines[0].startswith("error: ")
    return lines[0]


def test_no_data(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = _error(["paper2", "ucf101"], capsys)
    assert str(home / "data" / "ucf101") in line
    assert "crcv.ucf.edu" in line
    assert "bash run.sh paper2 demo" in line


def test_wrong_folder(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"not a video")
    assert str(tmp_path / "photos") in _error(
        ["paper2", "ucf101", "--data", str(tmp_path / "photos")], capsys
    )


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["paper2", "demo", "--colour"], "--colour"),
        (["paper2", "kinetics"], "kinetics"),
        (["paper9", "demo"], "paper9"),
        (["paper2", "demo", "--split", "4"], "4"),
        (["paper2", "demo", "--preset", "huge"], "huge"),
        ([], "COMMAND"),
        (["predict"], "VIDEO"),
        (["paper2", "demo", "--seed", str(2**32)], "4294967295"),
        (["paper2", "demo", "--devices", "0"], "1 or more"),
        (["summary", "paper2", "--classes", "-3"], "1 or more"),
        (["app", "--port", "65536"], "at most 65535"),
        (["paper2", "x" * 5000], "class folders"),
    ],
)
def test_unknown_words(arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert named in _error(arguments, capsys)


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["papr2", "demo"], "paper2"),
        (["PAPER2", "demo"], "paper2"),
        (["paper6", "demo"], "paper1, paper2, paper3, paper4 or paper5"),
        (["paper2", "ucf-101"], "ucf101"),
        (["paper2", "demo", "--spilt", "2"], "--split"),
        (["paper2", "demo", "--presets=tiny"], "--preset"),
        (["paper2", "demo", "--preset", "papr"], "paper"),
        (["paper2", "demo", "--stage", "secuence"], "sequence"),
        (["paper2", "demo", "--rows", "tabel3"], "table3"),
        (["paper2", "demo", "--rows", "table4/action-lstm/latst"], "table4/action-lstm/latest"),
        (["paper2", "demo", "--pretraining", "standing"], "standin"),
        (["data", "demo", "vrify"], "verify"),
        (["weights", "ftch"], "fetch"),
        (["summary", "papr3"], "paper3"),
        (["summary", "paper3", "--preset", "tinny"], "tiny"),
        (["recipe", "paper2", "--preset", "quik"], "quick"),
        (["weights", "fetch", "efficientnet_lit0"], "efficientnet_lite0"),
        (["weights", "convert", "x", "--as", "vgg16_imagnet"], "vgg16_imagenet"),
        (["weights", "make", "standin_vgg61"], "standin_vgg16"),
        (["bench", "real_tim"], "real_time"),
        (["campaign", "--dry-run", "papr2"], "paper2"),
    ],
)
def test_a_misspelt_word_is_answered_with_the_nearest(
    home: Path, arguments: list[str], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"; did you mean {meant}?" in _error(arguments, capsys)


@pytest.mark.parametrize(
    "words",
    [
        ["predict", ""],
        ["predict", "x.avi", "--out", ""],
        ["train", ""],
        ["data", "", "verify"],
        ["data", "demo", "verify", "--data="],
        ["paper2", ""],
        ["publish", ""],
    ],
)
def test_an_empty_path_is_not_the_current_folder(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "an empty path; name a file or a folder" in _error(words, capsys)


@pytest.mark.parametrize("name", ["-dash.mp4", "-holiday.mp4", "--out.mp4"])
def test_a_file_whose_name_looks_like_an_option(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "./" not in _error(["predict", name], capsys)
    Path(name).touch()
    assert f"; for the file write ./{name}; see: bash run.sh predict --help" in _error(
        ["predict", name], capsys
    )


@pytest.mark.parametrize("words", [["predict", "a\nb"], ["paper2", "demo", "--a\nb"], ["train", "a\nb"]])
def test_a_word_of_two_lines_is_told_in_one(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert "a\\nb" in _error(words, capsys)


@pytest.mark.parametrize(("words", "goes_on"), [(["rows"], False), (["data", "demo", "list"], True)])
def test_only_who_goes_on_says_so(
    words: list[str], goes_on: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(options: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "run", interrupted)
    assert main(words) == 130
    assert capsys.readouterr().err == "\ninterrupted" + goes_on * cli.GOES_ON + "\n"


@pytest.mark.parametrize("words", [["paper3", "demo"], ["summary", "paper3"], ["recipe", "paper3"]])
def test_a_preset_of_another_paper_is_not_offered(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    line = _error([*words, "--preset", "quik"], capsys)
    assert "there are: paper, demo, tiny, lite" in line
    assert "quick" not in line


def test_a_word_like_no_other_is_answered_with_all(capsys: pytest.CaptureFixture[str]) -> None:
    line = _error(["paper2", "kinetics"], capsys)
    assert "did you mean" not in line
    assert "demo, ucf101, jhmdb21, ut_interaction" in line
    assert "did you mean" not in _error(["paper2", "hmdb51"], capsys)  # well spelt, but not of this paper


@pytest.fixture
def own_data(tmp_path: Path) -> Path:
    """A folder of two classes; what it holds is no video, which only decoding would tell."""
    for name in ("dance", "rest"):
        (tmp_path / "own" / name).mkdir(parents=True)
        for number in range(4):
            (tmp_path / "own" / name / f"{number}.avi").write_bytes(b"no video")
    return tmp_path / "own"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--rows", "table9"], "no row begins with 'table9'"),
        (["--split", "4"], "no split '4'"),
        (["--stage", "localise"], "no stage 'localise' in paper2"),
        pytest.param(
            *(["--devices", "9"], "--devices 9: only 2 GPUs are visible; ask for at most"),
            marks=pytest.mark.slow,
        ),
        (["--pretraining", "nowhere.npz"], "no pre-trained weights at nowhere.npz"),
    ],
)
@pytest.mark.parametrize("own", [False, True])
def test_what_is_asked_for_is_refused_before_anything_is_drawn_or_decoded(
    home: Path,
    own_data: Path,
    own: bool,
    asked: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if "--devices" in asked:
        monkeypatch.setattr("tensorflow.config.list_physical_devices", lambda kind: [kind] * 2)
    assert said in _error(["paper2", str(own_data) if own else "demo", *asked], capsys)
    assert not home.exists()


def test_other_files_of_a_run_are_asked_for_first(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = _error(["paper4", "demo", "--scores", f"iDT={tmp_path / 'idt.csv'}"], capsys)
    assert f"no file {tmp_path / 'idt.csv'} with scores of iDT" in line
    line = _error(["paper4", "demo", "--start-from", str(tmp_path / "run")], capsys)
    assert f"{tmp_path / 'run'} is not a finished run of paper4 (No such file or directory)" in line
    (tmp_path / "model.json").write_text('{"paper": 3}')
    line = _error(["paper4", "demo", "--start-from", str(tmp_path)], capsys)
    assert "it is of paper 3" in line
    assert not home.exists()


@pytest.mark.parametrize(
    ("asked", "splits"),
    [(["3", "1", "3"], ("3", "1")), (["all"], ("1", "2", "3")), (["2", "all"], ("1", "2", "3"))],
)
def test_a_split_is_run_once_however_often_it_is_named(asked: list[str], splits: tuple[str, ...]) -> None:
    assert splits_asked("demo", asked) == splits


def test_a_row_of_another_split_is_refused_before_the_first_split_runs(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = _error(["paper5", "hmdb51", "--split", "1", "2", "--rows", "table4/split1-late"], capsys)
    assert "no row begins with 'table4/split1-late' on hmdb51, split 2" in line


@pytest.mark.slow
def test_predict_without_a_run(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    video = tmp_path / "clip.mp4"
    video.write_bytes(b"")
    assert "clip.mp4 could not be read" in _error(["predict", str(video)], capsys)  # by the one that ships
    assert "bash run.sh paper3 demo" in _error(["predict", str(video), "--highlight"], capsys)  # none ships
    monkeypatch.setattr(papers, "shipped_run", lambda: None)
    assert "bash run.sh paper2 demo" in _error(["predict", str(video)], capsys)
    assert "nowhere.mp4" in _error(["predict", "nowhere.mp4"], capsys)
    assert "not a finished run" in _error(["predict", str(video), "--run", str(tmp_path)], capsys)


@pytest.fixture
def broken_demo(tmp_path: Path) -> Path:
    """The tiny demo set with one truncated and one empty video."""
    folder = tmp_path / "broken"
    shutil.copytree(tiny_demo(), folder)
    run, wave = (sorted((folder / "UCF-101" / name).glob("*.avi")) for name in ("Run", "Wave"))
    run[0].write_bytes(run[0].read_bytes()[: run[0].stat().st_size // 2])
    wave[0].write_bytes(b"")
    return folder


@pytest.mark.slow
def test_broken_videos_stop_the_run_and_are_listed(
    home: Path, broken_demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["paper2", "demo", "--data", str(broken_demo), "--stage", "data"]
    line = _error(command, capsys)
    assert "2 of 60 videos" in line
    assert "--skip-broken" in line
    listing = (home / "runs" / "broken-demo.txt").read_text()
    assert "v_Run_g01_c01" in listing
    assert "v_Wave_g01_c01" in listing
    assert main([*command, "--skip-broken"]) == 0
    assert "40 test videos" in capsys.readouterr().out


def test_a_name_that_is_not_utf_8_is_told_and_listed(
    home: Path, own_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (own_data / "dance" / os.fsdecode(b"cr\xe8me.avi")).write_bytes(b"no video")
    assert "9 of 9 videos do not decode" in _error(["paper2", str(own_data), "--stage", "data"], capsys)
    (listing,) = (home / "runs").glob("broken-own-*.txt")
    assert "dance/cr\\xe8me\tits path is not UTF-8" in listing.read_text()


def test_an_unknown_row_names_what_there_is(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = _error(["paper2", "demo", "--rows", "table9"], capsys)
    assert "table9" in line
    assert "table4" in line


def test_an_old_python_is_refused(tmp_path: Path) -> None:
    old = tmp_path / "python3.8"
    old.write_text('#!/bin/sh\ncase "$1" in -c) exit 1;; --version) echo Python 3.8.1;; esac\n')
    old.chmod(0o755)
    result = subprocess.run(
        ["bash", str(ROOT / "run.sh"), "rows"],
        env={"PATH": "/usr/bin:/bin", "PYTHON": str(old), "REPRO_VENV": str(tmp_path / "venv")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert "Python 3.11" in result.stderr
    assert "3.8.1" in result.stderr
    assert not (tmp_path / "venv").exists()
