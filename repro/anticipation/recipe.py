"""What the recipes of papers 1 and 2 hold: the values on which they agree; each paper adds its own.

"P1 5" is section 5 of paper 1 (what it says of the implementation), "P2 4.2" one of paper 2; "A3" is
ambiguity 3 of our list, whose chosen readings the papers' READMEs give. A group of fields decides one thing:
rows that agree in it share what is trained and stored for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from repro.experiment.recipe import Backbone, FlowStart, Sgd, StoredFlow, Vgg16, Visits, named, presets, some
from repro.provenance import Share, assumed, stated
from repro.types import InputError

LOSSES = (
    "anticipation plgl anticipation_without_1_over_n ce ce_every_frame ece egl lgl exp_softmax ranking "
    "ranking_margin"
)
MOST_UNITS_ALONE, FEWEST_UPDATES = 128, 500  # of `side_by_side`
SCALED = ("units", "steps")  # a small preset shrinks a row's value of these by the same factor as its own


@dataclass(frozen=True)
class Networks(Backbone, Vgg16, Sgd):
    """The frame network and the flow network."""

    size_px: int = stated(224, "P1 5; P2 4.2: cut-outs are resized to 224 x 224", least=32)
    crop_aspect: float = stated(320 / 240, "P1 5; P2 4.2: largest such rectangle", least=0.1)
    crop_scale_min: Share = stated(0.8, "P1 5; P2 4.2: both sides scaled by a factor in [0.8, 1]")
    cnn_momentum: Share = stated(0.9, "P1 5; P2 4.2")
    cnn_weight_decay: float = stated(0.0005, "P1 5; P2 4.2; gradient + 0.0005 w: l2(0.00025) in Keras")


@dataclass(frozen=True)
class FrameNetwork(Visits):
    """The context and the action sub-model, on single frames."""

    rotation_deg: float = stated(8.0, "P1 5; P2 4.2: rotation by -8 to 8 degrees")
    channel_shift: int = assumed(20, "A19: RGB shift is cited without its size; +-20 is usual", least=0)
    channel_shift_probability: Share = assumed(0.5, "A19: the cited recipe's usual probability")
    jitter_alpha: float = stated(0.3, "P2 4.2: brightness, contrast, saturation with a factor alpha = 0.3")
    literal_alpha: bool = assumed(False, "A18: read as 1 + uniform(-0.3, 0.3); 0.3 itself removes 70 %")
    loc_units: int = assumed(1024, "A4: a 3x3 convolution of 1024 units on conv5-2, as the authors' picture")
    cam_from: str = assumed("conv5_2", "A4 (B): where the maps start", choices="conv5_2 conv5_3 context")
    cam_pooling: str = assumed(
        "mean", 'A8: the words "global average pooling"; the formula is a sum', choices="mean sum"
    )
    own_fc: bool = assumed(False, "A6: gated maps pass the fine-tuned context fc6 and fc7")
    fc_dropout: Share = assumed(0.5, "A17: VGG-16's own; in the public code, not in the papers")
    loc_dropout: Share = assumed(0.0, "A17: on F_l while the localisation part is trained; none is mentioned")
    cnn_learning_rate: float = stated(0.001, "P1 5; P2 4.2: SGD, fixed learning rate")
    loc_rate_ratio: float = stated(1.0, "P1 5; P2 4.2: one rate, the localisation part's too")
    cnn_batch: int = stated(32, "P1 5; P2 4.2")
    cnn_epochs: int = assumed(128, "A17: not stated; the public code's number, the best one kept")


@dataclass(frozen=True)
class Gate:
    """What is done to the map of a frame, after both sub-models are trained."""

    select: str = assumed(
        "predicted",
        "A3: by the class predicted for the frame, never the label",
        choices="predicted context mean max label_in_training oracle",
    )
    rescale: str = assumed("mean", "A9: conv5-3 keeps its mean, as fc6 expects", choices="mean none min_max")


@dataclass(frozen=True)
class FlowNetwork(StoredFlow, FlowStart):
    """The flow network, only for the rows with optical flow (paper 2's supplement on it is not available)."""

    flow_height_px: int = assumed(256, "P1 A28: not stated; the usual size of stored flow, whole frames")
    flow_width_px: int = assumed(340, "as the height")
    flow_fields: int = assumed(10, "P1 5.2.5: 10 flow images, x and y, up to the frame")
    flow_dropout: tuple[Share, Share] = assumed((0.9, 0.8), "P1 A28: as the public two-stream VGG on flow")
    flow_learning_rate: float = assumed(0.001, "P1 A28: ours is trained here, as the frame network")
    flow_batch: int = assumed(32, "P1 A28: as the frame network")
    flow_epochs: int = assumed(128, "P1 A28: as the frame network, the best one kept")
    stacks_per_visit: int = assumed(8, "P1 A28: as the frame network's frames")


@dataclass(frozen=True, kw_only=True)
class SequenceModel:
    """The LSTMs on stored features."""

    steps: int = stated(50, "P2 4.2: at most T = 50 frames; P1: inferred")
    frames: str = stated("first", "P2 4.2: the first T frames; P1: inferred", choices="first sampled spaced")
    short_videos: str = assumed("mask", "A15: no frame after the end counts", choices="mask zeros")
    variant: str = stated(
        "ms_lstm",
        "P1 4.2; P2 3.2.2: context first, then context + action",
        choices="ms_lstm single_lstm concatenation parallel",
    )
    features: tuple[str, ...] = stated(
        ("context", "action"), "P1 4.2; P2 3.2.2", choices="context action flow"
    )
    loss: str
    ranking_lambda: float = assumed(6.0, "P2 A41: weight in the loss of [21], recalled and not verified")
    units: int = stated(2048, "P1 5.2.2: 2048 for the MS-LSTM (1024 for single ones, A2); P2 4.2: for all")
    cell: str = assumed(
        "lstm",
        "A1: Keras' LSTM; P1 prints peepholes, its code has none, P2 prints nothing",
        choices="lstm peephole full_peephole",
    )
    lstm_dropout: Share = assumed(0.5, "A17: after each LSTM, as the public code")
    lstm_learning_rate: float
    lstm_momentum: Share = stated(0.9, "P1 5; P2 4.2")
    lstm_batch: int = stated(32, "P1 5; P2 4.2")
    lstm_epochs: int = assumed(128, "A17: not stated; the public code's number, the best one kept")


@dataclass(frozen=True)
class Recipe(Networks, FrameNetwork, Gate, FlowNetwork, SequenceModel):
    """Everything that decides a number of papers 1 and 2. Sizes in pixels or frames, rates per update.

    Raises InputError for a variant that cannot take so many features, for readings that a smaller backbone
    has no layers for, and for steps between frames that VGG-16's features do not have.
    """

    def __post_init__(self) -> None:
        if (len(self.features) == 1) != (self.variant == "single_lstm"):
            wanted = "one feature" if self.variant == "single_lstm" else "several features"
            raise InputError(f"{self.variant} takes {wanted}, not {', '.join(self.features)}; set both")
        if self.lite and (self.own_fc or "flow" in self.features):
            raise InputError(f"{self.backbone} has no own fc6 and fc7 and no flow; take vgg16")
        if not self.lite and self.frame_step > 1:
            raise InputError(f"{self.backbone} reads every frame; take frame_step=1, or a smaller backbone")


# Sizes alone: topology, losses, sampling and protocol stay. In so few epochs the localisation part learns
# nothing at the rate of the rest; chosen on held-out training groups of the drawn set (README, A8).
PRESETS = presets(
    Recipe,
    demo={
        **{"size_px": 112, "steps": 40, "loc_units": 128, "units": 64, "lstm_epochs": 25},
        **{"cnn_epochs": 6, "frames_per_visit": 16, "loc_rate_ratio": 30.0},
        **{"flow_epochs": 6, "flow_dropout": (0.5, 0.5)},
    },
    tiny={
        **{"size_px": 32, "steps": 6, "loc_units": 16, "units": 8, "lstm_batch": 8, "lstm_epochs": 2},
        # At the paper's rate two such epochs differ by less than rounding, which would choose between them.
        **{"lstm_learning_rate": 0.3, "cnn_batch": 8, "cnn_epochs": 1, "frames_per_visit": 2},
        **{"flow_batch": 8, "flow_epochs": 1, "stacks_per_visit": 2},
    },
    # In few epochs paper 2's rate is too small. Of 0.001 (12 epochs), 0.003 (8) and 0.01 (8), which is
    # paper 1's, the last had the least loss on the held-out training groups, after 6 epochs 1 % more.
    quick={"cnn_epochs": 2, "frames_per_visit": 8, "lstm_epochs": 6, "lstm_learning_rate": 0.01},
    # Where the map comes from, its dropout, how few epochs: chosen on held-out training groups (README).
    lite={
        **{"steps": 20, "loc_units": 256, "units": 256, "cnn_epochs": 3, "lstm_epochs": 30},
        **{"cam_from": "conv5_3", "loc_dropout": 0.5},
    },
)
R = TypeVar("R", bound=Recipe)


def full_size(recipe: Recipe) -> dict[str, Any]:
    """The paper's own values of all fields, whatever preset `recipe` is."""
    return {f.name: f.default for f in fields(recipe)}


def for_row(recipe: R, overrides: Mapping[str, Any]) -> R:
    """The recipe of a row: `overrides` are values at the paper's own size, shrunk to that of `recipe`.

    With units 2048 -> 64 in the preset, a row of 1024 units has 32; at least 1 is left.
    """
    full, own = full_size(recipe), vars(recipe)
    scaled = {
        name: max(1, round(overrides[name] * own[name] / full[name])) for name in SCALED if name in overrides
    }
    return replace(recipe, **{**overrides, **scaled})


def training_settings(recipe: Recipe) -> dict[str, Any]:
    """What decides the fine-tuned frame network. The gate does only if layers behind it are trained (A6)."""
    return some(recipe, Networks, FrameNetwork, *((Gate,) if recipe.own_fc else ()))


def frame_settings(recipe: Recipe) -> dict[str, Any]:
    """What decides the context- and action-aware features."""
    return some(recipe, Networks, FrameNetwork, Gate)


def flow_settings(recipe: Recipe) -> dict[str, Any]:
    """What decides the flow features."""
    return some(recipe, Networks, FlowNetwork)


def sequence_settings(recipe: Recipe) -> dict[str, Any]:
    """What decides a sequence model and its features; the flow network only where its features are used."""
    used = (FlowNetwork,) if "flow" in recipe.features else ()
    return some(recipe, Networks, FrameNetwork, Gate, *used, SequenceModel)


def frozen_settings(recipe: Recipe) -> dict[str, Any]:
    """What decides the features of the network as it was pre-trained."""
    return {**some(recipe, Backbone), "size_px": recipe.size_px, "width": recipe.width}


def regression_settings(recipe: Recipe) -> dict[str, Any]:
    """What decides the logistic regression on them besides."""
    return {name: vars(recipe)[name] for name in ("steps", "frames", "validation_fraction")}


def side_by_side(recipe: Recipe, models: int, clips: int) -> bool:
    """Whether a run's LSTMs are trained in processes of one thread each (`training.pool`).

    Measured on two cores, MS-LSTM, ms of computing a step with one thread and with two: 31 and 36 with 64
    units, 62 and 74 with 128, 111 and 124 with 256. Up to 128 units the weights after 30 updates are then the
    same to the last bit, so that no result hangs on the way that is taken; with 256 they are not. To start
    the processes takes some ten seconds, which so many updates of all models must be worth.
    """
    updates = models * recipe.lstm_epochs * -(-clips // recipe.lstm_batch)
    return recipe.units <= MOST_UNITS_ALONE and updates >= FEWEST_UPDATES


def model_name(base: Recipe, overrides: Mapping[str, Any]) -> str:
    """A readable name of a row's model: features, variant, loss, then what else differs from `base`.

    `context+action-ms_lstm-plgl-units=1024`: values as the row gives them, before `for_row` shrinks them.
    """
    fields = {"features": base.features, "variant": base.variant, "loss": base.loss, **overrides}
    name = f"{'+'.join(fields.pop('features'))}-{fields.pop('variant')}-{fields.pop('loss')}"
    return named(name, fields, full_size(base))
