"""`weights list | fetch | convert | verify` from the command line, on small networks and a local server."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from keras.src.backend import config

import repro.cli.weights as command
from helpers import caffe_files
from helpers.web import Site, serving
from repro.backbones import efficientnet_lite, pretrained, weights
from repro.cli import main
from repro.convert import conversion, targets
from repro.paper3.networks import PUBLISHED
from repro.papers import PAPERS
from repro.paths import weights_folder

SMALL = targets.c3d_target(width=1 / 64, classes=5, places=(1, 1, 1), mean_volume=(2, 4, 5, 3))
ENTRIES = json.loads((weights_folder() / "manifest.json").read_text())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A weights folder of its own, where c3d_sports1m and vgg16_imagenet are small networks."""
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "manifest.json").write_text(json.dumps(ENTRIES))
    monkeypatch.setattr(command, "weights_folder", lambda: tmp_path / "weights")
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    monkeypatch.setitem(conversion.TARGETS, "c3d_sports1m", lambda: SMALL)
    monkeypatch.setitem(conversion.TARGETS, "vgg16_imagenet", lambda: replace(SMALL, mean_volume=None))
    return tmp_path / "weights"


@pytest.fixture
def c3d(tmp_path: Path) -> tuple[Path, Path]:
    """A network and a mean as C3D v1.0 writes them."""
    layers = caffe_files.drawn({SMALL.name_in_file(n): s for n, s in SMALL.kernels(5).items()})
    (tmp_path / "c3d").write_bytes(caffe_files.network(layers, "c3d"))
    mean = np.random.default_rng(0).uniform(80, 120, (3, 2, 4, 5))
    (tmp_path / "mean.binaryproto").write_bytes(caffe_files.blob(mean, "c3d"))
    return tmp_path / "c3d", tmp_path / "mean.binaryproto"


def _error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["weights", *arguments]) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    return line


