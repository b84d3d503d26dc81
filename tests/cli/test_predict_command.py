"""`predict`: what its words name, the line it prints of each video, the table of all."""

import csv
import json
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from helpers.clips import write_numbered
from helpers.web import Site, serving
from repro import cli
from repro.cli import main, predict
from repro.evaluation.certainty import Certainty
from repro.inference.prediction import FirstSure, VideoPrediction
from repro.inference.stream import Stream
from repro.inference.stream_predictor import StreamPredictor
from repro.types import InputError
from repro.video.decode import VideoInfo

SURE = Certainty(1.0, 0.6, 0.9, 0.5, 10, ("50%",))
CLASSES = ("golf", "catch", "clap", "wave")


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run whose network sees a clip's number in its green."""

    def advance(images, memory):
        red = images["rgb"][..., 1].mean() / 255
        return {"frame": np.array([[1 - red, red / 2, red / 4, red / 4]], np.float32)}, {}

    run = SimpleNamespace(
        paper=2, folder=Path(), model="ms_lstm", origin=lambda: {"dataset": "demo", "split": "1", "seed": 0}
    )
    monkeypatch.setattr(predict, "ExportedRun", SimpleNamespace(read=lambda folder: run))
    monkeypatch.setattr(
        predict,
        "load_predictor",
        lambda folder, options: StreamPredictor(Stream(advance, CLASSES, 8, 50), certainty=SURE),
    )


