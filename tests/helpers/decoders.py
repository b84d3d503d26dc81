"""Paper 3's decoders at small size with drawn weights under the oracle's names; `check` under any engine."""

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from helpers.in_an_engine import at_once, equal
from oracles import attention_decoder as oracle
from repro.backbones.weights import named_weights
from repro.paper3 import losses
from repro.paper3 import model as paper3

N, D, T, V, U, M, K = 4, 3, 5, 6, 2, 7, 3
SIZES = {"steps": N, "input_width": D, "classes": K, "units": U, "attention_units": M}
ATTENDS = {"attended_shape": (T, V)}
KINDS: dict[str, dict] = {
    "lstm": {},
    "a": ATTENDS,
    "b": {**ATTENDS, "variant": "b"},
    "sigmoid": {**ATTENDS, "activation": "sigmoid"},
    "peephole": {**ATTENDS, "peephole": True},
    "learned start": {**ATTENDS, "learn_initial_state": True},
    "peephole b, learned start": {
        **ATTENDS, "variant": "b", "peephole": True, "learn_initial_state": True
    },
    "mean": {**ATTENDS, "attention_units": None},
}  # fmt: skip
Named = dict[str, NDArray]


def drawn(rng: np.random.Generator, options: dict) -> Named:
    """Weights by the oracle's names."""
    shapes: dict[str, tuple[int, ...]] = {"W_m": (D, D), "b_m": (D,), "W_y": (U, K), "b_y": (K,)}
    for g in "ifgo":
        shapes |= {f"W_{g}": (D, U), f"U_{g}": (U, U), f"b_{g}": (U,)}
        shapes |= {f"D_{g}": (V, U)} if "attended_shape" in options else {}
    if "attended_shape" in options:
        attends = options.get("attention_units", M) is not None
        shapes |= {"W_a": (V, M), "b_a": (M,), "W_h": (U, M), "v": (M,)} if attends else {}
    if options.get("peephole"):
        shapes |= {f"P_{g}": (U,) for g in "ifo"}
    if options.get("learn_initial_state"):
        shapes |= {"h_0": (U,), "c_0": (U,)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def stacked(named: Named) -> Named:
    """The same under the names of the network's weights."""
    arrays = {"sigmoid/kernel": named["W_m"], "sigmoid/bias": named["b_m"]}
    arrays |= {"scores/kernel": named["W_y"], "scores/bias": named["b_y"]}
    for name, letter in {"kernel": "W", "recurrent_kernel": "U", "extra_kernel": "D", "bias": "b"}.items():
        if f"{letter}_i" in named:
            gates = [named[f"{letter}_{g}"] for g in "ifgo"]
            arrays[f"decoder/lstm_{name}"] = np.concatenate(gates, axis=-1)
    if "v" in named:
        arrays["decoder/attention_kernel"] = named["W_a"]
        arrays["decoder/attention_recurrent_kernel"] = named["W_h"]
        arrays["decoder/attention_score"] = named["v"][:, None]
        arrays["decoder/attention_bias"] = named["b_a"]
    if "P_i" in named:
        arrays["decoder/lstm_peephole"] = np.stack([named[f"P_{g}"] for g in "ifo"])
    if "h_0" in named:
        arrays["decoder/initial_state"] = np.stack([named["h_0"], named["c_0"]])
    return arrays


def fill(model: keras.Model, named: Named) -> keras.Model:
    """Set all weights of a network."""
    variables, arrays = named_weights(model), stacked(named)
    assert set(variables) == set(arrays)
    for name, variable in variables.items():
        assert tuple(variable.shape) == arrays[name].shape, name
        variable.assign(arrays[name])
    return model


def small(kind: str, seed: int = 0, **options) -> tuple[keras.Model, Named, dict[str, NDArray]]:
    """A small network of `KINDS` with drawn weights: network, weights by name, inputs of two windows."""
    rng = np.random.default_rng(seed)
    settings = {**KINDS[kind], **options}
    named = drawn(rng, settings)
    model = fill(paper3.build(**{**SIZES, **settings}), named)
    return model, named, {name: rng.normal(size=(2, *x.shape[1:])) for name, x in model.input.items()}


def expected(kind: str, named: Named, inputs: dict[str, NDArray], sample: int) -> Named:
    """The oracle on one window."""
    attended = inputs["attended"][sample] if "attended" in inputs else None
    activation = oracle.sigma if KINDS[kind].get("activation") == "sigmoid" else oracle.softmax
    variant = KINDS[kind].get("variant", "a")
    return oracle.decode(inputs["input"][sample], named, attended, variant, activation)


def inside(model: keras.Model) -> keras.Model:
    """{"h", "weights", "scores" [B N, K]}: the network before its outputs become float32."""
    # `output` is the layer's dictionary flattened, by name.
    said = dict(zip(("h", "weights"), keras.tree.flatten(model.get_layer("decoder").output), strict=False))
    return keras.Model(model.input, {**said, "scores": model.get_layer("scores").output})


def said(model: keras.Model, inputs: dict[str, NDArray]) -> dict[str, NDArray]:
    """What a network says without dropout."""
    return {name: np.asarray(x) for name, x in model(inputs, training=False).items()}


def check() -> dict[str, NDArray]:
    """Losses, and every kind from within, against the oracle; returns what the networks say, float32."""
    losses_of_steps()
    made = {kind: small(kind, seed) for seed, kind in enumerate(KINDS)}
    calls = [(network, inputs) for model, _, inputs in made.values() for network in (inside(model), model)]
    found = at_once(calls)
    for (kind, (_, named, inputs)), within in zip(made.items(), found[::2], strict=True):
        wanted = [expected(kind, named, inputs, sample) for sample in range(2)]
        for name in within.keys() - {"scores"}:
            equal(within[name], [sample[name] for sample in wanted])
        of_scores = ops.sigmoid if KINDS[kind].get("activation") == "sigmoid" else ops.softmax
        equal(of_scores(within["scores"]), np.concatenate([sample["frame"] for sample in wanted]))
    return {kind: whole["frame"].reshape(-1, K) for kind, whole in zip(made, found[1::2], strict=True)}


def losses_of_steps() -> None:
    rng = np.random.default_rng(9)
    p, y, several = rng.dirichlet(np.ones(5), size=(3, 6)), np.array([0, 4, 2]), rng.integers(0, 2, (3, 5))
    picked = p[np.arange(3), :, y]
    right = [np.where(several[:, None] == 1, q, 1 - q) for q in (p, p.mean(axis=1)[:, None])]
    wanted = [(losses.choose("softmax"), y, -np.log(picked).mean(axis=1))]
    wanted += [(losses.choose("softmax", "mean"), y, -np.log(picked.mean(axis=1)))]
    for loss_on, q in zip(("steps", "mean"), right, strict=True):
        loss = losses.choose("sigmoid", loss_on)
        wanted.append((loss, several.astype("float64"), -np.log(q).sum(axis=2).mean(axis=1)))
    found = at_once([(lambda given, loss=loss: loss.call(*given), (labels, p)) for loss, labels, _ in wanted])
    for loss, (_, _, by_hand) in zip(found, wanted, strict=True):
        equal(loss, by_hand)
