"""Papers 1 and 2 on stored maps of EfficientNet-Lite (preset lite): what the gate gets, and the whole way."""

import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from golden import lite_inputs
from helpers.close import assert_same_float32, of_network
from helpers.initial_weights import vary
from helpers.one_step import one_step
from helpers.tiny_demo import tiny_demo
from repro.anticipation import base, networks, shipping
from repro.backbones import efficientnet_lite, fixed_norm, weights
from repro.cli import main
from repro.convert import lite_mapping
from repro.experiment.exported import ExportedRun
from repro.experiment.recipe import BACKBONES, VGG_16
from repro.paper2.recipe import Recipe, recipe
from repro.types import InputError

SIZE, CLASSES = 64, 3


def small(**changes: object) -> Recipe:
    return replace(recipe("lite"), size_px=SIZE, loc_units=8, units=4, pretraining="random", **changes)


def test_the_backbones_are_those_that_can_be_built() -> None:
    assert BACKBONES.split() == [VGG_16, *efficientnet_lite.VARIANTS]
    assert [base.conv5_2(name) for name in efficientnet_lite.VARIANTS] == ["block14", "block19", "block19"]


@pytest.mark.parametrize("changes", [{"own_fc": True}, {"features": ("context", "flow")}])
def test_readings_without_a_layer_for_them_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InputError, match="efficientnet_lite0 has no own"):
        small(**changes)


@pytest.mark.slow
def test_an_own_conv5_3_starts_as_the_context_paths_and_is_trained_apart(tmp_path: Path) -> None:
    drawn_weights(tmp_path)
    numbers = replace(small(cam_from="conv5_3"), pretraining=str(tmp_path / "efficientnet_lite0.npz"))
    model = networks.frame_training_model(numbers, CLASSES, tmp_path)
    own = {layer.name for layer in model.layers if layer.name.startswith("action_") and layer.weights}
    assert {name.removeprefix("action_") for name in own} == {
        layer.name for layer in model.layers if layer.name.startswith(("block15", "head")) and layer.weights
    }
    for name in own:
        pairs = zip(*(model.get_layer(n).get_weights() for n in (name, name[7:])), strict=True)
        assert all((one == other).all() for one, other in pairs)
    maps = np.random.default_rng(0).normal(0, 1, (4, *model.input.shape[1:])).astype(np.float32)
    labels = np.array([0, 1, 2, 0])
    before = {layer.name: layer.get_weights() for layer in model.layers}
    one_step(model, maps, dict.fromkeys(model.output, labels))
    moved = {
        name
        for name, old in before.items()
        if any((a != b).any() for a, b in zip(old, model.get_layer(name).get_weights(), strict=True))
    }
    assert {name for name in own if name.endswith("conv")} <= moved
    assert {"block15_expand_conv", "head_conv", "linear", "fc8"} <= moved


def test_rows_are_every_second_frame_from_the_first_on() -> None:
    assert [small().rows(frames) for frames in (1, 2, 3, 40)] == [1, 1, 2, 20]
    assert recipe("paper").rows(40) == 40


@pytest.mark.slow
@pytest.mark.parametrize("cam_from", ["conv5_2", "conv5_3"])
def test_no_signed_map_reaches_the_gate(cam_from: str) -> None:
    """A block ends without activation; what the gate multiplies and the mean is taken of does not."""
    numbers = small(cam_from=cam_from, select="max")  # with few classes one may have no place above 0
    built = vary_maps(networks.frame_networks(numbers, CLASSES).maps)
    maps = np.random.default_rng(0).normal(0, 5, (4, *built.input.shape[1:])).astype(np.float32)
    outputs = built.predict_on_batch(maps)
    assert maps.min() < 0
    for name in ("conv5_3", "gated"):
        assert outputs[name].min() >= 0
        assert outputs[name].max() > 0


def vary_maps(model: keras.Model) -> keras.Model:
    """Drawn weights, with variances that are none below 0."""
    vary(model, gain=1.0)
    for layer in model.layers:
        if isinstance(layer, fixed_norm.FixedNorm):
            layer.moving_variance.assign(np.abs(layer.moving_variance) + 0.5)
    return model


@pytest.mark.slow
def test_behind_its_trunk_a_network_reads_images(tmp_path: Path) -> None:
    """Stored maps through what is trained, and images through both, are the same."""
    numbers = small()
    path = drawn_weights(tmp_path)
    whole = efficientnet_lite.efficientnet_lite(numbers.backbone, ("head",), size=SIZE, folded=False)
    fixed_norm.load(whole, path)
    behind = networks.frame_networks(numbers, CLASSES).features
    report = weights.load(behind, path, strict=False)
    assert {"block15_expand_conv/kernel", "head_conv/kernel"} <= set(report.loaded)
    images = np.random.default_rng(2).integers(0, 256, (2, SIZE, SIZE, 3), np.uint8)
    joined = networks.on_images(numbers, behind, path).predict_on_batch(images)
    wanted = whole.predict_on_batch(images)["head"].mean(axis=(1, 2))
    assert np.ptp(wanted, axis=0).max() > 0.01
    assert_same_float32(joined["context"], wanted, np.hypot(of_network(whole), of_network(behind)))


