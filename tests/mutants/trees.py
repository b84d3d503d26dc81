"""Copies of the project in which files are changed, so that nobody's checkout ever is."""

import compileall
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mutants.catalogue import Mutant

_MADE = (".venv*", ".*_cache", ".hypothesis", "__pycache__", "data", "cache", "runs", "worktrees")


def make(tree: Path, checkout: Path, tests_of: Path | None = None) -> Path:
    """A copy of `checkout`; with `tests_of`, of that checkout with the `repro` of the first. Returns it."""
    shutil.rmtree(tree, ignore_errors=True)
    left_out = shutil.ignore_patterns(*_MADE, *([".git", "repro"] if tests_of else []))
    shutil.copytree(tests_of or checkout, tree, ignore=left_out, symlinks=True)
    for part in (".git", "repro") if tests_of else ():
        shutil.copytree(checkout / part, tree / part, ignore=left_out, symlinks=True)
    for code in ("repro", "tests/helpers", "tests/oracles"):
        compileall.compile_dir(tree / code, quiet=1)
    return tree


@contextmanager
def changed(tree: Path, mutant: Mutant | None) -> Iterator[None]:
    """The mutant in its file of the tree; the file as it was, its time too, afterwards."""
    if mutant is None:
        yield
        return
    path = tree / mutant.file
    before, kept = path.read_bytes(), path.with_suffix(".kept")
    content = mutant.applied(tree)
    path.rename(kept)  # keeps its time, by which Python knows its compiled file again
    path.write_bytes(content)
    try:
        yield
    finally:
        kept.replace(path)
        assert path.read_bytes() == before


def changed_tests(old: Path, new: Path) -> list[str]:
    """Test files of `old` that `new` has not, or not with these words, or that read a helper changed so.

    Files are known by their names, which are unique over the suite: one that has only moved has not changed.
    """
    ours = {path.name: path.read_bytes() for path in (new / "tests").rglob("*.py")}
    theirs = {p: p.read_bytes() for p in sorted((old / "tests").rglob("*.py"))}
    other = {p for p, content in theirs.items() if ours.get(p.name) != content}
    helpers = {p.stem for p in other if not p.name.startswith(("test_", "conftest", "__"))}
    uses = re.compile(rb"\b(" + "|".join(map(re.escape, sorted(helpers))).encode() + rb")\b")
    tests = [p for p in theirs if p.name.startswith("test_")]
    chosen = [p for p in tests if p in other or (helpers and uses.search(theirs[p]))]
    return [str(p.relative_to(old)) for p in chosen]
