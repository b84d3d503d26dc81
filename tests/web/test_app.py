"""The app without a browser: what its page is given of a video, and what stands in its way."""

from collections.abc import Callable
from pathlib import Path

import pytest

from helpers import tiny_runs
from helpers.tiny_demo import tiny_demo
from repro.cli import main
from repro.installing import install
from repro.papers import load_predictor
from repro.web import app

ROOT = Path(__file__).resolve().parents[2]
ALSO = [tiny_runs.of_paper(paper, pytest.mark.exhaustive) for paper in (1, 3, 4, 5)]


def test_without_gradio_one_line_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(app, "find_spec", lambda name: None)
    assert main(["app"]) == 2
    assert capsys.readouterr().err.endswith(f"get it with: {install(app.PIN)}\n")


def test_the_line_names_the_pinned_version() -> None:
    lines = (ROOT / "requirements-app.txt").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == [app.PIN]


@pytest.mark.parametrize("paper", [tiny_runs.of_paper(2), *ALSO])
def test_a_video_is_answered(paper: int, tiny_run: Callable[[int], Path], tmp_path: Path) -> None:
    """Papers 1, 2, 4 predict each frame; all but paper 3 look at places of a frame; all have a video."""
    predictor = load_predictor(tiny_runs.run_folder(paper, tiny_run(paper)))
    video = sorted((tiny_demo() / "UCF-101" / "Wave").glob("*.avi"))[0]
    line, classes, overlay, course, attention = app.answered(predictor, str(video), tmp_path)
    assert set(classes) == set(predictor.classes)
    assert max(classes, key=classes.get) in line
    assert Path(overlay).suffix == ".webm"
    assert (course is None) == (paper == 5)
    assert (attention is None) == (paper == 3)
    for file in (overlay, course, attention):
        assert file is None or Path(file).stat().st_size > 0

    (tmp_path / "b.avi").write_text("no video")
    line, *others = app.answered(predictor, str(tmp_path / "b.avi"), tmp_path)
    assert line == "b.avi could not be read: not a video that can be decoded"
    assert others == [None] * 4
    assert app.answered(predictor, None, tmp_path)[0] == ""
