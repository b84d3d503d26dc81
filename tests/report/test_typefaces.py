"""Letters that DejaVu Sans lacks are drawn by another font, or named in one line; never as warnings."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from repro.report import lettering, typeface
from repro.report.figure import chart
from repro.report.overlays import overlay_frames

HIRAGANA = "の"  # in STIX, which matplotlib carries, and not in DejaVu Sans
CHINESE = ("跑步", "站立")


def _forget() -> None:
    typeface.fallback.cache_clear()
    lettering.mask.cache_clear()
    typeface._said.clear()


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Nothing is remembered of other tests, and every warning is an error."""
    _forget()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
    _forget()


def _bars(path: Path, names: tuple[str, ...]) -> None:
    with chart(path, 4, 2, "classes") as axes:
        axes.barh(range(len(names)), [1.0] * len(names), tick_label=names)


def test_another_font_helps_out(
    tmp_path: Path, drawn: list[Figure], capsys: pytest.CaptureFixture[str]
) -> None:
    _bars(tmp_path / "a.png", (HIRAGANA, "run"))
    (label, _) = drawn[0].axes[0].get_yticklabels()
    entry = typeface.fallback(HIRAGANA)
    assert entry is not None
    assert label.get_fontfamily() == ["DejaVu Sans", entry.name]
    question, helped = (lettering.mask(text, 20)[0] for text in (typeface.INSTEAD, HIRAGANA))
    assert helped.any()
    assert helped.shape != question.shape
    assert capsys.readouterr().err == ""
    assert typeface.fallback("a") is None


def test_what_no_font_has_is_named_once_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(typeface, "_installed", list)
    for name in ("a.png", "b.png"):
        _bars(tmp_path / name, ("run", *CHINESE))
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith("no installed font has all letters of '跑步', '站立': ")
    assert (tmp_path / "b.png").stat().st_size > 0


def test_an_overlay_names_the_classes_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(typeface, "_installed", list)
    frames, probabilities = np.zeros((2, 24, 32, 3), np.uint8), np.full((2, 2), 0.5)
    assert len(list(overlay_frames(frames, probabilities, CHINESE, fps=25))) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_other_warnings_go_on() -> None:
    with pytest.raises(UserWarning, match="something else"):
        typeface.drawn_whole(Figure(), lambda: warnings.warn("something else", UserWarning, stacklevel=1))
