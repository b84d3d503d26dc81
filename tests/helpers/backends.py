"""Run as a script under one `KERAS_BACKEND`: the equations against the oracles, and small networks.

    python -m helpers.backends FILE.npz

Fails at the first disagreement; FILE gets what the networks said, for comparison between engines.
"""

import sys
from pathlib import Path

import keras
import numpy as np
from keras import ops
from keras.src.backend.common import dtypes

from helpers.draws import vary, without_draws
from helpers.recurrences import KINDS, expected, small
from oracles import cam as cam_oracle
from oracles import losses as loss_oracle
from oracles import peephole_lstm as lstm_oracle
from repro.anticipation import feature_network, sequence
from repro.anticipation.cam import (
    RESCALINGS,
    SELECTIONS,
    CamGate,
    ClassActivationMaps,
    ClassScores,
    SelectMap,
)
from repro.anticipation.losses import LOSSES
from repro.paper4 import model as paper4
from repro.paper4.losses import cross_entropy
from repro.recurrent.attention_lstm import STARTS
from repro.recurrent.peephole_lstm import PeepholeLSTMCell
from repro.recurrent.unroll import unroll

RNG = np.random.default_rng(0)


def keep_float64() -> None:
    """Let operations of float64 give float64.

    Keras 3.15 rounds them to float32 under JAX and PyTorch wherever it asks for the type of a result (tanh
    and mean; matmul and mean): `_lattice_result_type` looks it up in this table, float64 -> float32, except
    under TensorFlow. No setting of Keras or JAX reaches it.
    """
    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"


def equal(found: object, expected: object) -> None:
    found = ops.convert_to_numpy(found)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


def peephole_cell() -> None:
    weights = {"W": RNG.normal(size=(3, 16)), "U": RNG.normal(size=(4, 16)), "b": RNG.normal(size=16)}
    weights["V"] = RNG.normal(size=(3, 4))
    cell = PeepholeLSTMCell(4)
    cell.build((None, 3))
    cell.set_weights(list(weights.values()))
    x = RNG.normal(size=(2, 5, 3))
    expected = np.array([lstm_oracle.sequence(sample, **weights) for sample in x])
    equal(keras.layers.RNN(cell, return_sequences=True)(x), expected)
    outputs, (h, _) = unroll(cell, ops.convert_to_tensor(x), cell.get_initial_state(2))
    equal(outputs, expected)
    equal(h, expected[:, -1])


def losses() -> None:
    p, y = RNG.dirichlet(np.ones(5), size=(3, 6)), np.zeros((3, 6, 5))
    for sample, (label, length) in enumerate([(0, 6), (4, 3), (2, 1)]):
        y[sample, :length, label] = 1
    for name, loss in LOSSES.items():
        found = loss(ops.convert_to_tensor(y), ops.convert_to_tensor(p))
        equal(found, [loss_oracle.LOSSES[name](y[i], p[i]) for i in range(3)])


def gate() -> None:
    f, conv = np.maximum(RNG.normal(size=(2, 3, 4, 5)), 0), np.maximum(RNG.normal(size=(2, 3, 4, 2)), 0)
    w, b = RNG.normal(size=(5, 6)), RNG.normal(size=6)
    linear = ClassScores(6)
    linear.build((None, 5))
    linear.set_weights([w, b])
    scores, maps = linear(f.mean(axis=(1, 2))), ClassActivationMaps(linear)(f)
    equal(scores, [cam_oracle.scores(frame, w, b) for frame in f])
    expected_maps = [cam_oracle.maps(frame, w) for frame in f]
    equal(maps, expected_maps)
    for select in SELECTIONS:
        chosen = SelectMap(select)(maps, scores)
        wanted = [
            cam_oracle.select(m, cam_oracle.scores(frame, w, b), select)
            for m, frame in zip(expected_maps, f, strict=True)
        ]
        equal(chosen[..., 0], wanted)
        for rescale in RESCALINGS:
            expected = [cam_oracle.gate(c, m, rescale) for c, m in zip(conv, wanted, strict=True)]
            equal(CamGate(rescale)(conv, chosen), expected)


