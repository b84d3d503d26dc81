"""Paper 4's numbers: `stated` in the paper or `assumed` by us, and the presets that shrink them.

"VideoLSTM Convolves, Attends and Flows for Action Recognition". "code" is the authors' published code;
"10.x" are the numbered ambiguities whose settled readings the paper's README lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from repro.provenance import assumed, stated
from repro.types import InputError

STREAMS = ("rgb", "flow")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a number of paper 4. Sizes in pixels or frames, rates per update."""

    # The two VGG-16 networks
    size_px: int = stated(224, "3.1: 224 x 224 x 3 frames, 224 x 224 x 2 flow images")
    pretraining: str = stated("imagenet", "5.2: both networks start from VGG-16 trained on ImageNet")
    width: float = stated(1.0, "5.2: VGG-16; 1 means its own number of channels")
    flip_probability: float = assumed(0.5, "2.4: mirroring as in the very deep two-stream networks")
    frames_per_visit: int = assumed(
        8, "an epoch draws 8 new frames of every clip, so that each is decoded once"
    )
    cnn_momentum: float = assumed(0.9, "2.4: recipe of the very deep two-stream networks")
    cnn_weight_decay: float = assumed(0.0005, "2.4; gradient + 0.0005 w, that is l2(0.00025) in Keras")
    validation_fraction: float = assumed(
        0.1, "10.6: the loss on this share of the training groups selects the epoch, never the test split"
    )
    rgb_crop_sides: tuple[float, ...] = assumed((1.0, 0.875, 0.75, 0.66), "2.4: sides of the crops over 256")
    rgb_trained_from: str = assumed("conv1_1", "2.4: all layers are trained; others keep those before")
    rgb_dropout: tuple[float, float] = assumed((0.9, 0.9), "2.4: after fc6 and fc7")
    rgb_learning_rate: float = assumed(0.001, "2.4: SGD, a tenth every `rgb_decay_every` updates")
    rgb_batch: int = assumed(256, "2.4")
    rgb_updates: int = assumed(10_000, "2.4")
    rgb_decay_every: int = assumed(4_000, "2.4")
    feature_dtype: str = assumed("float16", "pool5 of UCF101 in float32 takes 240 GB a stream")
    # The flow and its network
    flow_height_px: int = assumed(240, "2.1: flow between grey frames of native size, UCF101's 320 x 240")
    flow_width_px: int = assumed(320, "2.1")
    flow_bound_px: float = assumed(20.0, "2.1, code: cut at 20 pixels, then [0, 255]")
    flow_method: str = stated("default", "4.1: TV-L1; OpenCV's parameters as the code")
    flow_jpeg_quality: int = assumed(90, "flow is stored as JPEG, as in the code; its quality is not known")
    flow_conv1_init: str = assumed("mean", "2.4: mean of the RGB kernel over its colours, for both channels")
    flow_crop_sides: tuple[float, ...] = assumed((1.0, 0.875, 0.75), "2.4")
    flow_trained_from: str = assumed("conv1_1_flow", "2.4: all layers are trained")
    flow_dropout: tuple[float, float] = assumed((0.9, 0.8), "2.4: after fc6 and fc7")
    flow_learning_rate: float = assumed(0.005, "2.4: SGD, a tenth every `flow_decay_every` updates")
    flow_batch: int = assumed(264, "2.4")
    flow_updates: int = assumed(30_000, "2.4")
    flow_decay_every: int = assumed(10_000, "2.4")
    # The sequence model
    architecture: str = stated(
        "video_lstm", "3.3, 3.4: ConvALSTM whose attention follows a bottom layer on flow"
    )
    stream: str = stated("rgb", "5.3: which features enter (the top layer of) the model")
    steps: int = stated(30, "5.2: snippets of 30 frames")
    units: int = stated(512, "5.2: 512 channels in all kernels, 512 units in the LSTM")
    attention_units: int = stated(512, "5.2: all these convolutional kernels have 512 channels (10.21)")
    motion_kernel: int = stated(3, "5.2: input-to-state and state-to-state 3 x 3; the code has 1 x 1 (10.1)")
    initial: str = assumed("code", "10.2: learned from the snippet's mean where there is attention, else 0")
    initial_from: str = assumed(
        "snippet", "10.2: the mean of all frames of the snippet; `first`: frame 1 alone"
    )
    head_units: int = stated(1024, "5.2: output layer of 1024")
    head_dropout: float = stated(
        0.7, "5.2: dropout of 0.7 on the output before the softmax; share that drops"
    )
    head_style: str = assumed(
        "paper", "10.4: once, before the softmax; `authors`: 0.5 twice in vector models"
    )
    lstm_learning_rate: float = stated(0.001, "5.2: RMSprop")
    lstm_decay: float = stated(0.9, "5.2: RMSprop")
    lstm_epsilon: float = assumed(1e-6, "5.2, code: inside the root")
    lstm_batch: int = stated(128, "5.2: batches of 128 videos, one random snippet each")
    lstm_epochs: int = assumed(400, "5.3, code: 200 to 400 by architecture; the longest, the best one kept")
    start_from: str = assumed(
        "scratch", "5.4: `parts`: from a trained flow ConvLSTM and RGB ConvALSTM; a run folder: 5.5, HMDB51"
    )
    # Test
    segments: int = stated(25, "5.2: 25 equally spaced segments")
    segment_rule: str = assumed("authors", "6, code: a = floor((F - 29) / 25), start_j = floor(a / 2 + j a)")
    # Localisation
    upscale: int = assumed(32, "10.11: from 7 x 7 to 224 x 224")
    sigma_px: float = assumed(20.0, "10.11: of the Gaussian, in pixels of the upscaled map")
    saliency_norm: str = assumed("max", "10.11: 255 is the largest saliency of each frame")
    theta: float = stated(100.0, "5.4: threshold on saliency in [0, 255]")
    span_frames: int = assumed(31, "10.13: window of the locally weighted regression, about one second")
    feeding: str = assumed("windows", "10.10: windows of T frames, state restarted; `whole`: one pass")


