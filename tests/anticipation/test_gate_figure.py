"""The figure that sets gates side by side: only where a run has several, each under its own name."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from repro.anticipation import figures
from repro.report import plots
from repro.types import Scores

PREDICTED, CONTEXT, TRUE = figures.GATES


def _scores(right: float) -> Scores:
    """Two clips of two frames and two classes; `right`: probability of the true class."""
    labels = np.array([0, 1])
    one = np.array([[right, 1 - right], [1 - right, right]], np.float32)
    lengths = np.array([2, 2])
    return Scores(("a", "b"), labels, lengths, lengths, np.repeat(one[:, None], 2, axis=1))


def _drawn(monkeypatch: pytest.MonkeyPatch, *gates: str) -> dict[str, list[float]]:
    """Percent by label of what is drawn of a run that has the model with these gates."""
    drawn: dict[str, list[float]] = {}

    def curves(path: Path, curves: list[plots.Curve], **_: object) -> None:
        assert path == Path("figures/gates.png")
        drawn.update({curve.label: [*curve.percent] for curve in curves if curve.averaged})

    monkeypatch.setattr(figures.plots, "accuracy_curves", curves)
    run = SimpleNamespace(
        pipeline=SimpleNamespace(name=lambda fields: fields.get("select", "predicted")),
        experiment=SimpleNamespace(recipe=SimpleNamespace(frame_step=2)),
        of_model={gate: _scores(0.9 if gate == "oracle" else 0.1) for gate in gates},
        folder=Path("figures"),
        heading="",
        classes=("a", "b"),
    )
    run._present = lambda models: figures.Figures._present(run, models)
    run._curves = lambda *what: figures.Figures._curves(run, *what)
    figures.Figures._gates(run)
    return drawn


def test_each_gate_is_a_curve_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _drawn(monkeypatch, "predicted", "oracle") == {PREDICTED: [0, 0], TRUE: [100, 100]}
    assert set(_drawn(monkeypatch, "predicted", "context", "oracle")) == {PREDICTED, CONTEXT, TRUE}


def test_one_gate_alone_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _drawn(monkeypatch, "predicted") == {}
