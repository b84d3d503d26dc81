"""Paper 4's six networks on stored features: whole snippets, with their attention maps, or frame by frame.

lstm          LSTM on fc7                              conv_lstm     ConvLSTM on pool5
alstm         LSTM with attention on pool5             conv_alstm    ConvLSTM with attention
motion_alstm  its attention follows an LSTM on flow    video_lstm    its attention follows a ConvLSTM on flow
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import KerasTensor, layers, ops

from repro.backbones.weights import named_weights
from repro.recurrent.attention_lstm import AttentionLSTM
from repro.recurrent.initializers import FanInitializer, normal, uniform
from repro.types import InputError


class AttentionModel(NamedTuple):
    """What an architecture is made of: states that are maps, attention, and what its inputs hold."""

    maps: bool
    attention: bool
    inputs: tuple[tuple[str, str], ...]


_APPEARANCE = ("pool5", "pool5")
_ATTENTION_MODELS = {
    "lstm": AttentionModel(False, False, (("fc7", "fc7"),)),
    "alstm": AttentionModel(False, True, (_APPEARANCE,)),
    "conv_lstm": AttentionModel(True, False, (_APPEARANCE,)),
    "conv_alstm": AttentionModel(True, True, (_APPEARANCE,)),
    "motion_alstm": AttentionModel(False, True, (_APPEARANCE, ("motion", "fc7"))),
    "video_lstm": AttentionModel(True, True, (_APPEARANCE, ("motion", "pool5"))),
}
ARCHITECTURES = tuple(_ATTENTION_MODELS)
INITIALS = ("code", "learned", "zeros")
HEAD_STYLES = ("paper", "authors")
MOTION_FEATURES = ("fc7", "pool5")
SCORE_STARTS = ("same", "code")
REDUCED = "reduced"  # ends the names of layers that reduce maps


def inputs_of(architecture: str, motion_feature: str = "fc7") -> tuple[tuple[str, str], ...]:
    """(input, feature it takes) of an architecture: `motion` is the flow network's, the other either's.

    motion_feature: what the bottom layer of a motion_alstm reads (A24). Raises ValueError for unknown names.
    """
    if architecture not in _ATTENTION_MODELS:
        raise ValueError(f"architecture {architecture!r}; wanted one of {', '.join(ARCHITECTURES)}")
    _check(motion_feature=(motion_feature, MOTION_FEATURES))
    inputs = _ATTENTION_MODELS[architecture].inputs
    return (inputs[0], ("motion", motion_feature)) if architecture == "motion_alstm" else inputs


def has_maps(architecture: str) -> bool:
    """Whether its states are maps [B, h, w, U], not vectors [B, U]."""
    return _ATTENTION_MODELS[architecture].maps


def build(
    architecture: str,
    *,
    steps: int,
    classes: int,
    map_shape: tuple[int, ...] = (7, 7, 512),
    vector_shape: tuple[int, ...] = (4096,),
    units: int = 512,
    reduction: int = 0,
    attention_units: int = 512,
    head_units: int = 1024,
    dropout: float = 0.7,
    head_style: str = "paper",
    authors_dropout: float = 0.5,
    motion_kernel: int = 3,
    motion_feature: str = "fc7",
    score_start: str = "same",
    initial: str = "code",
    initial_from: str = "snippet",
) -> keras.Model:
    """{input of `inputs_of`: [B, T, h, w, D] or [B, T, D]} -> {"frame": [B, T, K]}, softmax, float32.

    steps: T. map_shape, vector_shape: of pool5 and fc7. reduction: of maps before states that are maps,
    by a 1 x 1 convolution and a ReLU, to so many channels (A28; 0: none). dropout: the share dropped before
    the softmax; head_style `authors` drops authors_dropout of h_t and of the hidden units where states are
    vectors.
    motion_kernel: 3 or 1, of the bottom ConvLSTM and its start (A1). motion_feature: as in `inputs_of`.
    score_start: W_z starts with the `same` spread on maps and on vectors, or as in the `code` (A23). initial:
    `zeros`, `learned`, or as in the `code`, learned where there is attention (A2); initial_from: a learned
    start sees the mean of the `snippet`, or its `first` frame alone, as a stream must. Raises ValueError for
    unknown names.
    """
    kinds = dict(inputs_of(architecture, motion_feature))
    _check(
        head_style=(head_style, HEAD_STYLES),
        initial=(initial, INITIALS),
        motion_kernel=(motion_kernel, (3, 1)),
        score_start=(score_start, SCORE_STARTS),
    )
    maps, attention, _ = _ATTENTION_MODELS[architecture]
    learned = initial == "learned" or (initial == "code" and attention)
    initializer: FanInitializer = uniform if maps else normal
    inputs = {
        name: keras.Input((steps, *(map_shape if kind == "pool5" else vector_shape)), name=name)
        for name, kind in kinds.items()
    }
    reductions = {
        name: layers.Dense(reduction, activation="relu", name=f"{name}_{REDUCED}")
        for name in kinds
        if maps and reduction
    }
    recurrence = AttentionLSTM(
        units,
        kernel_size=3 if maps else None,
        attention_units=attention_units if attention else None,
        motion="motion" in inputs,
        motion_kernel_size=motion_kernel if maps else None,
        start=initial_from if learned else "zeros",
        initializer=initializer,
        score_initializer=normal if score_start == "same" else initializer,
        name="recurrence",
    )
    h = recurrence(_by_role(inputs, reductions))["h"]
    twice = head_style == "authors" and not maps
    dropouts = (authors_dropout, authors_dropout) if twice else (0.0, dropout)
    frame = _head(h, head_units, classes, dropouts, initializer)
    return keras.Model(inputs, {"frame": frame}, name=architecture)


def _head(
    h: KerasTensor, units: int, classes: int, dropouts: tuple[float, float], initializer: FanInitializer
) -> KerasTensor:
    """h [B, T, ...] -> [B, T, K]: a hidden layer and a softmax, with a dropout before each (5.2; A4)."""
    before, between = dropouts
    x = layers.Dropout(before, name="drop_state")(_flat(h))
    x = layers.Dense(units, activation="tanh", kernel_initializer=initializer(units), name="hidden")(x)
    x = layers.Dropout(between, name="drop_hidden")(x)
    scores = layers.Dense(classes, kernel_initializer=initializer(classes), name="scores")(x)
    return layers.Softmax(name="frame", dtype="float32")(_by_frame(scores, h.shape[1]))


def views(model: keras.Model) -> keras.Model:
    """The same network showing more: {"frame": [B, T, K], "cell": C [B, T, U] or [B, T, h, w, U]} of the top
    layer and, where there is attention, {"attention": A [B, T, h, w]}.
    """
    inputs = {name: keras.Input(tensor.shape[1:], name=name) for name, tensor in model.input.items()}
    steps = model.get_layer("recurrence")(_by_role(inputs, _reductions(model)))
    return keras.Model(inputs, {**_outputs(model, steps), "cell": steps["c"]}, name=f"{model.name}_views")


def step_model(model: keras.Model, *, starts: bool = False) -> keras.Model:
    """The same network and weights, one frame at a time, for streams.

    Inputs: the frame's features [B, ...] under the names of `model`'s inputs, and the states of `start` under
    theirs: h, c, and with a bottom layer motion_h, motion_c. Outputs: {"frame": [B, K]}, {"attention":
    [B, h, w]} where there is, and the new states under the names they came in with. starts: with one more
    input, "first", bool [B]: where it is true, `start` of this frame stands in place of the states.
    """
    recurrence = model.get_layer("recurrence")
    inputs = {name: keras.Input(tensor.shape[2:], name=name) for name, tensor in model.input.items()}
    state = {name: keras.Input(recurrence.state_shape, name=name) for name in recurrence.state_names}
    frames = {name: ops.expand_dims(tensor, 1) for name, tensor in inputs.items()}
    first = {"first": keras.Input((), dtype="bool", name="first")} if starts else {}
    recurrent = recurrence(_by_role(frames, _reductions(model)), state, **first)
    outputs = {name: tensor[:, 0] for name, tensor in _outputs(model, recurrent).items()}
    made = {**outputs, **recurrent["last"]}
    return keras.Model({**inputs, **state, **first}, made, name=f"{model.name}_step")


def start(model: keras.Model, first: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The state before the first frame of a stream, from that frame's features [B, ...] by input name.

    float32 [B, U] or [B, h, w, U] by state name: zeros, or the learned start with this frame for the mean.
    """
    frames = {name: ops.expand_dims(ops.convert_to_tensor(x, "float32"), 1) for name, x in first.items()}
    state = model.get_layer("recurrence").start_state(_by_role(frames, _reductions(model)))
    return {name: np.asarray(ops.convert_to_numpy(tensor), np.float32) for name, tensor in state.items()}


