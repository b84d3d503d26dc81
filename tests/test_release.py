"""What belongs to a release: one version everywhere, an image made of what the wheel is made of."""

import re
import tomllib
from pathlib import Path

import pytest

from repro import __version__
from repro.papers import PAPERS

ROOT = Path(__file__).resolve().parents[1]
CITATION = (ROOT / "CITATION.cff").read_text()


def test_one_version_everywhere() -> None:
    cited = re.search(r"^version: (\S+)$", CITATION, re.M)
    newest = re.search(r"^## (\S+?),? ", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert cited is not None
    assert newest is not None
    assert cited[1] == newest[1] == __version__


@pytest.mark.parametrize("number", PAPERS)
def test_every_paper_is_cited_by_its_title(number: int) -> None:
    (cited,) = (each for each in CITATION.split("  - type: ")[1:] if f"notes: paper {number}" in each)
    title = re.search(r"title: (.+)", cited)
    assert title is not None
    assert PAPERS[number].title.startswith(title[1])


def test_the_image_holds_what_the_wheel_is_made_of() -> None:
    """A file that the build needs and the image lacks would fail where nobody tests it."""
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.M)
    sources = {name for line in copied for name in line.split()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    named = {project["project"]["readme"], *project["tool"]["setuptools"]["dynamic"]["dependencies"]["file"]}
    shipped = re.findall(r'"repro\.shipped\.\w+": "(\w+)"', (ROOT / "setup.py").read_text())
    assert sources == {"pyproject.toml", "setup.py", "LICENSE", "repro", *named, *shipped}
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert sources <= allowed
