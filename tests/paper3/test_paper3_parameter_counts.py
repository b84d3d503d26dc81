"""Parameters of paper 3's decoder at the paper's sizes, part by part."""

import math

import keras
import pytest

from helpers.initial_weights import without_initializers
from repro.backbones.weights import named_weights
from repro.paper3 import model as paper3

PARTS = {
    "sigmoid": 16_781_312,
    "decoder/lstm_kernel": 8_388_608,
    "decoder/lstm_recurrent_kernel": 1_048_576,
    "decoder/lstm_bias": 2_048,
}


def full(width: int | None, classes: int = 203, **options) -> keras.Model:
    shape = None if width is None else (12, width)
    with without_initializers():
        return paper3.build(steps=2, input_width=4096, classes=classes, attended_shape=shape, **options)


def parts(model: keras.Model) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, variable in named_weights(model).items():
        part = name if name.startswith("decoder") else name.split("/")[0]
        found[part] = found.get(part, 0) + math.prod(variable.shape)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "context", "attended", "total_203", "total_12"),
    [
        (None, 0, 0, 26_324_683, 26_226_700),
        (203, 415_744, 104_448, 27_107_531, 27_009_548),
        (205, 419_840, 105_472, 27_112_651, 27_014_668),
        (487, 997_376, 249_856, 27_834_571, 27_736_588),
        (1000, 2_048_000, 512_512, 29_147_851, 29_049_868),
        (4096, 8_388_608, 2_097_664, 37_073_611, 36_975_628),
    ],
)
def test_parameters_at_the_papers_sizes(width, context, attended, total_203, total_12):
    model = full(width)
    looking = {
        "decoder/lstm_extra_kernel": context,
        "decoder/attention_kernel": attended - 512,
        "decoder/attention_bias": 512,
        "decoder/attention_recurrent_kernel": 262_144,
        "decoder/attention_score": 512,
    }
    assert parts(model) == {**PARTS, **(looking if width else {}), "scores": 104_139}
    assert model.count_params() == total_203
    # The classes enter the scores alone: 512 C + C.
    assert total_203 - 104_139 + 6_156 == total_12


@pytest.mark.slow
def test_twelve_classes_and_the_switches():
    plain, more = full(203, classes=12), full(203, 12, peephole=True, learn_initial_state=True)
    assert plain.count_params() == 27_009_548
    assert parts(plain)["scores"] == 6_156
    added = parts(more).items() - parts(plain).items()
    assert dict(added) == {"decoder/lstm_peephole": 1_536, "decoder/initial_state": 1_024}


@pytest.mark.slow
def test_the_variant_and_the_frames_change_no_count():
    with without_initializers():
        other = paper3.build(
            steps=2,
            input_width=4096,
            classes=203,
            attended_shape=(24, 203),
            variant="b",
            activation="sigmoid",
        )
    assert other.count_params() == 27_107_531
