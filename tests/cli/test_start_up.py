"""What native code says while TensorFlow starts never reaches the terminal, unless it does not start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NATIVE = "I0000 00:00:1795718324.927548   30378 port.cc:153] custom operations are on.\n"


def _child(stand_in: Path | None, code: str) -> subprocess.CompletedProcess[str]:
    """`code` in a process whose TensorFlow is `stand_in`."""
    path = f"import sys; sys.path[:0] = [{str(stand_in)!r}, {str(ROOT)!r}]\n"
    hush = "from repro.cli.start_up import hush; hush()\n"
    return subprocess.run(
        [sys.executable, "-P", "-c", path + hush + code], capture_output=True, text=True, check=False
    )


def _stand_in(folder: Path, then: str) -> Path:
    """A TensorFlow that writes to the file descriptor as native code does: imported, and asked for GPUs."""
    (folder / "tensorflow").mkdir()
    (folder / "tensorflow" / "__init__.py").write_text(
        f"import os\nos.write(2, {NATIVE.encode()!r})\n"
        "class config:\n    list_physical_devices = staticmethod(lambda: os.write(2, b'E0000 cuInit: 303'))\n"
        f"{then}\n"
    )
    return folder


def test_start_up_lines_are_held_back(tmp_path: Path) -> None:
    code = "import tensorflow, os; os.write(2, b'our own'); print(tensorflow.__spec__.name)"
    done = _child(_stand_in(tmp_path, ""), code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "tensorflow\n", "our own")


def test_an_import_that_fails_says_everything(tmp_path: Path) -> None:
    done = _child(
        _stand_in(tmp_path, "raise ImportError('libcudart is of another version')"), "import tensorflow"
    )
    assert done.returncode == 1
    assert done.stderr.startswith(NATIVE)
    assert done.stderr.endswith("ImportError: libcudart is of another version\n")


def test_native_code_that_ends_the_process_is_named(tmp_path: Path) -> None:
    done = _child(_stand_in(tmp_path, "os.abort()"), "import tensorflow")
    assert done.returncode < 0
    assert "Fatal Python error: Aborted" in done.stderr
    assert str(tmp_path / "tensorflow" / "__init__.py") in done.stderr


def test_a_missing_engine_is_missed_as_usual(tmp_path: Path) -> None:
    done = _child(
        tmp_path, "sys.path[2:] = [p for p in sys.path[2:] if 'site-packages' not in p]\nimport tensorflow"
    )
    assert done.stderr.endswith("ModuleNotFoundError: No module named 'tensorflow'\n")


def test_without_stderr_it_is_imported_all_the_same(tmp_path: Path) -> None:
    done = _child(_stand_in(tmp_path, ""), "import os; os.close(2); import tensorflow; print('there')")
    assert (done.returncode, done.stdout) == (0, "there\n")


def test_who_only_looks_for_it_changes_nothing(tmp_path: Path) -> None:
    code = "import importlib.util; importlib.util.find_spec('tensorflow'); import tensorflow"
    assert _child(_stand_in(tmp_path, ""), code).stderr == ""


def test_who_asks_again_before_it_was_imported_is_no_worse_off(tmp_path: Path) -> None:
    """`repro.load` of a folder that is no run ends before TensorFlow, and is called again."""
    done = _child(_stand_in(tmp_path, ""), "hush(); hush(); import tensorflow; print('there')")
    assert (done.returncode, done.stdout, done.stderr) == (0, "there\n", "")


@pytest.mark.slow
def test_a_command_that_loads_tensorflow_says_only_its_own_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "repro", "paper2", "demo", "--devices", "9999"]
    home = {**os.environ, "REPRO_HOME": str(tmp_path / "home")}
    done = subprocess.run(command, cwd=ROOT, env=home, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: --devices 9999: ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "home").exists()
