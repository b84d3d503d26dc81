"""`weights ship RUN`: a finished run as a model that ships with the project, with its model card."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from repro import datasets
from repro.atomic import write_json, write_text
from repro.backbones.weights import checksum
from repro.cli.called import check_checkout
from repro.cli.named_data import data_folder
from repro.experiment.exported import FILE, ExportedRun
from repro.papers import PAPERS, load_predictor
from repro.paths import short_path, weights_folder
from repro.types import InputError

MOST_BYTES = 20_000_000  # of a shipped model, so that a clone stays small
CARD = "README.md"
VIDEOS = (".avi", ".mp4", ".mov", ".mkv", ".webm")


def run_ship(options: argparse.Namespace) -> int:
    """Write `weights/paperN_DATASET/` and its manifest entry. InputError for a run that cannot ship."""
    from repro.anticipation import model_card, shipping

    if options.out is None:
        check_checkout("weights ship", "; here, say where it goes with --out FOLDER")
    run = ExportedRun.read(Path(options.name))
    if run.paper not in (1, 2):
        raise InputError(f"{run.folder} is a run of paper {run.paper}; only papers 1 and 2 ship a model")
    data = data_folder(run.dataset, options.data)
    test = datasets.load_split(run.dataset, data, run.split, lists=options.lists, allow_partial=False).test
    unknown = _videos(options.unknown) if options.unknown else []
    name = f"paper{run.paper}_{run.dataset}"
    out = options.out or weights_folder()
    folder = out / name
    light = shipping.lighter(run, PAPERS[run.paper].Recipe, folder)
    light.write()
    predictor: Any = load_predictor(folder)
    outputs = shipping.scores(predictor.stream, test, light.recipe["steps"])
    facts: dict[str, Any] = {"test": shipping.test_facts(predictor, outputs, run.seed)}
    if unknown:
        facts["unknown"] = shipping.unknown_facts(predictor, unknown)
    light = replace(light, facts={**light.facts, shipping.FACT: facts})
    light.write()
    files = [FILE, light.weights, *light.networks.values()]
    size_bytes = sum((folder / file).stat().st_size for file in files)
    if size_bytes > MOST_BYTES:
        raise InputError(f"{folder} takes {size_bytes / 1e6:.1f} MB; a shipped model has at most 20")
    write_text(folder / CARD, model_card.text(name, light, size_bytes))
    _enter(out / "manifest.json", name, light, files)
    print(f"{size_bytes / 1e6:.1f} MB and the model card in {short_path(folder)}")
    return 0


def _videos(folder: Path) -> list[Path]:
    """Every video file below a folder, in the order of their paths; InputError without any."""
    videos = sorted(path for path in folder.rglob("*") if path.suffix.lower() in VIDEOS)
    if not videos:
        raise InputError(f"no video in --unknown {folder}; it wants {', '.join(VIDEOS)}")
    return videos


def _enter(path: Path, name: str, run: ExportedRun, files: list[str]) -> None:
    """Replace the model's entry; the others stay."""
    import json

    entries = json.loads(path.read_text()) if path.exists() else {}
    entries[name] = {
        "what": f"a trained model of paper {run.paper} for the {len(run.classes)} actions of "
        f"{run.dataset}, in float16; its model card is {name}/{CARD}",
        "made_by": "bash run.sh weights ship RUN",
        "files": {f"{name}/{file}": checksum(path.parent / name / file) for file in files},
    }
    write_json(path, entries)
