"""What `import repro` offers: a trained model for videos and streams, and its training on own videos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro.cli.start_up import hush
from repro.experiment.exported import ExportedRun
from repro.papers import load_predictor, model_that_ships
from repro.types import InputError

if TYPE_CHECKING:
    from repro.inference.prediction import VideoPrediction
    from repro.inference.predictor import Predictor
    from repro.inference.stream import Stream


class Model:
    """A finished run, ready for videos and streams.

    run: what its folder states: data set, split, seed, recipe, facts. classes: K names.
    """

    def __init__(self, run: ExportedRun, predictor: Predictor) -> None:
        self.run, self.predictor = run, predictor
        self.classes = predictor.classes

    def __repr__(self) -> str:
        run = self.run
        return f"<paper {run.paper}, {run.model}: {len(self.classes)} classes of {run.dataset}>"

    def predict_video(self, path: str | Path) -> VideoPrediction:
        """A whole video file: `answer`, `confidence`, `scores` [K], and what else the model has.

        Raises BrokenVideo, an InputError, for a file that does not decode.
        """
        return self.predictor.predict(Path(path))

    def stream(self) -> Stream:
        """For frames one by one: `start()` makes a state, `step(frame, state)` a prediction and the next one.

        Raises InputError for a model that reads whole clips (papers 3 and 5).
        """
        stream: Stream | None = getattr(self.predictor, "stream", None)
        if stream is None:
            raise InputError(
                f"{self.run.folder} is a run of paper {self.run.paper}, which reads whole clips; papers 1, 2 "
                "and 4 predict frame by frame"
            )
        return stream


def load(run: str | Path | None = None) -> Model:
    """The model of a finished run's folder; without one the model that ships: 21 actions of real video.

    Raises InputError for a folder that is no run, or of another version, and where no model ships.
    """
    hush()
    folder = model_that_ships() if run is None else Path(run)
    return Model(ExportedRun.read(folder), load_predictor(folder))


def train(videos: str | Path, paper: int = 2, **options: Any) -> Model:
    """A model of your own videos, as `bash run.sh train` makes it, and continues it after an interruption.

    videos: a folder of class folders, or a CSV (path, label, ...). paper: whose main model. options: those of
    the command by name, as `preset="lite"`, `seed=0`, `out="my/runs"`, `set=["units=128"]`; None
    is the command without it. Raises InputError for data, options and recipes that the command refuses.
    """
    hush()
    from repro.cli.train import train as train_as_asked

    return load(train_as_asked(str(videos), paper, options))
