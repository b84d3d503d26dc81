"""A folder or a CSV works where the name of a data set does."""

import json
import os
import shutil
from pathlib import Path

import pytest

from helpers.clips import write_numbered
from helpers.tiny_demo import tiny_demo
from repro.cli import main
from repro.cli.papers import chosen_rows
from repro.papers import PAPERS
from repro.types import Split

FOUR = ["run/a.avi,run", "run/b.avi,run", "sit/a.avi,sit", "sit/b.avi,sit"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    return tmp_path


def test_verify_and_list_of_a_folder(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for tag, name in enumerate(("run/a", "run/b", "sit/a", "sit/b")):
        (home / "mine" / name).parent.mkdir(parents=True, exist_ok=True)
        write_numbered(home / "mine" / f"{name}.avi", 6, tag)
    assert main(["data", str(home / "mine"), "verify"]) == 0
    assert ": 4 videos, 24 frames decoded" in capsys.readouterr().out
    assert main(["data", str(home / "mine"), "list"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "    0 run                          1     1",
        "    1 sit                          1     1",
    ]
    (home / "mine" / "sit" / "b.avi").write_bytes(b"no video")
    assert main(["data", str(home / "mine"), "verify"]) == 1
    assert "broken: sit/b: not a video" in capsys.readouterr().out


def test_a_name_that_is_not_utf8_is_named_and_the_others_are_decoded(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for tag, name in enumerate(("a/1", "a/2", "b/1", "b/2")):
        (home / "mine" / name).parent.mkdir(parents=True, exist_ok=True)
        write_numbered(home / "mine" / f"{name}.avi", 6, tag)
    (home / "mine" / "a" / "1.avi").rename(home / "mine" / "a" / os.fsdecode(b"caf\xe9.avi"))
    assert main(["data", str(home / "mine"), "verify"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(": 4 videos, 18 frames decoded")
    assert lines[2].startswith(
        r"broken: a/caf\xe9: its path is not UTF-8, which OpenCV cannot open; rename it"
    )


@pytest.mark.parametrize("suffix", [".mov", ".MOV", ".gif"])
def test_verify_names_what_does_not_decode_or_is_not_taken(
    home: Path, capsys: pytest.CaptureFixture[str], suffix: str
) -> None:
    """By its suffix a video, by its content none; and below `train` and `test`, which are the split."""
    for tag, name in enumerate(("train/run/a", "train/sit/b", "test/run/c", "test/sit/d")):
        (home / "mine" / name).parent.mkdir(parents=True, exist_ok=True)
        write_numbered(home / "mine" / f"{name}.avi", 6, tag)
    (home / "mine" / "test" / "sit" / f"e{suffix}").write_bytes(b"no video")
    (home / "mine" / "test" / "sit" / "notes.txt").write_bytes(b"no video")
    assert main(["data", str(home / "mine"), "verify"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "split 1: 2 train, 3 test; no published numbers of these"
    assert lines[2].endswith("/mine/test/sit: no video, by its suffix: notes.txt")
    assert lines[3].startswith("broken: sit/e: not a video")
    assert lines[4] == "left out: no video, by its suffix (test/sit/notes.txt)"
    assert lines[5].startswith("2 faults (1 unused, 1 broken)")
    assert main(["data", str(home / "mine"), "list"]) == 0
    assert lines[4] == capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize(
    ("rows", "decoded", "fault"),
    [
        ([*FOUR, "run/c.avi,run"], 4, "missing: {file}:6: "),
        (
            ["run/a.avi,run,train", "run/b.avi,run,train", "sit/a.avi,sit,train", "sit/b.avi,sit,test"],
            4,
            "list: {file}:2: no test clip of run; write test ",
        ),
        ([*FOUR, "run/../run/a.avi,sit"], 4, "duplicate: {file}:6: "),
        (FOUR[:2], 2, "list: {file}: one class, run; a model needs two"),
    ],
)
def test_faults_of_a_list_have_their_line_and_the_videos_are_decoded(
    home: Path, capsys: pytest.CaptureFixture[str], rows: list[str], decoded: int, fault: str
) -> None:
    for tag, name in enumerate(("run/a", "run/b", "sit/a", "sit/b")):
        (home / name).parent.mkdir(exist_ok=True)
        write_numbered(home / f"{name}.avi", 6, tag)
    file = home / "list.csv"
    file.write_text("\n".join(["path,label,split"[: 10 + 6 * (rows[0].count(",") - 1)], *rows]) + "\n")
    assert main(["data", str(file), "verify"]) == 1
    said = capsys.readouterr().out
    assert f": {decoded} videos, {6 * decoded} frames decoded" in said
    assert fault.format(file=file) in said
    assert "1 faults (1 " in said


def test_one_content_under_two_labels_is_a_fault_and_stops_a_run(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Parts of one file may differ in their label, equal parts may not."""
    lines = ["path,label,split,start,end"]
    for tag, name in enumerate(("run/a", "run/b", "sit/a", "sit/b")):
        (home / name).parent.mkdir(exist_ok=True)
        write_numbered(home / f"{name}.avi", 6, tag)
        lines.append(f"{name}.avi,{name[:3]},{'train' if name[-1] == 'a' else 'test'},,")
    shutil.copyfile(home / "run/a.avi", home / "sit/copy.avi")
    file = home / "list.csv"
    file.write_text("\n".join([*lines, "sit/copy.avi,sit,train,0,0.1"]) + "\n")
    assert main(["data", str(file), "verify"]) == 0
    file.write_text("\n".join([*lines, "sit/copy.avi,sit,train,,"]) + "\n")
    capsys.readouterr()
    assert main(["data", str(file), "verify"]) == 1
    (said,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("duplicate: ")]
    one, other = (home / "sit/copy.avi", home / "run/a.avi")
    wanted = (
        f"{one} (sit) has the same content as {other} (run); a video has one label, remove one of the two"
    )
    assert said == f"duplicate: {wanted}"
    assert main(["paper2", str(file), "--stage", "data"]) == 2
    assert capsys.readouterr().err == f"error: {wanted}\n"


def test_a_path_and_a_folder_contradict_each_other(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", str(home), "list", "--data", str(home)]) == 2
    assert "is itself the data; leave out --data" in capsys.readouterr().err


@pytest.mark.parametrize("action", ["make", "download"])
def test_own_data_is_neither_made_nor_fetched(
    home: Path, capsys: pytest.CaptureFixture[str], action: str
) -> None:
    assert main(["data", str(home), action]) == 2
    assert capsys.readouterr().err == f"error: {home} is data of your own; only verify and list are for it\n"


def test_an_unknown_word_names_both_ways(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["paper2", "kinetics"])
    error = capsys.readouterr().err
    assert (
        "'kinetics' here; there are: demo, ucf101, jhmdb21, ut_interaction, quick, or name a folder" in error
    )
    with pytest.raises(SystemExit):
        main(["paper2", "hmdb51"])  # a data set, but not of this paper
    assert "'hmdb51' here; there are" in capsys.readouterr().err


@pytest.mark.parametrize("number", PAPERS)
def test_every_paper_has_rows_for_it(number: int) -> None:
    split = Split("own-dance-1", "1", ("run",), (), ())
    rows = chosen_rows(PAPERS[number], "own-dance-1", ["all"], split)
    assert len(rows) > 3
    assert all((row.dataset, row.printed) == ("own-dance-1", None) for row in rows)
    assert not {row.metric for row in rows} & {"recall", "tube_map", "highlighting", "inside"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("paper", "row"),
    [
        pytest.param("paper1", "table4/ours", marks=pytest.mark.exhaustive),
        ("paper2", "table4/context+action"),
        ("paper3", "table1/lstm-c3d-fc6"),
        ("paper4", "table1/rgb-lstm"),
        pytest.param("paper5", "table1/late", marks=pytest.mark.exhaustive),
    ],
)
def test_a_paper_runs_on_a_list(home: Path, capsys: pytest.CaptureFixture[str], paper: str, row: str) -> None:
    """Half a second of twenty clips: every run reads, divides, trains and scores."""
    videos = [path for name in ("Run", "Wave") for path in sorted((tiny_demo() / "UCF-101" / name).iterdir())]
    lines = [f"{path},{path.parent.name},0.04,0.56,{path.stem.split('_')[2]}" for path in videos]
    file = home / "two classes.csv"
    file.write_text("\n".join(["path,label,start,end,group", *lines]) + "\n")
    assert main([paper, str(file), "--preset", "tiny", "--rows", row]) == 0
    said = capsys.readouterr().out
    assert "14 training and 6 test videos of 2 classes" in said
    assert "they are of 10 source groups, none of which is on both sides" in said
    (run,) = (home / "home" / "runs" / paper).iterdir()
    assert run.name.startswith("own-two-classes-")
    contents = [json.loads(path.read_text()) for path in (run / "results").glob("*.json")]
    assert contents
    assert all(content["printed"] is None for content in contents)
    assert all(0 <= content["own"]["mean"]["value"] <= 100 for content in contents)
