"""Adam that clips set by set: by hand, against Adam itself, resumed, and on two replicas."""

import multiprocessing
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers.close import assert_same_float32, of_terms
from repro.training import model_state
from repro.training.clipping import AdamBySet
from repro.training.distribution import distribute, share_batches, strategy

NORM = 5.0
# Set `a` has norm 10 over two variables and is halved; set `b` is shorter than 5 and stays.
GRADIENTS = {"a1": [6.0, 0.0], "a2": [8.0], "b": [0.3, -0.4]}
CLIPPED = {"a1": [3.0, 0.0], "a2": [4.0], "b": [0.3, -0.4]}


def first_letter(path: str) -> str:
    return path[0]


def variables() -> list[keras.Variable]:
    return [keras.Variable(np.zeros(len(g)), dtype="float64", name=name) for name, g in GRADIENTS.items()]


def arrays(gradients: dict[str, list[float]]) -> list[np.ndarray]:
    return [np.array(gradient) for gradient in gradients.values()]


def stepped(optimizer: keras.optimizers.Optimizer, *steps: dict[str, list[float]]) -> list[np.ndarray]:
    """The variables after updates with these gradients."""
    own = variables()
    optimizer.build(own)
    for gradients in steps:
        optimizer.apply([tf.constant(gradient) for gradient in arrays(gradients)], own)
    return [np.asarray(variable) for variable in own]


def by_set(**settings) -> AdamBySet:
    return AdamBySet(0.01, set_of=first_letter, norm=NORM, **settings)


def moments(optimizer: keras.optimizers.Optimizer) -> list[np.ndarray]:
    """Every optimiser variable after iteration and rate: of each weight in turn m, v."""
    return [np.asarray(variable) for variable in optimizer.variables[2:]]


def test_without_variables_those_it_was_built_for_are_meant():
    own, optimizer = variables(), by_set()
    optimizer.build(own)
    optimizer.apply([tf.constant(gradient) for gradient in arrays(GRADIENTS)])
    for found, wanted in zip(own, stepped(by_set(), GRADIENTS), strict=True):
        np.testing.assert_array_equal(np.asarray(found), wanted)


def test_moments_by_hand():
    """m = 0.1 g and v = 0.001 g^2 after one update; the weights alone hardly tell, for Adam divides."""
    optimizer = by_set()
    stepped(optimizer, GRADIENTS)
    for found, g in zip(moments(optimizer)[::2], arrays(CLIPPED), strict=True):
        np.testing.assert_allclose(found, 0.1 * g, rtol=1e-7)
    for found, g in zip(moments(optimizer)[1::2], arrays(CLIPPED), strict=True):
        np.testing.assert_allclose(found, 0.001 * g**2, rtol=1e-6)
    assert int(optimizer.iterations) == 1


