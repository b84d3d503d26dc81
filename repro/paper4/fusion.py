"""Paper 4's fusion: the product of several models' scores, and of other methods' (Tables 3 and 4, A9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from repro import score_file
from repro.evaluation.fusion import choose_exponents, fuse
from repro.experiment.experiment import Experiment
from repro.types import InputError, Row, Scores, VideoRef

ScoresOf = Callable[[Mapping[str, Any], str], Path]  # a model's overrides, part -> its score file


def fused(experiment: Experiment, row: Row, own: Path | None, scores_of: ScoresOf) -> Path:
    """The score file of a row whose model is fused with others (`product_with`) and methods (`outside`).

    own: the scores of the row's model; None: methods alone. InputError where those of one were not given.
    """
    options = row.metric_options
    others, outside = options.get("product_with", ()), options.get("outside", ())
    missing = [name for name in outside if name not in experiment.outside]
    if missing:
        raise InputError(
            f"Table 4 needs scores of {', '.join(missing)}; give each with --scores 'NAME=FILE' "
            "(the form is described in repro/score_file.py), or leave table4 out of --rows"
        )
    path = experiment.folder.path / "scores" / f"{row.id.replace('/', '-')}.npz"
    ours, held_out = [], []
    if own is not None:
        ours = [fuse([score_file.read(own), *(score_file.read(scores_of(each, "test")) for each in others)])]
    if not outside:
        fused = ours[0]
    else:
        if own is not None:
            models = (row.overrides, *others)
            held_out = [fuse([score_file.read(scores_of(each, "validation")) for each in models])]
        fused = _with_outside(experiment, ours, held_out, outside)
    score_file.write(path, fused)
    return path


def _with_outside(
    experiment: Experiment, ours: list[Scores], held_out: list[Scores], outside: Sequence[str]
) -> Scores:
    """The product of our scores, if any, and other methods'; exponents by held-out training videos (A9)."""

    def theirs(refs: Sequence[VideoRef]) -> list[Scores]:
        return [
            score_file.read_csv(experiment.outside[name], refs, experiment.split.classes) for name in outside
        ]

    validation = experiment.subset("validation", experiment.recipe.validation_fraction)
    exponents = choose_exponents([*held_out, *theirs(validation)])
    names = [*("VideoLSTM" for _ in ours), *outside]
    print(f"      exponents of {', '.join(names)}: {exponents}")
    return fuse([*ours, *theirs(experiment.split.test)], exponents)
