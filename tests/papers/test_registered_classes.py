"""Every class of ours that Keras saves is registered, and its settings bring back the same."""

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import keras
import numpy as np
import pytest

import repro
from repro.anticipation import cam, metrics
from repro.anticipation import losses as losses12
from repro.backbones import clips, fixed_norm, flow_image, preprocessing, temporal
from repro.paper3 import losses as losses3
from repro.paper3.model import Decoder
from repro.paper4.losses import SnippetCrossEntropy
from repro.paper5.losses import ClipCrossEntropy, GapLoss
from repro.paper5.model import parameter_set
from repro.recurrent import initializers
from repro.recurrent.attention import Attention
from repro.recurrent.attention_lstm import AttentionLSTM
from repro.recurrent.joint_attention import JointAttentionLSTM
from repro.recurrent.joint_lstm import JointLSTM
from repro.recurrent.lstm import LSTM, StartState
from repro.recurrent.peephole_lstm import PeepholeLSTMCell
from repro.recurrent.sequence_lstm import SequenceLSTM
from repro.recurrent.soft_attention import SoftAttention
from repro.training.clipping import AdamBySet
from repro.training.schedules import HoldThenDecay, SgdByLayer

BASES = (
    *(keras.Layer, keras.Loss, keras.Metric, keras.Regularizer, keras.Initializer, keras.Optimizer),
    *(keras.constraints.Constraint, keras.optimizers.schedules.LearningRateSchedule),
)
L2 = keras.regularizers.L2(0.25)
APART = initializers.Apart(4, initializers.orthogonal)
# Each with settings that are not the usual ones, so that a forgotten one is missed.
EXAMPLES: dict[type, Callable[[], Any]] = {
    cam.Pooling: lambda: cam.Pooling("sum", name="gap"),
    cam.ClassScores: lambda: cam.ClassScores(3, kernel_regularizer=L2, dtype="float64"),
    cam.SelectMap: lambda: cam.SelectMap("context"),
    cam.CamGate: lambda: cam.CamGate("min_max"),
    preprocessing.CaffeBGR: lambda: preprocessing.CaffeBGR(dtype="float64"),
    preprocessing.CentredRGB: lambda: preprocessing.CentredRGB(dtype="float64"),
    fixed_norm.FixedNorm: lambda: fixed_norm.FixedNorm(trainable=False, center=False),
    flow_image.FlowImage: lambda: flow_image.FlowImage(mirrored=True),
    temporal.CentreFlow: lambda: temporal.CentreFlow(trainable=False),
    clips.VolumeBGR: lambda: clips.VolumeBGR(np.ones((2, 4, 5, 3), np.float32)),
    clips.ClipCrop: lambda: clips.ClipCrop(3),
    LSTM: lambda: LSTM(
        2,
        kernel_size=3,
        extra=True,
        peephole=True,
        unit_forget_bias=True,
        initializer=initializers.normal,
        recurrent_initializer=APART,
        kernel_regularizer=L2,
    ),
    StartState: lambda: StartState(2, kernel_size=1, initializer=APART, kernel_regularizer=L2),
    Attention: lambda: Attention(
        2, initializer=initializers.normal, score_initializer=APART, kernel_regularizer=L2
    ),
    AttentionLSTM: lambda: AttentionLSTM(
        2,
        kernel_size=3,
        attention_units=4,
        motion=True,
        motion_kernel_size=1,
        start="first",
        initializer=initializers.normal,
        score_initializer=initializers.uniform,
    ),
    JointLSTM: lambda: JointLSTM(
        2,
        branches=3,
        fusion="early",
        input_projection=4,
        final_gate_bias=True,
        input_bias=1.0,
        kernel_regularizer=L2,
    ),
    JointAttentionLSTM: lambda: JointAttentionLSTM(
        2,
        layers=2,
        branches=3,
        fusion="early",
        pyramid=False,
        pyramid_split="overlap",
        pyramid_renormalise=True,
        unit_rms=True,
        attention="content",
        attention_source="first",
        init_state="zeros",
        input_projection=4,
        final_gate_bias=True,
        input_bias=1.0,
        kernel_regularizer=L2,
    ),
    PeepholeLSTMCell: lambda: PeepholeLSTMCell(2, full=True, name="cell"),
    SequenceLSTM: lambda: SequenceLSTM(2, unit_forget_bias=False),
    SoftAttention: lambda: SoftAttention(2, name="attention"),
    Decoder: lambda: Decoder(
        2,
        context=True,
        attention_units=3,
        variant="b",
        dropout_context=0.25,
        peephole=True,
        unit_forget_bias=True,
        learn_initial_state=True,
    ),
    losses3.WindowCrossEntropy: lambda: losses3.WindowCrossEntropy("mean"),
    losses3.WindowBinaryCrossEntropy: lambda: losses3.WindowBinaryCrossEntropy("mean", loss_on="mean"),
    SnippetCrossEntropy: lambda: SnippetCrossEntropy(name="loss"),
    ClipCrossEntropy: lambda: ClipCrossEntropy(reduction="sum"),
    GapLoss: lambda: GapLoss(reduction="sum"),
    metrics.VideoAccuracy: lambda: metrics.VideoAccuracy("accuracy"),
    HoldThenDecay: lambda: HoldThenDecay(0.5, hold=2, every=3, ratio=0.25),
    SgdByLayer: lambda: SgdByLayer(0.5, momentum=0.25, ratios={"linear": 30.0}),
    AdamBySet: lambda: AdamBySet(0.5, set_of=parameter_set, norm=2.0, beta_1=0.25),
    **{
        kind: lambda kind=kind: losses12.by_name(
            next(name for name, one in losses12.LOSSES.items() if one is kind), masked=False, ranking_lambda=2
        )
        for kind in dict.fromkeys(losses12.LOSSES.values())
    },
}
# What an instance holds in another place: its weights file, or what its base class is for.
ELSEWHERE = {clips.VolumeBGR: {"mean"}}


