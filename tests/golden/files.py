"""What all makers of goldens do with what they made: compare it with the files, write it if asked."""

import argparse
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
# Another processor may round the last bits differently; a change of meaning is far larger than this.
SAME_WITHIN = 1e-5


def differences(path, arrays):
    """What separates `arrays` from the file, one line each; empty when nothing does."""
    if not path.is_file():
        return ["no such file yet"]
    with np.load(path, allow_pickle=False) as stored:
        old = dict(stored)
    lines = [f"{name}: only in the file" for name in sorted(old.keys() - arrays.keys())]
    lines += [f"{name}: not in the file" for name in sorted(arrays.keys() - old.keys())]
    for name in sorted(arrays.keys() & old.keys()):
        new, kept = arrays[name], old[name]
        if new.dtype.kind == "U" or kept.dtype.kind == "U":
            if list(np.ravel(new)) != list(np.ravel(kept)):
                lines.append(f"{name}: {kept} in the file, {new} here")
        elif (new.shape, new.dtype) != (kept.shape, kept.dtype):
            lines.append(f"{name}: {kept.dtype}{kept.shape} in the file, {new.dtype}{new.shape} here")
        else:
            largest = np.abs(new.astype(np.float64) - kept.astype(np.float64)).max()
            # Not `largest > SAME_WITHIN`: a NaN must count as a difference.
            if not largest <= SAME_WITHIN:
                lines.append(f"{name}: differs by up to {largest:.3g}")
    return lines


def write(path, arrays):
    """The file appears under its name only when it is complete."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
        np.savez_compressed(file, **arrays)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)


def make(goldens, packages, description):
    """Shows what differs from the files, and with `--write` replaces it; ends the process.

    goldens: name -> function that makes its arrays. packages: whose versions each file names. Exit status 1
    when something differs and was not written.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--write", action="store_true", help="replace the files that differ")
    asked = parser.parse_args()
    versions = np.array([f"{package}=={version(package).split('+')[0]}" for package in packages])
    unwritten = 0
    for name, recipe in goldens.items():
        path, arrays = HERE / f"{name}.npz", {**recipe(), "versions": versions}
        lines = differences(path, arrays)
        print(f"{path.name}: {'; '.join(lines) or 'same'}")
        if lines and asked.write:
            write(path, arrays)
            print(f"{path.name}: written, {path.stat().st_size} bytes")
        unwritten += bool(lines) and not asked.write
    sys.exit(1 if unwritten else 0)
