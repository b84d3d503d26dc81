"""What must be the same at client and workers, or one store would hold arrays of two programs."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from functools import cache
from importlib import metadata

from repro import __version__
from repro.paths import PACKAGE

PACKAGES = ("numpy", "opencv-contrib-python-headless", "tensorflow", "keras")


@cache
def versions() -> dict[str, str]:
    """Of this process: the project with a digest of its sources, Python, and what computes."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    numbers = {"repro": f"{__version__} ({digest.hexdigest()[:12]})", "python": platform.python_version()}
    for package in PACKAGES:
        try:
            numbers[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            numbers[package] = "none"
    return numbers


def difference(wanted: Mapping[str, str]) -> str:
    """`it has numpy 2.3.0, wanted 2.4.6`, of the first that is another here; empty where none is."""
    own = versions()
    for name, version in wanted.items():
        if own.get(name) != version:
            return f"it has {name} {own.get(name)}, wanted {version}"
    return ""
