"""What the operating system refuses, on real disks: one line, status 2, nothing half-written."""

import subprocess
import sys
from pathlib import Path

import pytest

from helpers.clips import write_numbered
from helpers.disks import ROOT, bound_by_rights, on_disk, product

DRAW = ["data", "demo", "make", "--groups", "1", "--clips-per-group", "1"]
# `predict` with a made-up network: whether pixels are bright needs no TensorFlow.
PREDICT = """
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from repro.cli import main, predict
from repro.inference.stream import Stream
from repro.inference.stream_predictor import StreamPredictor

def advance(images, memory):
    bright = images["rgb"].mean() / 255
    return {"frame": np.array([[1 - bright, bright]])}, {}

predict.load_predictor = lambda folder, options: StreamPredictor(
    Stream(advance, ("dark", "bright"), 8, 50), lambda frames, prediction: frames
)
origin = dict(dataset="demo", split="1", seed=0)
run = SimpleNamespace(paper=2, folder=Path("."), model="ms_lstm", origin=lambda: origin)
predict.ExportedRun = SimpleNamespace(read=lambda folder: run)
sys.exit(main(["predict", "--run", ".", *sys.argv[1:]]))
"""


def _predict(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-c", PREDICT, *map(str, arguments)]


def _temporary(files: list[str]) -> list[str]:
    return [name for name in files if ".part" in name]


@pytest.mark.slow
@pytest.mark.parametrize("size", ["4k", "256k"])
def test_a_full_disk_as_home(tmp_path: Path, size: str) -> None:
    done = on_disk(f"size={size}", tmp_path / "disk", product(*DRAW))
    line = done.refused()
    assert line.startswith(f"{tmp_path}/disk/data/demo/")
    assert ": no space left on the disk; make room there, or use a folder elsewhere" in line
    assert not _temporary(done.out)
    clips = {Path(name).stem for name in done.out if name.endswith(".avi")}
    assert len(clips) >= (1 if size == "256k" else 0)
    assert clips <= {Path(name).stem for name in done.out if name.endswith(".npz")}  # each has its truth


@pytest.mark.slow
def test_a_read_only_disk_as_home(tmp_path: Path) -> None:
    done = on_disk("ro", tmp_path / "disk", product(*DRAW))
    assert done.refused() == (
        f"{tmp_path}/disk/data: the disk is read-only; use a folder elsewhere (--data, --report, REPRO_HOME)"
    )


@pytest.mark.slow
def test_a_file_as_home(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    line = bound_by_rights(tmp_path / "home", product(*DRAW)).refused()
    assert line == (
        f"{tmp_path}/home/data/demo: {tmp_path}/home is a file where a folder should be; "
        "move it away, or name another folder"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "file"), [("4k", "clip.webm"), ("16k", "clip.json")], ids=["the video", "its JSON"]
)
def test_predict_on_a_full_disk_blames_the_disk(tmp_path: Path, size: str, file: str) -> None:
    """The video of a hundred small frames takes less than its JSON."""
    clip, disk = tmp_path / "clip.avi", tmp_path / "disk"
    write_numbered(clip, 100)
    done = on_disk(f"size={size}", disk, _predict("--out", disk / "out", clip))
    assert done.refused().startswith(f"{disk}/out/{file}: no space left on the disk; make room there")
    assert done.out == []


@pytest.mark.slow
def test_predict_where_rights_are_lacking(tmp_path: Path) -> None:
    good, shut = tmp_path / "good.avi", tmp_path / "shut.avi"
    for clip in (good, shut):
        write_numbered(clip, 3)
    shut.chmod(0)
    out = tmp_path / "out"
    line = bound_by_rights(tmp_path, _predict("--out", out, shut, good)).refused()
    assert line.startswith(f"{shut} could not be read: ")
    assert sorted(path.name for path in out.iterdir()) == ["good.json", "good.webm", "predictions.csv"]
    out.chmod(0o500)
    line = bound_by_rights(tmp_path, _predict("--out", out, good)).refused()
    assert line.startswith(f"{out}: there is no right to change it; change its rights (chmod, chown), or use")


@pytest.mark.slow
def test_a_folder_that_only_writers_may_enter(tmp_path: Path) -> None:
    """Nobody can list it, and there is no need to."""
    clip, out = tmp_path / "clip.avi", tmp_path / "out"
    write_numbered(clip, 3)
    out.mkdir(mode=0o300)
    assert bound_by_rights(tmp_path, _predict("--out", out, clip)).status == 0
    out.chmod(0o700)
    assert sorted(path.name for path in out.iterdir()) == ["clip.json", "clip.webm", "predictions.csv"]


@pytest.mark.slow
def test_output_that_nobody_takes(tmp_path: Path) -> None:
    """A full disk is refused; a reader that has gone, as `head` does, ends the command without a word."""
    with Path("/dev/full").open("w") as full:
        refused = subprocess.run(product("rows"), stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert refused.returncode == 2
    assert refused.stderr.startswith("error: standard output: no space left on the disk; ")
    assert refused.stderr.count("\n") == 1
    for words in (["rows"], ["summary", "paper5", "--preset", "tiny"]):
        command = subprocess.Popen(product(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
        assert command.stdout is not None
        command.stdout.close()
        _, said = command.communicate()
        assert (command.returncode, said) == (141, b"")
