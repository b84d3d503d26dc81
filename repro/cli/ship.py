"""`weights ship RUN`: a finished run as a model that ships with the project, with its model card."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from repro import datasets
from repro.atomic import sha256_of, write_json, write_text
from repro.cli.called import check_checkout
from repro.cli.named_data import data_folder
from repro.datasets.listing import videos_below
from repro.experiment.exported import FILE, ExportedRun
from repro.papers import PAPERS, load_predictor
from repro.paths import short_path, weights_folder
from repro.types import InputError, VideoRef

MOST_BYTES = 20_000_000  # of a shipped model, so that a clone stays small
CARD = "README.md"


def run_ship(options: argparse.Namespace) -> int:
    """Write `weights/paperN_DATASET/` and its manifest entry. InputError for a run that cannot ship."""
    from repro.anticipation import model_card

    if options.out is None:
        check_checkout("weights ship", "; here, say where it goes with --out FOLDER")
    run = ExportedRun.read(Path(options.name))
    if run.paper not in (1, 2):
        raise InputError(f"{run.folder} is a run of paper {run.paper}; only papers 1 and 2 ship a model")
    data = data_folder(run.dataset, options.data)
    test = datasets.load_split(run.dataset, data, run.split, lists=options.lists, allow_partial=False).test
    unknown = list(videos_below(options.unknown)) if options.unknown else []
    if options.unknown and not unknown:
        raise InputError(f"no video in --unknown {options.unknown}; name a folder of videos of other actions")
    name = f"paper{run.paper}_{run.dataset}"
    out = options.out or weights_folder()
    light = _made(run, out / name, test, unknown)
    size_bytes = _bytes(light)
    write_text(light.folder / CARD, model_card.text(name, light, size_bytes))
    _enter(out / "manifest.json", name, light)
    print(f"{size_bytes / 1e6:.1f} MB and the model card in {short_path(light.folder)}")
    return 0


def _files(light: ExportedRun) -> list[str]:
    return [FILE, light.weights, *light.networks.values()]


def _bytes(light: ExportedRun) -> int:
    return sum((light.folder / file).stat().st_size for file in _files(light))


def _made(run: ExportedRun, folder: Path, test: Sequence[VideoRef], unknown: Sequence[Path]) -> ExportedRun:
    """The small model with what it reaches, in place of one in the folder; InputError if too large."""
    from repro.anticipation import shipping

    folder.parent.mkdir(parents=True, exist_ok=True)
    # Aside, so that the model that ships stays whole if this one is refused or a video breaks.
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".ship-") as aside:
        light = shipping.lighter(run, PAPERS[run.paper].Recipe, Path(aside))
        light.write()
        light = replace(light, facts={**light.facts, shipping.FACT: _measured(light, test, unknown)})
        light.write()
        if (size_bytes := _bytes(light)) > MOST_BYTES:
            raise InputError(
                f"{run.folder} makes a model of {size_bytes / 1e6:.1f} MB; one that ships has at most 20; "
                "take a run of a smaller recipe"
            )
        folder.mkdir(exist_ok=True)
        for file in _files(light):
            (light.folder / file).replace(folder / file)
    return replace(light, folder=folder)


def _measured(light: ExportedRun, test: Sequence[VideoRef], unknown: Sequence[Path]) -> dict[str, Any]:
    """What the small model reaches on the test clips, and on videos of other actions where there are some."""
    from repro.anticipation import shipping

    predictor: Any = load_predictor(light.folder)
    outputs = shipping.scores(predictor.stream, test, light.recipe["steps"])
    facts: dict[str, Any] = {"test": shipping.test_facts(predictor, outputs, light.seed)}
    if unknown:
        facts["unknown"] = shipping.unknown_facts(predictor, unknown)
    return facts


def _enter(path: Path, name: str, run: ExportedRun) -> None:
    """Replace the model's entry; the others stay."""
    import json

    entries = json.loads(path.read_text()) if path.exists() else {}
    entries[name] = {
        "what": f"a trained model of paper {run.paper} for the {len(run.classes)} actions of "
        f"{run.dataset}, in float16; its model card is {name}/{CARD}",
        "made_by": "bash run.sh weights ship RUN",
        "files": {f"{name}/{file}": sha256_of(run.folder / file) for file in _files(run)},
    }
    write_json(path, entries)
