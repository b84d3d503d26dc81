"""The arrays of a `.keras` file, whoever wrote it.

Only arrays are taken: what the file describes is never built, so none of its code can run, where Keras' safe
mode builds all but what it knows to be code. HDF5, in which they are stored, can loop for ever or crash on a
file that is made for it, so a process of its own reads it: this module, run. Layers go by the names that they
had, those of keras.applications' VGG by the names that they have here.
"""

from __future__ import annotations

import io
import json
import re
import resource
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from repro.paths import PROJECT
from repro.types import InputError

MOST_CONFIG_BYTES, MOST_ARRAY_BYTES = 2**24, 2**31 - 1
LIMIT_S, RESERVE_BYTES = 300.0, 2**32  # of the process: enough for the largest file on a slow disk
_CODE = ("Lambda", "__lambda__")
_FULLY_CONNECTED = {"fc1": "fc6", "fc2": "fc7", "predictions": "fc8"}


def read(path: Path) -> dict[str, np.ndarray]:
    """`layer/kernel` and `layer/bias` of every convolution and fully connected layer, as they are stored.

    Raises InputError, in one line, for a file that is missing, damaged or oversized, or holds a Lambda layer
    (what it computes is code, which is not read), a layer with other arrays, or two layers of one name.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "arrays.npz"
        command = [sys.executable, "-m", __name__, str(path.resolve()), str(target)]
        try:
            done = subprocess.run(command, cwd=PROJECT, timeout=LIMIT_S, capture_output=True, text=True)
        except subprocess.TimeoutExpired:
            reason = f"it takes more than {LIMIT_S:g} s"
        else:
            if done.returncode == 0:
                with np.load(target, allow_pickle=False) as arrays:
                    return dict(arrays)
            reason = (done.stderr.splitlines() or [f"its reader ended with status {done.returncode}"])[-1]
    raise InputError(f"weight file {path} cannot be read ({reason}); make or fetch it again")


def main(path: Path, target: Path) -> int:
    """Write the arrays of a `.keras` file as `.npz`, or one line to standard error; the exit status."""
    try:
        room = 4 * path.stat().st_size + RESERVE_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (room, room))
        with zipfile.ZipFile(path) as archive:
            config = json.loads(_member(archive, "config.json", MOST_CONFIG_BYTES))
            content = _member(archive, "model.weights.h5", MOST_ARRAY_BYTES)
        _refuse_code(config)
        with h5py.File(io.BytesIO(content), "r") as file:
            np.savez(target, **_arrays(file, len(content)))  # type: ignore[arg-type]
    except Exception as error:  # h5py answers a damaged file with whatever its parsing stumbles over
        print(" ".join(str(error).split()) or type(error).__name__, file=sys.stderr)
        return 1
    return 0


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """A member of the archive, which Keras does not pack: so none is larger than the file."""
    info = archive.getinfo(name)
    if info.compress_type != zipfile.ZIP_STORED or info.file_size > most:
        raise ValueError(f"{name} is packed, or larger than {most} bytes")
    return archive.read(info)


def _refuse_code(config: Any) -> None:
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if value.get("class_name") in _CODE:
                raise ValueError("it holds a Lambda layer, which is code and is not run")
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _arrays(file: h5py.File, room: int) -> dict[str, np.ndarray]:
    """room: bytes of the file; what claims more, or lies elsewhere, is refused."""
    groups: dict[str, h5py.Group] = {}

    def collect(place: str, node: Any) -> None:  # links to other files are not followed by the visit
        if isinstance(node, h5py.Group) and place.split("/")[-1] == "vars" and len(node):
            name = node.attrs["name"]
            if not isinstance(name, str) or name in groups:
                raise ValueError(f"two layers are called {name!r:.80}, or one has no name")
            groups[name] = node

    file.visititems(collect)
    arrays = {}
    for name, group in groups.items():
        if set(group) != {"0", "1"}:
            raise ValueError(
                f"layer {name!r:.80} has arrays {sorted(group)!r:.80}, wanted a kernel and a bias"
            )
        kernel, bias = (_array(group.get(place, getlink=True), group, place, room) for place in "01")
        if kernel.ndim < 2 or bias.shape != kernel.shape[-1:]:
            raise ValueError(f"layer {name!r:.80} is {kernel.shape} with a bias of {bias.shape}")
        layer = _own_name(name)
        arrays[f"{layer}/kernel"], arrays[f"{layer}/bias"] = kernel, bias
    if not arrays:
        raise ValueError("it holds no layer with weights")
    return arrays


def _array(link: Any, group: h5py.Group, place: str, room: int) -> np.ndarray:
    node = group[place] if isinstance(link, h5py.HardLink) else None
    if not isinstance(node, h5py.Dataset) or node.dtype.kind != "f":
        raise ValueError(f"{group.name}/{place} is no array of numbers of this file")
    # Contiguous and whole, as Keras writes them: neither packed, nor virtual, nor in another file, nor empty.
    if (
        node.is_virtual
        or node.external
        or node.chunks
        or not node.nbytes == node.id.get_storage_size() <= room
    ):
        raise ValueError(f"{group.name}/{place} does not hold the numbers that it claims")
    return np.asarray(node)


def _own_name(name: str) -> str:
    match = re.fullmatch(r"block([1-5])_conv([1-4])", name)
    return f"conv{match[1]}_{match[2]}" if match else _FULLY_CONNECTED.get(name, name)


if __name__ == "__main__":
    raise SystemExit(main(*map(Path, sys.argv[1:])))
