"""Paper 5's numbers: `stated` in the paper or `assumed` by us, and the presets that shrink them.

"Action Recognition with Joint Attention on Multi-Level Deep Features". C1 to C23 are the numbered ambiguities
whose settled readings the paper's README lists. "printed" stands before what the text of the paper says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from repro.provenance import assumed, stated
from repro.types import InputError

FLOW = "flow_"  # begins the name of a branch that reads the flow network, the paper's extension


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a number of paper 5. Sizes in pixels or frames, rates per update."""

    # VGG-16
    size_px: int = stated(384, "printed: frames resized to 384 x 384, without regard to their shape")
    pretraining: str = assumed("imagenet", "C1: printed are Sports-1M weights, of which there are none")
    width: float = stated(1.0, "printed: VGG-16; 1 means its own number of channels")
    fine_tune_updates: int = assumed(10_000, "fine-tuned in each data set, its length is not given; 0: not")
    fine_tune_px: int = assumed(224, "single frames at the size of the pre-training")
    fine_tune_from: str = assumed("conv1_1", "all layers are trained; others keep those before")
    fine_tune_batch: int = assumed(64, "not given")
    fine_tune_learning_rate: float = assumed(0.001, "not given; SGD with momentum 0.9")
    fine_tune_weight_decay: float = assumed(0.0005, "not given; gradient + 0.0005 w, as in Caffe")
    fine_tune_dropout: tuple[float, float] = assumed((0.5, 0.5), "after fc6 and fc7, VGG's own")
    crop_sides: tuple[float, ...] = assumed((1.0, 0.875, 0.75), "of the fine-tuning frames, over 256")
    flip_probability: float = assumed(0.5, "of the fine-tuning frames; the clips are not mirrored")
    frames_per_visit: int = assumed(8, "an epoch draws 8 new frames of every clip, each decoded once")
    validation_fraction: float = assumed(0.1, "groups whose loss selects VGG's epoch, never the test split")
    reduce: str = assumed("pool_conv1x1", "C2: 24 x 24 x 512 to 11 x 11 x 256; conv3x3s2, conv3x3_pool2")
    feature_dtype: str = assumed("float16", "two levels take 248 kB a frame, 600 GB for UCF101 in float16")
    # Optical flow, of the branches `flow_...` alone
    flow_height_px: int = assumed(240, "flow as a further branch is proposed, not described")
    flow_width_px: int = assumed(320, "of a branch on flow")
    flow_bound_px: float = assumed(20.0, "cut at 20 pixels, then [0, 255]")
    flow_method: str = assumed("default", "TV-L1")
    flow_jpeg_quality: int = assumed(90, "of a branch on flow")
    # The sequence model
    branches: tuple[str, ...] = stated(("pool4", "conv5_3"), "printed: two levels; `flow_conv5_3` for flow")
    feature_scale: str = assumed("rms", "C3: over the root mean square of the training frames; `none`: as is")
    clip_len: int = stated(30, "printed: L1, frames of a clip")
    stride: int = assumed(1, "C4: s, from one training clip to the next, is not given")
    channels: int = stated(256, "printed: of the reduced maps and of both 3-d layers")
    temporal_net: str = stated("3d", "printed: two layers of 3 x 3 x 3; `2d`, `none`: Table 3")
    fc_units: int = assumed(1024, "C6: both FC layers of a branch's own classifier, frame by frame")
    fusion: str = stated("late", "printed: the better of the two; `early`")
    units: int = stated(1024, "printed: c, h and the gates")
    layers: int = stated(3, "printed: LSTM layers")
    pyramid: bool = stated(True, "printed: the whole frame and four regions")
    pyramid_split: str = assumed("floor", "C8: 5|6 rows and columns; `overlap`: 6 + 6")
    pyramid_renormalise: bool = assumed(False, "C8: attention as it is inside a region")
    attention_source: str = assumed("top", "C7: the h of the prediction; `first`: that of the joint layer")
    init_state: str = assumed("mean_feature", "C12: from the clip's mean feature; `zeros`")
    input_projection: bool = assumed(False, "C10: x^k and i^k of 5 C units; or mapped to those of the LSTM")
    final_gate_bias: bool = assumed(False, "C23: none is printed")
    lambda_att: float = stated(1000.0, "printed: lambda, of the attention regulariser; 0: Table 3, Fig. 5")
    weight_decay: float = stated(0.00001, "printed: zeta, of both losses; sum of squares, no half (C13)")
    stop_features: bool = assumed(True, "C14: the LSTM's gradient does not enter the 3-d network")
    stop_attention: bool = assumed(True, "C15: the attention is the regulariser's fixed target")
    dropout_fc: float = assumed(0.0, "none is mentioned")
    dropout_lstm: float = assumed(0.0, "none is mentioned")
    learning_rate: float = assumed(0.0001, "not given; Adam")
    adam_epsilon: float = assumed(1e-8, "not given; betas 0.9 and 0.999")
    clip_norm: float = assumed(5.0, "not given; of the gradients of the LSTM and of each branch alone")
    batch: int = stated(64, "printed: clips")
    epochs: int = assumed(5, "converged in the third epoch; the last one is kept, for nothing selects")
    # Test
    test_stride: int = assumed(1, "C4: from one test clip to the next")
    last_frames: int = stated(16, "printed: L2, the frames at the end of a clip that decide (C16)")
    clip_rule: str = assumed("vote", "C16: of those frames; `mean` of their probabilities")
    video_rule: str = assumed("vote", "C17: of the clips; `mean` of their scores")


