"""Paper 1's numbers: `stated` in the paper or `assumed` by us, and the presets that shrink them.

"Deep Action- and Context-Aware Sequence Learning for Activity Recognition and Anticipation". "9.x" are the
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
    """Everything that decides a number of paper 1. Sizes in pixels or frames, rates per update."""

    # The frame network
    size_px: int = stated(224, "augmentation: the cut-out is resized to 224 x 224")
    rotation_deg: float = stated(8.0, "augmentation: rotation by -8 to 8 degrees")
    flip_probability: float = assumed(0.5, "horizontal flip is stated, its probability is not")
    crop_aspect: float = stated(320 / 240, "augmentation: largest rectangle of aspect ratio 320/240")
    crop_scale_min: float = stated(0.8, "augmentation: width and height scaled by a factor in [0.8, 1]")
    channel_shift: int = assumed(
        20, "9.19: RGB shift is cited without its size; +-20 of 255 is its usual size"
    )
    channel_shift_probability: float = assumed(0.5, "9.19: the cited recipe's usual probability")
    jitter_alpha: float = assumed(0.3, "9.18: amounts not given here; paper 2 gives alpha = 0.3")
    literal_alpha: bool = assumed(False, "9.18: alpha is read as 1 + uniform(-0.3, 0.3)")
    pretraining: str = stated("imagenet", "VGG-16 pre-trained on ImageNet")
    width: float = stated(1.0, "VGG-16; 1 means its own number of channels")
    loc_units: int = assumed(1024, "9.4: a 3x3 convolution of 1024 units on conv5-2, as the authors' picture")
    cam_from: str = assumed("conv5_2", "9.4 (B): where the localisation convolution starts")
    select: str = assumed(
        "predicted", "9.3: the gate takes the class predicted for the frame, never the label"
    )
    rescale: str = assumed("mean", "9.9: gated conv5-3 keeps the mean of conv5-3, as fc6 expects")
    own_fc: bool = assumed(False, "9.6: gated maps pass the fine-tuned context fc6 and fc7")
    fc_dropout: float = assumed(0.5, "9.17: VGG-16's own; in the public code, not in the paper")
    cnn_learning_rate: float = stated(0.001, "training: SGD, fixed learning rate")
    cnn_momentum: float = stated(0.9, "training")
    cnn_weight_decay: float = stated(0.0005, "training; gradient + 0.0005 w, that is l2(0.00025) in Keras")
    cnn_batch: int = stated(32, "training")
    cnn_epochs: int = assumed(128, "9.17: not stated; the public code's number, the best one kept")
    frames_per_visit: int = assumed(
        8, "9.29: all frames are used; an epoch draws 8 new ones of every clip, so that each is decoded once"
    )
    validation_fraction: float = assumed(
        0.1, "9.17: none described but for the units; the loss on this share of the training groups selects"
    )
    # The flow network, only for Table 7
    flow_height_px: int = assumed(256, "9.28: not stated; the usual size of stored flow, whole frames")
    flow_width_px: int = assumed(340, "9.28: as the height")
    flow_bound_px: float = assumed(20.0, "9.28: not stated; the two-stream code clips at +-20 px a frame")
    flow_fields: int = stated(10, "flow input: 20 flow images, 10 of x and 10 of y, up to the frame")
    flow_method: str = assumed("default", "9.28: not stated; TV-L1 with OpenCV's parameters")
    flow_jpeg_quality: int = assumed(90, "how flow is stored; not a matter of the paper")
    flow_dropout: tuple[float, float] = assumed((0.9, 0.8), "9.28: as the public two-stream VGG on flow")
    flow_learning_rate: float = assumed(0.001, "9.28: ours is trained here, as the frame network")
    flow_batch: int = assumed(32, "9.28: as the frame network")
    flow_epochs: int = assumed(128, "9.28: as the frame network, the best one kept")
    stacks_per_visit: int = assumed(8, "9.28: as the frame network's frames")
    # The sequence model
    steps: int = stated(50, "Table 6: K = T = 50 in the main experiments")
    frames: str = stated("first", "Table 6: the first K frames in the main experiments")
    short_videos: str = assumed("mask", "9.15: frames after the end enter neither loss nor average")
    variant: str = stated("ms_lstm", "section 4: multi-stage LSTM, context first, then context + action")
    features: tuple[str, ...] = stated(("context", "action"), "section 4")
    loss: str = stated("plgl", "Eqs. (8), (9)")
    ranking_lambda: float = assumed(6.0, "paper 2's 9.41; no row of this paper uses it")
    units: int = stated(2048, "5.2.2: 2048 for the MS-LSTM (1024 for single LSTMs, by their rows; 9.2)")
    cell: str = assumed(
        "lstm", "9.1: Eqs. (1)-(5) have peepholes, the public code has not; `peephole` is the switch"
    )
    lstm_dropout: float = assumed(0.5, "9.17: after each LSTM, as the public code")
    lstm_learning_rate: float = stated(0.01, "training (9.16: paper 2 says 0.001)")
    lstm_momentum: float = stated(0.9, "training")
    lstm_batch: int = stated(32, "training")
    lstm_epochs: int = assumed(128, "9.17: not stated; the public code's number, the best one kept")


PRESETS = {name: dict(values) for name, values in SIZES.items()}


def recipe(preset: str) -> Recipe:
    """The recipe of a preset: `paper` (full size), `demo` (minutes on a laptop), `tiny` (tests)."""
    if preset not in PRESETS:
        raise InputError(f"unknown preset {preset!r}; there are: {', '.join(PRESETS)}")
    return replace(Recipe(), **PRESETS[preset])
