"""Makes the goldens again from tensorflow-addons; shows what would change, changes it only with `--write`.

Runs in the environment of requirements-oracle.txt, never in the project's own, and imports nothing from
`repro`: a golden is worth something only while it knows nothing of the code it judges.
"""

import argparse
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import tensorflow as tf
from recipes import GOLDENS

HERE = Path(__file__).resolve().parent
PACKAGES = ("tensorflow-addons", "tensorflow-cpu", "keras", "numpy")
VERSIONS = np.array([f"{package}=={version(package)}" for package in PACKAGES])
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


def main():
    """Exit status 1 when something differs and was not written."""
    tf.get_logger().setLevel("ERROR")  # it warns about retracing, which is harmless here
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="replace the files that differ")
    asked = parser.parse_args()
    unwritten = 0
    for name, make in GOLDENS.items():
        path, arrays = HERE / f"{name}.npz", {**make(), "versions": VERSIONS}
        lines = differences(path, arrays)
        print(f"{path.name}: {'; '.join(lines) or 'same'}")
        if lines and asked.write:
            write(path, arrays)
            print(f"{path.name}: written, {path.stat().st_size} bytes")
        unwritten += bool(lines) and not asked.write
    return 1 if unwritten else 0


if __name__ == "__main__":
    sys.exit(main())
