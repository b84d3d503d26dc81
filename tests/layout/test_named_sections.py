"""A section that the code names is one that the paper has, never one of our notes on it."""

import re
from pathlib import Path

from repro.paths import PROJECT

# Each paper's sections, of those that are divided the parts.
SECTIONS = {
    "1": "1 2 3 4 4.1 4.1.1 4.1.2 4.2 4.2.1 4.2.2 5 5.1 5.2 5.2.1 5.2.2 5.2.3 5.2.4 5.2.5 6",
    "2": "1 2 2.1 2.2 3 3.1 3.2 3.2.1 3.2.2 4 4.1 4.2 4.3 4.4 4.4.1 4.4.2 4.4.3 5",
    "3": "1 2 3 3.1 3.2 3.3 4 4.1 4.2 4.3 4.4 4.5",
    "4": "1 2 3 3.1 3.2 4 5 5.1 5.2 5.3 5.4 6",
    "5": "1 2 2.1 2.1.2 2.2 2.3 3 3.1 3.2 3.3 3.4 4 5 6",
}
NUMBER = r"\d(?:\.\d)*(?![\d.]*\d)"
PLACE = re.compile(rf"[Pp]aper ([1-5])(?:'s)?,? \(?(?:sections? )?({NUMBER}(?:(?:,| and) {NUMBER})*)")
WITHOUT_PAPER = re.compile(rf"section ({NUMBER})")


def _places(text: str, own: str | None) -> set[tuple[str, str]]:
    """(paper, section) of all that a text names; own: the paper that it is about."""
    found = {(paper, each) for paper, sections in PLACE.findall(text) for each in _numbers(sections)}
    return found | ({(own, each) for each in WITHOUT_PAPER.findall(text)} if own else set())


def _numbers(sections: str) -> list[str]:
    return re.findall(NUMBER, sections)


def _own(path: Path) -> str | None:
    inside = re.search(r"paper([1-5])/", path.as_posix())
    return inside[1] if inside else None


def test_places_are_found() -> None:
    text = "(paper 3, 6 and 8). Paper 4, section 2.3; (paper 2, 4.2; paper 4, A25), section 9.1"
    assert _places(text, None) == {("3", "6"), ("3", "8"), ("4", "2.3"), ("2", "4.2")}
    assert _places("as in section 7", "5") == {("5", "7")}


def test_sections_that_are_named_are_the_papers() -> None:
    files = [path for folder in ("repro", "tests/oracles") for path in (PROJECT / folder).rglob("*.py")]
    assert files
    strange = {
        (path.relative_to(PROJECT).as_posix(), paper, section)
        for path in files
        for paper, section in _places(path.read_text(encoding="utf-8"), _own(path))
        if section not in SECTIONS[paper].split()
    }
    assert strange == set()