# The stand-in forgets where all its layers are trained, and small crops lose the drawn actor: as in paper 4.
# lambda: a sum over places of squared shares grows as their number falls (25 here, 121 in the paper). With
# 1000, or 200 for the same balance at the start, the branches follow the attention and learn no classes.
PRESETS: dict[str, dict[str, Any]] = {"paper": {}}
PRESETS["demo"] = {
    "size_px": 192,
    "pretraining": "standin",
    "width": 0.125,
    "fine_tune_updates": 600,
    "fine_tune_px": 128,
    "fine_tune_from": "conv5_3",
    "fine_tune_batch": 32,
    "crop_sides": (1.0, 0.875),
    "feature_dtype": "float32",
    "flow_height_px": 96,
    "flow_width_px": 128,
    "flow_method": "fast",
    "stride": 15,
    "channels": 16,
    "fc_units": 128,
    "units": 64,
    "lambda_att": 20.0,
    "learning_rate": 0.003,
    "batch": 16,
    "epochs": 12,
    "test_stride": 15,
}
PRESETS["tiny"] = {
    **PRESETS["demo"],
    "size_px": 128,
    "pretraining": "random",
    "width": 0.0625,
    "fine_tune_updates": 2,
    "fine_tune_px": 64,
    "fine_tune_batch": 8,
    "frames_per_visit": 2,
    "flow_height_px": 48,
    "flow_width_px": 64,
    "clip_len": 4,
    "stride": 60,
    "channels": 4,
    "fc_units": 8,
    "units": 4,
    "layers": 2,
    "batch": 8,
    "epochs": 3,
    "test_stride": 12,
    "last_frames": 3,
}

# What decides VGG-16, the maps of a frame, the sequence models and the test. By name: what is stored keeps
# its key when fields change places. A test finds every field in one of them or in `STORED_FIELDS`.
NETWORK_FIELDS = (
    *("pretraining", "width", "fine_tune_updates", "fine_tune_px", "fine_tune_from", "fine_tune_batch"),
    *("fine_tune_learning_rate", "fine_tune_weight_decay", "fine_tune_dropout", "crop_sides"),
    *("flip_probability", "frames_per_visit", "validation_fraction"),
)
MAP_FIELDS = ("size_px", "reduce", "width")
SEQUENCE_FIELDS = (
    *("size_px", "width", "reduce", "branches", "feature_scale", "clip_len", "stride", "channels"),
    *("temporal_net", "fc_units", "fusion", "units", "layers", "pyramid", "pyramid_split"),
    *("pyramid_renormalise", "attention_source", "init_state", "input_projection", "final_gate_bias"),
    *("lambda_att", "weight_decay", "stop_features", "stop_attention", "dropout_fc", "dropout_lstm"),
    *("learning_rate", "adam_epsilon", "clip_norm", "batch", "epochs"),
)
TEST_FIELDS = ("test_stride", "last_frames", "clip_rule", "video_rule")
# In the keys that the stores of maps and of flow make for themselves (`FeatureStore`, `FlowSettings`).
STORED_FIELDS = (
    *("feature_dtype", "flow_height_px", "flow_width_px", "flow_bound_px", "flow_method"),
    "flow_jpeg_quality",
)


def recipe(preset: str) -> Recipe:
    """The recipe of a preset: `paper` (full size), `demo` (minutes on a laptop), `tiny` (tests)."""
    if preset not in PRESETS:
        raise InputError(f"unknown preset {preset!r}; there are: {', '.join(PRESETS)}")
    return replace(Recipe(), **PRESETS[preset])


def some(recipe: Recipe, names: tuple[str, ...]) -> dict[str, Any]:
    """These fields of a recipe: what decides one of its stages."""
    content = asdict(recipe)
    return {name: content[name] for name in names}


def for_row(base: Recipe, overrides: Mapping[str, Any]) -> Recipe:
    """The recipe of a row's model."""
    return replace(base, **overrides)


def model_name(base: Recipe, overrides: Mapping[str, Any]) -> str:
    """A name of a row's model: its fusion or branch, then what else differs (`late-lambda_att=0.0`)."""
    shown = {"fusion": base.fusion, "branches": base.branches, **overrides}
    fusion, branches = shown.pop("fusion"), shown.pop("branches")
    first = fusion if branches == base.branches else "+".join(branches)
    if len(branches) > 1 and branches != base.branches:
        first = f"{fusion}-{first}"
    others = [f"{field}={value}" for field, value in sorted(shown.items()) if value != getattr(base, field)]
    return "-".join([first, *others])


def stream_of(branch: str) -> str:
    """The network whose maps a branch reads: `rgb`, or `flow`."""
    return "flow" if branch.startswith(FLOW) else "rgb"


def endpoint_of(branch: str) -> str:
    """VGG's own name of a branch's level: `conv5_3`."""
    return branch.removeprefix(FLOW)


def streams_of(recipe: Recipe) -> tuple[str, ...]:
    """The networks that a recipe's branches read."""
    return tuple(dict.fromkeys(stream_of(branch) for branch in recipe.branches))


def network_settings(recipe: Recipe) -> dict[str, Any]:
    return some(recipe, NETWORK_FIELDS)


def map_settings(recipe: Recipe) -> dict[str, Any]:
    return some(recipe, MAP_FIELDS)


def sequence_settings(recipe: Recipe) -> dict[str, Any]:
    return some(recipe, SEQUENCE_FIELDS)


def test_settings(recipe: Recipe) -> dict[str, Any]:
    return some(recipe, (*TEST_FIELDS, "clip_len"))


def seen_by_training(base: Recipe, recipe: Recipe) -> dict[str, Any]:
    old, new = asdict(base), asdict(recipe)
    return {f: v for f, v in new.items() if v != old[f] and f not in TEST_FIELDS}
