"""Paper 5's recurrence with weights by the oracle's names: the specification's fill rule, or drawn.

`check` compares it with the oracle under any engine.
"""

import numpy as np
from numpy.typing import NDArray

from helpers.in_an_engine import at_once, equal
from helpers.initial_weights import vary
from oracles import joint_lstm as oracle
from repro.paper5 import losses
from repro.paper5 import model as paper5
from repro.recurrent.joint_attention import JointAttentionLSTM
from repro.recurrent.joint_lstm import JointLSTM

Named = dict[str, NDArray]
Shapes = dict[str, tuple[int, ...]]
T, C, U, GRID = 4, 2, 3, (3, 4)
KINDS: dict[str, dict] = {
    "late": {},
    "early": {"fusion": "early"},
    "overlap": {"pyramid_split": "overlap"},
    "renormalise": {"pyramid_renormalise": True},
    "no pyramid": {"pyramid": False},
    "unit rms": {"unit_rms": True},
    "content": {"attention": "content"},
    "content from the first": {"attention": "content", "attention_source": "first"},
    "attention from the first": {"attention_source": "first"},
    "zeros": {"init_state": "zeros"},
    "projection": {"input_projection": U},
    "early projection": {"input_projection": 4, "fusion": "early"},
    "final gate bias": {"final_gate_bias": True},
    "one layer": {"layers": 1},
    "three branches": {"branches": 3},
    "one branch": {"branches": 1, "pyramid": False},
    "one branch, pyramid": {"branches": 1, "layers": 2},
}


def rule(shape: tuple[int, ...], number: int, scale: float = 0.1, shift: float = 0.0) -> NDArray:
    """paper5.md 10.4: element j of tensor s is ((7 j + 3 s) mod 11 - 5) * scale + shift."""
    j = np.arange(np.prod(shape))
    return (((7 * j + 3 * number) % 11 - 5) * scale + shift).reshape(shape)


def shapes_of_joint(widths: list[int], u: int, *, projected: int | None = None, bias: bool = False) -> Shapes:
    """In the order of 10.4; widths: of x^1..x^M."""
    shapes: Shapes = {}
    for k, width in enumerate(widths, start=1):
        d = projected or width
        shapes |= {f"W_p_{k}": (width, d)} if projected else {}
        for gate, wide in zip("ifo", (d, u, u), strict=True):
            of_gate = {"W_x": (d, wide), "W_h": (u, wide), "b_": (wide,)}
            shapes |= {f"{letter}{gate}_{k}": shape for letter, shape in of_gate.items()}
        shapes |= {f"W_i_{k}": (d, u), f"W_f_{k}": (u, u), f"W_o_{k}": (u, u), f"W_xc_{k}": (d, u)}
    shapes |= {"W_hc": (u, u), "b_c": (u,)}
    return shapes | ({f"b_{gate}": (u,) for gate in "ifo"} if bias else {})


def shapes_of_lstm(d: int, u: int) -> Shapes:
    """In the order of 10.7."""
    shapes: Shapes = {}
    for gate in "ifoc":
        shapes |= {f"W_x{gate}": (d, u), f"W_h{gate}": (u, u), f"b_{gate}": (u,)}
    return shapes


def numbered(shapes: Shapes, number: int) -> Named:
    """By the fill rule, counting up from `number`."""
    return {name: rule(shape, number + n) for n, (name, shape) in enumerate(shapes.items())}


def fill_joint(layer: JointLSTM, named: Named) -> JointLSTM:
    """Set all weights of a built joint layer."""
    assert set(layer.named) == set(named)
    for name, variable in layer.named.items():
        assert tuple(variable.shape) == named[name].shape, name
        variable.assign(named[name])
    return layer


def fill(layer: JointAttentionLSTM, weights: dict) -> JointAttentionLSTM:
    """Set all weights of a built layer; weights as the oracle takes them."""
    for part in (*layer.lstms, *layer.starts):
        named = weights[part.name]
        if isinstance(part, JointLSTM):
            fill_joint(part, named)
        elif "U_h" in named:
            part.set_weights([np.concatenate([named[f"{letter}_{s}"] for s in "hc"], -1) for letter in "Uu"])
        else:
            stacked = [
                np.concatenate([named[letter + g] for g in "ifco"], -1) for letter in ("W_x", "W_h", "b_")
            ]
            part.set_weights(stacked)
    looks = "attention" if layer.looks_by == "content" else "W_att"
    assert set(weights) == {looks, *(part.name for part in (*layer.lstms, *layer.starts))}
    if looks == "W_att":
        layer.attention.assign(weights["W_att"])
    else:
        named = weights["attention"]
        layer.attention.kernel.assign(named["W_xa"])
        layer.attention.recurrent_kernel.assign(named["W_ha"])
        layer.attention.bias.assign(named["b_a"])
        layer.attention.score.assign(named["W_z"])
    return layer


