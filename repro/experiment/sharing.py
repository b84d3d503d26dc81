"""A finished run in one zip file for others: what predicts, a model card, the SHA-256 of every file.

What comes from elsewhere is judged before anything of it is written (`fetch.members`: names, links, sizes),
compared with its checksums, and only then gets its place among the runs.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from repro.atomic import replacing, sha256_of
from repro.experiment.exported import FILE, ExportedRun
from repro.fetch.unpack import unpack
from repro.types import InputError

CARD, CHECKSUMS = "README.md", "checksums.json"
_KINDS = {"paper": int, "weights": str, "networks": dict, "facts": dict}  # the paper becomes part of a path
_DATE = (1980, 1, 1, 0, 0, 0)  # of all members: the same run makes the same file


def files_of(run: ExportedRun) -> tuple[str, ...]:
    """The files of a run that predict, by their names in its folder."""
    return tuple(dict.fromkeys((FILE, run.weights, *run.networks.values())))


def pack(run: ExportedRun, name: str, card: str, path: Path) -> None:
    """Write a run into a zip file, below the folder `name`. InputError for one that lacks a file."""
    _check_names(run.folder, run)
    files = files_of(run)
    sums = {file: sha256_of(run.folder / file) for file in files}
    texts = {CARD: card, CHECKSUMS: json.dumps(sums, indent=1) + "\n"}
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for file in files:
            info = zipfile.ZipInfo(f"{name}/{file}", _DATE)
            with (
                archive.open(info, "w", force_zip64=True) as member,
                (run.folder / file).open("rb") as source,
            ):
                while block := source.read(1 << 20):
                    member.write(block)
        for file, text in texts.items():
            archive.writestr(zipfile.ZipInfo(f"{name}/{file}", _DATE), text)


def unpacked(path: Path, runs: Path) -> ExportedRun:
    """The run of a zip file, as `runs/paperN/NAME`.

    InputError for an archive that is damaged or refused, one that holds no run, a file that is not what its
    checksum says, one too many or too few, and a run of that name that is there; then nothing of it is kept.
    """
    if path.suffix.lower() != ".zip" or not path.is_file():
        raise InputError(f"no zip file at {path}; bash run.sh run export RUN makes one")
    runs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=runs, prefix=".import-") as aside:
        unpack(path, Path(aside))
        tops = list(Path(aside).iterdir())
        if len(tops) != 1 or not (tops[0] / FILE).is_file():
            raise InputError(f"{path} holds no run, which is one folder with a {FILE}")
        _check(path, tops[0])
        run = ExportedRun.read(tops[0])
        _check_names(path, run)
        target = runs / f"paper{run.paper}" / tops[0].name
        if target.exists():
            raise InputError(f"{target} is there already; move it away, or name another --out")
        target.parent.mkdir(exist_ok=True)
        tops[0].rename(target)
    return ExportedRun.read(target)


def _check(path: Path, folder: Path) -> None:
    """Raises InputError where the files are not those of the list."""
    try:
        sums: dict[str, Any] = dict(json.loads((folder / CHECKSUMS).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{path} has no list of checksums ({CHECKSUMS}); it is not used") from error
    there = {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}
    if odd := sorted((there - {CARD, CHECKSUMS}) ^ sums.keys()):
        raise InputError(f"{path}: {odd[0]!r:.100} is in the archive or in its list alone; it is not used")
    for name, wanted in sums.items():
        if sha256_of(folder / name) != wanted:
            raise InputError(f"{path}: {name} does not match its checksum; get it again")


def _check_names(path: Path, run: ExportedRun) -> None:
    """Raises InputError for a run that names a file outside of its folder, one that it lacks, or no paper.

    Also where a field is not of its type: whoever packs can write any JSON.
    """
    for field, kind in _KINDS.items():
        value = getattr(run, field)
        named = value.values() if field == "networks" and type(value) is dict else ()
        if type(value) is not kind or not all(type(name) is str for name in named):
            raise InputError(f"{path}: its {FILE} names {value!r:.100} as its {field}; get the run again")
    own = run.folder.resolve()
    for name in files_of(run):
        file = run.folder / name
        if not file.is_file() or not file.resolve().is_relative_to(own):
            raise InputError(f"{path}: its {FILE} names {name!r:.100}, which is not in it; get the run again")
