"""What a recipe of papers 1 and 2 holds: the fields that both share; each paper gives them their numbers.

Fields fall into three groups, by what they decide: the frame network, the flow network, and the sequence
model. Rows that agree in a group share what is trained and stored for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, TypeVar


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a number. Sizes in pixels or frames, rates per update.

    frames: the `first` T of the video, T `sampled` at random from all of it, or T `spaced` evenly over it
    (paper 2, 9.38 b). short_videos: `mask`, or `zeros` as the public code (9.15). The others explain
    themselves where each paper gives their value and its origin.
    """

    # The frame network
    size_px: int
    rotation_deg: float
    flip_probability: float
    crop_aspect: float
    crop_scale_min: float
    channel_shift: int
    channel_shift_probability: float
    jitter_alpha: float
    literal_alpha: bool
    pretraining: str
    width: float
    loc_units: int
    cam_from: str
    select: str
    rescale: str
    own_fc: bool
    fc_dropout: float
    cnn_learning_rate: float
    cnn_momentum: float
    cnn_weight_decay: float
    cnn_batch: int
    cnn_epochs: int
    frames_per_visit: int
    validation_fraction: float
    # The flow network
    flow_height_px: int
    flow_width_px: int
    flow_bound_px: float
    flow_fields: int
    flow_method: str
    flow_jpeg_quality: int
    flow_dropout: tuple[float, float]
    flow_learning_rate: float
    flow_batch: int
    flow_epochs: int
    stacks_per_visit: int
    # The sequence model
    steps: int
    frames: str
    short_videos: str
    variant: str
    features: tuple[str, ...]
    loss: str
    ranking_lambda: float
    units: int
    cell: str
    lstm_dropout: float
    lstm_learning_rate: float
    lstm_momentum: float
    lstm_batch: int
    lstm_epochs: int


# What decides the frame network and its features, the flow network and its, and the LSTM.
FRAME_FIELDS = (
    "size_px",
    "rotation_deg",
    "flip_probability",
    "crop_aspect",
    "crop_scale_min",
    "channel_shift",
    "channel_shift_probability",
    "jitter_alpha",
    "literal_alpha",
    "pretraining",
    "width",
    "loc_units",
    "cam_from",
    "select",
    "rescale",
    "own_fc",
    "fc_dropout",
    "cnn_learning_rate",
    "cnn_momentum",
    "cnn_weight_decay",
    "cnn_batch",
    "cnn_epochs",
    "frames_per_visit",
    "validation_fraction",
)
FLOW_FIELDS = (
    "flow_height_px",
    "flow_width_px",
    "flow_bound_px",
    "flow_fields",
    "flow_method",
    "flow_jpeg_quality",
    "flow_dropout",
    "flow_learning_rate",
    "flow_batch",
    "flow_epochs",
    "stacks_per_visit",
)
SEQUENCE_FIELDS = (
    "steps",
    "frames",
    "short_videos",
    "variant",
    "features",
    "loss",
    "ranking_lambda",
    "units",
    "cell",
    "lstm_dropout",
    "lstm_learning_rate",
    "lstm_momentum",
    "lstm_batch",
    "lstm_epochs",
)
# What is done to the map of a frame, after both sub-models are trained.
GATE_FIELDS = ("select", "rescale")
SCALED = ("units", "steps")  # a small preset shrinks a row's value of these by the same factor as its own

R = TypeVar("R", bound=Recipe)


def full_size(recipe: Recipe) -> dict[str, Any]:
    """The paper's own values of all fields, whatever preset `recipe` is."""
    return {f.name: f.default for f in fields(recipe)}


def for_row(recipe: R, overrides: Mapping[str, Any]) -> R:
    """The recipe of a row: `overrides` are values at the paper's own size, shrunk to that of `recipe`.

    With units 2048 -> 64 in the preset, a row of 1024 units has 32; at least 1 is left.
    """
    full = full_size(recipe)
    scaled = {
        name: max(1, round(overrides[name] * getattr(recipe, name) / full[name]))
        for name in SCALED
        if name in overrides
    }
    return replace(recipe, **{**overrides, **scaled})


def training_settings(recipe: Recipe) -> dict[str, Any]:
    """What decides the fine-tuned frame network. The gate does only if layers behind it are trained (9.6)."""
    left_out = () if recipe.own_fc else GATE_FIELDS
    return {name: value for name, value in frame_settings(recipe).items() if name not in left_out}


def frame_settings(recipe: Recipe) -> dict[str, Any]:
    """What decides the context- and action-aware features."""
    return {name: asdict(recipe)[name] for name in FRAME_FIELDS}


def flow_settings(recipe: Recipe) -> dict[str, Any]:
    """What decides the flow features, beside what they share with the frame network."""
    shared = ("size_px", "width", "pretraining", "crop_aspect", "crop_scale_min", "flip_probability")
    rates = ("cnn_momentum", "cnn_weight_decay", "validation_fraction")
    return {name: asdict(recipe)[name] for name in (*shared, *rates, *FLOW_FIELDS)}


def sequence_settings(recipe: Recipe) -> dict[str, Any]:
    """What decides a sequence model and its features; the flow network only where its features are used."""
    left_out = () if "flow" in recipe.features else FLOW_FIELDS
    return {name: value for name, value in asdict(recipe).items() if name not in left_out}


def model_name(base: Recipe, overrides: Mapping[str, Any]) -> str:
    """A readable name of a row's model: features, variant, loss, then what else differs from `base`.

    `context+action-ms_lstm-plgl-units=1024`: values as the row gives them, before `for_row` shrinks them.
    """
    shown = {"features": base.features, "variant": base.variant, "loss": base.loss, **overrides}
    name = f"{'+'.join(shown.pop('features'))}-{shown.pop('variant')}-{shown.pop('loss')}"
    full = full_size(base)
    others = [f"{field}={value}" for field, value in sorted(shown.items()) if value != full[field]]
    return "-".join([name, *others])
