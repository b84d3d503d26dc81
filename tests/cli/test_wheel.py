"""What `pip install .` gives: the wheel, what it holds, and the command in an environment of its own."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import NamedTuple

import pytest

from helpers.tiny_demo import tiny_demo
from repro import __version__

pytestmark = [pytest.mark.slow, pytest.mark.exhaustive]

ROOT = Path(__file__).resolve().parents[2]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
SHIPPED = {
    "weights": ["README.md", "manifest.json", "LICENSE-*.txt", "standin_*.npz", "paper2_jhmdb21/*"],
    "data_lists": ["**/*.*"],
}
NOT_OURS = "weights/vgg16_imagenet.npz"  # as `weights fetch` leaves it in a checkout


class Installed(NamedTuple):
    """packages: its site-packages. here: where commands are typed. home: the user's."""

    command: Path
    packages: Path
    here: Path
    home: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`repro WORDS`, by a user who set nothing."""
        return subprocess.run(
            [str(self.command), *words],
            cwd=self.here,
            env={"HOME": str(self.home), "PATH": os.defpath, "CUDA_VISIBLE_DEVICES": ""},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built without a network from a copy of the checkout, so that nothing is left in that."""
    pytest.importorskip("setuptools", minversion="77", reason="pyproject.toml needs setuptools 77 to build")
    copy, out = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("wheel")
    for folder in ("repro", "weights", "data_lists", "tests", "notebooks", "benchmarks"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "requirements.txt", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    (copy / NOT_OURS).write_bytes(b"another's")
    subprocess.run(
        [*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(out), str(copy)], check=True
    )
    assert not (copy / "build").exists()
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in a new environment, whose other packages are those of the tests."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run(
        [*PIP, "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)], check=True
    )
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    others = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "others.pth").write_text("\n".join(sorted(others)) + "\n")
    (folder / "here").mkdir()
    return Installed(python.with_name("repro"), packages, folder / "here", folder / "home")


def _files(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file below a folder, with its size and when it was last written."""
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_it_holds_the_package_and_what_ships_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    assert {name.split("/")[0] for name in content} == {"repro", f"repro-{__version__}.dist-info"}
    of_package = ("*.py", "*.csv", "web/templates/*")
    wanted = {
        p.relative_to(ROOT).as_posix(): p for pattern in of_package for p in (ROOT / "repro").rglob(pattern)
    }
    wanted["repro/py.typed"] = ROOT / "repro/py.typed"
    for folder, patterns in SHIPPED.items():
        for path in {path for pattern in patterns for path in (ROOT / folder).glob(pattern)}:
            wanted[f"repro/shipped/{path.relative_to(ROOT).as_posix()}"] = path
    assert (
        len([name for name in wanted if name.endswith(".npz")]) == 4 + 3
    )  # stand-ins, and the model that ships
    assert wanted.keys() <= content.keys()
    assert all(content[name] == path.read_bytes() for name, path in wanted.items())
    besides = [n for n in content if n.startswith("repro/") and n not in wanted and not n.endswith(".md")]
    assert besides == []


def test_it_needs_the_pinned_requirements(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        said = Parser().parsestr(archive.read(f"repro-{__version__}.dist-info/METADATA").decode())
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pins = {line for line in lines if line and not line.startswith("#")}
    needed = said.get_all("Requires-Dist") or []
    assert {line for line in needed if "extra ==" not in line} == pins
    assert said["Version"] == __version__
    assert said["License-Expression"] == "MIT"


def test_it_is_used_from_another_folder_and_never_written_to(installed: Installed) -> None:
    """A video is labelled by a run that the installed command trained, in the user's own folder."""
    before = _files(installed.packages)
    assert installed.run("--version").stdout == f"repro {__version__}\n"
    summary = installed.run("summary", "paper2")
    assert (summary.returncode, summary.stderr) == (0, "")
    assert summary.stdout.count("Total params: ") >= 2

    demo = tiny_demo()
    clip = min((demo / "UCF-101" / "Run").glob("*.avi"))
    unready = installed.run("predict", "--highlight", str(clip))
    assert (unready.returncode, unready.stderr.count("\n")) == (2, 1)
    assert "train one with: repro paper3 demo" in unready.stderr
    at_once = installed.run("predict", "--no-overlay", str(clip))
    assert at_once.returncode == 0, at_once.stderr
    assert "shipped/weights/paper2_jhmdb21" in at_once.stdout
    rows = ("--rows", "table4/context-lstm", "--stage", "evaluate")
    run = installed.run("paper2", "demo", "--preset", "tiny", "--data", str(demo), *rows)
    assert run.returncode == 0, run.stderr
    predicted = installed.run("predict", str(clip))
    assert predicted.returncode == 0, predicted.stderr

    assert sorted(p.name for p in installed.here.iterdir()) == ["predictions"]
    made = sorted(p.name for p in (installed.here / "predictions").iterdir())
    assert made == ["predictions.csv", f"{clip.stem}.json", f"{clip.stem}.webm"]
    assert (installed.home / ".local/share/repro/runs/paper2").is_dir()
    assert _files(installed.packages) == before


def test_it_is_of_no_use_to_its_developers(installed: Installed) -> None:
    done = installed.run("test")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: test needs a checkout of the project, where run.sh is\n"
