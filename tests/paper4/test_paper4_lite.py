"""Paper 4 on stored maps of EfficientNet-Lite (preset lite): what attention gets, and the whole way."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from golden import lite_inputs
from helpers.close import assert_same_float32, of_network
from helpers.experiments import experiment_of
from helpers.initial_weights import vary
from helpers.tiny_demo import tiny_demo
from repro import datasets
from repro.backbones import ends, fixed_norm, lite_trunk, vgg, weights
from repro.backbones.flow_image import FlowImage
from repro.convert import lite_mapping
from repro.evaluation.tubes import THRESHOLDS
from repro.inference.stream_predictor import StreamPredictor
from repro.paper4 import lite, localise, model, networks
from repro.paper4.pipeline import Pipeline
from repro.paper4.recipe import LITE_MAPS, Recipe, recipe
from repro.paper4.rows import rows
from repro.papers import load_predictor
from repro.training.run_folder import RunFolder
from repro.types import InputError, Split, VideoRef
from repro.video.index import count_frames

SIZE, CLASSES = 64, 3


def small(**changes: object) -> Recipe:
    """Of 2 x 2 places, for which nothing is fetched."""
    sizes = {"size_px": SIZE, "channels": 4, "attention_units": 4, "reduction": 5, "head_units": 6}
    return replace(recipe("lite"), **{**sizes, "pretraining": "random", "steps": 3, **changes})


def varied_maps(numbers: Recipe, stream: str = "rgb") -> lite.LastLayers:
    """The last layers with drawn weights, and variances that are none below 0."""
    built = lite.last_layers(numbers, stream, CLASSES)
    vary(built.training, gain=1.0)
    for layer in built.training.layers:
        if isinstance(layer, fixed_norm.FixedNorm):
            layer.moving_variance.assign(np.abs(layer.moving_variance) + 0.5)
    return built


@pytest.mark.parametrize(
    ("preset", "changes"),
    [("paper", {"pool5": "pool5_narrow"}), ("paper", {"frame_step": 2}), ("lite", {"pool5": "conv5_3"})],
)
def test_a_backbone_refuses_what_it_does_not_have(preset: str, changes: dict[str, object]) -> None:
    with pytest.raises(InputError, match="vgg16 has pool5 and conv5_3 and reads every frame"):
        replace(recipe(preset), **changes)


def test_conv5_3_has_the_places_of_twice_the_image() -> None:
    half, whole = replace(recipe("demo"), size_px=112, pool5="conv5_3"), recipe("paper")
    assert networks.feature_shapes(half)[0][:2] == networks.feature_shapes(whole)[0][:2] == (7, 7)
    network = networks.stream_network(half, "rgb", CLASSES)
    images = np.random.default_rng(0).integers(0, 256, (2, 112, 112, 3), np.uint8)
    maps, pooled = (
        np.asarray(vgg.endpoint_model(network, layer)(images)["pool5"]) for layer in ("conv5_3", "pool5")
    )
    assert maps.shape[1:] == networks.feature_shapes(half)[0]
    pairs = maps[:, :6, :6].reshape(2, 3, 2, 3, 2, -1)
    np.testing.assert_array_equal(pairs.max(axis=(2, 4)), pooled)


@pytest.mark.slow
@pytest.mark.parametrize("pool5", LITE_MAPS)
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
    below = lite_trunk.network(numbers.backbone, end, SIZE, path)
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


def few_videos(folder: Path) -> tuple[Split, Mapping[str, int]]:
    """Of the drawn set: two groups of a class and one of another to train on, and one test video."""
    whole = datasets.load_split("demo", tiny_demo(), "1")
    groups = {ref.group: ref for ref in whole.train if ref.label in (0, 1)}
    train = [ref for label, count in ((0, 2), (1, 1)) for ref in _of(groups.values(), label)[:count]]
    index = count_frames((*train, whole.test[0]), folder / "frames.json", workers=1)
    train, test = (
        tuple(replace(ref, content=index.contents[ref.video_id]) for ref in part)
        for part in (train, whole.test[:1])
    )
    return Split("demo", "1", whole.classes, train, test), index.frames


def _of(refs: Iterable[VideoRef], label: int) -> list[VideoRef]:
    return [ref for ref in refs if ref.label == label]


@pytest.mark.slow
def test_a_run_from_videos_to_tubes_and_a_stream(tmp_path: Path) -> None:
    """Maps of every eighth frame and field are stored; all stages follow, and `predict` gives the same."""
    sizes = {"frame_step": 8, "steps": 4, "segments": 2, "frames_per_visit": 2, "sigma_px": 8.0, "units": 4}
    sizes |= {
        "rgb_updates": 1,
        "flow_updates": 1,
        "lstm_epochs": 1,
        "flow_height_px": 48,
        "flow_width_px": 64,
    }
    numbers = small(pretraining=str(drawn_weights(tmp_path)), initial_from="first", **sizes)
    split, lengths = few_videos(tmp_path)
    wanted = ("table1/rgb-convnet", "table2/motion-ConvALSTM", "fig4a/video_lstm-smoothed")
    with RunFolder(tmp_path / "run") as folder:
        experiment = experiment_of(tmp_path, folder, split, numbers, lengths, data=tiny_demo())
        regression = [row for row in rows("jhmdb21") if row.id == "table2/logistic-regression"]
        pipeline = Pipeline(experiment, [*(row for row in rows("demo") if row.id in wanted), *regression])
        for stage in pipeline.stages:
            stage.run()
        values = [pipeline.measure(row)[0].values for row in pipeline.rows]
        assert [len(each) for each in values] == [1, 1, len(THRESHOLDS), 1]
        pipeline.export("rgb-video_lstm")
    ref = split.test[0]
    chosen = replace(numbers, architecture="video_lstm")
    trained = pipeline.trained["rgb-video_lstm"]
    whole = localise.viewer(experiment, pipeline.features(chosen), chosen, trained)(ref)
    assert len(whole.frame) == lengths[ref.video_id]
    np.testing.assert_array_equal(whole.frame[:7], whole.frame[1:8])  # in between, as the one before
    assert np.abs(whole.frame[7] - whole.frame[8]).max() > 1e-6
    predictor = load_predictor(tmp_path / "run")
    assert isinstance(predictor, StreamPredictor)
    predicted = predictor.predict(ref.path)
    # Both through the trunk, the last layers and 3 steps, of which sums have up to 1280 terms.
    np.testing.assert_allclose(predicted.probabilities, whole.frame, rtol=0, atol=2e-3)
    np.testing.assert_allclose(predicted.attention, whole.attention, rtol=0, atol=2e-3)
