"""Paper 5's numbers: `stated` in the paper or `assumed` by us, and the presets that shrink them.

"Action Recognition with Joint Attention on Multi-Level Deep Features". C1 to C28 are the numbered ambiguities
whose chosen readings the paper's README lists. "printed" stands before what the text of the paper says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from repro.experiment import recipe as shared
from repro.experiment.recipe import Backbone, Vgg16, Visits, chosen, named, presets, some
from repro.provenance import Share, assumed, changes, stated
from repro.types import InputError

BRANCHES = "pool4 conv5_3 flow_pool4 flow_conv5_3"
POOLED = "pool_conv1x1"  # of `reduce`; the pooling is done before maps are stored
IN_VGG = "in_vgg"  # of `reduce`
FLOW = "flow_"  # begins the name of a branch that reads the flow network, the paper's extension


@dataclass(frozen=True)
class FineTuning(Vgg16, Visits, shared.FlowStart):
    """VGG-16, fine-tuned on single frames."""

    pretraining: str = assumed("imagenet", "C1: printed are Sports-1M weights, of which there are none")
    fine_tune_updates: int = assumed(10_000, "in each data set, the length is not given; 0: not", least=0)
    fine_tune_px: int = assumed(224, "single frames at the size of the pre-training", least=32)
    fine_tune_from: str = assumed("conv1_1", "the first layer that is trained", choices=shared.VGG16)
    fine_tune_batch: int = assumed(64, "not given")
    fine_tune_learning_rate: float = assumed(0.001, "not given; SGD")
    fine_tune_momentum: Share = assumed(0.9, "not given; the usual one")
    fine_tune_weight_decay: float = assumed(0.0005, "not given; gradient + 0.0005 w, as in Caffe")
    fine_tune_dropout: tuple[Share, Share] = assumed((0.5, 0.5), "after fc6 and fc7, VGG's own")
    crop_sides: tuple[Share, ...] = assumed((1.0, 0.875, 0.75), "of the fine-tuning frames, over 256")


@dataclass(frozen=True)
class Maps(Backbone):
    """The maps of a frame."""

    size_px: int = stated(384, "printed: resized to 384 x 384", least=64)
    resize: str = assumed("bilinear", "C28: whole frames, to a square", choices="bilinear bicubic")
    reduce: str = assumed(
        POOLED,
        "C2: 24 x 24 x 512 to 11 x 11 x 256; within VGG-16: C27",
        choices="pool_conv1x1 conv3x3s2 conv3x3_pool2 in_vgg",
    )


@dataclass(frozen=True)
class Stored(shared.StoredFlow):
    """What is stored: the maps, and flow for the branches on it, a further proposal without description."""

    feature_dtype: str = assumed(
        "float16", "248 kB a frame, a split of UCF101 616 GB", choices=shared.FEATURE_DTYPES
    )


@dataclass(frozen=True)
class SequenceModel:
    """The sequence model."""

    branches: tuple[str, ...] = stated(("pool4", "conv5_3"), "printed: two; or on flow", choices=BRANCHES)
    feature_scale: str = assumed("rms", "C3: over their root mean square; or as is", choices="rms none")
    clip_len: int = stated(30, "printed: L1, frames of a clip")
    stride: int = assumed(1, "C4: s, from one training clip to the next, is not given")
    channels: int = stated(256, "printed: of the reduced maps and of both 3-d layers")
    temporal_net: str = stated("3d", "printed: two layers of 3 x 3 x 3; or Table 3's", choices="3d 2d none")
    fc_units: int = assumed(1024, "C6: both FC layers of a branch's own classifier, frame by frame")
    fusion: str = stated("late", "printed: the better of the two; `early`", choices="late early")
    units: int = stated(1024, "printed: c, h and the gates")
    layers: int = stated(3, "printed: LSTM layers")
    pyramid: bool = stated(True, "printed: the whole frame and four regions")
    pyramid_split: str = assumed("floor", "C8: 5|6 rows and columns; or 6 + 6", choices="floor overlap")
    pyramid_renormalise: bool = assumed(False, "C8: attention as it is inside a region")
    unit_rms: bool = assumed(False, "C25: x^k as it is; or over its root mean square")
    attention: str = stated("state", "printed: from h alone; or as in C24", choices="state content")
    attention_source: str = assumed("top", "C7: h of the prediction; or the joint layer", choices="top first")
    init_state: str = assumed("mean_feature", "C12: the clip's mean feature", choices="mean_feature zeros")
    input_projection: bool = assumed(
        False, "C10: x^k and i^k of 5 C units, though input units are printed as 1024; or mapped to them"
    )
    input_bias: float = assumed(0.0, "C25: b_i^k at first; 1: late fusion starts at the scale of early")
    final_gate_bias: bool = assumed(False, "C23: none is printed")
    lambda_att: float = stated(1000.0, "printed: lambda, of the attention regulariser; 0: Table 3, Fig. 5")
    weight_decay: float = stated(0.00001, "printed: zeta, of both losses; sum of squares, no half (C13)")
    supervision: bool = stated(True, "printed: a classifier and a loss for each branch; none: C26")
    stop_features: bool = assumed(True, "C14: the LSTM's gradient does not enter the 3-d network")
    stop_attention: bool = assumed(True, "C15: the attention is the regulariser's fixed target")
    dropout_fc: Share = assumed(0.0, "none is mentioned")
    dropout_lstm: Share = assumed(0.0, "none is mentioned")
    learning_rate: float = assumed(0.0001, "not given; Adam")
    adam_epsilon: float = assumed(1e-8, "not given; Keras' has 1e-7")
    adam_betas: tuple[float, float] = assumed((0.9, 0.999), "not given; Adam's own", most=0.999999)
    clip_norm: float = assumed(5.0, "not given; of the LSTM's and of each branch's gradients", least=1e-6)
    batch: int = stated(64, "printed: clips")
    epochs: int = assumed(
        5, "converged in the third epoch; the last one is kept, for nothing selects", least=3
    )


@dataclass(frozen=True)
class AtTest:
    """Test."""

    test_stride: int = assumed(1, "C4: from one test clip to the next")
    last_frames: int = stated(16, "printed: L2, the frames at the end of a clip that decide (C16)")
    clip_rule: str = assumed("vote", "C16: of those frames; or probabilities' mean", choices="vote mean")
    video_rule: str = assumed("vote", "C17: of the clips; `mean` of their scores", choices="vote mean")


@dataclass(frozen=True)
class Recipe(FineTuning, Maps, Stored, SequenceModel, AtTest):
    """Everything that decides a number of paper 5. Sizes in pixels or frames, rates per update.

    Raises InputError for clips without the frames that decide, and for frames too small to reduce.
    """

    def __post_init__(self) -> None:
        if self.reduce == IN_VGG and self.fine_tune_px < 48:
            raise InputError(
                f"fine_tune_px {self.fine_tune_px} leaves no 3 x 3 places to reduce in VGG-16; set 48 or more"
            )
        if self.last_frames > self.clip_len:
            raise InputError(
                f"last_frames {self.last_frames} are more than clip_len {self.clip_len}; set both"
            )


# The stand-in forgets where all its layers are trained, and small crops lose the drawn actor: as in paper 4.
# lambda: the regulariser's gradient on a 3-d network, over the cross-entropy's, is 0.15 to 0.20 at full size.
# Here, with 25 places for its 121, it is 0.24 to 0.41 with 20 and 2.4 to 4.1 with 200: about 10 is the
# paper's balance. After 12 epochs training is far from its end; with 30 it is past it.
PRESETS = presets(
    Recipe,
    demo={
        **{"size_px": 192, "feature_dtype": "float32", "fine_tune_updates": 600, "fine_tune_px": 128},
        **{"fine_tune_from": "conv5_3", "fine_tune_batch": 32, "crop_sides": (1.0, 0.875)},
        **{"stride": 15, "channels": 16, "fc_units": 128, "units": 64, "lambda_att": 10.0},
        **{"learning_rate": 0.003, "batch": 16, "epochs": 30, "test_stride": 15},
    },
    tiny={
        **{"size_px": 128, "fine_tune_updates": 2, "fine_tune_px": 64, "fine_tune_batch": 8},
        **{"frames_per_visit": 2, "clip_len": 4, "stride": 60, "channels": 4, "fc_units": 8, "units": 4},
        **{"layers": 2, "batch": 8, "epochs": 3, "test_stride": 12, "last_frames": 3},
    },
    # Every second frame: clips of 30, decided by their last 16. Of lambda, 18 to 39 is the balance here.
    lite={
        **{"size_px": 224, "clip_len": 15, "stride": 5, "channels": 64, "fc_units": 256, "units": 256},
        **{"learning_rate": 0.001, "batch": 32, "epochs": 10, "test_stride": 5, "last_frames": 8},
        "lambda_att": 25.0,
    },
)


def recipe(preset: str) -> Recipe:
    """The recipe of a preset, as `chosen`."""
    return chosen(Recipe, PRESETS, preset)


def network_settings(recipe: Recipe) -> dict[str, Any]:
    """What decides the VGG-16 of both streams; the width of its reductions only where it has them (C27)."""
    inside = {"reduce": recipe.reduce, "channels": recipe.channels} if recipe.reduce == IN_VGG else {}
    return {**some(recipe, FineTuning), **inside}


def map_settings(recipe: Recipe) -> dict[str, Any]:
    """What decides the maps of a frame, besides the weights."""
    return {**some(recipe, Maps), "width": recipe.width}


def stored_settings(recipe: Recipe) -> dict[str, Any]:
    """As `map_settings`, in one word for both reductions that read VGG's own maps: they share a store."""
    settings = map_settings(recipe)
    return {**settings, "reduce": "conv3x3s2"} if recipe.reduce == "conv3x3_pool2" else settings