def test_folders_files_and_addresses_make_one_table(
    made_up: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, green in (("b/one.avi", 0), ("b/deeper/two.avi", 250), ("three.avi", 120)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        write_numbered(tmp_path / name, 4, tag=green)
    (tmp_path / "b/notes.txt").write_text("no video")
    with serving(Site((tmp_path / "three.avi").read_bytes())) as site:
        words = [str(tmp_path / "three.avi"), str(tmp_path / "b"), site.url]
        assert main(["predict", "--run", ".", *words, "--out", str(tmp_path / "out")]) == 0
        url = site.url
    with (tmp_path / "out/predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    videos = [tmp_path / "three.avi", tmp_path / "b/one.avi", tmp_path / "b/deeper/two.avi", url]
    assert [row["video"] for row in rows] == [str(each) for each in videos]
    assert [row["label"] for row in rows] == ["uncertain", "golf", "uncertain", "uncertain"]
    assert [row["class_1"] for row in rows] == ["golf", "golf", "catch", "golf"]
    assert [row["first_sure_s"] for row in rows] == ["", "0.000", "", ""]
    stored = json.loads((tmp_path / "out/one.json").read_text())
    assert [each["class"] for each in stored["top3"]] == ["golf", "catch", "clap"]
    assert stored["first_sure"] == {"at_frame": 0, "at_s": 0.0, "as_class": "golf"}
    (table,) = (tmp_path / "out").glob("http-*.csv")
    assert len(table.read_text().splitlines()) == 5
    assert json.loads(table.with_suffix(".json").read_text())["files"] == [table.name]
    printed = capsys.readouterr().out
    assert "one.avi: golf (" in printed
    assert f"{url}, until it ends or Ctrl-C:\n" in printed


def test_a_source_that_is_not_there_stops_none_of_the_others(
    made_up: None, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_numbered(tmp_path / "one.avi", 3)
    with serving(Site(b"", status=404)) as site:
        words = [site.url, str(tmp_path / "one.avi")]
        assert main(["predict", "--run", ".", *words, "--out", str(tmp_path / "out")]) == 2
    (error,) = _said(capfd.readouterr().err)  # and FFmpeg has no lines of its own
    assert error.startswith(f"error: {site.url} cannot be opened; ")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["one.json", "predictions.csv"]


def _said(errors: str) -> list[str]:
    """The lines on stderr without the bars."""
    return [line for line in errors.splitlines() if line and "frame/s]" not in line]


def _predicted(tmp_path: Path, *words: Path) -> int:
    return main(["predict", "--run", ".", *map(str, words), "--out", str(tmp_path / "out"), "--no-overlay"])


def _table(tmp_path: Path) -> list[tuple[str, str]]:
    """Video and first class of each line."""
    with (tmp_path / "out/predictions.csv").open(newline="") as file:
        return [(row["video"], row["class_1"]) for row in csv.DictReader(file)]


def test_a_later_call_keeps_the_lines_of_other_videos(made_up: None, tmp_path: Path) -> None:
    one, other = tmp_path / "a/clip.avi", tmp_path / "b/clip.avi"
    for path, green in ((one, 0), (other, 250)):
        path.parent.mkdir()
        write_numbered(path, 3, tag=green)
    assert _predicted(tmp_path, one) == _predicted(tmp_path, other) == 0
    assert _table(tmp_path) == [(str(one), "golf"), (str(other), "catch")]
    write_numbered(one, 3, tag=250)
    assert _predicted(tmp_path, one) == 0
    assert _table(tmp_path) == [(str(other), "catch"), (str(one), "catch")]
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["clip-2.json", "clip.json", "predictions.csv"]


def test_a_file_that_several_words_name_is_predicted_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "more").mkdir()
    for name in ("one.avi", "more/one.avi"):
        (tmp_path / name).touch()
    words = ["more/../one.avi", "one.avi", ".", str(tmp_path / "one.avi")]
    assert predict.asked_for(words).files == [Path("more/../one.avi"), Path("more/one.avi")]


@pytest.mark.parametrize(("raised", "status"), [(KeyboardInterrupt, 130), (BrokenPipeError, 141)])
def test_what_was_predicted_before_the_end_is_in_the_table(
    raised: type[BaseException],
    status: int,
    made_up: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    paths = [tmp_path / f"{name}.avi" for name in "abc"]
    for path in paths:
        write_numbered(path, 3)
    whole = predict._report

    def report(prediction: VideoPrediction) -> None:
        if prediction.path == paths[1]:
            raise raised
        whole(prediction)

    monkeypatch.setattr(predict, "_report", report)
    monkeypatch.setattr(cli, "_output_is_lost", lambda: True)
    assert _predicted(tmp_path, *paths) == status
    assert [video for video, _ in _table(tmp_path)] == [str(path) for path in paths[:2]]
    said = capsys.readouterr()
    assert "a line for each in predictions.csv" in said.out
    assert _said(said.err) == (["interrupted"] if status == 130 else [])


@pytest.mark.parametrize("content", [b"", b"name,age\nme,3\n", b"\xff\xfe"])
def test_another_table_of_that_name_is_refused_before_the_work(
    content: bytes, made_up: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_numbered(tmp_path / "one.avi", 3)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/predictions.csv").write_bytes(content)
    assert _predicted(tmp_path, tmp_path / "one.avi") == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(
        f"error: {tmp_path}/out/predictions.csv is no table of predictions; move it away"
    )
    assert (tmp_path / "out/predictions.csv").read_bytes() == content


def test_a_name_of_two_lines_is_printed_in_one(
    made_up: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_numbered(tmp_path / "plain.avi", 3)
    path, broken = tmp_path / "a\nb.avi", tmp_path / os.fsdecode(b"cr\xe8me.avi")
    (tmp_path / "plain.avi").rename(path)
    broken.touch()
    assert _predicted(tmp_path, path, broken) == 2
    said = capsys.readouterr()
    assert f"{tmp_path}/a\\nb.avi: golf (" in said.out
    assert _said(said.err) == [f"error: {tmp_path}/cr\\xe8me.avi could not be read: the file is empty"]
    assert _table(tmp_path) == [(str(path), "golf")]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["none.avi", "nothing.mp4"], "error: no video at none.avi, nothing.mp4\n"),
        (["{folder}"], "error: no video in {folder} or in a folder below it\n"),
        (["ftp://host/clip.mp4"], "error: ftp://host/clip.mp4: wanted an address that begins with "),
    ],
)
def test_what_names_no_video_is_one_line(
    tmp_path: Path, words: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", *(word.format(folder=tmp_path) for word in words)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(line.format(folder=tmp_path))
    assert error.count("\n") == 1


def test_a_run_that_reads_whole_clips_takes_no_camera(made_up: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predict, "load_predictor", lambda folder, options: SimpleNamespace())
    options = SimpleNamespace(
        videos=["0"],
        run_folder=Path(),
        highlight=False,
        moments=1,
        seconds=1.0,
        out=Path("out"),
        no_overlay=True,
    )
    with pytest.raises(InputError, match="needs one of papers 1, 2, 4"):
        predict.run_predict(options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scores", "sure", "words"),
    [
        ([0.7, 0.2, 0.06, 0.04], FirstSure(4, 0.4, 0), "golf (70 %){} (6 %); first sure after 0.4 s"),
        (
            [0.7, 0.2, 0.06, 0.04],
            FirstSure(0, 0.0, 1),
            "golf (70 %){} (6 %); first sure of catch after 0.0 s",
        ),
        ([0.5, 0.2, 0.16, 0.14], None, "uncertain (golf, 50 %){} (16 %); never sure"),
        (
            [0.5, 0.2, 0.16, 0.14],
            FirstSure(4, 0.4, 1),
            "uncertain (golf, 50 %){} (16 %); sure of catch after 0.4 s, no longer at the end",
        ),
    ],
)
def test_a_video_in_words(scores: list[float], sure: FirstSure | None, words: str) -> None:
    assert predict.in_words(_prediction(scores, sure)) == words.format(", then catch (20 %), clap")


def _prediction(scores: list[float], sure: FirstSure | None) -> VideoPrediction:
    return VideoPrediction(
        path=Path("a.avi"),
        info=VideoInfo(9, 9, 1, 1, 10.0),
        classes=CLASSES,
        scores=np.array(scores),
        rule="mean",
        certainty=SURE,
        first_sure=sure,
    )


@pytest.mark.parametrize(
    ("endings", "words"),
    [
        ((), "JSON"),
        ((".webm",), "JSON and videos"),
        (("-timeline.png", "-reel.webm"), "JSON and pictures and videos"),
    ],
)
def test_only_what_was_drawn_is_said_to_lie_there(
    endings: tuple[str, ...], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    predict._write_table([_prediction([0.7, 0.2, 0.06, 0.04], None)], endings, tmp_path)
    assert capsys.readouterr().out.startswith(f"{words} in ")
