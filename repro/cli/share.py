"""`run export RUN` and `run import FILE.zip`: a finished run for others, and one of others."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from repro.cli.called import as_called
from repro.cli.predict import run_asked
from repro.experiment.exported import ExportedRun
from repro.papers import paper_of
from repro.paths import default_paths, short_path
from repro.types import InputError

_CARD = """# {name}

A run of {title} (`repro/paper{paper}`).
Its model {model} was trained on {dataset}, split {split}, seed {seed}, and names {count} classes: {classes}.

`bash run.sh run import {name}.zip`, then `bash run.sh predict VIDEO --run runs/paper{paper}/{name}`.
Its recipe, field by field, stands in `model.json`; `checksums.json` has the SHA-256 of every file, which
`run import` compares.

## Results

{results}

## Limits

What is none of these classes is called one of them. What the owners of the videos and of the pre-trained
weights allow for weights that were trained on them is for their user to find out.
"""


def run_share(options: argparse.Namespace) -> int:
    """Write the zip file, or unpack one among the runs. InputError for what is no run."""
    if options.action == "export":
        return _export(options)
    if options.name is None:
        raise InputError("run import needs a zip file, as run export writes it")
    from repro.experiment.sharing import unpacked

    run = unpacked(options.name, options.out or default_paths().runs)
    print(
        f"{paper_of(run).name}, {run.model}: every checksum matches; the run is in {short_path(run.folder)}"
    )
    print(as_called(f"predict with it: bash run.sh predict VIDEO --run {short_path(run.folder)}"))
    return 0


def _export(options: argparse.Namespace) -> int:
    from repro.experiment.sharing import CARD, pack

    run = run_asked(options.name)
    name = run.folder.resolve().name
    path = (options.out or Path("exports")) / f"{name}.zip"
    own = run.folder / CARD
    pack(run, name, own.read_text() if own.is_file() else _card(run, name), path)
    print(f"{path.stat().st_size / 1e6:.1f} MB with model card and checksums in {short_path(path)}")
    return 0


def _card(run: ExportedRun, name: str) -> str:
    return _CARD.format(
        name=name,
        title=paper_of(run).title,
        paper=run.paper,
        model=run.model,
        dataset=run.dataset,
        split=run.split,
        seed=run.seed,
        count=len(run.classes),
        classes=", ".join(run.classes),
        results=_results(run),
    )


def _results(run: ExportedRun) -> str:
    """What its rows reached, as their files hold it."""
    lines = []
    for path in sorted((run.folder / "results").glob("*.json")):
        result = json.loads(path.read_text())
        measures = ", ".join(f"{value:.1f} ({name})" for name, value in result["own"]["mean"].items())
        lines.append(f"- {result['id']}: {measures}")
    if not lines:
        return "None lie in its folder."
    return "\n".join(["Of the rows of this run, of several models perhaps, on its test videos:", "", *lines])
