"""`report.html`: what is in it, that it needs nothing else, and that names cannot break out of it."""

import html
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers import tiny_runs
from repro.papers import PAPERS
from repro.report.figure import chart
from repro.web.embedded import Room
from repro.web.run_page import run_page

NAME = '<script>alert("1")</script> & "golf"'
WEBM = bytes(2000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run with two figures, a video, and one class whose name is code."""
    for name in ("confusion.png", "train-late.png"):
        with chart(tmp_path / "figures" / name, 1, 1, "t"):
            pass
    (tmp_path / "attention.webm").write_bytes(WEBM)
    (tmp_path / "classes.csv").write_text(
        f'class,test_videos,right\n"{NAME.replace(chr(34), chr(34) * 2)}",4,3\n'
    )
    return tmp_path


def _result(folder: Path) -> Path:
    own = {"mean": {"value": 40.0}, "std": {"value": None}, "seeds": [0]}
    about = {"id": "a", "paper": 5, "table": "1", "dataset": "demo", "run_on": "demo", "preset": "demo"}
    content = {"row": NAME, "printed": 61.9, "state": "done", "runs": [], "own": own, **about}
    path = folder / "a.json"
    path.write_text(json.dumps({**content, "metric": "accuracy", "metric_options": {}}))
    return path


def test_names_are_text_wherever_they_stand(folder: Path) -> None:
    page = run_page(PAPERS[5], folder, NAME, [_result(folder)])
    assert "<script" not in page
    assert page.count(html.escape(NAME).replace("&quot;", "&#34;")) >= 4  # title, heading, row, class


def test_the_number_of_the_paper_stands_beside_ours(folder: Path) -> None:
    page = run_page(PAPERS[5], folder, "h", [_result(folder)])
    (row,) = (line for line in page.splitlines() if line.startswith("<tr>") and "61.9" in line)
    assert re.findall(r"<td[^>]*>([^<]*)</td>", row)[4:] == ["40.0", "", "61.9", "done"]
    assert ">75.0 %</strong> of 4 test videos right (3)" in page


def test_nothing_is_fetched(folder: Path) -> None:
    page = run_page(PAPERS[5], folder, "h", [])
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert {source.split(":")[0].split(";")[0] for source in sources if source[0] != "#"} == {"data"}
    assert "default-src 'none'" in page
    assert page.count("data:image/png;base64,") == 2
    assert page.count("data:video/webm;base64,") == 1
    assert "Left out" not in page


def test_what_does_not_fit_is_named_and_lies_beside(folder: Path) -> None:
    """The video comes first, the training curves last."""
    size = sum((folder / name).stat().st_size for name in ("attention.webm", "figures/confusion.png"))
    page = run_page(PAPERS[5], folder, "h", [], most_bytes=size)
    assert '<a href="figures/train-late.png">figures/train-late.png</a>' in page
    assert page.count("data:image/png;base64,") == 1
    assert page.count("data:video/webm;base64,") == 1


def test_a_folder_with_nothing_but_results_is_a_page(tmp_path: Path) -> None:
    """What several runs give together has no recipe and no pictures."""
    page = run_page(PAPERS[5], tmp_path, "h", [_result(tmp_path)])
    assert 'id="recipe"' not in page
    assert "61.9" in page


def test_only_pictures_and_videos_are_taken(tmp_path: Path) -> None:
    (tmp_path / "run.lock").touch()
    with pytest.raises(ValueError, match=r"run\.lock"):
        Room(tmp_path).take([tmp_path / "run.lock"])


@pytest.mark.parametrize("paper", tiny_runs.EACH)
def test_every_run_ends_with_one(paper: int, shown_run: Callable[[int], tuple[Path, int]]) -> None:
    folder = tiny_runs.run_folder(paper, shown_run(paper)[0])
    page = (folder / "report.html").read_text()
    recipe = json.loads((folder / "recipe.json").read_text())
    for name, origin in recipe["origin"].items():
        row = next(line for line in page.splitlines() if f"<code>{name}</code>" in line)
        tagged = re.search(r'class="tag (\w+)">([^<]*)<', row)
        assert tagged is not None
        assert origin.startswith(html.unescape(tagged[2])), name
        assert tagged[1] in ("stated", "assumed", "preset", "changed")
    assert "The paper&#39;s claims on this data" in page
    assert page.count("data:image/png;base64,") == len(list((folder / "figures").glob("*.png")))
    assert page.count("<video") == len(list(folder.glob("*.webm")))
    assert json.loads((folder / "environment.json").read_text())["sessions"][-1]["revision"] in page
    assert "seconds of this call" in page