def _ours(base: type) -> Iterator[type]:
    for kind in base.__subclasses__():
        if kind.__module__.startswith("repro."):
            yield kind
        yield from _ours(kind)


def _abstract(kind: type) -> bool:
    """Whether it only says what its subclasses have in common."""
    return any(other.__base__ is kind for other in EXAMPLES) and kind not in EXAMPLES


@pytest.mark.slow
def test_there_is_an_example_of_every_class() -> None:
    for module in pkgutil.walk_packages(repro.__path__, "repro."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found = {kind for base in BASES for kind in _ours(base) if not _abstract(kind)}
    assert {kind.__name__ for kind in found} == {kind.__name__ for kind in EXAMPLES}


@pytest.mark.parametrize(("room", "base"), [(repro.losses, keras.Loss), (repro.layers, keras.Layer)])
def test_every_loss_and_layer_has_its_name_in_one_place(room: ModuleType, base: type) -> None:
    ours = {kind.__name__ for kind in EXAMPLES if issubclass(kind, base)}
    assert set(room.__all__) == ours


@pytest.mark.parametrize("kind", EXAMPLES, ids=lambda kind: kind.__name__)
def test_it_is_registered_and_its_settings_bring_back_the_same(kind: type) -> None:
    assert keras.saving.get_registered_name(kind) == f"repro>{kind.__name__}"
    made = EXAMPLES[kind]()
    text = json.dumps(keras.saving.serialize_keras_object(made))
    again = keras.saving.deserialize_keras_object(json.loads(text))
    assert type(again) is kind
    assert json.dumps(keras.saving.serialize_keras_object(again)) == text


@pytest.mark.parametrize("kind", EXAMPLES, ids=lambda kind: kind.__name__)
def test_its_settings_are_all_that_it_was_made_with(kind: type) -> None:
    named = {
        name
        for one in kind.__mro__
        if one.__module__.startswith("repro.") and "__init__" in vars(one)
        for name, parameter in inspect.signature(one.__init__).parameters.items()
        if name != "self" and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    }
    assert named - ELSEWHERE.get(kind, set()) <= set(EXAMPLES[kind]().get_config())


@pytest.mark.parametrize(
    "initializer",
    [
        initializers.uniform,
        initializers.normal,
        initializers.glorot_uniform,
        initializers.orthogonal,
        initializers.forget_one,
        APART,
    ],
)
def test_an_initializer_comes_back_under_its_name(initializer: Any) -> None:
    text = json.dumps(keras.saving.serialize_keras_object(initializer))
    again = keras.saving.deserialize_keras_object(json.loads(text))
    assert again is initializer or (again.parts, again.initializer) == (4, initializers.orthogonal)


def test_a_volume_that_was_not_loaded_says_so() -> None:
    layer = EXAMPLES[clips.VolumeBGR]()
    empty = clips.VolumeBGR.from_config(layer.get_config())
    assert np.isnan(np.asarray(empty(np.zeros((1, 2, 4, 5, 3), np.uint8)))).all()