# Besides sizes, how the VGG networks are fine-tuned: the stand-in, trained with batch normalisation that was
# folded away, forgets more than it learns where all its layers are trained (LSTM on its fc7: 43 % of the test
# clips right, against 70 % untouched and 80 % with the trunk kept), and small crops lose the drawn actor.
PRESETS: dict[str, dict[str, Any]] = {"paper": {}}
PRESETS["demo"] = {
    "size_px": 128,
    "pretraining": "standin",
    "width": 0.125,
    "rgb_dropout": (0.5, 0.5),
    "rgb_batch": 32,
    "rgb_crop_sides": (1.0, 0.875),
    "rgb_trained_from": "conv5_3",
    "rgb_updates": 860,
    "rgb_decay_every": 570,
    "feature_dtype": "float32",
    "flow_height_px": 96,
    "flow_width_px": 128,
    "flow_method": "fast",
    "flow_crop_sides": (1.0, 0.875),
    "flow_dropout": (0.5, 0.5),
    "flow_learning_rate": 0.001,
    "flow_batch": 32,
    "flow_updates": 860,
    "flow_decay_every": 570,
    "units": 64,
    "attention_units": 64,
    "head_units": 128,
    "lstm_batch": 32,
    "lstm_epochs": 20,
    "sigma_px": 12.0,
}
PRESETS["tiny"] = {
    **PRESETS["demo"],
    "size_px": 64,
    "pretraining": "random",
    "width": 0.0625,
    "frames_per_visit": 2,
    "rgb_batch": 8,
    "rgb_updates": 2,
    "flow_height_px": 48,
    "flow_width_px": 64,
    "flow_batch": 8,
    "flow_updates": 2,
    "steps": 5,
    "units": 4,
    "attention_units": 4,
    "head_units": 8,
    "lstm_batch": 8,
    "lstm_epochs": 1,
    "segments": 2,
}

# What decides both VGG-16, that of each stream, the sequence models, their scores and the tubes. By name:
# what is stored keeps its key when fields change places. A test finds every field in one of them.
SHARED_FIELDS = (
    *("size_px", "pretraining", "width", "flip_probability", "frames_per_visit", "cnn_momentum"),
    *("cnn_weight_decay", "validation_fraction", "feature_dtype"),
)
RGB_FIELDS = (
    *("rgb_crop_sides", "rgb_trained_from", "rgb_dropout", "rgb_learning_rate", "rgb_batch"),
    *("rgb_updates", "rgb_decay_every"),
)
FLOW_FIELDS = (
    *("flow_height_px", "flow_width_px", "flow_bound_px", "flow_method", "flow_jpeg_quality"),
    *("flow_conv1_init", "flow_crop_sides", "flow_trained_from", "flow_dropout", "flow_learning_rate"),
    *("flow_batch", "flow_updates", "flow_decay_every"),
)
SEQUENCE_FIELDS = (
    *("architecture", "stream", "steps", "units", "attention_units", "motion_kernel", "initial"),
    *("initial_from", "head_units", "head_dropout", "head_style", "lstm_learning_rate", "lstm_decay"),
    *("lstm_epsilon", "lstm_batch", "lstm_epochs", "start_from"),
)
TEST_FIELDS = ("segments", "segment_rule")
LOCALISATION_FIELDS = ("feeding", "upscale", "sigma_px", "saliency_norm", "theta", "span_frames")


def recipe(preset: str) -> Recipe:
    """The recipe of a preset: `paper` (full size), `demo` (minutes on a laptop), `tiny` (tests)."""
    if preset not in PRESETS:
        raise InputError(f"unknown preset {preset!r}; there are: {', '.join(PRESETS)}")
    return replace(Recipe(), **PRESETS[preset])


def some(recipe: Recipe, names: tuple[str, ...]) -> dict[str, Any]:
    """These fields of a recipe: what decides one of its stages."""
    content = asdict(recipe)
    return {name: content[name] for name in names}


def network_settings(recipe: Recipe, stream: str) -> dict[str, Any]:
    """What decides the VGG-16 of a stream."""
    return some(recipe, (*SHARED_FIELDS, *(RGB_FIELDS if stream == "rgb" else FLOW_FIELDS)))


def for_row(base: Recipe, overrides: Mapping[str, Any]) -> Recipe:
    """The recipe of a row's model."""
    return replace(base, **overrides)


def model_name(base: Recipe, overrides: Mapping[str, Any]) -> str:
    """A name of a row's model: `flow-conv_alstm`, then what else differs (`rgb-lstm-initial=zeros`)."""
    shown = {"stream": base.stream, "architecture": base.architecture, **overrides}
    name = f"{shown.pop('stream')}-{shown.pop('architecture')}"
    others = [f"{field}={value}" for field, value in sorted(shown.items()) if value != getattr(base, field)]
    return "-".join([name, *others])


def sequence_settings(recipe: Recipe) -> dict[str, Any]:
    return some(recipe, SEQUENCE_FIELDS)


def test_settings(recipe: Recipe) -> dict[str, Any]:
    return some(recipe, ("steps", *TEST_FIELDS))


def localisation_settings(recipe: Recipe) -> dict[str, Any]:
    return some(recipe, (*LOCALISATION_FIELDS, "steps"))


def seen_by_training(base: Recipe, recipe: Recipe) -> dict[str, Any]:
    return {f: getattr(recipe, f) for f in SEQUENCE_FIELDS if getattr(recipe, f) != getattr(base, f)}