def _states(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    lines = capsys.readouterr().out.splitlines()
    return dict(line.split(maxsplit=1) for line in lines if line[:1].strip())


def test_the_manifest_covers_what_can_be_converted_and_what_paper_3_starts_from() -> None:
    published = {name for name, entry in ENTRIES.items() if "licence" in entry}
    assert {*targets.TARGETS, *efficientnet_lite.VARIANTS} == published - {"imagenet"}
    files = {entry["file"] for entry in ENTRIES.values() if "file" in entry}
    assert {f"{name}.npz" for name in targets.TARGETS} <= files
    assert set(PUBLISHED.values()) - {"imagenet"} <= files
    for name, entry in ENTRIES.items():
        if "licence" not in entry:
            continue
        assert {"what", "source", "licence", "needed_by", "instead"} <= entry.keys()
        assert len({"steps", "checksum", "for_keras"} & entry.keys()) == 1
        if "steps" in entry:
            assert entry["steps"][-1].endswith(f"--as {name}")


def test_what_the_manifest_says_of_efficientnet_lite_follows_the_presets() -> None:
    needed = {
        preset.get("backbone") for paper in PAPERS.values() for preset in paper.presets.values()
    } & efficientnet_lite.VARIANTS.keys()
    said = {name: ENTRIES[name]["needed_by"][0] for name in efficientnet_lite.VARIANTS}
    assert needed == {name for name, text in said.items() if not text.startswith("none: ")}
    assert all("lite" in paper.presets for paper in PAPERS.values())  # as "papers 1 to 5" says


def test_convert_then_verify_then_use(
    folder: Path, c3d: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    network, mean = c3d
    assert main(["weights", "convert", str(network), "--mean", str(mean), "--as", "c3d_sports1m"]) == 0
    report = capsys.readouterr().out.splitlines()
    assert report[0].split() == ["conv1a", "3x3x3x3x1", "from", "conv1a", "1x3x3x3x3"]
    assert report[-1].endswith("c3d_sports1m.npz: 11 layers")
    found = pretrained.c3d_mean(str(folder / "c3d_sports1m.npz"), folder)
    assert found is not None
    assert found.shape == (2, 4, 5, 3)
    assert len(weights.read(folder / "c3d_sports1m.npz")) == 23

    assert main(["weights", "verify"]) == 0
    assert _states(capsys)["c3d_sports1m"] == "ok, converted from c3d, mean.binaryproto"
    with (folder / "c3d_sports1m.npz").open("r+b") as file:
        file.seek(2000)
        file.write(b"!")
    assert main(["weights", "verify"]) == 1
    assert _states(capsys)["c3d_sports1m"].startswith("WRONG checksum")
    (folder / "c3d_sports1m.json").unlink()
    assert main(["weights", "verify"]) == 1
    assert _states(capsys)["c3d_sports1m"].startswith("WRONG record")


def test_what_does_not_fit_is_refused_and_nothing_is_written(
    folder: Path, c3d: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    network, mean = map(str, c3d)
    before = sorted(folder.iterdir())
    as_c3d = ["--as", "c3d_sports1m"]
    assert "--as NAME" in _error(["convert", network], capsys)
    assert "no network is called 'c3d'; there are: c3d_sports1m" in _error(
        ["convert", network, "--as", "c3d"], capsys
    )
    assert "give the file with --mean" in _error(["convert", network, *as_c3d], capsys)
    assert "leave out --mean" in _error(
        ["convert", network, "--mean", mean, "--as", "temporal_vgg16"], capsys
    )
    assert "does not go with these weights: a mean of" in _error(
        ["convert", network, "--mean", _other_mean(folder.parent), *as_c3d], capsys
    )
    assert "it lacks conv1_1" in _error(["convert", network, "--as", "temporal_vgg16"], capsys)
    assert "no Caffe file" in _error(["convert", "nowhere", "--mean", mean, *as_c3d], capsys)
    assert "the owner's file has 9363e1f6" in _error(["convert", network, "--as", "vgg16_imagenet"], capsys)
    c3d[0].write_bytes(c3d[0].read_bytes()[:-1])
    assert "cannot be read" in _error(["convert", network, "--mean", mean, *as_c3d], capsys)
    assert sorted(folder.iterdir()) == before


def _other_mean(folder: Path) -> str:
    path = folder / "other.binaryproto"
    path.write_bytes(caffe_files.blob(np.ones((3, 2, 4, 4)), "c3d"))
    return str(path)


def test_fetch_converts_what_it_downloads(
    folder: Path, c3d: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    content = c3d[0].read_bytes()
    with serving(Site(content)) as server:
        entry = {"source": server.url, "checksum": f"sha1:{hashlib.sha1(content).hexdigest()}"}
        entries = {**ENTRIES, "vgg16_imagenet": {**ENTRIES["vgg16_imagenet"], **entry}}
        (folder / "manifest.json").write_text(json.dumps(entries))
        assert main(["weights", "fetch", "vgg16_imagenet"]) == 0
    assert len(weights.read(folder / "vgg16_imagenet.npz")) == 22
    assert main(["weights", "list"]) == 0
    assert _states(capsys)["vgg16_imagenet"] == f"ok, converted from {server.url.rsplit('/', 1)[1]}"


def test_fetch_puts_imagenet_where_keras_looks(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keras' own fetching, asked for the file afterwards, needs no server."""
    monkeypatch.setattr(config, "keras_home", lambda: str(tmp_path / "keras"))
    with serving(Site(b"weights")) as server:
        checksum = f"md5:{hashlib.md5(b'weights').hexdigest()}"
        entry = {**ENTRIES["imagenet"], "for_keras": [{"url": server.url, "checksum": checksum}]}
        (folder / "manifest.json").write_text(json.dumps({"imagenet": entry}))
        assert main(["weights", "fetch", "imagenet"]) == 0
        asked, name = len(server.asked), server.url.rsplit("/", 1)[1]
        md5 = checksum.removeprefix("md5:")
        found = keras.utils.get_file(name, server.url, cache_subdir="models", file_hash=md5)
        assert len(server.asked) == asked == 1
    assert Path(found) == tmp_path / "keras" / "models" / name
    assert Path(found).read_bytes() == b"weights"


@pytest.mark.parametrize("name", [name for name, entry in ENTRIES.items() if "steps" in entry])
def test_fetch_says_how_the_others_are_had(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["weights", "fetch", name]) == 2
    said = capsys.readouterr().out
    assert "http" in said
    assert f"--as {name}" in said


def test_fetch_of_a_stand_in_and_of_nothing_known(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weights", "fetch", "standin_c3d"]) == 2
    assert "weights make standin_c3d" in capsys.readouterr().out
    assert "'resnet'" in _error(["fetch", "resnet"], capsys)
    assert "needs the name" in _error(["fetch"], capsys)
    assert "needs a published file" in _error(["convert"], capsys)
