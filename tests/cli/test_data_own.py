"""A folder or a CSV works where the name of a data set does."""

import json
from pathlib import Path

import pytest

from helpers.clips import write_numbered
from helpers.tiny_demo import tiny_demo
from repro.cli import main
from repro.cli.papers import chosen_rows
from repro.cli.registry import PAPERS
from repro.types import Split


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


def test_a_path_and_a_folder_contradict_each_other(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", str(home), "list", "--data", str(home)]) == 2
    assert "is itself the data; leave out --data" in capsys.readouterr().err


def test_an_unknown_word_names_both_ways(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["paper2", "kinetics"])
    error = capsys.readouterr().err
    assert "'kinetics'; there are: demo, ucf101, jhmdb21, ut_interaction, or name a folder" in error
    with pytest.raises(SystemExit):
        main(["paper2", "hmdb51"])  # a data set, but not of this paper
    assert "'hmdb51'; there are" in capsys.readouterr().err


@pytest.mark.parametrize("number", PAPERS)
def test_every_paper_has_rows_for_it(number: int) -> None:
    split = Split("own-dance-1", "1", ("run",), (), ())
    rows = chosen_rows(PAPERS[number], "own-dance-1", ["all"], split)
    assert len(rows) > 3
    assert all((row.dataset, row.printed) == ("own-dance-1", None) for row in rows)
    assert not {row.metric for row in rows} & {"recall", "tube_map", "highlighting"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("paper", "row"),
    [
        ("paper1", "table4/ours"),
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
    (results,) = (home / "home" / "results" / paper).iterdir()
    assert results.name.startswith("own-two-classes-")
    contents = [json.loads(path.read_text()) for path in results.glob("*.json")]
    assert contents
    assert all(content["printed"] is None for content in contents)
    assert all(0 <= content["own"]["mean"]["value"] <= 100 for content in contents)
