"""A prediction as one line for people."""

from __future__ import annotations

from repro.evaluation.certainty import UNCERTAIN
from repro.inference.prediction import VideoPrediction

TOP = 3  # classes that are named


def in_words(prediction: VideoPrediction, *, first_sure: bool = True) -> str:
    """`golf (81 %), then catch (7 %), clap (3 %); first sure after 0.4 s`.

    Where the run can tell that it is not sure enough, `uncertain (golf, 41 %)` stands for the first of them,
    and what it was sure of on the way behind them: `sure after 0.4 s, no longer at the end`.
    """
    named = [(name, f"{100 * share:.0f} %") for name, share in prediction.top(TOP)]
    (best, share), *others = named
    words = f"{best} ({share})" if prediction.answer == best else f"{UNCERTAIN} ({best}, {share})"
    if others:
        words += f", then {', '.join(f'{name} ({value})' for name, value in others)}"
    if not first_sure or prediction.certainty is None:
        return words
    sure = prediction.first_sure
    if sure is None:
        return f"{words}; never sure"
    of = "" if sure.label == prediction.label else f" of {prediction.classes[sure.label]}"
    if prediction.answer == UNCERTAIN:
        return f"{words}; sure{of} after {sure.seconds:.1f} s, no longer at the end"
    return f"{words}; first sure{of} after {sure.seconds:.1f} s"