def drawn(rng: np.random.Generator, options: dict) -> dict:
    """Weights by the oracle's names for the layer with these options, over maps of C channels on GRID."""
    branches, layers = options.get("branches", 2), options.get("layers", 3)
    d = C * (5 if options.get("pyramid", True) else 1)
    shapes: dict[str, Shapes] = {}
    if branches > 1:
        given = {"projected": options.get("input_projection"), "bias": options.get("final_gate_bias", False)}
        shapes["joint"] = shapes_of_joint([d] * branches, U, **given)
    else:
        shapes["lstm_1"] = shapes_of_lstm(d, U)
    shapes |= {f"lstm_{level}": shapes_of_lstm(U, U) for level in range(2, layers + 1)}
    if options.get("init_state") != "zeros":
        of_start = {"U_h": (branches * C, U), "u_h": (U,), "U_c": (branches * C, U), "u_c": (U,)}
        shapes |= {f"start_{level}": of_start for level in range(1, layers + 1)}
    weights: dict = {
        part: {name: rng.normal(0, 0.8, shape) for name, shape in of_part.items()}
        for part, of_part in shapes.items()
    }
    if options.get("attention") == "content":
        wide = branches * C
        of_content = {"W_xa": (wide, wide), "W_ha": (U, wide), "b_a": (wide,), "W_z": (wide, 1)}
        return weights | {"attention": {name: rng.normal(0, 1, shape) for name, shape in of_content.items()}}
    return weights | {"W_att": rng.normal(0, 2, (U, GRID[0] * GRID[1]))}


def small(kind: str, seed: int = 0, **more) -> tuple[JointAttentionLSTM, dict, list[NDArray]]:
    """A small recurrence of `KINDS` with drawn weights: the layer, its weights by name, maps of two clips."""
    rng = np.random.default_rng(seed)
    options = {"branches": 2, **KINDS[kind], **more}
    weights = drawn(rng, options)
    maps = [rng.uniform(0, 2, (2, T, *GRID, C)) for _ in range(options["branches"])]
    layer = JointAttentionLSTM(U, dtype="float64", **options)
    layer.build([x.shape for x in maps])
    return fill(layer, weights), weights, maps


def expected(kind: str, weights: dict, maps: list[NDArray], sample: int) -> Named:
    """The oracle on one clip."""
    names = {
        "fusion": "fusion",
        "attention_source": "source",
        "pyramid": "parts",
        "pyramid_split": "split",
        "pyramid_renormalise": "renormalise",
        "unit_rms": "unit_rms",
    }
    options = {names[name]: value for name, value in KINDS[kind].items() if name in names}
    return oracle.sequence([x[sample] for x in maps], weights, **options)


def check() -> Named:
    """Every kind and the losses against the oracle; what two networks say."""
    made = {kind: small(kind, seed) for seed, kind in enumerate(KINDS)}
    found = at_once([(layer, maps) for layer, _, maps in made.values()])
    for (kind, (_, weights, maps)), said in zip(made.items(), found, strict=True):
        wanted = [expected(kind, weights, maps, sample) for sample in range(2)]
        equal(said["h"], [clip["h"][:, -1] for clip in wanted])
        equal(said["attention"], [clip["attention"].reshape(T, *GRID) for clip in wanted])
    _losses()
    return _networks()


def _losses() -> None:
    rng = np.random.default_rng(9)
    p, y = rng.dirichlet(np.ones(5), size=(3, T)), np.array([0, 4, 2])
    x, att = rng.uniform(0, 3, (3, T, *GRID, C)), rng.dirichlet(np.ones(12), (3, T)).reshape(3, T, *GRID)
    x[1, 2] = 0  # a frame without activity
    e = np.array([[f.sum(axis=-1) / (f.sum() or 1) for f in clip] for clip in x])
    entropy, energy, gap = at_once(
        [
            (lambda given: losses.ClipCrossEntropy().call(*given), (y, p)),
            (losses.energy, x),
            (lambda given: losses.attention_gap(*given), (x, att)),
        ]
    )
    equal(entropy, [-np.log(p[n, :, label]).sum() for n, label in enumerate(y)])
    equal(energy, e)
    equal(gap, [((e[n] - att[n]) ** 2).sum() for n in range(3)])


def _networks() -> Named:
    """What two networks say of two clips: softmaxes and maps [..., values], gaps [2, 1], float32."""
    sizes = {"steps": T, "classes": 3, "map_shape": (7, 9, 5), "channels": 4, "units": 6, "fc_units": 8}
    calls = {}
    for name, branches, options in (
        ("two branches", ("pool4", "conv5_3"), {"reduce": "conv3x3s2"}),
        ("one branch", ("conv5_3",), {"temporal_net": "2d", "pyramid": False}),
    ):
        network = vary(paper5.build(branches, **sizes, **options), seed=5, gain=2.0)
        views = paper5.views(network)
        rng = np.random.default_rng(4)
        loud = np.array([1, 3]).reshape(2, 1, 1, 1, 1)  # so that the two clips differ in what is a mean
        maps = {branch: rng.uniform(0, 2, (2, T, 7, 9, 5)) * loud for branch in branches}
        calls[name] = (lambda x, network=network, views=views: network(x) | views(x), maps)
    said = zip(calls, at_once(list(calls.values())), strict=True)
    return {f"{name}, {output}": x.reshape(2, -1) for name, of_all in said for output, x in of_all.items()}
