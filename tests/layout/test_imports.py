"""The import rules of repro/LAYOUT.md, checked on the syntax trees of every file."""

import ast
import re
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REPRO = ROOT / "repro"
LAYOUT = (REPRO / "LAYOUT.md").read_text()


def _names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def _layers() -> dict[str, int]:
    """room -> layer, from the first table; what stands in brackets is commentary."""
    layers = {}
    for number, cell in re.findall(r"^\| (\d) \| ([^|]+) \|", LAYOUT, re.M):
        for name in _names(re.sub(r"\([^)]*\)", "", cell)):
            layers[name] = int(number)
    return layers


def _only_in() -> dict[str, list[str]]:
    never = LAYOUT.split("Never:")[1]
    return {
        m[0]: _names(m[1]) for m in re.findall(r"^\| `(\w+)` \| ([^|]+) \|", never, re.M) if m[0] in PACKAGES
    }


PACKAGES = ("cv2", "matplotlib", "tensorflow", "argparse", "jinja2", "gradio")
LAYERS = _layers()
ONLY_IN = _only_in()
FILES = sorted(p for p in REPRO.rglob("*.py"))


def _room(path: Path) -> str:
    first = path.relative_to(REPRO).parts[0]
    return first.removesuffix(".py")


@cache
def _imports(path: Path) -> list[str]:
    """Dotted names of everything a file imports, wherever the import stands."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def _imported_rooms(path: Path) -> set[str]:
    rooms = set()
    for name in _imports(path):
        parts = name.split(".")
        if parts[0] == "repro" and len(parts) > 1 and parts[1] in LAYERS:
            rooms.add(parts[1])
    return rooms


def test_the_table_was_read() -> None:
    assert len(LAYERS) > 20
    assert set(ONLY_IN) == set(PACKAGES)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(REPRO)))
def test_imports_go_down(path: Path) -> None:
    room = _room(path)
    if room == "__init__":
        assert not _imported_rooms(path)
        return
    assert room in LAYERS, f"{room} has no layer in repro/LAYOUT.md"
    layer = LAYERS[room]
    for other in _imported_rooms(path) - {room}:
        if layer == 1:
            assert LAYERS[other] == 1, f"{path}: {room} imports {other}"
        else:
            assert LAYERS[other] < layer, f"{path}: {room} (layer {layer}) imports {other} ({LAYERS[other]})"
        if layer in (4, 5, 6) and not (room == "standin" and other == "demo"):
            assert other not in ("convert", "demo"), f"{path}: {room} imports {other}"


def test_no_file_imports_what_imports_it() -> None:
    """Not by way of others either, and not inside a function."""
    names = {".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): p for p in FILES}
    graph = {
        name: {
            max((n for n in names if f"{one}.".startswith(f"{n}.")), key=len, default="")
            for one in _imports(path)
        }
        for name, path in names.items()
    }
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_stay_in_their_rooms(package: str) -> None:
    for path in FILES:
        if not any(name.split(".")[0] == package for name in _imports(path)):
            continue
        inside = path.relative_to(REPRO)
        allowed = any(inside == Path(p) or inside.parts[0].removesuffix(".py") == p for p in ONLY_IN[package])
        assert allowed, f"{inside} imports {package}"


def test_networks_use_keras_only() -> None:
    """Cells, networks and losses import no engine, so that they run on all three."""
    for path in FILES:
        inside = path.relative_to(REPRO)
        if inside.parts[0] in ("backbones", "recurrent", "anticipation") or inside.name in (
            "model.py",
            "losses.py",
        ):
            engines = {n.split(".")[0] for n in _imports(path)} & {"tensorflow", "jax", "torch"}
            assert not engines, f"{inside} imports {engines}"


def test_only_paths_reads_the_environment() -> None:
    for path in FILES:
        if path.name != "paths.py":
            names = {n.attr for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Attribute)}
            assert not names & {"environ", "getenv", "putenv"}, f"{path} reads environment variables"


def test_oracles_are_independent() -> None:
    for path in (ROOT / "tests" / "oracles").glob("*.py"):
        assert not [n for n in _imports(path) if n.split(".")[0] in ("repro", "keras", "tensorflow")], path


@pytest.mark.slow
@pytest.mark.parametrize("room", ["datasets", "sampling", "video", "evaluation", "report"])
def test_light_rooms_load_no_framework(room: str) -> None:
    code = (
        "import importlib, pkgutil, sys\n"
        f"import repro.{room} as room\n"
        "for m in pkgutil.walk_packages(room.__path__, room.__name__ + '.'):\n"
        "    importlib.import_module(m.name)\n"
        "print(sorted({'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules)))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"
