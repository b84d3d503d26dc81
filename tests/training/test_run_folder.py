"""One owner, one recipe, an honest environment."""

import dataclasses
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from repro.provenance import assumed, stated
from repro.training.run_folder import RunFolder
from repro.types import InputError

ROOT = Path(__file__).resolve().parents[2]
FACT = {"label": [0], "group": "g", "segment": None, "content": "bytes", "frames": 9}
OTHER = {**FACT, "content": "others"}


@dataclass(frozen=True)
class Recipe:
    epochs: int = stated(3, "section 4")
    sizes: tuple[int, ...] = assumed((1, 2), "not stated")


def test_recipe_is_written_with_its_origins(tmp_path: Path) -> None:
    with RunFolder(tmp_path) as folder:
        folder.write_recipe(Recipe(), dataset="demo")
    written = json.loads((tmp_path / "recipe.json").read_text())
    assert written["recipe"] == {"epochs": 3, "sizes": [1, 2]}
    assert written["origin"]["sizes"] == "assumed: not stated"
    assert written["dataset"] == "demo"


def test_another_recipe_is_refused_until_fresh(tmp_path: Path) -> None:
    with RunFolder(tmp_path) as folder:
        folder.write_recipe(Recipe())
        folder.finish("train", {})
        folder.write_recipe(Recipe())
        with pytest.raises(InputError, match=r"recipe\.epochs 3 -> 4"):
            folder.write_recipe(dataclasses.replace(Recipe(), epochs=4))
    with RunFolder(tmp_path, fresh=True) as folder:
        assert not folder.finished("train", {})
        folder.write_recipe(dataclasses.replace(Recipe(), epochs=4))


def test_fresh_deletes_only_runs(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="not a run"), RunFolder(tmp_path, fresh=True):
        pass
    assert (tmp_path / "thesis.txt").exists()


