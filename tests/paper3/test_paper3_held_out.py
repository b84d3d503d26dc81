"""Which training videos C3D and VGG_act are trained on, and which epoch's weights are kept (A17)."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from helpers.experiments import experiment_of
from repro.experiment import training
from repro.experiment.experiment import Experiment
from repro.paper3 import frames
from repro.paper3.recipe import Recipe, recipe
from repro.training.results import BEST, FINAL, FitResult
from repro.training.run_folder import RunFolder
from repro.types import Split, VideoRef

REFS = tuple(
    VideoRef(f"{k}/{n}", Path("none.avi"), k, f"{k}/{n}", content="seen") for k in (0, 1) for n in range(20)
)
LAST = {"activitynet": BEST, "hollywood2": FINAL}


@pytest.fixture
def experiment(tmp_path: Path) -> Iterator[Experiment]:
    lengths = dict.fromkeys((ref.video_id for ref in REFS), 40)
    with RunFolder(tmp_path / "run") as folder:
        yield experiment_of(
            tmp_path, folder, Split("demo", "1", ("a", "b"), REFS, ()), recipe("tiny"), lengths
        )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What each training was asked for."""
    found: list[dict[str, Any]] = []

    def fit(build: Any, data: Any, *, folder: Path, select_best: bool, **others: Any) -> FitResult:
        found.append({"data": data, "folder": folder, "select_best": select_best, **others})
        return FitResult(folder / (BEST if select_best else FINAL), folder / FINAL, None, None, ())

    monkeypatch.setattr(training, "fit", fit)
    return found


def of_task(task: str) -> Recipe:
    return replace(recipe("tiny"), task=task)


@pytest.mark.parametrize("name", ["c3d", "act"])
@pytest.mark.parametrize("task", LAST)
def test_the_weights_are_looked_for_where_training_leaves_them(
    task: str, name: str, experiment: Experiment, asked: list[dict[str, Any]]
) -> None:
    made, classes = frames.prepared(experiment, of_task(task), name)
    assert (made, classes) == frames.to_be_prepared(experiment, of_task(task), name)
    assert made.name == LAST[task]


def test_a_tenth_chooses_the_epoch_on_activitynet(
    experiment: Experiment, asked: list[dict[str, Any]]
) -> None:
    frames.prepared(experiment, of_task("activitynet"), "c3d")
    (one,) = asked
    assert one["select_best"]
    assert len(one["validation"].refs) == 4
    assert {*one["data"].refs, *one["validation"].refs} == set(REFS)


def test_all_are_trained_on_and_nothing_is_chosen_on_hollywood2(
    experiment: Experiment, asked: list[dict[str, Any]]
) -> None:
    frames.prepared(experiment, of_task("hollywood2"), "c3d")
    (one,) = asked
    assert not one["select_best"]
    assert one["validation"] is None
    assert one["data"].refs == REFS


def test_a_network_whose_epoch_a_tenth_chose_does_not_answer(
    experiment: Experiment, asked: list[dict[str, Any]]
) -> None:
    """It lies in another folder, under another identity."""
    several = of_task("hollywood2")
    frames.prepared(experiment, several, "c3d")
    settings = frames.network_settings(several, "c3d")
    before = training.fine_tuned_file(experiment, frames.kind_of(several, "c3d"), settings)
    assert asked[0]["folder"] != before.parent
    wanted = {**experiment.trained_on(), **settings, "held_out": 0, "start": {"pretraining": "random"}}
    assert asked[0]["settings"] == wanted


@pytest.mark.parametrize("task", LAST)
def test_c3d_of_other_chunks_is_another_network(task: str) -> None:
    """Pooled over time to one step, its weights have the same shapes: nothing else would tell them apart."""
    of_presets = [recipe(preset) for preset in ("paper", "demo", "tiny")]
    asked = [
        replace(each, task=task, window_frames=factor * each.window_frames)
        for each in of_presets
        for factor in (1, 2, 4)
    ]
    found = [frames.network_settings(each, "c3d") for each in asked]
    assert all(one not in found[:number] for number, one in enumerate(found))
    assert [each["chunk_frames"] for each in found] == [16, 32, 64] + 2 * [4, 8, 16]
    assert len({str(frames.network_settings(each, "act")) for each in asked[:3]}) == 1  # of single frames
