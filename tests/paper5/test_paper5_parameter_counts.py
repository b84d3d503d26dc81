"""Parameters of paper 5's model at the paper's sizes, part by part: the specification's table 10.1.

One frame instead of thirty, which changes no weight.
"""

import math

import keras
import pytest

from helpers.initial_weights import without_initializers
from repro.paper5 import model as paper5

BOTH = ("pool4", "conv5_3")
SINGLE = {"branches": ("conv5_3",), "pyramid": False}


def full(*, branches=BOTH, classes=51, **options) -> keras.Model:
    with without_initializers():
        return paper5.build(branches, steps=1, classes=classes, **options)


def parts(model: keras.Model) -> dict[str, int]:
    """Weights by layer; inside the recurrence by sub-layer, W_att under its name, `attention`."""
    found: dict[str, int] = {}
    for variable in model.weights:
        first, *deeper = variable.path.split("/")
        part = deeper[0] if first == "recurrence" else first
        found[part] = found.get(part, 0) + math.prod(variable.shape)
    return found


def of_branch(classes: int, convolution: int = 1_769_728, reduce: int = 131_328) -> dict[str, int]:
    scores = {101: 103_424, 51: 52_224}[classes]
    conv = {"conv1": convolution, "conv2": convolution}
    return {"reduce": reduce, **conv, "fc1": 31_720_448, "fc2": 1_049_600, "scores": scores}


def both(of_one: dict[str, int]) -> dict[str, int]:
    return {f"{branch}_{part}": count for branch in BOTH for part, count in of_one.items()}


def of_lstm(classes: int) -> dict[str, int]:
    starts = {f"start_{level}": 2 * (512 * 1024 + 1024) for level in (1, 2, 3)}  # 3,151,872 in all
    prob = {101: 103_424, 51: 52_224}[classes]
    return {
        "joint": 25_828_864,
        "lstm_2": 8_392_704,
        "lstm_3": 8_392_704,
        **starts,
        "attention": 123_904,
        "prob": prob,
    }


def test_the_tables_own_sums():
    """So that the expectations below are the table's, not each other's."""
    for classes, head, branch, module in (
        (101, 32_873_472, 36_544_256, 45_993_472),
        (51, 32_822_272, 36_493_056, 45_942_272),
    ):
        assert sum(of_branch(classes).values()) == branch
        assert sum(count for name, count in of_branch(classes).items() if name[:2] in ("fc", "sc")) == head
        assert sum(of_lstm(classes).values()) == module
    assert sum(count for name, count in of_lstm(51).items() if "start" in name) == 3_151_872


@pytest.mark.slow
@pytest.mark.parametrize("fusion", ["late", "early"])
@pytest.mark.parametrize(
    ("classes", "total", "at_test_time"), [(101, 119_081_984, 53_335_040), (51, 118_928_384, 53_283_840)]
)
def test_both_levels(fusion, classes, total, at_test_time):
    model = full(classes=classes, fusion=fusion)
    assert parts(model) == both(of_branch(classes)) | of_lstm(classes)
    assert model.count_params() == total
    assert paper5.views(model).count_params() == at_test_time


@pytest.mark.slow
def test_with_2d_convolutions():
    model = full(temporal_net="2d")
    assert parts(model) == both(of_branch(51, convolution=590_080)) | of_lstm(51)
    assert model.count_params() == 114_209_792


def test_straight():
    model = full(temporal_net="none")
    assert parts(model) == both({"reduce": 131_328}) | of_lstm(51)
    assert model.count_params() == 46_204_928


def test_one_level():
    """A standard LSTM of 256 inputs first, and a mean of 256 channels."""
    found = parts(full(**SINGLE))
    branch = {name: found.pop(name) for name in list(found) if name.startswith("conv5_3_")}
    assert branch == {f"conv5_3_{part}": count for part, count in of_branch(51).items()}
    assert found["lstm_1"] == 5_246_976
    assert sum(found[f"start_{level}"] for level in (1, 2, 3)) == 6 * (256 * 1024 + 1024)
    assert sum(found.values()) == 23_787_520


def test_every_matrix_of_the_joint_layer():
    """Both branches alike, in both fusions."""
    model = full(temporal_net="none", map_shape=(2, 2, 4))
    joint = {v.path.rpartition("joint_")[2]: math.prod(v.shape) for v in model.weights if "/joint/" in v.path}
    for branch in ("1", "2"):
        sub_gates = {
            gate: sum(joint.pop(f"{weight}{gate}_{branch}") for weight in ("W_x", "W_h", "b_"))
            for gate in "ifo"
        }
        assert sub_gates == {"i": 2_950_400, "f": 2_360_320, "o": 2_360_320}
        rest = [joint.pop(f"W_{name}_{branch}") for name in ("i", "f", "o", "xc")]
        assert rest == [1_310_720, 1_048_576, 1_048_576, 1_310_720]
        assert sum(sub_gates.values()) + sum(rest) == 12_389_632
    assert joint == {"W_hc": 1_048_576, "b_c": 1024}


def test_a_projection_before_the_joint_layer():
    found = parts(full(temporal_net="none", input_projection=1024, map_shape=(2, 2, 4)))
    assert found["joint"] == 22_027_264 + 2 * 1_310_720


@pytest.mark.slow
@pytest.mark.parametrize("how", ["conv3x3s2", "conv3x3_pool2"])
def test_the_other_reductions(how):
    model = full(temporal_net="none", map_shape=(24, 24, 512), reduce=how)
    assert parts(model) == both({"reduce": 1_179_904}) | of_lstm(51)
