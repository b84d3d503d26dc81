"""Papers 1 and 2: what is sure enough, from the held-out training videos of a run.

One temperature and one threshold serve every observed share: of a stream nobody knows which share of the
action is over, and a tenth of the training videos is too few for one of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from repro import score_file
from repro.anticipation import scoring
from repro.anticipation.features import Features
from repro.anticipation.networks import WITH_LABELS
from repro.anticipation.recipe import Recipe
from repro.evaluation.anticipation import scores_after
from repro.evaluation.certainty import Certainty, fitted, outcome
from repro.experiment.experiment import Experiment
from repro.experiment.exported import FILE, ExportedRun
from repro.types import InputError, Scores

PARTS = ("first frame", "20%", "50%", "100%")
PRECISION = 0.9  # wanted of the sure ones
FACT = "certainty"  # in `model.json`


def fit(held_out: Scores) -> Certainty:
    """From the scores of the held-out training videos, averaged over the frames up to each of `PARTS`."""
    by_part = {part: scores_after(held_out, part, pooled=True) for part in PARTS}
    return fitted(held_out.labels, by_part, PRECISION)


def outcomes(certainty: Certainty, scores: Scores) -> dict[str, dict[str, float | None]]:
    """Coverage and precision of the sure ones after each of `PARTS`, 0..1."""
    return {
        part: outcome(certainty, scores.labels, scores_after(scores, part, pooled=True)) for part in PARTS
    }


def of_held_out(
    experiment: Experiment, features: Features, recipe: Recipe, name: str, trained: Path
) -> Mapping[str, Any]:
    """What `model.json` holds of a model's certainty, which is printed too.

    Nothing where the label of the held-out videos gates them (readings of A3).
    """
    if recipe.select in WITH_LABELS:
        return {}
    held_out = score_file.read(
        scoring.score(experiment, features, recipe, name, trained, subset="validation")
    )
    certainty = fit(held_out)
    print(f"      {in_words(certainty, held_out)}")
    return {FACT: certainty.facts()}


def of_run(run: ExportedRun) -> Certainty | None:
    """That of a finished run, or None where its version had none; InputError for another form."""
    if FACT not in run.facts:
        return None
    try:
        return Certainty.of(run.facts[FACT])
    except (TypeError, KeyError, ValueError) as error:
        raise InputError(f"{run.folder / FILE} is of another version ({error}); run it again") from error


def in_words(certainty: Certainty, held_out: Scores) -> str:
    """One line: from where on a prediction is sure, and how many of the held-out ones are."""
    wanted = f"{100 * certainty.precision:.0f} % precision"
    if certainty.threshold is None:
        return f"no confidence reaches {wanted} on {certainty.videos} held-out videos: all is uncertain"
    covered = ", ".join(
        f"{100 * (each['coverage'] or 0):.0f} % after {part}"
        for part, each in outcomes(certainty, held_out).items()
    )
    return (
        f"sure from {100 * certainty.threshold:.0f} % on ({wanted} on {certainty.videos} held-out videos, "
        f"temperature {certainty.temperature:.2f}): {covered}"
    )
