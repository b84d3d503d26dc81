"""Paper 4 on stored maps of EfficientNet-Lite (preset lite): what attention gets, and the whole way."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from golden import lite_inputs
from helpers.close import assert_same_float32, of_network
from helpers.draws import vary
from helpers.tiny_demo import tiny_demo
from repro.backbones import ends, fixed_norm, weights
from repro.backbones.flow_image import FlowImage
from repro.cli import main
from repro.convert import lite_mapping
from repro.experiment import trunk
from repro.localisation import tube_file
from repro.paper4 import lite, model, networks
from repro.paper4.recipe import MAPS, Recipe, recipe
from repro.types import InputError

SIZE, CLASSES = 64, 3


def small(**changes: object) -> Recipe:
    """Of 2 x 2 places, for which nothing is fetched."""
    sizes = {"size_px": SIZE, "channels": 4, "attention_units": 4, "reduction": 5, "head_units": 6}
    return replace(recipe("lite"), pretraining="random", steps=3, **{**sizes, **changes})


def varied_maps(numbers: Recipe, stream: str = "rgb") -> lite.LastLayers:
    """The last layers with drawn weights, and variances that are none below 0."""
    built = lite.last_layers(numbers, stream, CLASSES)
    vary(built.training, gain=1.0)
    for layer in built.training.layers:
        if isinstance(layer, fixed_norm.FixedNorm):
            layer.moving_variance.assign(np.abs(layer.moving_variance) + 0.5)
    return built


@pytest.mark.parametrize("changes", [{"pool5": "pool5_narrow"}, {"frame_step": 2}])
def test_vgg16_refuses_what_it_does_not_have(changes: dict[str, object]) -> None:
    with pytest.raises(InputError, match="vgg16 has one pool5 and reads every frame"):
        replace(recipe("paper"), **changes)


@pytest.mark.slow
@pytest.mark.parametrize("pool5", MAPS.split())
def test_no_signed_map_reaches_an_attention(pool5: str) -> None:
    """The trunk's maps have a sign; what the last layers put out, and what is reduced of it, has none."""
    numbers = small(pool5=pool5, architecture="video_lstm")
    built = varied_maps(numbers)
    maps = np.random.default_rng(0).normal(0, 5, (6, *built.endpoints.input.shape[1:])).astype(np.float32)
    outputs = built.endpoints.predict_on_batch(maps)
    assert maps.min() < 0
    for name, array in outputs.items():
        assert array.min() >= 0, name
        assert array.max() > 0, name
    assert outputs["pool5"].shape[1:] == networks.feature_shapes(numbers)[0]
    network = vary(networks.build(numbers, CLASSES))
    read = {name: outputs["pool5"].reshape(2, 3, *outputs["pool5"].shape[1:]) for name in network.input}
    attended = model._by_role(read, model._reductions(network))
    for name, array in attended.items():
        assert np.shape(array) == (2, 3, 2, 2, numbers.reduction), name
        assert np.min(array) == 0 < np.max(array), name


def test_a_reduction_is_one_product_at_each_place_and_a_relu() -> None:
    numbers = small(architecture="conv_alstm")
    network = vary(networks.build(numbers, CLASSES), gain=1.0)
    x = np.random.default_rng(1).normal(size=(2, 3, *networks.feature_shapes(numbers)[0])).astype(np.float32)
    kernel, bias = network.get_layer("pool5_reduced").get_weights()
    wanted = np.maximum(np.einsum("bthwd,dc->bthwc", x.astype(np.float64), kernel) + bias, 0)
    found = model._by_role({"pool5": x}, model._reductions(network))["x"]
    assert_same_float32(found, wanted, np.sqrt(x.shape[-1]))
    plain = networks.build(replace(numbers, architecture="alstm"), CLASSES)
    assert not model._reductions(plain)  # states are vectors there


