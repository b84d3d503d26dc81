"""Figures of results as PNG files, one function for each kind, by topic in the files of this folder.

What evaluation hands out goes in as it is, in fractions; axes are in percent. Accuracies are drawn from 0 to
100, because a cut axis makes differences look larger than they are.
"""

from repro.report.plots.attention import AttentionRow, attention_grid, cell_states
from repro.report.plots.calibration import reliability_diagram
from repro.report.plots.classes import confusion, confusions, per_class, right_by_class
from repro.report.plots.course import probability_course
from repro.report.plots.curves import Curve, accuracy_curves, profile_curves, time_to_action
from repro.report.plots.highlighting import (
    ClassGain,
    Detected,
    attention_over_time,
    class_gains,
    detection_bars,
    reel_timeline,
)
from repro.report.plots.joint import attention_examples, joint_maps
from repro.report.plots.localisation import ThresholdCurve, localisation_steps, threshold_curves
from repro.report.plots.training import convergence, training_curves

__all__ = [
    "AttentionRow",
    "ClassGain",
    "Curve",
    "Detected",
    "ThresholdCurve",
    "accuracy_curves",
    "attention_examples",
    "attention_grid",
    "attention_over_time",
    "cell_states",
    "class_gains",
    "confusion",
    "confusions",
    "convergence",
    "detection_bars",
    "joint_maps",
    "localisation_steps",
    "per_class",
    "probability_course",
    "profile_curves",
    "reel_timeline",
    "reliability_diagram",
    "right_by_class",
    "threshold_curves",
    "time_to_action",
    "training_curves",
]
