"""Figures are looked into before they become pixels."""

import pytest
from matplotlib.figure import Figure

from repro.report import figure


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that are drawn, in order."""
    figures: list[Figure] = []
    canvas = figure.FigureCanvasAgg
    monkeypatch.setattr(figure, "FigureCanvasAgg", lambda made: (figures.append(made), canvas(made)))
    return figures
