"""Paper 2's numbers: `stated` in the paper or `assumed` by us, and the presets that shrink them.

"Encouraging LSTMs to Anticipate Actions Very Early", ICCV 2017. Sections are the paper's; "9.x" are the
numbered ambiguities whose settled readings the paper's README lists.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from repro.anticipation import recipe as shared
from repro.anticipation.presets import SIZES
from repro.provenance import assumed, stated
from repro.types import InputError


@dataclass(frozen=True)
class Recipe(shared.Recipe):
    """Everything that decides a number of paper 2. Sizes in pixels or frames, rates per update."""

    # The frame network
    size_px: int = stated(224, "4.2: cut-outs are resized to 224 x 224")
    rotation_deg: float = stated(8.0, "4.2: rotation by -8 to 8 degrees")
    flip_probability: float = assumed(0.5, "horizontal flip is stated, its probability is not")
    crop_aspect: float = stated(320 / 240, "4.2: largest rectangle of aspect ratio 320/240 in the image")
    crop_scale_min: float = stated(0.8, "4.2: width and height scaled by a factor in [0.8, 1]")
    channel_shift: int = assumed(
        20, "9.19: RGB shift is cited without its size; +-20 of 255 is its usual size"
    )
    channel_shift_probability: float = assumed(0.5, "9.19: the cited recipe's usual probability")
    jitter_alpha: float = stated(0.3, "4.2: brightness, contrast, saturation with a factor alpha = 0.3")
    literal_alpha: bool = assumed(
        False, "9.18: alpha = 0.3 taken literally removes 70 % of the image; read as 1 + uniform(-0.3, 0.3)"
    )
    pretraining: str = stated("imagenet", "3.1: VGG-16 pre-trained on ImageNet")
    width: float = stated(1.0, "3.1: VGG-16; 1 means its own number of channels")
    loc_units: int = assumed(1024, "9.4: a 3x3 convolution of 1024 units on conv5-2, as the authors' picture")
    cam_from: str = assumed("conv5_2", "9.4 (B): where the localisation convolution starts")
    select: str = assumed(
        "predicted", "9.3: the gate takes the class predicted for the frame, never the label"
    )
    rescale: str = assumed("mean", "9.9: gated conv5-3 keeps the mean of conv5-3, as fc6 expects")
    own_fc: bool = assumed(False, "9.6: gated maps pass the fine-tuned context fc6 and fc7")
    fc_dropout: float = assumed(0.5, "9.17: VGG-16's own; in the public code, not in the paper")
    cnn_learning_rate: float = stated(0.001, "4.2: SGD, fixed learning rate")
    cnn_momentum: float = stated(0.9, "4.2")
    cnn_weight_decay: float = stated(0.0005, "4.2; gradient + 0.0005 w, that is l2(0.00025) in Keras")
    cnn_batch: int = stated(32, "4.2")
    cnn_epochs: int = assumed(128, "9.17: not stated; the public code's number, the best one kept")
    frames_per_visit: int = assumed(
        8, "9.29: all frames are used; an epoch draws 8 new ones of every clip, so that each is decoded once"
    )
    validation_fraction: float = assumed(
        0.1, "9.44: none described; the loss on this share of the training groups selects the epoch"
    )
    # The flow network, only for the rows with optical flow
    flow_height_px: int = assumed(256, "the supplement with flow is not available; as paper 1, 9.28")
    flow_width_px: int = assumed(340, "as paper 1, 9.28")
    flow_bound_px: float = assumed(20.0, "as paper 1, 9.28")
    flow_fields: int = assumed(10, "as paper 1, 5.3: 10 flow images, x and y, up to the frame")
    flow_method: str = assumed("default", "as paper 1, 9.28: TV-L1")
    flow_jpeg_quality: int = assumed(90, "as paper 1: how flow is stored")
    flow_dropout: tuple[float, float] = assumed((0.9, 0.8), "as paper 1, 9.28")
    flow_learning_rate: float = assumed(0.001, "as paper 1, 9.28")
    flow_batch: int = assumed(32, "as paper 1, 9.28")
    flow_epochs: int = assumed(128, "as paper 1, 9.28")
    stacks_per_visit: int = assumed(8, "as paper 1, 9.28")
    # The sequence model
    steps: int = stated(50, "4.2: at most T = 50 frames, the first of the sequence")
    frames: str = stated("first", "4.2: the first T frames")
    short_videos: str = assumed("mask", "9.15: frames after the end enter neither loss nor average")
    variant: str = stated("ms_lstm", "3.3: multi-stage LSTM, context first, then context + action")
    features: tuple[str, ...] = stated(("context", "action"), "3.3")
    loss: str = stated("anticipation", "3.4, Eq. (1)")
    ranking_lambda: float = assumed(6.0, "9.41: weight in the loss of [21], recalled and not verified")
    units: int = stated(2048, "4.2: all LSTMs have 2048 units")
    cell: str = assumed("lstm", "9.1: paper 2 prints no LSTM equations; Keras' LSTM, without peepholes")
    lstm_dropout: float = assumed(0.5, "9.17: after each LSTM, as the public code")
    lstm_learning_rate: float = stated(0.001, "4.2 (paper 1 says 0.01)")
    lstm_momentum: float = stated(0.9, "4.2")
    lstm_batch: int = stated(32, "4.2")
    lstm_epochs: int = assumed(128, "9.17: not stated; the public code's number, the best one kept")


PRESETS = {name: dict(values) for name, values in SIZES.items()}


def recipe(preset: str) -> Recipe:
    """The recipe of a preset: `paper` (full size), `demo` (minutes on a laptop), `tiny` (tests)."""
    if preset not in PRESETS:
        raise InputError(f"unknown preset {preset!r}; there are: {', '.join(PRESETS)}")
    return replace(Recipe(), **PRESETS[preset])
