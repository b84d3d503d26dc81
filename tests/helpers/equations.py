"""The equations that papers 1 and 2 share, against the oracles, and small networks; under any engine."""

from typing import Any

import keras
import numpy as np

from helpers.in_an_engine import at_once, equal, whole_and_streamed
from helpers.initial_weights import vary
from oracles import cam as cam_oracle
from oracles import losses as loss_oracle
from oracles import peephole_lstm as lstm_oracle
from repro.anticipation import feature_network, sequence
from repro.anticipation.cam import (
    RESCALINGS,
    SELECTIONS,
    CamGate,
    ClassScores,
    SelectMap,
)
from repro.anticipation.losses import LOSSES, by_name
from repro.recurrent.peephole_lstm import PeepholeLSTMCell
from repro.recurrent.unroll import unroll

RNG = np.random.default_rng(0)


def check() -> dict[str, np.ndarray]:
    """The cell, the losses and the gate against the oracles; what the networks say."""
    _peephole_cell()
    _losses()
    _gate()
    return _networks()


def _peephole_cell() -> None:
    weights = {"W": RNG.normal(size=(3, 16)), "U": RNG.normal(size=(4, 16)), "b": RNG.normal(size=16)}
    weights["V"] = RNG.normal(size=(3, 4))
    cell = PeepholeLSTMCell(4)
    cell.build((None, 3))
    cell.set_weights(list(weights.values()))
    x = RNG.normal(size=(2, 5, 3))
    wanted = np.array([lstm_oracle.sequence(sample, **weights) for sample in x])
    by_rnn, (by_unroll, (h, _)) = at_once(
        [
            (keras.layers.RNN(cell, return_sequences=True), x),
            (lambda given: unroll(cell, given, cell.get_initial_state(2)), x),
        ]
    )
    equal(by_rnn, wanted)
    equal(by_unroll, wanted)
    equal(h, wanted[:, -1])


def _losses() -> None:
    p, y = RNG.dirichlet(np.ones(5), size=(3, 6)), np.zeros((3, 6, 5))
    for sample, (label, length) in enumerate([(0, 6), (4, 3), (2, 1)]):
        y[sample, :length, label] = 1
    found = at_once([(lambda given, name=name: by_name(name).call(*given), (y, p)) for name in LOSSES])
    for name, said in zip(LOSSES, found, strict=True):
        equal(said, [loss_oracle.LOSSES[name](y[i], p[i]) for i in range(3)])


def _gate() -> None:
    f, conv = np.maximum(RNG.normal(size=(2, 3, 4, 5)), 0), np.maximum(RNG.normal(size=(2, 3, 4, 2)), 0)
    w, b = RNG.normal(size=(5, 6)), RNG.normal(size=6)
    linear = ClassScores(6)
    linear.build((None, 5))
    linear.set_weights([w, b])
    ((scores, maps, gated),) = at_once(
        [(lambda given: _gated(linear, *given), (f, f.mean(axis=(1, 2)), conv))]
    )
    wanted_scores, wanted_maps = (
        [of(frame) for frame in f]
        for of in (lambda frame: cam_oracle.scores(frame, w, b), lambda frame: cam_oracle.maps(frame, w))
    )
    equal(scores, wanted_scores)
    equal(maps, wanted_maps)
    for select in SELECTIONS:
        chosen = [cam_oracle.select(m, s, select) for m, s in zip(wanted_maps, wanted_scores, strict=True)]
        equal(gated[select][..., 0], chosen)
        for rescale in RESCALINGS:
            wanted = [cam_oracle.gate(c, m, rescale) for c, m in zip(conv, chosen, strict=True)]
            equal(gated[f"{select}, {rescale}"], wanted)


def _gated(linear: ClassScores, f: Any, means: Any, conv: Any) -> tuple[Any, Any, dict[str, Any]]:
    """Scores, maps, and by selection the chosen map, by selection and rescaling what passes the gate."""
    scores, maps, gated = linear(means), linear(f, maps=True), {}
    for select in SELECTIONS:
        gated[select] = SelectMap(select)(maps, scores)
        gated |= {f"{select}, {rescale}": CamGate(rescale)(conv, gated[select]) for rescale in RESCALINGS}
    return scores, maps, gated


def _networks() -> dict[str, np.ndarray]:
    """Features of four images; a multi-stage LSTM on a clip, whole and frame by frame: the same."""
    settings = feature_network.FeatureSettings(classes=3, size=32, width=1 / 32, loc_units=8)
    images = np.random.default_rng(1).integers(0, 256, (4, 32, 32, 3), np.uint8)
    calls = [(vary(feature_network.build(settings).features), images)]
    widths = {"context": 4, "action": 6}
    clips = {name: np.random.default_rng(2).normal(size=(1, 4, width)) for name, width in widths.items()}
    for cell in sequence.CELLS:
        model = vary(sequence.build("ms_lstm", features=widths, units=5, classes=3, cell=cell))
        both = whole_and_streamed(model, sequence.step_model(model), "stage2")
        calls.append((both, (clips, sequence.initial_state(model))))
    features, *said = at_once(calls)
    for whole, streamed in said:
        np.testing.assert_allclose(streamed, whole, rtol=0, atol=1e-6)
    return features | {cell: whole for cell, (whole, _) in zip(sequence.CELLS, said, strict=True)}
