"""Which figures a run of paper 5 gets, and from what: a pipeline that only hands out files and arrays."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from repro import score_file
from repro.paper5.figures import Figures
from repro.paper5.networks import UPDATE_LOSS
from repro.paper5.recipe import Recipe, model_name, recipe
from repro.paper5.scoring import Outputs
from repro.report import plots
from repro.types import Scores, VideoRef
from repro.video import decode
from repro.video.encode import write_video

pytestmark = pytest.mark.slow  # with all its like, too long for the fast tests

CLASSES = tuple("abcdefghij")  # ten, of which eight are shown
PRINTED = ("eat", "clap", "catch", "run", "jump", "kiss", "smile", "turn")
T, FRAMES = 6, 4  # a clip longer than the video
RECIPE = recipe("tiny")
PLAIN = model_name(RECIPE, {"lambda_att": 0.0})


def _scores(right: int) -> Scores:
    predicted = np.where(np.arange(10) < right, np.arange(10), 0)
    return Scores(
        video_ids=tuple(f"{name}/clip" for name in CLASSES),
        labels=np.arange(10),
        lengths_frames=np.full(10, FRAMES),
        observed_frames=np.ones(10, np.int64),
        scores=np.eye(10, dtype=np.float32)[predicted][:, None],
    )


class Finished:
    """What `Figures` asks of a pipeline whose run is over."""

    def __init__(self, home: Path, models: tuple[str, ...], classes: tuple[str, ...] = CLASSES) -> None:
        video = home / "clip.avi"
        write_video(video, (np.full((24, 32, 3), 60 * t, np.uint8) for t in range(FRAMES)), 5, "ffv1")
        test = tuple(VideoRef(f"{name}/clip", video, k, f"{name}/g") for k, name in enumerate(classes))
        split = SimpleNamespace(classes=classes, test=test)
        self.experiment = SimpleNamespace(folder=SimpleNamespace(path=home), split=split, recipe=RECIPE)
        self.models = {n: RECIPE if n == "late" else replace(RECIPE, lambda_att=0.0) for n in models}
        self.networks: dict[str, Path] = {}
        self.trained: dict[str, Path] = {}
        self.projected: list[int] = []
        for number, name in enumerate(models):
            folder = home / "sequence" / name
            folder.mkdir(parents=True)
            (folder / "history.csv").write_text("epoch,loss\n1,5\n2,4\n3,3\n")
            lines = "".join(f"{i},{9 - i + number}\n" for i in range(1, 7))
            (folder / "updates.csv").write_text(f"update,{UPDATE_LOSS}\n" + lines)
            self.trained[name] = folder / "final.npz"
        score_file.write(home / "scores/late.npz", _scores(9))

    def name(self, overrides: dict[str, Any]) -> str:
        return model_name(RECIPE, overrides)

    def trained_name(self, recipe: Recipe) -> str:
        return model_name(RECIPE, {"lambda_att": recipe.lambda_att})

    def scores_at_epoch(self, name: str, epoch: int) -> Path:
        path = self.experiment.folder.path / f"{epoch}.npz"
        score_file.write(path, _scores(2 * epoch))
        return path

    def look(self, name: str, ref: VideoRef) -> Outputs:
        self.projected.append(ref.label)
        maps = np.full((T, 3, 3), 1 / 9, np.float32)
        return Outputs(
            np.minimum(np.arange(T), FRAMES - 1),
            np.full((T, 10), 0.1, np.float32),
            maps,
            {"pool4": maps, "conv5_3": maps},
        )

    def responses(self, name: str, ref: VideoRef) -> dict[str, Any]:
        return {level: np.full((T, 3, 3), 7.0, np.float32) for level in ("pool4", "conv5_3")}


def _figures(pipeline: Any) -> Figures:
    return Figures(pipeline, "a run", "late", [])


def test_every_figure_and_the_video_are_made(tmp_path: Path) -> None:
    pipeline = Finished(tmp_path, ("late", PLAIN))
    for epoch in (1, 3):
        (tmp_path / "sequence/late" / f"epoch-{epoch}.npz").touch()
    made = _figures(pipeline).make()
    names = {
        "attention", "classes", "confusion", "confusion_by_epoch", "convergence", "joint_maps", "train-late",
        f"train-{PLAIN}",
    }  # fmt: skip
    assert {path.name for path in made["figures"].iterdir()} == {f"{name}.png" for name in names}
    assert all(imread(path).ndim == 3 for path in made["figures"].iterdir())
    assert decode.probe(made["video"]).frames == T
    # Eight classes from first to last of ten; then the joint maps: also of the model without a regulariser.
    assert pipeline.projected == [0, 1, 3, 4, 5, 6, 8, 9, 0, 0]


def test_what_was_not_trained_is_not_drawn(tmp_path: Path) -> None:
    figures = _figures(Finished(tmp_path, ("late",)))
    figures.convergence()
    figures.confusions_by_epoch()
    assert not figures.folder.exists()


def test_the_figures_are_handed_what_belongs_to_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = Finished(tmp_path, ("late", PLAIN))
    for epoch in (1, 3):
        (tmp_path / "sequence/late" / f"epoch-{epoch}.npz").touch()
    given: dict[str, Any] = {}
    for name in ("convergence", "confusions", "joint_maps"):
        monkeypatch.setattr(
            plots, name, lambda *args, _name=name, **options: given.update({_name: (args, options)})
        )
    figures = _figures(pipeline)
    figures.convergence()
    figures.confusions_by_epoch()
    figures.joint_maps()
    runs = given["convergence"][0][1]
    assert [path.parent.name for path in runs.values()] == ["late", PLAIN]
    assert given["convergence"][1]["steps_per_epoch"] == 2  # 6 updates in 3 epochs
    matrices = given["confusions"][0][1]
    assert {words: int(matrix.trace()) for words, matrix in matrices.items()} == {
        "after epoch 1": 2,
        "after epoch 3": 6,
    }
    frames, energies = given["joint_maps"][0][1:3]
    assert list(energies) == ["conv5_3", "pool4"]
    assert frames[:, 0, 0, 0].tolist() == [0, 60, 120, 180, 180, 180]


def test_without_an_unregularised_model_the_energies_are_vggs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the regularised model follow the attention: the figure would show nothing else."""
    given: list[Any] = []
    monkeypatch.setattr(
        plots, "joint_maps", lambda *args, **options: given.append((args[2], options["title"]))
    )
    _figures(Finished(tmp_path, ("late",))).joint_maps()
    [(energies, title)] = given
    assert (energies["conv5_3"] == 7).all()
    assert title == "energies: VGG-16; attention: late fusion; a/clip"


@pytest.mark.parametrize(
    ("classes", "shown"),
    [(("brush_hair", *sorted(PRINTED), "wave"), PRINTED), (CLASSES, tuple("abdefgij"))],
)
def test_figure_6_shows_the_printed_classes_where_they_are(
    classes: tuple[str, ...], shown: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []
    monkeypatch.setattr(plots, "attention_examples", lambda path, examples, **options: given.extend(examples))
    _figures(Finished(tmp_path, ("late",), classes)).examples()
    assert tuple(words for _, _, words in given) == shown
