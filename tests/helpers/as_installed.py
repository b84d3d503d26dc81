"""This process as if `repro` were installed: what ships lies inside the package."""

from pathlib import Path

import pytest

from repro import paths


def as_installed(folder: Path, patch: pytest.MonkeyPatch) -> Path:
    """Until the test ends `repro` lies in `folder/site-packages`; returns the user's home, `folder/home`."""
    package = folder / "site-packages" / "repro"
    (package / "shipped").mkdir(parents=True)
    for name in ("weights", "data_lists"):
        (package / "shipped" / name).symlink_to(paths.PROJECT / name)
    patch.setattr(paths, "PACKAGE", package)
    patch.setattr(paths, "PROJECT", package.parent)
    patch.setenv("HOME", str(folder / "home"))
    for variable in ("REPRO_HOME", "XDG_DATA_HOME"):
        patch.delenv(variable, raising=False)
    return folder / "home"
