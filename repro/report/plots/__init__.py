"""Figures of results as PNG files, one function for each kind, by topic in the files of this folder.

What evaluation hands out goes in as it is, in fractions; axes are in percent. Accuracies are drawn from 0 to
100, because a cut axis makes differences look larger than they are.
"""

from repro.report.plots.calibration import reliability_diagram
from repro.report.plots.classes import confusion, per_class
from repro.report.plots.curves import Curve, accuracy_curves, profile_curves, time_to_action
from repro.report.plots.training import training_curves

__all__ = [
    "Curve",
    "accuracy_curves",
    "confusion",
    "per_class",
    "profile_curves",
    "reliability_diagram",
    "time_to_action",
    "training_curves",
]