def test_it_is_adam_on_clipped_gradients():
    small = {name: [0.1 * value for value in gradient] for name, gradient in GRADIENTS.items()}
    plain = stepped(keras.optimizers.Adam(0.01), CLIPPED, small, CLIPPED)
    for found, expected in zip(stepped(by_set(), GRADIENTS, small, GRADIENTS), plain, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_an_explosion_leaves_the_other_set_alone():
    exploded = {**GRADIENTS, "a1": [1e12, -1e9]}
    quiet, loud = stepped(by_set(), GRADIENTS, GRADIENTS), stepped(by_set(), GRADIENTS, exploded)
    np.testing.assert_array_equal(loud[2], quiet[2])
    assert not np.array_equal(loud[0], quiet[0])
    # One norm over everything would have taken b's gradient away.
    plain = stepped(keras.optimizers.Adam(0.01, global_clipnorm=NORM), GRADIENTS, exploded)
    assert np.abs(plain[2] - quiet[2]).min() > 1e-3


def test_nothing_but_zeros_stays_nothing():
    zeros = {name: [0.0] * len(gradient) for name, gradient in GRADIENTS.items()}
    for found in stepped(by_set(), zeros):
        assert not found.any()


def test_variables_without_a_gradient_are_passed_over():
    own, optimizer = variables(), by_set()
    optimizer.build(own)
    with pytest.warns(UserWarning, match="Gradients do not exist"):
        optimizer.apply([None, tf.constant([8.0], "float64"), tf.constant([0.3, -0.4], "float64")], own)
    np.testing.assert_array_equal(own[0], [0, 0])
    np.testing.assert_allclose(moments(optimizer)[2], 0.1 * 5, rtol=1e-7)  # a2 alone: 8 becomes 5


def test_the_norm_must_be_positive():
    with pytest.raises(ValueError, match="norm 0; wanted a positive"):
        AdamBySet(0.01, set_of=first_letter, norm=0)


INPUTS = np.array([[3.0, 1.0], [2.0, -1.0], [-4.0, 2.0], [-1.5, -2.5]], np.float32)
TARGETS = np.array([[9.0], [5.0], [7.0], [-3.0]], np.float32)


def network() -> keras.Model:
    """Two dense layers, each its own set; the errors are large, so that both are clipped."""
    x = keras.Input((2,), name="x")
    h = keras.layers.Dense(2, kernel_initializer="ones", name="a_below")(x)
    y = keras.layers.Dense(1, kernel_initializer="ones", name="b_above")(h)
    model = keras.Model(x, y)
    model.compile(AdamBySet(0.05, set_of=first_letter, norm=NORM), "mse", jit_compile=False)
    return model


def batches() -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices((INPUTS, TARGETS)).batch(len(INPUTS))


def built(model: keras.Model) -> keras.Model:
    model_state.build(model, batches(), tf.distribute.get_strategy())
    return model


def test_what_it_remembers_is_what_adam_remembers():
    model, plain = built(network()), network()
    plain.compile(keras.optimizers.Adam(0.05), "mse", jit_compile=False)
    found, expected = model.optimizer.variables, built(plain).optimizer.variables
    assert [v.path.split("/")[-1] for v in found] == [v.path.split("/")[-1] for v in expected]
    assert [v.shape for v in found] == [v.shape for v in expected]


@pytest.mark.slow
@pytest.mark.graph
def test_a_resumed_run_ends_like_an_uninterrupted_one():
    uninterrupted, first, second = (built(network()) for _ in range(3))
    uninterrupted.fit(batches(), epochs=4, verbose=0, shuffle=False)
    first.fit(batches(), epochs=2, verbose=0, shuffle=False)
    model_state.restore(second, model_state.capture(first))
    second.fit(batches(), epochs=2, verbose=0, shuffle=False)
    ended, expected = model_state.capture(second), model_state.capture(uninterrupted)
    for name in expected:
        np.testing.assert_array_equal(ended[name], expected[name], err_msg=name)


def trained_on(devices: int, path: Path) -> None:
    """Two updates with one batch, shared by the replicas; two replicas need a process of their own."""
    replicas = strategy(devices)
    with replicas.scope():
        model = network()
    model_state.build(model, batches(), replicas)
    share_batches(model, replicas)
    model.fit(distribute(batches().repeat(2), replicas), steps_per_epoch=2, verbose=0, shuffle=False)
    # Metrics are kept once per replica.
    np.savez(path, **{n: a for n, a in model_state.capture(model).items() if not n.startswith("metrics")})


@pytest.mark.graph
@pytest.mark.slow
def test_two_replicas_clip_what_one_device_clips(tmp_path):
    """The norm is that of the whole batch's gradient, whose halves, clipped alone, would not add up to it."""
    one, two = tmp_path / "one.npz", tmp_path / "two.npz"
    trained_on(1, one)
    process = multiprocessing.get_context("spawn").Process(target=trained_on, args=(2, two))
    process.start()
    process.join()
    assert process.exitcode == 0
    with np.load(one, allow_pickle=False) as expected, np.load(two, allow_pickle=False) as found:
        assert set(found.files) == set(expected.files)
        for name in expected.files:
            # Two updates by gradients of 4 samples, through layers of 2 + 1 terms and back, and their norm.
            assert_same_float32(found[name], expected[name], of_terms(2 * (4 + 2 * 6 + 6)), name=name)


def test_the_halves_of_that_batch_pull_apart():
    """The test above bites: the gradients of the halves are clipped to something else than the whole's."""
    gradients = []
    for part in (slice(0, 2), slice(2, 4), slice(0, 4)):
        model = network()
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(INPUTS[part]) - TARGETS[part]) ** 2)
        gradient = np.concatenate([np.ravel(g) for g in tape.gradient(loss, model.layers[2].weights)])
        gradients.append(gradient * min(1, NORM / np.linalg.norm(gradient)))
    assert np.abs((gradients[0] + gradients[1]) / 2 - gradients[2]).max() > 0.5
