"""`python -m mutants map | sample | run | table`: see README.md. Run it with `PYTHONPATH=tests`."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from mutants import judging, reach, sample, table, trees, trial

ROOT = Path(__file__).resolve().parents[2]
QUIET = {
    **{"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1"},
    **{"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"},
    **{"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "REPRO_VENV": sys.prefix},
}


def main() -> int:
    words = [*sys.argv[1:], "--"]
    options = _parser().parse_args(words[: words.index("--")])
    options.pytest = words[words.index("--") + 1 : -1]
    options.home.mkdir(parents=True, exist_ok=True)
    return {"map": _map, "sample": _sample, "run": _run, "table": _table}[options.command](options)


def _map(options: argparse.Namespace) -> int:
    """Run the suite under `recorder`, in a copy; of an old checkout only tests that have changed."""
    folder, chosen = _folder(options), options.pytest
    shutil.rmtree(folder, ignore_errors=True)
    if options.tests:
        ours = options.home / "new" / "tree"
        tree = trees.make(folder / "tree", ours, options.tests)
        chosen = [*trees.changed_tests(options.tests, ours), *chosen]
    else:
        tree = trees.make(folder / "tree", ROOT)
    paths = os.pathsep.join([str(tree), str(tree / "tests"), str(ROOT / "tests")])
    shared = os.environ.get("REPRO_SHARED", str(ROOT.parent / "shared"))
    own = {"PYTHONPATH": paths, "MUTANTS_MAP": str(folder / "map"), "REPRO_SHARED": shared}
    base = [sys.executable, "-m", "pytest", "-p", "mutants.recorder", "-p", "no:cacheprovider", "-q"]
    grouped = "xdist_group" in (tree / "tests" / "conftest.py").read_text()
    parallel = ["-n", str(options.processes), "--dist", "loadgroup" if grouped else "loadfile"]
    command = [*base, *parallel, *chosen]
    return subprocess.run(command, cwd=tree, env={**os.environ, **QUIET, **own}, check=False).returncode


def _sample(options: argparse.Namespace) -> int:
    lines = {file: {n for n, tests in of.items() if tests} for file, of in _reach(options).lines.items()}
    mutants = sample.sample(options.home / "new" / "tree", options.count, options.seed, lines)
    sample.write(options.home / "sample.jsonl", mutants)
    print(f"{len(mutants)} mutants in {options.home / 'sample.jsonl'}")
    return 0


def _run(options: argparse.Namespace) -> int:
    mutants = sample.read(options.home / "sample.jsonl")
    if options.tests:
        said = table.read(options.home / "new" / "verdicts.jsonl")
        mutants = [m for m in mutants if m.name in {v["id"] for v in said if v["outcome"] == "survived"}]
    os.environ.update(QUIET)
    trial.warm_up()
    court = judging.Court(_reach(options), options.fast_tests, options.seconds)
    slots = [_folder(options) / f"slot{n}" for n in range(options.processes)]
    for slot in slots:
        trees.make(slot, _folder(options) / "tree")
    judging.run(mutants, court, slots, _folder(options) / "verdicts.jsonl")
    for test in sorted(court.unsound):
        print(f"fails without a mutant too: {test}")
    return _table(options)


def _table(options: argparse.Namespace) -> int:
    verdicts = table.read(_folder(options) / "verdicts.jsonl")
    print(table.table(verdicts), table.survivors(verdicts), sep="\n\n")
    return 0


def _folder(options: argparse.Namespace) -> Path:
    return Path(options.home / ("old" if options.tests else "new"))


def _reach(options: argparse.Namespace) -> reach.Reach:
    return reach.read(_folder(options) / "map", _folder(options) / "tree")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mutants", epilog="What follows -- goes to pytest (map).")
    parser.add_argument("command", choices=("map", "sample", "run", "table"))
    parser.add_argument("--home", type=lambda p: Path(p).resolve(), default=ROOT / "cache" / "mutants")
    parser.add_argument(
        "--tests", type=lambda p: Path(p).resolve(), help="an old checkout; its changed tests"
    )
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--fast-tests", type=int, default=200, help="the most fast tests a mutant meets")
    parser.add_argument("--seconds", type=float, default=120, help="the most seconds of tests a mutant meets")
    return parser


if __name__ == "__main__":
    sys.exit(main())