def init_from_parts(
    model: keras.Model, rgb: Mapping[str, np.ndarray], flow: Mapping[str, np.ndarray]
) -> tuple[str, ...]:
    """Start a video_lstm from trained parts (paper 4, A27); returns the names of the weights set.

    rgb: arrays by weight name of a conv_alstm, for the top layer, its attention and start, and the head.
    flow: those of a conv_lstm, whose W_x, W_h, b and reduction become the bottom layer's. W_e and the bottom
    layer's start stay as drawn. Raises InputError for a part that lacks a weight or has another shape.
    """
    variables = named_weights(model)
    bottom = ("kernel", "recurrent_kernel", "bias")
    sources = {f"recurrence/bottom_{name}": (flow, f"recurrence/top_{name}") for name in bottom}
    for name in variables:
        if name.startswith(f"motion_{REDUCED}"):
            sources[name] = (flow, name.replace("motion", "pool5", 1))
        elif "/bottom_" not in name:
            sources[name] = (rgb, name)
    for name, (part, source) in sources.items():
        given, wanted = part[source].shape if source in part else None, tuple(variables[name].shape)
        if given != wanted:
            raise InputError(
                f"start from parts: {name} wants shape {wanted}, the part's {source} has {given};"
                " train both parts at the same sizes, with motion_kernel 3"
            )
    for name, (part, source) in sources.items():
        variables[name].assign(part[source])
    return tuple(sources)


