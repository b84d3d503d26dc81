"""The one loop over video files: for each a JSON file, and the pictures and videos of its paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from repro.atomic import fitting, naming, temporary_name, together, write_json
from repro.inference.json_form import by_frame, video_of, without_frames
from repro.inference.prediction import VideoPrediction
from repro.inference.predictor import Predictor
from repro.paths import seen_from_here
from repro.video import decode

LONGEST_ENDING = "-timeline.png"  # of the files that are called after a video, whichever paper's they are


class Predictions(NamedTuple):
    """predictions: of every video that could be read. broken: the others, with the reason."""

    predictions: list[VideoPrediction]
    broken: list[tuple[Path, str]]


def predict_videos(
    paths: Sequence[Path],
    predictor: Predictor,
    out_dir: Path,
    *,
    model: Mapping[str, Any] | None = None,
    render: bool = True,
    report: Callable[[VideoPrediction], None] = lambda prediction: None,
) -> Predictions:
    """`predict_video` for each; a video that does not decode is listed at the end and stops nothing.

    The files are called after the videos, see `distinct_names`; earlier ones of the same video are replaced,
    those of others stay. report: called with each prediction once its files are on disk. Raises OSError where
    the disk refuses; what was reported is then still there.
    """
    predictions, broken = list[VideoPrediction](), list[tuple[Path, str]]()
    if not paths:
        return Predictions(predictions, broken)
    make_folder(out_dir)
    with closing(predictor.predict_each(paths)) as each:
        endings = predictor.endings if render else ()
        names = distinct_names(paths, lambda name, path: is_taken(out_dir / name, endings, str(path)))
        for path, name, prediction in zip(paths, names, each, strict=True):
            try:
                if isinstance(prediction, decode.BrokenVideo):
                    raise prediction
                _write(prediction, predictor, out_dir / name, model, render)
            except decode.BrokenVideo as error:
                broken.append((path, error.reason))
                continue
            predictions.append(prediction)
            report(prediction)
    return Predictions(predictions, broken)


def predict_video(
    path: Path,
    predictor: Predictor,
    out_dir: Path,
    *,
    model: Mapping[str, Any] | None = None,
    name: str | None = None,
    render: bool = True,
) -> VideoPrediction:
    """Predict a video, write `out_dir/NAME.json` and what the predictor renders, called NAME as well.

    model: where the networks came from, copied into the JSON file. name: default the video's. render: False
    for the JSON file alone, which takes a fraction of the time. Raises BrokenVideo for the video, OSError for
    files that cannot be written: then none of them is there.
    """
    name = name or distinct_names([path])[0]
    make_folder(out_dir)
    prediction = predictor.predict(path)
    _write(prediction, predictor, out_dir / name, model, render)
    return prediction


def _write(
    prediction: VideoPrediction,
    predictor: Predictor,
    stem: Path,
    model: Mapping[str, Any] | None,
    render: bool,
) -> None:
    """The files of a prediction, whose names begin with `stem`, or none of them."""
    files = [stem.with_name(stem.name + ending) for ending in predictor.endings if render]
    content = stem.with_name(f"{stem.name}.json")
    with together(content, *files):
        if render:
            predictor.render(prediction, *files)
        write_json(
            content,
            without_frames(prediction, model or {}, [file.name for file in files]),
            last={} if prediction.probabilities is None else {"by_frame": by_frame(prediction)},
        )


def make_folder(folder: Path) -> None:
    """Make the folder for predictions. Raises OSError, before the long work, where nothing can be written."""
    folder.mkdir(parents=True, exist_ok=True)
    proof = temporary_name(folder / "proof")
    with naming(folder, proof):
        proof.touch()
        proof.unlink()


def distinct_names(
    paths: Sequence[Path], taken: Callable[[str, Path], bool] = lambda name, path: False
) -> list[str]:
    """A file name for each video, its own without suffix; where several are called alike, with a number.

    (`clip`, `clip-2`.) One that is too long for the file system with its longest ending is shortened. taken:
    whether a name cannot be that of a path, see `is_taken`.
    """
    names: list[str] = []
    for path in paths:
        name, number = fitting(path.stem, LONGEST_ENDING), 1
        while name in names or taken(name, path):
            number += 1
            name = fitting(f"{path.stem}-{number}", LONGEST_ENDING)
        names.append(name)
    return names


def is_taken(stem: Path, endings: Sequence[str], video: str = "") -> bool:
    """Whether a file whose name is `stem` with an ending, or its JSON, is there and not of this video.

    video: as it is stored. Without one every file counts: a camera shows something new each time.
    """
    files = [stem.with_name(stem.name + ending) for ending in (".json", *endings)]
    stored = video_of(files[0]) if video else None
    ours = stored is not None and same_video(stored, video)
    return not ours and any(file.is_file() for file in files)


def same_video(one: str, other: str) -> bool:
    """Whether two names of a video file mean the same path, seen from the current folder."""
    return seen_from_here(one) == seen_from_here(other)
