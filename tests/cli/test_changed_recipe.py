"""`--set` and `recipe`: a recipe with numbers of one's own, checked first and never taken for the paper's."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from repro.cli import main
from repro.cli.asked import chosen_recipe
from repro.cli.changed import changed
from repro.cli.parser import build_parser
from repro.cli.run_options import RunOptions
from repro.experiment import results
from repro.experiment.measure import Measured
from repro.experiment.results import Run
from repro.papers import PAPERS
from repro.paths import Paths
from repro.types import InputError, Row

ROOT = Path(__file__).resolve().parents[2]


def _run_options(home: Path, *words: str) -> RunOptions:
    options = build_parser().parse_args(["paper2", "demo", *words])
    return RunOptions(options, PAPERS[2], Paths(home), chosen_recipe(PAPERS[2], options), "1", 0)


@pytest.mark.parametrize(
    ("paper", "text", "value"),
    [
        (2, "units=128", 128),
        (2, "lstm_learning_rate=1e-2", 0.01),
        (2, "own_fc=True", True),
        (2, "loss=ce", "ce"),
        (2, "features=action,context", ("action", "context")),
        (2, "flow_dropout=0.5,0", (0.5, 0.0)),
        (3, "c3d_resized_px=64,80", (64, 80)),
        (3, "vgg_short_side_px=0", 0),
        (4, "rgb_crop_sides=1", (1.0,)),
        (5, "fine_tune_updates=0", 0),
    ],
)
def test_values_have_the_types_of_their_fields(paper: int, text: str, value: Any) -> None:
    found = vars(changed(PAPERS[paper].recipe("demo"), [text]))[text.partition("=")[0]]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("unitz=128", "did you mean units?"),
        ("=3", "no field ''"),
        ("units", "wanted units=VALUE"),
        ("units=1.5", "'1.5' is not a whole number"),
        ("units=0", "wanted 1 or more"),
        ("size_px=8", "wanted 32 or more"),
        ("own_fc=1", "'1' is not true or false"),
        ("lstm_learning_rate=1e999", "is not a number"),
        ("lstm_learning_rate=nan", "is not a number"),
        ("lstm_learning_rate=-0.1", "wanted 0 or more"),
        ("lstm_dropout=1.5", "wanted 0 to 1"),
        ("validation_fraction=0", "wanted 1e-06 to 0.5"),  # the loss on none selects no epoch
        ("flow_dropout=0.5", "wanted 2 values"),
        ("flow_dropout=0.5,2", "wanted 0 to 1"),
        ("loss=cee", "did you mean ce?"),
        ("features=context,depth", "no 'depth'"),
        ("features=context,context", "once"),
        ("pretraining=nowhere.npz", "no pre-trained weights at nowhere.npz"),
    ],
)
def test_what_cannot_be_is_one_line_before_anything_is_made(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    for command in (["paper2", "demo"], ["recipe", "paper2"]):
        assert main([*command, "--set", "lstm_batch=16", "--set", text]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("error: ")
        assert said in line
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("paper", "texts", "said"),
    [
        (1, ["variant=single_lstm"], "single_lstm takes one feature, not context, action"),
        (2, ["frame_step=2"], "vgg16 reads every frame; take frame_step=1"),
        (3, ["steps=5"], "window_frames 24 is not a multiple of steps 5"),
        (3, ["attended_frames=8"], "attended_frames 8 times start_grid 2"),
        (3, ["validation_fraction=0"], "wanted 1e-06 to 0.5"),
        (5, ["clip_len=9"], "last_frames 16 are more than clip_len 9"),
        (5, ["epochs=2"], "wanted 3 or more"),  # Figure 7 shows the third
    ],
)
def test_fields_that_do_not_go_together(paper: int, texts: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        changed(PAPERS[paper].recipe("demo"), texts)
    changed(PAPERS[1].recipe("demo"), ["variant=single_lstm", "features=context"])


def test_a_changed_recipe_has_a_folder_of_its_own(tmp_path: Path) -> None:
    plain = _run_options(tmp_path)
    other = _run_options(tmp_path, "--set", "units=128", "--set", "features=action,context")
    assert plain.folder.name == "demo-split1-demo-seed0"
    assert other.folder.name == "demo-split1-demo-seed0-features=action,context-units=128"
    assert "units=128" in other.heading()
    assert _run_options(tmp_path, "--set", "units=64").folder == plain.folder  # the preset's own number
    assert _run_options(tmp_path, "--pretraining", "random").folder == plain.folder


def test_names_of_many_changes_stay_legal(tmp_path: Path) -> None:
    weights = tmp_path / ("w" * 120) / ("e" * 120)
    weights.parent.mkdir()
    weights.touch()
    name = _run_options(tmp_path, "--set", f"pretraining={weights}").folder.name
    assert len(name) <= 255
    assert "/" not in name


def test_a_run_folder_says_who_changed_what(tmp_path: Path) -> None:
    from repro.training.run_folder import RunFolder

    chosen = _run_options(tmp_path, "--pretraining", "random", "--set", "loss=ce").chosen
    assert chosen.changed == {"loss": "ce"}
    with RunFolder(tmp_path / "run") as folder:
        folder.write_recipe(chosen.recipe, chosen.base, chosen.preset)
    written = json.loads((tmp_path / "run" / "recipe.json").read_text())
    assert written["preset"] == "demo"
    assert written["recipe"]["loss"] == "ce"
    assert written["origin"]["loss"].startswith("changed by you (paper: anticipation): 3.1")
    assert written["origin"]["pretraining"].startswith("changed by you (demo preset: standin): ")
    assert written["origin"]["units"].startswith("preset (paper: 2048): ")
    assert written["origin"]["lstm_batch"].startswith("stated: ")


def test_rows_of_a_changed_recipe_are_not_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = Row(paper=2, id="table1/a", table="1", row="a", dataset="demo")
    about = {"split": "1", "seed": 0, "preset": "demo", "pretraining": "standin", "dataset": "demo"}
    made = {"revision": "r", "device": "d", "date": "t", "command": "c", "versions": {}}
    run = Run(**about, **made, changed={"units": 128, "loss": "ce"})  # type: ignore[arg-type]
    path = results.record(tmp_path / "run" / "results", row, run, Measured({"value": 50.0}, {}), 2, {})
    assert results.load(path)["runs"][0]["changed"] == {"units": 128, "loss": "ce"}
    assert main(["publish", str(tmp_path / "run"), "--out", str(tmp_path / "out")]) == 2
    assert "--set loss, units" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_recipe_tells_every_field(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["recipe", "paper5", "--preset", "demo", "--set", "epochs=3"]
    assert main([*asked, "--json"]) == 0
    fields = json.loads(capsys.readouterr().out)
    assert set(fields) == set(vars(PAPERS[5].Recipe()))
    assert fields["epochs"]["origin"] == "changed by you (demo preset: 30)"
    assert fields["channels"]["origin"] == "preset (paper: 256)"
    assert main(asked) == 0
    shown = capsys.readouterr().out
    assert "\nThe maps of a frame\n" in shown
    assert all(f"  {name} " in shown for name in fields)


def test_recipe_loads_no_engine() -> None:
    asked = "import sys; from repro.cli import main; main(['recipe', 'paper3']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"tensorflow", "keras", "cv2"} & set(done.stdout.splitlines()[-1].split())