def _reductions(model: keras.Model) -> dict[str, keras.Layer]:
    """The layers that reduce maps, by the input that they read."""
    ending = f"_{REDUCED}"
    return {layer.name.removesuffix(ending): layer for layer in model.layers if layer.name.endswith(ending)}


def _by_role(inputs: Mapping[str, Any], reductions: Mapping[str, keras.Layer]) -> dict[str, Any]:
    """`pool5` or `fc7` is the recurrence's x; reduced where there is a layer for it."""
    by_role = {}
    for name, tensor in inputs.items():
        if name in reductions:
            reduced = reductions[name](ops.reshape(tensor, (-1, tensor.shape[-1])))  # one product: `_flat`
            tensor = ops.reshape(reduced, (-1, *tensor.shape[1:-1], reduced.shape[-1]))
        by_role[name if name == "motion" else "x"] = tensor
    return by_role


def _flat(h: KerasTensor) -> KerasTensor:
    """[B, T, ...] -> [B T, N]: one product for all frames (a batched one costs a gradient per sample)."""
    return ops.reshape(h, (-1, int(np.prod(h.shape[2:]))))


def _by_frame(scores: KerasTensor, steps: int) -> KerasTensor:
    return ops.reshape(scores, (-1, steps, scores.shape[-1]))


def _outputs(model: keras.Model, recurrent: Mapping[str, Any]) -> dict[str, KerasTensor]:
    """The model's head, without dropout, on its recurrence's outputs; and the attention where there is."""
    h = model.get_layer("scores")(model.get_layer("hidden")(_flat(recurrent["h"])))
    frame = model.get_layer("frame")(_by_frame(h, recurrent["h"].shape[1]))
    return {"frame": frame, **{name: recurrent[name] for name in ("attention",) if name in recurrent}}


def _check(**choices: tuple[Any, tuple[Any, ...]]) -> None:
    for name, (given, wanted) in choices.items():
        if given not in wanted:
            raise ValueError(f"{name} {given!r}; wanted one of {', '.join(map(str, wanted))}")