def drawn_weights(folder: Path) -> Path:
    """A file like the published one, of numbers that keep the signal's size."""
    name = "efficientnet_lite0"
    arrays, _ = lite_mapping.arrays(lite_inputs.drawn(name), name)
    np.savez(folder / f"{name}.npz", **arrays)
    return folder / f"{name}.npz"


def few_videos(folder: Path) -> Path:
    """A folder of one's own with drawn clips: four a class to train on and one to test."""
    for name in ("Run", "Wave"):
        for number, clip in enumerate(sorted((tiny_demo() / "UCF-101" / name).glob("*.avi"))[:5]):
            link = folder / ("test" if number == 4 else "train") / name / clip.name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(clip)
    return folder


@pytest.mark.slow
def test_a_run_from_files_to_a_prediction(tmp_path: Path) -> None:
    """Maps are stored once, filmed and mirrored; rows, pictures and `predict` follow."""
    setting = ["size_px=64", "loc_units=8", "units=4", "cnn_epochs=1", "lstm_epochs=1", "steps=3"]
    setting += [f"pretraining={drawn_weights(tmp_path)}", "frames_per_visit=2"]
    sets = [word for each in setting for word in ("--set", each)]
    videos = few_videos(tmp_path / "mine")
    command = ["paper2", str(videos), "--preset", "lite", "--out", str(tmp_path), *sets]
    rows = ["table4/context+action-mslstm", "fractions/mslstm-", "fractions/logistic-regression"]
    assert main([*command, "--rows", *rows]) == 0
    (run,) = [path.parent for path in tmp_path.glob("runs/paper2/*/model.json")]
    assert (run / "early_warning.webm").stat().st_size > 0
    regression = json.loads((run / "results/fractions_logistic-regression.json").read_text())
    assert regression["own"]["mean"]["100%"] in (0, 50, 100)  # of two test clips
    described = json.loads((run / "model.json").read_text())
    assert described["networks"].keys() == {"frame", "trunk"}
    video = sorted((tiny_demo() / "UCF-101" / "Wave").glob("*.avi"))[0]
    assert main(["predict", str(video), "--run", str(run), "--out", str(tmp_path / "out")]) == 0
    frames = json.loads((tmp_path / f"out/{video.stem}.json").read_text())["by_frame"]
    probabilities = [each["probabilities"] for each in frames]
    assert probabilities[0] == probabilities[1]  # every second frame is looked at
    assert probabilities[0] != probabilities[2]
    check_light(run, video, tmp_path)


def check_light(run: Path, video: Path, folder: Path) -> None:
    """Kernels are rounded to half and nothing else is changed; the folder predicts alone."""
    exported = ExportedRun.read(run)
    light = shipping.lighter(exported, Recipe, folder / "light")
    light.write()
    assert light.facts["certainty"]["videos"] > 0
    full = {
        "trunk": fixed_norm.folded(weights.read(exported.network_file("trunk"))),
        "frame": weights.read(exported.network_file("frame")),
        "sequence": weights.read(exported.weights_file),
    }
    for network, arrays in full.items():
        small = weights.read(folder / f"light/{network}.npz")
        assert set(small) <= set(arrays)
        for name, array in small.items():
            assert array.dtype == (np.float16 if array.ndim > 1 else np.float32)
            # Half of the distance between neighbours: a part in 2 ** 11 of a number, 2 ** -25 of one near 0.
            within = 2**-11 * np.abs(arrays[name]) + 2**-25 if array.ndim > 1 else 0
            assert (np.abs(array.astype(np.float32) - arrays[name]) <= within).all(), name
        if network == "trunk":  # as far as its maps are read
            assert {name.split("_")[0] for name in small} == {"stem", *(f"block{n}" for n in range(15))}
    command = ["predict", str(video), "--run", str(folder / "light"), "--out", str(folder / "of_light")]
    assert main([*command, "--no-overlay"]) == 0
    made = {path.name for path in (folder / "of_light").iterdir()}
    assert made == {f"{video.stem}.json", "predictions.csv"}
    content = json.loads((folder / f"of_light/{video.stem}.json").read_text())
    assert content["certainty"] == light.facts["certainty"]
