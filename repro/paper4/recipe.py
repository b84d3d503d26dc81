"""Paper 4's numbers: `stated` in the paper or `assumed` by us, and the presets that shrink them.

"VideoLSTM Convolves, Attends and Flows for Action Recognition". "code" is the authors' published code; A1 to
A28 are the numbered ambiguities whose chosen readings the paper's README lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from repro.experiment import recipe as shared
from repro.experiment.recipe import (
    VGG16,
    Backbone,
    SgdInSteps,
    StoredFlow,
    Vgg16,
    Visits,
    chosen,
    named,
    presets,
    some,
)
from repro.provenance import Share, assumed, changes, stated
from repro.types import InputError

STREAMS = "rgb flow"
ARCHITECTURES = "lstm alstm conv_lstm conv_alstm motion_alstm video_lstm convnet"
VGG_MAPS = ("pool5", "conv5_3")
LITE_MAPS = ("pool5", "pool5_narrow")  # as `backbones.ends` calls them
MAPS = " ".join(dict.fromkeys((*VGG_MAPS, *LITE_MAPS)))
FLOW_LAYERS = VGG16.replace("conv1_1", "conv1_1_flow")


@dataclass(frozen=True)
class Networks(Backbone, Vgg16, Visits, SgdInSteps):
    """The two VGG-16 networks."""

    size_px: int = assumed(224, "A26: not printed; VGG-16 makes the printed 7 x 7 places of it", least=32)
    feature_dtype: str = assumed("float16", "UCF101 in float32: 240 GB each", choices=shared.FEATURE_DTYPES)
    pool5: str = stated(
        "pool5", "5.2; in presets conv5_3 or (A28) EfficientNet-Lite's head or block 15", choices=MAPS
    )


@dataclass(frozen=True)
class RgbNetwork:
    """VGG-16 on frames."""

    rgb_crop_sides: tuple[Share, ...] = assumed((1.0, 0.875, 0.75, 0.66), "A25: sides of the crops over 256")
    rgb_trained_from: str = assumed("conv1_1", "A25: first layer that is trained", choices=VGG16)
    rgb_dropout: tuple[Share, Share] = assumed((0.9, 0.9), "A25: after fc6 and fc7")
    rgb_learning_rate: float = assumed(0.001, "A25: SGD, falls every `rgb_decay_every` updates")
    rgb_batch: int = assumed(256, "A25")
    rgb_updates: int = assumed(10_000, "A25")
    rgb_decay_every: int = assumed(4_000, "A25")


@dataclass(frozen=True)
class FlowNetwork(StoredFlow, shared.FlowStart):
    """The flow and its VGG-16."""

    flow_method: str = assumed(
        "default", "TV-L1 is printed; its parameters are OpenCV's, as in the code (A26); DIS: A28"
    )
    flow_crop_sides: tuple[Share, ...] = assumed((1.0, 0.875, 0.75), "A25")
    flow_trained_from: str = assumed("conv1_1_flow", "A25: all layers are trained", choices=FLOW_LAYERS)
    flow_dropout: tuple[Share, Share] = assumed((0.9, 0.8), "A25: after fc6 and fc7")
    flow_learning_rate: float = assumed(0.005, "A25: SGD, falls every `flow_decay_every` updates")
    flow_batch: int = assumed(264, "A25")
    flow_updates: int = assumed(30_000, "A25")
    flow_decay_every: int = assumed(10_000, "A25")


@dataclass(frozen=True)
class SequenceModel:
    """The sequence model."""

    architecture: str = stated("video_lstm", "3.2: its attention follows flow", choices=ARCHITECTURES)
    stream: str = stated("rgb", "5.3: which features enter (the top layer of) the model", choices=STREAMS)
    steps: int = stated(30, "5.2: snippets of 30 frames")
    units: int = stated(512, "5.2: 512 units in the LSTM, where states are vectors")
    channels: int = stated(512, "5.2: 512 channels in all kernels, where states are maps")
    reduction: int = assumed(0, "A28: of maps before a ConvLSTM, to so many channels; 0: none", least=0)
    attention_units: int = stated(512, "5.2: all these convolutional kernels have 512 channels (A21)")
    motion_kernel: int = stated(3, "5.2: input-to-state and state-to-state 3 x 3; the code has 1 x 1 (A1)")
    motion_feature: str = assumed("fc7", "A24: of motion_alstm, code; printed is a map", choices="fc7 pool5")
    score_start: str = assumed("same", "A23: W_z, normal of 0.1; `code`: +-1 on maps", choices="same code")
    initial: str = assumed("code", "A2: learned where it attends, else 0", choices="code learned zeros")
    initial_from: str = assumed("snippet", "A2: all frames' mean, or frame 1", choices="snippet first")
    head_units: int = stated(1024, "5.2: output layer of 1024")
    head_dropout: Share = stated(0.7, "5.2: dropout of 0.7 on the output before the softmax (the share)")
    head_style: str = assumed("paper", "A4: once; or twice in vector models", choices="paper authors")
    authors_dropout: Share = assumed(0.5, "A4, code: of `authors`, each time")
    lstm_learning_rate: float = stated(0.001, "5.2: RMSprop")
    lstm_decay: Share = stated(0.9, "5.2: RMSprop")
    lstm_epsilon: float = assumed(1e-6, "code: inside the root")
    lstm_batch: int = stated(128, "5.2: batches of 128 videos, one random snippet each")
    lstm_epochs: int = assumed(400, "code: 200 to 400 by architecture; the longest, the best one kept (A6)")
    start_from: str = assumed(
        "scratch", "A27: `parts`, trained flow ConvLSTM and RGB ConvALSTM; or a run (5.2)"
    )


@dataclass(frozen=True)
class AtTest:
    """Test."""

    segments: int = stated(25, "5.2: 25 equally spaced segments")
    segment_rule: str = assumed(
        "authors",
        "code: a = floor((F - 29) / 25), start_j = floor(a / 2 + j a)",
        choices="authors linspace",
    )
    convnet_frames: int = assumed(
        0, "A7: of a ConvNet, so many equally spaced ones; 0: those of the segments", least=0
    )


@dataclass(frozen=True)
class Localisation:
    """Localisation."""

    upscale: int = assumed(32, "A11: from 7 x 7 to 224 x 224")
    sigma_px: float = assumed(20.0, "A11: of the Gaussian, in pixels of the upscaled map", least=1e-6)
    saliency_norm: str = assumed("max", "A11: 255 is each frame's largest", choices="max minmax video_max")
    theta: float = stated(100.0, "5.4: threshold on saliency in [0, 255]", least=1e-6, most=255)
    span_frames: int = assumed(31, "A13: window of the locally weighted regression, about one second")
    feeding: str = assumed("windows", "A10: a new state for T frames; or one pass", choices="windows whole")


@dataclass(frozen=True)
class TubeMeasure:
    """The measure of tubes."""

    tube_overlap: str = assumed(
        "frames",
        "not defined (README, 16): the mean of the boxes' over the frames; or that of volumes",
        choices="frames volumes",
    )


@dataclass(frozen=True)
class Recipe(Networks, RgbNetwork, FlowNetwork, SequenceModel, AtTest, Localisation, TubeMeasure):
    """Everything that decides a number of paper 4. Sizes in pixels or frames, rates per update.

    Raises InputError for what VGG-16 does not have, and for a bottom layer of another kernel than A1's two.
    """

    def __post_init__(self) -> None:
        if self.motion_kernel not in (1, 3):
            raise InputError(
                f"motion_kernel {self.motion_kernel}; set 3, as in the paper, or 1, as in the code"
            )
        if self.pool5 not in (LITE_MAPS if self.lite else VGG_MAPS) or (
            not self.lite and self.frame_step > 1
        ):
            raise InputError(
                f"vgg16 has {' and '.join(VGG_MAPS)} and reads every frame, efficientnet_lite has "
                f"{' and '.join(LITE_MAPS)}; asked for are {self.backbone}, pool5={self.pool5} and "
                f"frame_step={self.frame_step}"
            )


# Besides sizes, how the VGG networks are fine-tuned: the stand-in, trained with batch normalisation that was
# folded away, forgets more than it learns where all its layers are trained (least held-out loss of an LSTM on
# its fc7 61.8, against 29.3 untouched and 29.8 with the trunk kept), and small crops lose the drawn actor.
PRESETS = presets(
    Recipe,
    demo={
        **{"size_px": 128, "feature_dtype": "float32"},
        **{"rgb_dropout": (0.5, 0.5), "rgb_crop_sides": (1.0, 0.875), "rgb_trained_from": "conv5_3"},
        **{"rgb_batch": 32, "rgb_updates": 860, "rgb_decay_every": 570},
        **{"flow_dropout": (0.5, 0.5), "flow_crop_sides": (1.0, 0.875), "flow_learning_rate": 0.001},
        **{"flow_batch": 32, "flow_updates": 860, "flow_decay_every": 570},
        **{"units": 64, "channels": 64, "attention_units": 64, "head_units": 128},
        **{"lstm_batch": 32, "lstm_epochs": 20, "sigma_px": 12.0},
    },
    tiny={
        **{"size_px": 64, "frames_per_visit": 2, "steps": 5, "segments": 2},
        **{"rgb_batch": 8, "rgb_updates": 2, "flow_batch": 8, "flow_updates": 2},
        **{"units": 4, "channels": 4, "attention_units": 4, "head_units": 8},
        **{"lstm_batch": 8, "lstm_epochs": 1},
    },
    # 15 of every second frame are the paper's snippets of 30.
    lite={
        **{"flow_method": "dis", "steps": 15, "pool5": "pool5_narrow"},
        **{"rgb_batch": 32, "rgb_updates": 600, "rgb_decay_every": 400, "rgb_dropout": (0.5, 0.5)},
        **{"flow_batch": 32, "flow_updates": 900, "flow_decay_every": 600, "flow_dropout": (0.5, 0.5)},
        **{"units": 256, "channels": 64, "reduction": 64, "attention_units": 64, "head_units": 256},
        **{"lstm_learning_rate": 0.0002, "lstm_batch": 32, "lstm_epochs": 8},
    },
)


def recipe(preset: str) -> Recipe:
    """The recipe of a preset, as `chosen`."""
    return chosen(Recipe, PRESETS, preset)


def network_settings(recipe: Recipe, stream: str) -> dict[str, Any]:
    """What decides the network of a stream."""
    return some(recipe, Networks, RgbNetwork if stream == "rgb" else FlowNetwork)


def sequence_settings(recipe: Recipe) -> dict[str, Any]:
    """What decides a sequence model, besides the features."""
    return some(recipe, SequenceModel)


def test_settings(recipe: Recipe) -> dict[str, Any]:
    """What decides a model's word on a video, besides the model.

    How many frames a ConvNet is read at is named only where it decides: other scores stay what they were.
    """
    settings = {**some(recipe, AtTest), "steps": recipe.steps}
    if recipe.architecture != "convnet" or not recipe.convnet_frames:
        del settings["convnet_frames"]
    return settings


def localisation_settings(recipe: Recipe) -> dict[str, Any]:
    """What decides the tubes, besides the model."""
    return {**some(recipe, Localisation), "steps": recipe.steps}


def training_overrides(base: Recipe, recipe: Recipe) -> dict[str, Any]:
    """The fields in which a recipe differs from `base` and that decide how its sequence model is trained."""
    return {name: value for name, value in changes(base, recipe).items() if name in sequence_settings(base)}


def for_row(base: Recipe, overrides: Mapping[str, Any]) -> Recipe:
    """The recipe of a row's model. Only VideoLSTM on frames has parts; they and others start from scratch."""
    own = replace(base, **overrides)
    has_parts = (own.stream, own.architecture) == ("rgb", "video_lstm")
    return replace(own, start_from="scratch") if own.start_from == "parts" and not has_parts else own


def model_name(base: Recipe, overrides: Mapping[str, Any]) -> str:
    """A name of a row's model: `flow-conv_alstm`, then what else differs (`rgb-lstm-initial=zeros`)."""
    fields = {"stream": base.stream, "architecture": base.architecture, **overrides}
    name = f"{fields.pop('stream')}-{fields.pop('architecture')}"
    return named(name, fields, vars(base))
