"""The papers by number, known before anything heavy is imported."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from repro import paper1, paper2, paper3, paper4, paper5
from repro.experiment.exported import FILE, ExportedRun
from repro.experiment.paper import Paper
from repro.inference.options import PredictionOptions
from repro.nearest import there_are
from repro.paths import default_paths, weights_folder
from repro.types import InputError

if TYPE_CHECKING:
    from repro.inference.predictor import Predictor

SHIPPED = "paper2_jhmdb21"  # below weights/: a trained model, so that `predict` works before any training

PAPERS: Mapping[int, Paper] = {
    module.PAPER.number: module.PAPER for module in (paper1, paper2, paper3, paper4, paper5)
}


def paper_named(name: str) -> Paper:
    """`paper2` -> the paper; InputError for a name that is none."""
    paper = next((each for each in PAPERS.values() if each.name == name), None)
    if paper is None:
        names = [paper.name for paper in PAPERS.values()]
        raise InputError(f"no paper {name!r}{there_are(name, names)}")
    return paper


def newest_run(*, highlights: bool = False) -> Path:
    """The run folder that was finished last, of any paper or of those that highlight; else what ships.

    InputError with the command that makes one.
    """
    runs = default_paths().runs
    papers = [paper.name for paper in PAPERS.values() if paper.highlights or not highlights]
    finished = [path for name in papers for path in runs.glob(f"{name}/*/{FILE}")]
    shipped = None if highlights else shipped_run()
    if not finished and shipped:
        return shipped
    if not finished:
        where = runs / (papers[0] if len(papers) == 1 else "paper*")
        usual = papers[0] if highlights else "paper2"
        raise InputError(
            f"no finished run in {where}; train one with: bash run.sh {usual} demo, "
            "or name one with --run DIR"
        )
    return max(finished, key=lambda path: path.stat().st_mtime).parent


def shipped_run() -> Path | None:
    """The folder of the trained model that ships with the project, where it is there."""
    folder = weights_folder() / SHIPPED
    return folder if (folder / FILE).is_file() else None


def model_that_ships() -> Path:
    """`shipped_run` for who asks for it and no other; InputError where it is not there."""
    folder = shipped_run()
    if folder is None:
        raise InputError("no model ships with this checkout; restore weights/, or name the folder of a run")
    return folder


def load_predictor(folder: Path, options: PredictionOptions | None = None) -> Predictor:
    """A finished run, ready for video files, whichever paper's it is.

    Raises InputError for a folder that is none, one of another version, and a model that cannot predict.
    """
    run = ExportedRun.read(folder)
    return paper_of(run).predictor(run, options or PredictionOptions())


def paper_of(run: ExportedRun) -> Paper:
    """The paper that a run is of; InputError for one that is not here."""
    if run.paper not in PAPERS:
        raise InputError(f"{run.folder} is a run of paper {run.paper}, which is not here")
    return PAPERS[run.paper]
