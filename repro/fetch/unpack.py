"""An archive to a folder: judged, written aside, checked, and only then moved to where it belongs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from repro.atomic import sync_folder
from repro.fetch.formats import Format, format_of, judging
from repro.fetch.members import judge
from repro.types import InputError


def unpack(archive: Path, folder: Path, *, into: str = "", nested: bool = False) -> None:
    """Write the content of a zip, tar or rar archive into `folder`, or into its sub-folder `into`.

    Each file or folder at the top of the archive appears whole. One that is there already is kept if it has
    all that the archive has of it. nested: the archive holds rar archives, which are unpacked in their place;
    no further ones. Raises InputError for an archive that is damaged or refused by `judge`, and where
    something else stands in the way, OSError for a disk that refuses; then nothing of it is in `folder`.
    """
    aside = folder / f".{archive.name}.unpacking"
    if aside.exists():
        shutil.rmtree(aside)  # of a killed run
    files = _files(archive)
    if into:
        files = {f"{into}/{name}": size for name, size in files.items()}
    tops = sorted({name.split("/")[0] for name in files})
    there = [top for top in tops if os.path.lexists(folder / top)]
    if nested:
        if there:
            return  # it appeared whole; what it must hold is in the inner archives
    else:
        for top in there:
            _check_complete(archive, folder, top, files)
    if there == tops:
        return
    try:
        target = aside / into
        target.mkdir(parents=True)
        _write(archive, target)
        for inner in sorted(target.rglob("*.rar")) if nested else ():
            _write(inner, inner.parent)
            inner.unlink()
        os.sync()
        for top in tops:
            if top not in there:
                (aside / top).replace(folder / top)
        sync_folder(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _format(archive: Path) -> Format:
    kind = format_of(archive.name)
    if kind is None:
        raise ValueError(f"{archive}; wanted the name of a zip, tar or rar archive")
    return kind


def _files(archive: Path) -> dict[str, int]:
    with judging(archive):
        return judge(archive, _format(archive).members(archive))


def _write(archive: Path, target: Path) -> None:
    """Into `target`, which other archives may have filled already; nothing in it is replaced."""
    files = _files(archive)
    fresh = target / f".{archive.name}.content"
    fresh.mkdir()
    with judging(archive):
        _format(archive).extract(archive, fresh)
    if name := _differs(fresh, files):
        raise InputError(f"{archive}: {name} is not what its list of contents says; it is not used")
    for path in sorted(fresh.iterdir()):
        if os.path.lexists(target / path.name):
            raise InputError(
                f"{archive}: {path.name!r} is already there from another archive; it is not used"
            )
        path.replace(target / path.name)
    fresh.rmdir()


def _differs(folder: Path, files: Mapping[str, int]) -> str:
    """A path that is lacking, added, or of another size; empty if there is none."""
    written = {str(p.relative_to(folder)): p.lstat().st_size for p in folder.rglob("*") if not p.is_dir()}
    return next((name for name in sorted({**files, **written}) if files.get(name) != written.get(name)), "")


def _check_complete(archive: Path, folder: Path, top: str, files: Mapping[str, int]) -> None:
    for name, size in files.items():
        path = folder / name
        if name.split("/")[0] == top and not (path.is_file() and path.stat().st_size == size):
            raise InputError(
                f"{folder / top} is there, but not {name} as {archive.name} has it; move {top} away and run "
                "the same command again"
            )