def attention_lstms() -> None:
    """Paper 4: six recurrences from three starts each, and the loss."""
    for kind in KINDS:
        for start in STARTS:
            layer, weights, inputs = small(kind, start)
            said = layer({name: ops.convert_to_tensor(x) for name, x in inputs.items()})
            wanted = [expected(layer, weights, inputs, start, sample) for sample in range(2)]
            for name in said.keys() - {"last"}:
                equal(said[name], [sample[name] for sample in wanted])
            for name, last in said["last"].items():
                equal(last, [sample[name][-1] for sample in wanted])
    p, y = RNG.dirichlet(np.ones(5), size=(3, 6)), np.array([0, 4, 2])
    by_hand = [-np.log(p[sample, :, label]).sum() for sample, label in enumerate(y)]
    for labels in (y, np.eye(5)[y]):
        equal(cross_entropy(ops.convert_to_tensor(labels), ops.convert_to_tensor(p)), by_hand)


def networks() -> dict[str, np.ndarray]:
    """Features of four images; a multi-stage LSTM on a clip, whole and frame by frame."""
    settings = feature_network.FeatureSettings(classes=3, size=32, width=1 / 32, loc_units=8)
    frames = vary(feature_network.build(settings).features)
    images = np.random.default_rng(1).integers(0, 256, (4, 32, 32, 3), np.uint8)
    said = dict(frames.predict_on_batch(images))
    widths = {"context": 4, "action": 6}
    clips = {name: np.random.default_rng(2).normal(size=(1, 4, width)) for name, width in widths.items()}
    for cell in sequence.CELLS:
        model = vary(sequence.build("ms_lstm", features=widths, units=5, classes=3, cell=cell))
        said[cell] = model.predict_on_batch(clips)["stage2"][0]
        step, state = sequence.step_model(model), sequence.initial_state(model)
        for t in range(4):
            frame = {name: clip[:, t] for name, clip in clips.items()}
            now = step.predict_on_batch({**frame, **state})
            state = {name: now[name] for name in state}
            np.testing.assert_allclose(now["stage2"][0], said[cell][t], rtol=0, atol=1e-6)
    return said


def networks_of_paper4() -> dict[str, np.ndarray]:
    """The six of paper 4 on a snippet, whole and frame by frame."""
    sizes = {"map_shape": (3, 2, 4), "vector_shape": (5,), "units": 12, "attention_units": 4, "head_units": 6}
    said = {}
    for name in paper4.ARCHITECTURES:
        model = vary(paper4.build(name, steps=3, classes=3, initial_from="first", **sizes), seed=5, gain=1.0)
        rng = np.random.default_rng(4)
        clips = {key: rng.normal(0, 4, (1, *tensor.shape[1:])) for key, tensor in model.input.items()}
        whole = said[f"paper 4, {name}"] = model.predict_on_batch(clips)["frame"][0]
        step, state = (
            paper4.step_model(model),
            paper4.start(model, {key: x[:, 0] for key, x in clips.items()}),
        )
        for t in range(3):
            now = step.predict_on_batch({**{key: x[:, t] for key, x in clips.items()}, **state})
            state = {key: now[key] for key in state}
            np.testing.assert_allclose(now["frame"][0], whole[t], rtol=0, atol=1e-6)
    return said


if __name__ == "__main__":
    keras.config.set_floatx("float64")
    keep_float64()
    peephole_cell()
    losses()
    gate()
    attention_lstms()
    with without_draws():  # under JAX the first draw of every shape is compiled: most of a minute
        np.savez(Path(sys.argv[1]), **networks(), **networks_of_paper4())
    print(f"{keras.backend.backend()}: equations agree")
