"""One published file, and a mean if the network has one, to one weight file of this project."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from repro.atomic import sha256_of, write_json, write_npz
from repro.backbones import efficientnet_lite
from repro.backbones.pretrained import MEAN_VOLUME
from repro.convert import caffemodel, lite_mapping, mapping, torch_file
from repro.convert.targets import TARGETS, Target
from repro.nearest import there_are
from repro.types import InputError

NAMES = (*TARGETS, *efficientnet_lite.VARIANTS)  # of what a published file can hold


def convert(source: Path, name: str, out: Path, *, mean: Path | None = None) -> list[mapping.Filled]:
    """Write `name`.npz, and beside it `name`.json with the checksums of all files; returns the layers.

    name: of `TARGETS`, from a Caffe file, or of `efficientnet_lite.VARIANTS`, from a torch file. out: a
    folder. mean: a `.binaryproto`, where the network needs one. Nothing is written unless every layer fits.
    Raises InputError in one line.
    """
    arrays, report = _from_torch(source, name, mean) or _from_caffe(source, name, mean)
    path = out / f"{name}.npz"
    write_npz(path, arrays)
    write_json(
        out / f"{name}.json",
        {
            "sha256": sha256_of(path),
            "converted_from": {file.name: sha256_of(file) for file in (source, mean) if file is not None},
            "made_here": [filled.layer for filled in report if filled.source is None],
        },
    )
    return report


def _from_torch(
    source: Path, name: str, mean: Path | None
) -> tuple[dict[str, np.ndarray], list[mapping.Filled]] | None:
    """None for a network that comes from a Caffe file."""
    if name not in efficientnet_lite.VARIANTS:
        return None
    if mean is not None:
        raise InputError(f"{name} has no mean file; leave out --mean")
    try:
        return lite_mapping.arrays(torch_file.read_arrays(source), name)
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"torch file {source} is of another network: {error}; see --as") from error


def _from_caffe(
    source: Path, name: str, mean: Path | None
) -> tuple[dict[str, np.ndarray], list[mapping.Filled]]:
    if name not in TARGETS:
        raise InputError(f"no network is called {name!r}{there_are(name, NAMES)}")
    target = TARGETS[name]()
    if (mean is None) != (target.mean_volume is None):
        raise InputError(
            f"{name} was trained on clips with their mean taken off; give the file with --mean"
            if mean is None
            else f"{name} has no mean file; leave out --mean"
        )
    return converted(source, target, mean)


def converted(
    source: Path, target: Target, mean: Path | None = None
) -> tuple[dict[str, np.ndarray], list[mapping.Filled]]:
    """The arrays of the weight file float32, and what came from where. Raises InputError in one line."""
    arrays: dict[str, np.ndarray] = {}
    try:
        filled, report = mapping.arrays(caffemodel.read_layers(source), target)
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"Caffe file {source} is of another network: {error}; see --as") from error
    arrays.update(filled)
    if mean is not None and target.mean_volume is not None:
        blob = caffemodel.read_mean(mean)
        try:
            arrays[MEAN_VOLUME] = mapping.mean_volume(blob, target.mean_volume)
        except ValueError as error:
            raise InputError(f"Caffe file {mean} does not go with these weights: {error}") from error
    return arrays, report
