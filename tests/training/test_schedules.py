"""Rates and weight decay against numbers worked out by hand."""

import keras
import numpy as np
import pytest

from repro.training.schedules import HoldThenDecay, l2_of_weight_decay, sgd
from repro.training.seeding import seed_everything


@pytest.mark.parametrize(
    ("updates", "rate"), [(0, 0.01), (2511, 0.01), (2512, 0.009), (2636, 0.009), (2637, 0.0081)]
)
def test_hold_then_decay_drops_right_after_the_fixed_phase(updates: int, rate: float) -> None:
    schedule = HoldThenDecay(0.01, hold=2512, every=125, ratio=0.9)
    assert float(schedule(updates)) == pytest.approx(rate, rel=1e-6)


@pytest.mark.parametrize("wrong", [{"hold": -1}, {"every": 0}, {"ratio": 0.0}, {"ratio": 1.1}])
def test_each_number_of_a_schedule_is_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="hold"):
        HoldThenDecay(0.01, **{"hold": 0, "every": 1, "ratio": 1.0, **wrong})


def test_weight_decay_may_be_0_and_not_less() -> None:
    assert float(l2_of_weight_decay(0.0)(np.ones(3, np.float32))) == 0
    with pytest.raises(ValueError, match="negative"):
        l2_of_weight_decay(-1e-9)


def test_a_layer_may_have_a_rate_of_its_own() -> None:
    """Three updates with gradient 1, rate 0.1, momentum 0.5: 0.1 (1 + 1.5 + 1.75), and ten times that."""
    head = keras.Sequential([keras.Input((1,)), *(keras.layers.Dense(1, name=n) for n in ("slow", "fast"))])
    optimizer = sgd(0.1, 0.5, ratios={"fast": 10.0, "absent": 3.0})
    for _ in range(3):
        optimizer.apply([keras.ops.ones_like(v) for v in head.trainable_variables], head.trainable_variables)
    moved = {layer.name: -float(layer.bias[0]) for layer in head.layers}
    assert moved == pytest.approx({"slow": 0.425, "fast": 4.25}, rel=1e-6)


def _updated(start: float, gradients: list[float], **options: float | bool) -> list[float]:
    weight = keras.Variable(start)
    optimizer = sgd(**options)
    values = []
    for gradient in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [weight])
        values.append(float(weight.value))
    return values


def test_momentum_is_caffe_s() -> None:
    """v = 0.5 v - 0.1 g: -0.1, -0.15, -0.175."""
    assert _updated(1.0, [1, 1, 1], learning_rate=0.1, momentum=0.5) == pytest.approx([0.9, 0.75, 0.575])


def test_weight_decay_is_half_as_much_l2() -> None:
    """l2(d / 2) costs d / 2 w^2: for w = (2, -4) and d = 0.01 that is 0.1, and its slope at 2 is 0.02."""
    penalty = l2_of_weight_decay(0.01)
    assert float(penalty(np.array([2.0, -4.0], np.float32))) == pytest.approx(0.1)
    step = 1e-2
    slope = (float(penalty(np.array([2 + step]))) - float(penalty(np.array([2 - step])))) / (2 * step)
    assert slope == pytest.approx(0.01 * 2, rel=1e-3)


def test_negative_decay_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        l2_of_weight_decay(-1.0)


def test_one_seed_sets_every_generator() -> None:
    def drawn() -> tuple[float, ...]:
        import random

        initial = keras.layers.Dense(1)
        initial.build((None, 1))
        noise = keras.layers.Dropout(0.5)(np.ones((1, 8), np.float32), training=True)
        return (
            random.random(),
            float(np.random.rand()),  # noqa: NPY002
            float(initial.kernel.numpy()[0, 0]),
            *np.asarray(noise)[0].tolist(),
        )

    seed_everything(3)
    first = drawn()
    assert drawn() != first
    seed_everything(3)
    assert drawn() == first
    with pytest.raises(ValueError, match="outside"):
        seed_everything(-1)
