"""Makes the stand-ins by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from repro.nearest import there_are
from repro.paths import default_paths
from repro.standin import c3d, vgg16, vgg19
from repro.types import InputError

# In this order: the VGG-19s grow out of the VGG-16.
MAKERS: dict[str, Callable[[Path, Path], None]] = {
    vgg16.NAME: vgg16.make,
    vgg19.OBJECTS: partial(vgg19.make, vgg19.OBJECT),
    vgg19.SCENES: partial(vgg19.make, vgg19.SCENE),
    c3d.NAME: c3d.make,
}


def make(name: str | None, out: Path) -> None:
    """Draw, train and measure stand-in `name`, None for all; write file and manifest entry to folder `out`.

    Raises InputError for a name that is none of `MAKERS`.
    """
    if name is not None and name not in MAKERS:
        raise InputError(f"no stand-in {name!r} can be made{there_are(name, list(MAKERS))}")
    for chosen in MAKERS if name is None else (name,):
        MAKERS[chosen](out, default_paths().cache / "standin")