def test_a_video_lstm_starts_from_parts_that_are_reduced_too() -> None:
    parts = {
        name: {
            n: np.asarray(v)
            for n, v in weights.named_weights(vary(networks.build(numbers, CLASSES), seed)).items()
        }
        for seed, (name, numbers) in enumerate(
            {"rgb": small(architecture="conv_alstm"), "flow": small(architecture="conv_lstm")}.items()
        )
    }
    network = networks.build(small(architecture="video_lstm"), CLASSES)
    model.init_from_parts(network, **parts)
    found = {name: np.asarray(v) for name, v in weights.named_weights(network).items()}
    np.testing.assert_array_equal(found["pool5_reduced/kernel"], parts["rgb"]["pool5_reduced/kernel"])
    np.testing.assert_array_equal(found["motion_reduced/kernel"], parts["flow"]["pool5_reduced/kernel"])


@pytest.mark.slow
def test_last_layers_on_images_are_the_whole_network(tmp_path: Path) -> None:
    """Frames, and fields as images of three channels, through both: as by way of stored maps."""
    numbers, path = small(), drawn_weights(tmp_path)
    end = ends.end(numbers.backbone, "conv5_2").endpoint
    below = trunk.network(numbers.backbone, end, SIZE, path)
    rng = np.random.default_rng(2)
    for stream, channels in (("rgb", 3), ("flow", 2)):
        built = varied_maps(numbers, stream)
        images = rng.integers(0, 256, (2, SIZE, SIZE, channels), np.uint8)
        maps = below.predict_on_batch(images if channels == 3 else np.asarray(FlowImage()(images)))[end]
        wanted = built.endpoints.predict_on_batch(maps)
        found = lite.on_images(numbers, stream, built.endpoints, path).predict_on_batch(images)
        for name, array in wanted.items():
            assert np.ptp(array) > 1e-3, name
            assert_same_float32(
                found[name], array, np.hypot(of_network(below), of_network(built.training)), name=name
            )


def drawn_weights(folder: Path) -> Path:
    """A file like the published one, of numbers that keep the signal's size."""
    name = "efficientnet_lite0"
    arrays, _ = lite_mapping.arrays(lite_inputs.drawn(name), name)
    np.savez(folder / f"{name}.npz", **arrays)
    return folder / f"{name}.npz"


@pytest.mark.slow
def test_a_run_from_files_to_tubes_and_a_prediction(tmp_path: Path) -> None:
    """Maps of frames and of flow are stored once; rows, tubes, pictures and `predict` follow."""
    setting = [f"{name}=4" for name in ("channels", "units", "attention_units", "reduction", "head_units")]
    setting += ["size_px=64", "rgb_updates=1", "flow_updates=1", "lstm_epochs=1", "steps=3", "segments=2"]
    setting += [f"pretraining={drawn_weights(tmp_path)}", "frames_per_visit=2", "sigma_px=8"]
    setting += ["flow_height_px=48", "flow_width_px=64"]
    sets = [word for each in setting for word in ("--set", each)]
    places = ["--data", str(tiny_demo()), "--out", str(tmp_path)]
    rows = ["--rows", "table1/rgb-convnet", "table2/motion-ConvALSTM", "fig4a/video_lstm"]
    assert main(["paper4", "demo", "--preset", "lite", *places, *sets, *rows]) == 0
    (run,) = [path.parent for path in tmp_path.glob("runs/paper4/*/model.json")]
    assert (run / "tube.webm").stat().st_size > 0
    assert json.loads((run / "model.json").read_text())["networks"].keys() == {"rgb", "flow", "trunk"}
    tubes = tube_file.read(run / "tubes/rgb-video_lstm.npz")
    video = sorted((tiny_demo() / "UCF-101" / "Wave").glob("*.avi"))[0]
    boxes = [entry.tubes.raw.boxes for entry in tubes.values()]
    assert all(np.array_equal(each[0], each[1]) for each in boxes)  # every second frame is read
    assert any(not np.array_equal(each[0], each[-1]) for each in boxes)
    assert main(["predict", str(video), "--run", str(run), "--out", str(tmp_path / "out")]) == 0
    frames = json.loads((tmp_path / f"out/{video.stem}.json").read_text())["by_frame"]
    probabilities = [each["probabilities"] for each in frames]
    assert probabilities[0] == probabilities[1] != probabilities[2]
