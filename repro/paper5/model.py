"""Paper 5's network on stored VGG-16 maps: a branch per level with its classifier, and the LSTM above all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
from keras import KerasTensor, layers, ops

from repro.paper5.losses import attention_gap, energy
from repro.paper5.recipe import IN_VGG, POOLED
from repro.recurrent.joint_attention import JointAttentionLSTM

REDUCTIONS = (POOLED, "conv3x3s2", "conv3x3_pool2", IN_VGG)
TEMPORAL_NETS = {"3d": (3, 3, 3), "2d": (1, 3, 3), "none": None}
LSTM = "lstm"  # the parameter set that belongs to no branch
Shape = tuple[int, int, int]
_OF_BRANCH = ("reduce", "conv1", "conv2", "fc1", "fc2", "scores")


def build(
    branches: Sequence[str],
    *,
    steps: int,
    classes: int,
    map_shape: Shape | Mapping[str, Shape] = (11, 11, 512),
    channels: int = 256,
    units: int = 1024,
    fc_units: int = 1024,
    reduce: str = POOLED,
    scales: Mapping[str, float] | None = None,
    temporal_net: str = "3d",
    supervision: bool = True,
    stop_features: bool = True,
    stop_attention: bool = True,
    dropout_fc: float = 0.0,
    dropout_lstm: float = 0.0,
    weight_decay: float = 1e-5,
    **recurrence: Any,
) -> keras.Model:
    """{branch: maps float32 [B, T, h, w, D]} -> softmaxes and gaps, float32, by name; paper 5, section 3.

    "frame" [B, T, K]: prob_t = softmax(h_t W_prob), of the LSTM's top layer. And for every branch, with
    `supervision` and unless temporal_net is "none": "<branch>" [B, T, K], its own classifier (3.2, C6), and
    "<branch>_gap" [B] = sum_t sum_i (e - att)^2 without lambda (3.2). The decay is in the layers:
    weight_decay, zeta, times the sum of squares of every matrix and kernel, of no bias (C13).

    steps, classes: T, K. map_shape: (h, w, D) as stored, of all branches or of each; before "pool_conv1x1"
    they were pooled (C2), before "in_vgg" reduced too, which no loss here trains (C27). scales: by what a
    branch's maps are divided (C3).
    temporal_net: "3d", "2d" (kernels 1 x 3 x 3) or "none", where the LSTM reads and trains the reduction
    (C22). Without supervision it trains the 3-d networks too, by nothing but its own loss (C26).
    stop_features, stop_attention: no gradient there (C14, C15).
    recurrence: settings of `JointAttentionLSTM`. Raises ValueError for unknown or reserved names.
    """
    _check(branches, reduce, temporal_net)
    decay = keras.regularizers.L2(weight_decay) if weight_decay else None
    shapes = map_shape if isinstance(map_shape, Mapping) else dict.fromkeys(branches, map_shape)
    inputs = {branch: keras.Input((steps, *shapes[branch]), name=branch) for branch in branches}
    x = {}
    for branch, maps in inputs.items():
        reduced = _reduce(branch, maps / scales[branch] if scales else maps, reduce, channels, decay)
        x[branch] = _temporal(branch, reduced, TEMPORAL_NETS[temporal_net], decay)
    heads = branches if supervised(temporal_net, supervision) else ()
    recur = JointAttentionLSTM(
        units, branches=len(branches), kernel_regularizer=decay, name="recurrence", **recurrence
    )
    recurrent = recur([ops.stop_gradient(maps) if heads and stop_features else maps for maps in x.values()])
    h = layers.Dropout(dropout_lstm, name="drop_h")(recurrent["h"])
    outputs = {"frame": _softmax("prob", "frame", h, classes, decay)}
    target = ops.stop_gradient(recurrent["attention"]) if stop_attention else recurrent["attention"]
    for branch in heads:
        fc = _head(branch, x[branch], fc_units, dropout_fc, decay)
        outputs[branch] = _softmax(f"{branch}_scores", f"{branch}_frame", fc, classes, decay)
        outputs[f"{branch}_gap"] = _gap(branch, x[branch], target)
    return keras.Model(inputs, outputs, name="joint_attention")


def supervised(temporal_net: str, supervision: bool) -> bool:
    """Whether the branches have classifiers: there is a network to supervise, and it is to be."""
    return supervision and temporal_net != "none"


def views(model: keras.Model) -> keras.Model:
    """The same inputs and weights without the heads: the network that predicts, showing what it looks at.

    Outputs, float32: "frame" [B, T, K], "attention" [B, T, h, w] of h_{t-1}, and "energy/<branch>"
    [B, T, h, w], the distribution e of the maps that the LSTM reads (Fig. 2, Fig. 6).
    """
    x = {branch: model.get_layer(f"{branch}_maps").output for branch in model.input}
    recurrent = model.get_layer("recurrence")(list(x.values()))
    frame = model.get_layer("frame")(_each_frame(model.get_layer("prob"), recurrent["h"]))
    energies = {f"energy/{branch}": energy(_float32(maps)) for branch, maps in x.items()}
    outputs = {"frame": frame, "attention": _float32(recurrent["attention"]), **energies}
    return keras.Model(model.input, outputs, name=f"{model.name}_views")


@keras.saving.register_keras_serializable(package="repro")
def parameter_set(path: str) -> str:
    """The set that a variable of `build` belongs to, from its path: a branch's name, or "lstm".

    A branch: reduction, 3-d network and head. "lstm": initial states, joint LSTM, the layers above, W_att
    and W_prob. With both stops on no loss trains both kinds (C14, C15), and each is clipped alone.
    """
    branch, _, part = path.split("/")[0].rpartition("_")
    return branch if part in _OF_BRANCH else LSTM


def _reduce(
    branch: str, maps: KerasTensor, how: str, channels: int, decay: keras.Regularizer | None
) -> KerasTensor:
    """[B, T, h', w', D] -> [B, T, h, w, C], ReLU (C2). What "pool_conv1x1" pools was pooled when stored."""
    if how == IN_VGG:
        return maps
    size, stride = {POOLED: (1, 1), "conv3x3s2": (3, 2), "conv3x3_pool2": (3, 1)}[how]
    conv = layers.Conv2D(
        channels, size, strides=stride, activation="relu", kernel_regularizer=decay, name=f"{branch}_reduce"
    )
    if how != "conv3x3_pool2":
        return _each_frame(conv, maps)
    pool = layers.MaxPooling2D(2, name=f"{branch}_pool")
    return _each_frame(lambda x: pool(conv(x)), maps)


def _temporal(
    branch: str, x: KerasTensor, kernel: tuple[int, int, int] | None, decay: keras.Regularizer | None
) -> KerasTensor:
    """Two convolutions over time and space, C to C channels on the same grid, ReLU (3.2, C5): X^k."""
    for name in ("conv1", "conv2") if kernel else ():
        x = layers.Conv3D(
            x.shape[-1],
            kernel,
            padding="same",
            activation="relu",
            kernel_regularizer=decay,
            name=f"{branch}_{name}",
        )(x)
    return layers.Identity(name=f"{branch}_maps")(x)


def _head(
    branch: str, x: KerasTensor, units: int, dropout: float, decay: keras.Regularizer | None
) -> KerasTensor:
    """X^k [B, T, h, w, C] -> fc_2 [B, T, fc units], frame by frame with the same weights (C6)."""
    flat = ops.reshape(x, (-1, x.shape[1], x.shape[2] * x.shape[3] * x.shape[4]))
    for name in ("fc1", "fc2"):
        fc = layers.Dense(units, activation="relu", kernel_regularizer=decay, name=f"{branch}_{name}")
        flat = layers.Dropout(dropout, name=f"{branch}_{name}_dropout")(_each_frame(fc, flat))
    return flat


def _softmax(
    weights: str, name: str, x: KerasTensor, classes: int, decay: keras.Regularizer | None
) -> KerasTensor:
    """softmax(x W) [B, T, K], float32, without bias (C21); the layer `weights` holds W."""
    scores = layers.Dense(classes, use_bias=False, kernel_regularizer=decay, name=weights)
    return layers.Softmax(name=name, dtype="float32")(_each_frame(scores, x))


def _gap(branch: str, x: KerasTensor, attention: KerasTensor) -> KerasTensor:
    gap = attention_gap(_float32(x), _float32(attention))
    return layers.Identity(name=f"{branch}_gap", dtype="float32")(gap)


def _float32(x: KerasTensor) -> KerasTensor:
    """A frame's total of float16 activities would overflow."""
    return ops.cast(x, "float32")


def _each_frame(apply: Callable[[KerasTensor], KerasTensor], x: KerasTensor) -> KerasTensor:
    """`apply` with time folded into the batch: [B, T, ...] -> [B T, ...] -> [B, T, ...].

    A product of [B, T, D] would cost a gradient of the kernel per sample.
    """
    y = apply(ops.reshape(x, (-1, *x.shape[2:])))
    return ops.reshape(y, (-1, x.shape[1], *y.shape[1:]))


def _check(branches: Sequence[str], reduce: str, temporal_net: str) -> None:
    if not branches or len(set(branches)) < len(branches) or {"frame", LSTM} & set(branches):
        raise ValueError(f"branches {list(branches)}; wanted one or more, no two alike, none frame or {LSTM}")
    if reduce not in REDUCTIONS:
        raise ValueError(f"reduce {reduce!r}; wanted one of {', '.join(REDUCTIONS)}")
    if temporal_net not in TEMPORAL_NETS:
        raise ValueError(f"temporal_net {temporal_net!r}; wanted one of {', '.join(TEMPORAL_NETS)}")