def sequence_settings(recipe: Recipe) -> dict[str, Any]:
    """What decides a sequence model, besides the maps."""
    return {**map_settings(recipe), **some(recipe, SequenceModel)}


def test_settings(recipe: Recipe) -> dict[str, Any]:
    """What decides a model's word on a video, besides the model."""
    return {**some(recipe, AtTest), "clip_len": recipe.clip_len}


def check_backbone(recipe: Recipe) -> None:
    """InputError for a model that wants of its backbone what it lacks: reductions, flow, places."""
    if not recipe.lite and recipe.size_px < 80:
        raise InputError(f"size_px {recipe.size_px} leaves VGG-16 one place, of no regions; set 80 or more")
    if recipe.lite and recipe.reduce != POOLED:
        raise InputError(f"{recipe.backbone} has one reduction, {POOLED}, not {recipe.reduce}; take vgg16")
    if (recipe.lite or recipe.frame_step > 1) and "flow" in streams_of(recipe):
        raise InputError("branches on flow want every frame and vgg16; set frame_step=1, backbone=vgg16")


def training_overrides(base: Recipe, recipe: Recipe) -> dict[str, Any]:
    """The fields in which a recipe differs from `base`, but for those that only testing sees."""
    return {name: value for name, value in changes(base, recipe).items() if name not in some(base, AtTest)}


def for_row(base: Recipe, overrides: Mapping[str, Any]) -> Recipe:
    """The recipe of a row's model."""
    return replace(base, **overrides)


def model_name(base: Recipe, overrides: Mapping[str, Any]) -> str:
    """A name of a row's model: its fusion or branch, then what else differs (`late-lambda_att=0.0`)."""
    fields = {"fusion": base.fusion, "branches": base.branches, **overrides}
    fusion, branches = fields.pop("fusion"), fields.pop("branches")
    first = fusion if branches == base.branches else "+".join(branches)
    if len(branches) > 1 and branches != base.branches:
        first = f"{fusion}-{first}"
    return named(first, fields, vars(base))


def stream_of(branch: str) -> str:
    """The network whose maps a branch reads: `rgb`, or `flow`."""
    return "flow" if branch.startswith(FLOW) else "rgb"


def endpoint_of(branch: str) -> str:
    """VGG's own name of a branch's level: `conv5_3`."""
    return branch.removeprefix(FLOW)


def streams_of(recipe: Recipe) -> tuple[str, ...]:
    """The networks that a recipe's branches read."""
    return tuple(dict.fromkeys(stream_of(branch) for branch in recipe.branches))
