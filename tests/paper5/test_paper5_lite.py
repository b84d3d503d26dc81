"""Paper 5 on stored maps of EfficientNet-Lite (preset lite): what an energy gets, and the whole way."""

import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from golden import lite_inputs
from helpers.initial_weights import vary
from helpers.lite_weights import drawn_weights
from helpers.tiny_demo import tiny_demo
from repro.cli import main
from repro.paper5 import levels, networks
from repro.paper5.recipe import Recipe, check_backbone, recipe
from repro.paper5.rows import rows
from repro.types import InputError

SIZE, CLASSES = 64, 3
LITE = recipe("lite")


def small(**changes: object) -> Recipe:
    """Of 2 x 2 places, for which nothing is fetched."""
    sizes = {"size_px": SIZE, "clip_len": 3, "last_frames": 2, "channels": 4, "fc_units": 5, "units": 4}
    return replace(LITE, pretraining="random", **{**sizes, **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reduce": "conv3x3s2"}, "efficientnet_lite0 has one reduction, pool_conv1x1, not conv3x3s2"),
        ({"branches": ("pool4", "flow_conv5_3")}, "branches on flow want every frame and vgg16"),
        ({"backbone": "vgg16", "branches": ("flow_pool4",)}, "branches on flow want every frame and vgg16"),
    ],
)
def test_what_a_smaller_backbone_lacks_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        check_backbone(replace(LITE, **changes))


def test_both_levels_have_the_places_of_the_deepest_and_channels_of_their_own() -> None:
    assert levels.map_shapes(LITE) == {"pool4": (7, 7, 112), "conv5_3": (7, 7, 320)}
    built = levels.map_network(small(), "rgb")
    assert {name: maps.shape[1:] for name, maps in built.output.items()} == {
        "pool4_pooled": (2, 2, 112),
        "conv5_3": (2, 2, 320),
    }


def test_a_place_is_centred_behind_five_strides_that_pad_the_end() -> None:
    """Place i of a stride of 2, kernel 3, on an even side has its middle at 2 i + 1 of what it reads."""
    middle = np.arange(7)
    for _ in range(5):
        middle = 2 * middle + 1
    distance, first = levels.grid_px(LITE)
    np.testing.assert_array_equal(middle, distance * np.arange(7) + first)


@pytest.mark.slow
def test_no_signed_map_reaches_an_energy_or_an_attention() -> None:
    """The blocks put out negative values; what is stored of them, and what the LSTM looks at, are none."""
    numbers = small()
    built = vary(levels.map_network(numbers, "rgb"), gain=1.5)
    images = lite_inputs.frames(6, SIZE)
    maps = built.predict_on_batch(images)
    block10, block15 = (built.get_layer(f"{b}_add" if b == "block10" else f"{b}_project_conv").output
                        for b in ("block10", "block15"))  # fmt: skip
    signed = keras.Model(built.input, [block10, block15]).predict_on_batch(images)
    assert all(array.min() < 0 for array in signed)
    for name, array in maps.items():
        assert array.min() == 0 < array.max(), name
    np.testing.assert_array_equal(maps["conv5_3"], np.maximum(signed[1], 0))
    viewed = vary(networks.model.views(networks.build(numbers, CLASSES)))
    clip = {branch: maps[level].reshape(2, 3, *maps[level].shape[1:])
            for branch, (_, level) in levels.feeds(numbers).items()}  # fmt: skip
    outputs = viewed.predict_on_batch(clip)
    for name in ("attention", "energy/pool4", "energy/conv5_3"):
        assert outputs[name].shape == (2, 3, 2, 2), name
        assert outputs[name].min() >= 0, name
        np.testing.assert_allclose(outputs[name].sum(axis=(2, 3)), 1, rtol=1e-5, err_msg=name)


def test_jhmdb_has_the_models_of_tables_2_and_3_and_nothing_printed() -> None:
    asked = {row.id: row for row in rows("jhmdb21") if not row.id.startswith("readings/")}
    assert {name.split("/")[0] for name in asked} == {"table1", "table2", "table3"}
    assert {"table2/pool4", "table2/conv5_3", "table3/straight", "table3/2d+reg", "table3/3d"} <= set(asked)
    assert all(row.printed is None and row.dataset == "JHMDB-21" for row in asked.values())


@pytest.mark.slow
@pytest.mark.exhaustive
def test_a_run_from_files_to_a_prediction(tmp_path: Path) -> None:
    """Maps of every second frame are stored once; rows, pictures and `predict` follow."""
    setting = ["size_px=64", "clip_len=3", "last_frames=2", "channels=4", "fc_units=5", "units=4"]
    setting += [f"pretraining={drawn_weights(tmp_path)}", "epochs=3", "stride=8", "test_stride=8"]
    sets = [word for each in setting for word in ("--set", each)]
    places = ["--data", str(tiny_demo()), "--out", str(tmp_path)]
    assert main(["paper5", "demo", "--preset", "lite", *places, *sets, "--rows", "table2/late"]) == 0
    (run,) = [path.parent for path in tmp_path.glob("runs/paper5/*/model.json")]
    assert (run / "attention.webm").stat().st_size > 0
    assert "EfficientNet-Lite0 for VGG-16" in (run / "table.txt").read_text()
    assert json.loads((run / "model.json").read_text())["networks"] == {"rgb": "rgb_trunk.npz"}
    video = sorted((tiny_demo() / "UCF-101" / "Wave").glob("*.avi"))[0]
    assert main(["predict", str(video), "--run", str(run), "--out", str(tmp_path / "out")]) == 0
    frames = json.loads((tmp_path / f"out/{video.stem}.json").read_text())["by_frame"]
    probabilities = [each["probabilities"] for each in frames]
    assert probabilities[0] == probabilities[1] != probabilities[2]  # every second frame is read
