"""`report.html`: all that a run shows in one file, which opens without a network."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from repro.experiment.figures import BY_CLASS, TRAINING
from repro.experiment.paper import Paper
from repro.experiment.tables import claims_parts, results_parts
from repro.provenance import Explained, explained
from repro.report.tables import Part
from repro.training.run_folder import ENVIRONMENT, RECIPE
from repro.web.embedded import MOST_BYTES, Room

FILE = "report.html"
TEMPLATES = Path(__file__).parent / "templates"
FIRST = ("classes", "confusion")  # of the figures
_NUMBER = re.compile(r"[-+]?\d[\d.]*%?( ± [\d.]+)?( to [\d.]+)?( \(n=\d+\))?")  # of a cell that is not broken
_LONG = 24  # letters of a cell, from which a narrow screen has a table's rows one below the other


class Of(NamedTuple):
    """A class, and how many of its test videos are right."""

    name: str
    right: int
    videos: int

    @property
    def percent(self) -> float:
        return 100 * self.right / max(1, self.videos)


def run_page(
    paper: Paper,
    folder: Path,
    heading: str,
    results: Sequence[Path],
    *,
    beside: Path | None = None,
    took_s: Mapping[str, float] | None = None,
    most_bytes: int = MOST_BYTES,
) -> str:
    """The page of a run's folder, as HTML: results beside the paper's, claims, videos, figures, classes,
    recipe with origins, environment. What the folder has not, the page leaves out.

    results: the rows' result files. beside: as in `results_tables`. took_s: seconds of each stage of this
    call. most_bytes: of the pictures and videos in it; what does not fit is named there. Every text is
    escaped: names of videos and classes are a user's. InputError for a result file that cannot be read.
    """
    room = Room(folder, most_bytes)
    media = _media(folder, room)
    sessions = _json(folder / ENVIRONMENT).get("sessions", [])
    return _template().render(
        paper=paper,
        heading=heading,
        classes=_classes(folder / BY_CLASS),
        parts=results_parts(paper, results, more=True, beside=beside),
        claims=claims_parts(paper, results),
        by_row=_by_row,
        number=_NUMBER.fullmatch,
        short=_short,
        **media,
        left_out=room.left_out,
        most_megabytes=most_bytes / 1e6,
        recipe=_recipe(paper, folder),
        session=sessions[-1] if sessions else None,
        earlier=sessions[:-1],
        took_s=dict(took_s or {}),
    )


def _media(folder: Path, room: Room) -> dict[str, Any]:
    """A run's videos and figures, those of training by themselves, as far as there is room for them."""
    figures = sorted((folder / "figures").glob("*.png"), key=lambda path: (path.stem not in FIRST, path.stem))
    of_training = [path for path in figures if path.name.startswith(TRAINING)]
    # In the order of what is least dispensable: the videos, what they mean, how training went.
    return {
        "videos": room.take(sorted(folder.glob("*.webm"))),
        "figures": room.take(path for path in figures if path not in of_training),
        "training": room.take(of_training),
    }


def _template() -> Template:
    """It escapes whatever is filled in, and a name that nobody gave is an error."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template("run.html")


def _by_row(part: Part) -> bool:
    """Whether a narrow screen should have the table row by row: its texts are too long for columns."""
    return any(len(cell) > _LONG for row in part.rows for cell in row)


def _short(value: Any) -> str:
    """A value of the recipe: 1.3333 for a third of four."""
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _classes(file: Path) -> list[Of]:
    if not file.exists():
        return []
    with file.open(newline="", encoding="utf-8") as text:
        return [Of(row["class"], int(row["right"]), int(row["test_videos"])) for row in csv.DictReader(text)]


def _recipe(paper: Paper, folder: Path) -> dict[str, dict[str, Explained]]:
    """The fields by what they decide; origins as the run wrote them down."""
    content = _json(folder / RECIPE)
    if not content:
        return {}
    values = {n: tuple(v) if isinstance(v, list) else v for n, v in content["recipe"].items()}
    groups: dict[str, dict[str, Explained]] = {}
    for name, field in explained(paper.Recipe(**values)).items():
        origin = content["origin"][name].removesuffix(f": {field.note}")
        groups.setdefault(field.group, {})[name] = field._replace(origin=origin)
    return groups


def _json(path: Path) -> dict[str, Any]:
    """What a file of the run holds; nothing where there is none."""
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
