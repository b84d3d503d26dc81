"""What a run makes once: its mark, and the networks that runs share."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from helpers.experiments import experiment_of
from repro.experiment import training
from repro.experiment.experiment import Experiment
from repro.training.run_folder import RunFolder
from repro.types import Split


@pytest.fixture
def experiment(tmp_path: Path) -> Iterator[Experiment]:
    split = Split("demo", "1", ("a", "b"), (), ())
    with RunFolder(tmp_path / "run") as folder:
        yield experiment_of(
            tmp_path, folder, split, SimpleNamespace(pretraining="standin", backbone="efficientnet_lite0"), {}
        )


def test_a_step_that_was_cut_off_is_made_again_for_the_settings_that_it_had_before(
    experiment: Experiment, tmp_path: Path
) -> None:
    """Of A, then of B and killed before its mark, then of A again: what lies there is B's."""
    path = tmp_path / "made"

    def cut_off(path: Path) -> None:
        path.write_text("B")
        raise KeyboardInterrupt

    experiment.artifact("step", {"of": "A"}, path, lambda path: path.write_text("A") and None)
    with pytest.raises(KeyboardInterrupt):
        experiment.artifact("step", {"of": "B"}, path, cut_off)
    experiment.artifact("step", {"of": "A"}, path, lambda path: path.write_text("A") and None)
    assert path.read_text() == "A"


def test_a_network_answers_for_the_file_that_it_started_from(
    experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By content: the same words can name another file tomorrow, or from another folder."""
    monkeypatch.chdir(tmp_path)

    def files() -> tuple[Path, Path]:
        return (
            training.fine_tuned_file(experiment, "frame", {"recipe": {}}),
            training.untrained_file(experiment, "frozen", {"recipe": {}}),
        )

    found = {}
    for name, word, path in (
        ("standin", "standin", "standin_vgg16.npz"),
        ("lite", "imagenet", "efficientnet_lite0.npz"),
        ("own", "mine.npz", "mine.npz"),
    ):
        experiment.recipe.pretraining = word
        found[name] = (
            files()
        )  # of the word alone: nothing lies there, and the run stops elsewhere, with a line
        Path(path).write_bytes(b"one")
        found[f"{name}, one"] = files()
        Path(path).write_bytes(b"other")
        found[f"{name}, other"] = files()
        Path(path).write_bytes(b"one")
        assert files() == found[f"{name}, one"]
    experiment.recipe.pretraining = "random"
    found["random"] = files()
    assert len({path for each in found.values() for path in each}) == 2 * len(found)