def test_an_interrupted_fresh_start_can_be_asked_for_again(tmp_path: Path) -> None:
    def interrupted(folder: Path) -> None:
        raise KeyboardInterrupt

    with RunFolder(tmp_path) as folder:
        folder.write_recipe(Recipe())
        folder.finish("train", {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "iterdir", lambda path: iter([path / "recipe.json", path / "stages"]))
        patch.setattr(shutil, "rmtree", interrupted)
        with pytest.raises(KeyboardInterrupt), RunFolder(tmp_path, fresh=True):
            pass
    with RunFolder(tmp_path, fresh=True) as folder:
        assert not folder.finished("train", {})


def test_environment_keeps_every_session(tmp_path: Path) -> None:
    with RunFolder(tmp_path) as folder:
        folder.write_environment(seed=1, command="first")
        latest = folder.write_environment(seed=1, command="second")
    sessions = json.loads((tmp_path / "environment.json").read_text())["sessions"]
    assert [s["command"] for s in sessions] == ["first", "second"]
    assert sessions[1] == latest
    assert latest["packages"]["keras"] == __import__("keras").__version__
    assert latest["python"] == sys.version.split()[0]
    assert latest["device"]
    assert "model name" not in latest["device"]  # what the system calls the line, not the processor
    assert latest["revision"]


def _begin(folder: RunFolder) -> None:
    folder.write_recipe(Recipe())
    folder.write_videos({"a": FACT}, {"c": FACT})
    folder.write_environment(seed=0, command="again")


@pytest.mark.parametrize("name", ["recipe.json", "videos.json", "environment.json"])
@pytest.mark.parametrize("content", ["", "{", "[1]", "null"])
def test_a_damaged_note_is_one_line(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with RunFolder(tmp_path) as folder, pytest.raises(InputError, match=rf"{name} is damaged .*--no-resume"):
        _begin(folder)


@pytest.mark.parametrize("content", ["", "{", "[1]", "null", "{}"])
def test_a_stage_whose_mark_is_damaged_is_made_anew(tmp_path: Path, content: str) -> None:
    with RunFolder(tmp_path) as folder:
        folder.finish("score a", {"seed": 1})
        (mark,) = (tmp_path / "stages").iterdir()
        mark.write_text(content)
        assert not folder.finished("score a", {"seed": 1})


def test_stages_remember_their_settings(tmp_path: Path) -> None:
    with RunFolder(tmp_path) as folder:
        assert not folder.finished("score a+b", {"seed": 1})
        folder.finish("score a+b", {"seed": 1, "sizes": (1, 2)})
        assert folder.finished("score a+b", {"sizes": [1, 2], "seed": 1})
        assert not folder.finished("score a+b", {"sizes": [1, 2], "seed": 2})
        assert not folder.finished("score b", {"sizes": [1, 2], "seed": 1})
        folder.begin("score a+b")
        folder.begin("score b")  # never finished
        assert not folder.finished("score a+b", {"sizes": [1, 2], "seed": 1})


def test_a_model_answers_for_its_training_videos(tmp_path: Path) -> None:
    with RunFolder(tmp_path) as folder:
        assert folder.write_videos({"a": FACT, "b": FACT}, {"c": FACT}) == []
        assert folder.write_videos({"a": FACT}, {"c": FACT}) == []  # nothing is trained yet
        (tmp_path / "sequence").mkdir()
        assert folder.write_videos({"a": FACT}, {"c": FACT}) == []
        with pytest.raises(InputError, match=r"1 videos -> 2.*--no-resume") as refused:
            folder.write_videos({"a": FACT, "b": FACT}, {"c": FACT})
        with pytest.raises(InputError, match="contents of 1 video"):
            folder.write_videos({"a": OTHER}, {"c": FACT})
        assert folder.write_videos({"a": FACT}, {"c": FACT}) == []  # refused, the note stays
    assert "\n" not in str(refused.value)


def test_results_of_other_test_videos_go(tmp_path: Path) -> None:
    result = tmp_path / "results" / "row.json"
    result.parent.mkdir()
    result.write_text("{}")
    (tmp_path / "sequence").mkdir()
    (tmp_path / "videos.json").write_text(json.dumps({"train": {"a": FACT}, "test": {"c": FACT}}))
    with RunFolder(tmp_path) as folder:
        assert folder.write_videos({"a": FACT}, {"c": FACT}) == []
        assert result.exists()
        assert folder.write_videos({"a": FACT}, {"c": OTHER, "d": FACT}) == [
            "1 videos -> 2",
            "contents of 1 video",
        ]
        assert not result.exists()


def test_results_of_other_training_videos_go_where_nothing_was_trained_in_the_folder(tmp_path: Path) -> None:
    result = tmp_path / "results" / "table1_logistic-regression.json"
    result.parent.mkdir()
    with RunFolder(tmp_path) as folder:
        folder.write_videos({"a": FACT}, {"c": FACT})
        result.write_text("{}")
        folder.write_videos({"a": FACT}, {"c": FACT})
        assert result.exists()
        folder.write_videos({"a": OTHER}, {"c": FACT})
        assert not result.exists()


def test_models_from_before_videos_were_noted_are_refused(tmp_path: Path) -> None:
    (tmp_path / "sequence").mkdir()
    with RunFolder(tmp_path) as folder, pytest.raises(InputError, match=r"earlier version.*--no-resume"):
        folder.write_videos({"a": FACT}, {"c": FACT})


def _owner(folder: Path) -> "subprocess.Popen[str]":
    code = (
        "import sys; from pathlib import Path; from repro.training.run_folder import RunFolder\n"
        f"with RunFolder(Path({str(folder)!r})): print('mine', flush=True); sys.stdin.read()"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == "mine\n"
    return owner


@pytest.mark.slow
def test_one_process_at_a_time(tmp_path: Path) -> None:
    owner = _owner(tmp_path)
    try:
        with pytest.raises(InputError, match=f"in use by process {owner.pid} "), RunFolder(tmp_path):
            pass
    finally:
        owner.kill()
        owner.communicate()
    assert f"process {owner.pid} " in (tmp_path / "run.lock").read_text()
    with RunFolder(tmp_path):  # the dead owner's lock is taken over
        pass
