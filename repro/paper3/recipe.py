"""Paper 3's numbers: `stated` in the paper or `assumed` by us, and the presets that shrink them.

"Action Classification and Highlighting in Videos". "9.x" are the numbered ambiguities whose settled readings
the paper's README lists. The supplement's data set, Hollywood2, has training numbers of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from repro.provenance import assumed, stated
from repro.types import InputError

CONTEXTS = ("obj", "act", "sce")  # VGG-19 trained for objects, actions, scenes


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a number of paper 3. Sizes in pixels or frames, rates per update."""

    # The window
    window_frames: int = stated(192, "4.1: videos are cropped to F = 192 frames")
    steps: int = stated(12, "4.1: N = 12 chunks of F / N = 16 frames")
    start_grid: int = assumed(
        8,
        "9.8: windows start at multiples of it; at 1 the features of ActivityNet would take 740 GB a network",
    )
    # The convolutional networks
    pretraining: str = stated(
        "published", "3.1: Sports-1M for C3D, ImageNet for objects and actions, Places205 for scenes"
    )
    width: float = stated(1.0, "3.1: C3D and VGG-19; 1 means their own number of channels")
    c3d_resized_px: tuple[int, int] = assumed((128, 171), "2.3, C3D's code: height and width before the crop")
    c3d_crop_px: int = assumed(112, "2.3, C3D's code: random in training, central else")
    vgg_px: int = assumed(224, "2.3: the network's own size")
    vgg_short_side_px: int = assumed(
        256, "2.3: shorter side before the central crop; 0: whole frame, squeezed"
    )
    vgg_crop_sides: tuple[float, ...] = assumed((0.875,), "2.3: fine-tuning crops 224 of 256, and mirrors")
    object_classes: int = stated(1000, "3.1: ImageNet's")
    scene_classes: int = stated(205, "3.1: scene categories, that is Places205 (2.4)")
    validation_fraction: float = stated(0.0995, "4.1: 2,500 of 25,124 training samples, for early stopping")
    cnn_learning_rate: float = assumed(1e-4, "5: no recipe in the paper; C3D's public fine-tuning example")
    cnn_momentum: float = assumed(0.9, "5, as above")
    cnn_weight_decay: float = assumed(5e-4, "5, as above; gradient + 0.0005 w, that is l2(0.00025) in Keras")
    cnn_decay_every: int = assumed(5_000, "5, as above: a tenth of the rate every so many updates")
    cnn_updates: int = assumed(20_000, "5, as above")
    cnn_batch: int = assumed(30, "5, as above")
    cnn_dropout: float = assumed(0.5, "3.1: after fc6 and fc7, as in the public definitions")
    samples_per_visit: int = assumed(8, "an epoch draws 8 chunks or frames of every video, decoded once")
    c3d_trained_from: str = assumed("conv1a", "5: all layers are trained; others keep those before")
    vgg_trained_from: str = assumed("conv1_1", "5: all layers are trained; others keep those before")
    vgg_flip_probability: float = assumed(0.5, "2.3: fine-tuning frames are mirrored")
    feature_dtype: str = assumed("float16", "fc6 of ActivityNet in float32 takes 190 GB a network at grid 8")
    # The decoder
    task: str = stated("activitynet", "4: one class a sample, softmax; `hollywood2`: several, sigmoid (A)")
    architecture: str = stated(
        "alstm", "3: LSTM with attention; Table 1 also `lstm`, and `cnn`, C3D's softmax"
    )
    input: str = stated("c3d", "3.1: fc6 of C3D (9.3); Table 3 also feeds `obj`, `sce`, `act`")
    attended: str = stated(
        "act", "3.1, Table 1: whose features attention weights: `act`, `obj`, `sce`, `c3d`"
    )
    layer: str = stated("fc8", "Table 1: of the attended network, fc6 or fc8")
    attended_frames: int = stated(12, "4.1: T = 12, one every 16 frames; 24 in the supplement")
    variant: str = stated("a", "Fig. 4: attention at every step; `b`: at the last only")
    fc8_softmax: bool = assumed(False, "2.4: fc8 before the softmax")
    units: int = stated(512, "4.1: LSTM units")
    matching: int = stated(512, "4.1: width of the matching vector")
    dropout: float = stated(0.5, "4.1: all non-recurrent connections; places by 9.7")
    dropout_context: bool = assumed(True, "9.7: k_t is an input of the LSTM too")
    dropout_fc_input: bool = assumed(
        False, "9.7: v_t before the sigmoid layer is none of the LSTM's connections"
    )
    peephole: bool = assumed(False, "9.4: equations 7 to 12 have none; the Blocks library has them")
    learn_initial_state: bool = assumed(False, "3.6: h_0 = c_0 = 0")
    unit_forget_bias: bool = assumed(False, "9.19: biases start at zero")
    loss_on: str = assumed("steps", "9.6: a prediction at every step; `mean`: of their mean")
    # Training it on ActivityNet
    learning_rate: float = stated(0.01, "4.1: SGD")
    momentum: float = stated(0.9, "4.1")
    batch: int = stated(200, "4.1")
    hold: int = stated(2512, "4.1: the rate is fixed for 2,512 iterations")
    decay_every: int = stated(125, "4.1: then it falls every 125 iterations by a fixed ratio")
    decay_ratio: float = assumed(0.9, "9.5: the ratio is not given")
    most_updates: int = assumed(10_000, "5: the length is not given; early stopping ends it")
    patience: int = assumed(10, "5: epochs without a smaller validation loss")
    flip_probability: float = assumed(0.5, "2.2: training windows are also seen mirrored")
    # Training it on Hollywood2
    hollywood2_learning_rate: float = stated(0.001, "A")
    hollywood2_momentum: float = stated(0.6, "A")
    hollywood2_batch: int = stated(100, "A")
    hollywood2_updates: int = stated(2500, "A")
    hollywood2_hold: int = stated(1000, "A: the rate is fixed for 1,000 iterations")
    hollywood2_decay_every: int = assumed(1, "9.5: the number is missing in print")
    hollywood2_decay_ratio: float = assumed(0.999, "9.5")
    hollywood2_flip_probability: float = assumed(0.0, "2.2: the supplement names the temporal crop alone")
    start_from: str = stated(
        "activitynet", "A: LSTM parameters of the ActivityNet model; a run folder, or `scratch`"
    )
    # Test
    random_windows: int = stated(40, "4.2: random windows of a video")
    flipped_windows: int = stated(40, "4.2: and mirrored ones")


# Besides sizes, how the networks are fine-tuned: the stand-ins were trained with batch normalisation that is
# folded away and forget more than they learn where all their layers are trained: of the held-out chunks C3D
# then names 30 %, with the layers before conv5a kept 59 % (600 updates).
PRESETS: dict[str, dict[str, Any]] = {"paper": {}}
PRESETS["demo"] = {
    "window_frames": 24,
    "steps": 6,
    "start_grid": 2,
    "pretraining": "standin",
    "width": 0.125,
    "c3d_resized_px": (72, 96),
    "c3d_crop_px": 64,
    "vgg_px": 96,
    "vgg_short_side_px": 0,
    "vgg_crop_sides": (1.0, 0.875),
    "object_classes": 12,
    "scene_classes": 6,
    "cnn_learning_rate": 1e-3,
    "cnn_decay_every": 570,
    "cnn_updates": 860,
    "cnn_batch": 32,
    "c3d_trained_from": "conv5a",
    "vgg_trained_from": "conv5_3",
    "feature_dtype": "float32",
    "attended_frames": 6,
    "units": 64,
    "matching": 64,
    "batch": 32,
    "hold": 400,
    "decay_every": 20,
    "most_updates": 1200,
    "hollywood2_batch": 32,
    "hollywood2_updates": 400,
    "hollywood2_hold": 160,
}
PRESETS["tiny"] = {
    **PRESETS["demo"],
    "window_frames": 12,
    "steps": 3,
    "pretraining": "random",
    "width": 0.0625,
    "c3d_resized_px": (36, 48),
    "c3d_crop_px": 32,
    "vgg_px": 32,
    "cnn_updates": 2,
    "cnn_batch": 8,
    "samples_per_visit": 2,
    "attended_frames": 3,
    "units": 6,
    "matching": 5,
    "batch": 8,
    "most_updates": 2,
    "hollywood2_batch": 8,
    "hollywood2_updates": 2,
    "random_windows": 3,
    "flipped_windows": 3,
}

# What decides the windows, the convolutional networks, the decoders and the test. By name: what is stored
# keeps its key when fields change places. A test finds every field in one of them.
WINDOW_FIELDS = ("window_frames", "steps", "start_grid")
CNN_FIELDS = (
    *("pretraining", "width", "c3d_resized_px", "c3d_crop_px", "vgg_px", "vgg_short_side_px"),
    *("vgg_crop_sides", "object_classes", "scene_classes", "validation_fraction", "cnn_learning_rate"),
    *("cnn_momentum", "cnn_weight_decay", "cnn_decay_every", "cnn_updates", "cnn_batch", "cnn_dropout"),
    *("samples_per_visit", "c3d_trained_from", "vgg_trained_from", "feature_dtype", "vgg_flip_probability"),
)
# Readings of the decoder that few rows change; a model's name tells those that differ, in this order.
_READINGS = (
    *("dropout_context", "dropout_fc_input", "peephole", "learn_initial_state", "unit_forget_bias"),
    "loss_on",
)
DECODER_FIELDS = (
    *(*WINDOW_FIELDS, "task", "architecture", "input", "attended", "layer", "attended_frames", "variant"),
    *("fc8_softmax", "units", "matching", "dropout", *_READINGS),
    *("learning_rate", "momentum", "batch", "hold", "decay_every", "decay_ratio", "most_updates"),
    *("patience", "flip_probability", "hollywood2_learning_rate", "hollywood2_momentum"),
    *("hollywood2_batch", "hollywood2_updates", "hollywood2_hold", "hollywood2_decay_every"),
    *("hollywood2_decay_ratio", "hollywood2_flip_probability", "start_from"),
)
TEST_FIELDS = ("random_windows", "flipped_windows")


class Schedule(NamedTuple):
    """How the decoder is trained on a data set. patience: None to run all updates and keep the last."""

    learning_rate: float
    momentum: float
    batch: int
    hold: int
    decay_every: int
    decay_ratio: float
    updates: int
    patience: int | None
    flip_probability: float


def schedule(recipe: Recipe) -> Schedule:
    """The training numbers of the recipe's task."""
    if recipe.task == "activitynet":
        return Schedule(
            recipe.learning_rate,
            recipe.momentum,
            recipe.batch,
            recipe.hold,
            recipe.decay_every,
            recipe.decay_ratio,
            recipe.most_updates,
            recipe.patience,
            recipe.flip_probability,
        )
    return Schedule(
        recipe.hollywood2_learning_rate,
        recipe.hollywood2_momentum,
        recipe.hollywood2_batch,
        recipe.hollywood2_hold,
        recipe.hollywood2_decay_every,
        recipe.hollywood2_decay_ratio,
        recipe.hollywood2_updates,
        None,
        recipe.hollywood2_flip_probability,
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
    """The recipe of a row's model. T is given as a multiple of N, so that it fits every preset."""
    changes = dict(overrides)
    if "attended_per_step" in changes:
        changes["attended_frames"] = changes.pop("attended_per_step") * base.steps
    return replace(base, **changes)


def model_name(recipe: Recipe) -> str:
    """What a row's model is called: `c3d-alstm-act-fc8`, then its task and what else differs."""
    parts = [recipe.input, recipe.architecture]
    if recipe.architecture == "alstm":
        parts = [*parts, recipe.attended, recipe.layer, *(["b"] if recipe.variant == "b" else [])]
        parts += [f"T{recipe.attended_frames}"] if recipe.attended_frames != recipe.steps else []
    usual = Recipe()
    for field in ("fc8_softmax", *_READINGS):
        if getattr(recipe, field) != getattr(usual, field):
            parts.append(f"{field}={getattr(recipe, field)}")
    return "-".join([*parts, *([recipe.task] if recipe.task != "activitynet" else [])])


def cnn_settings(recipe: Recipe) -> dict[str, Any]:
    return some(recipe, CNN_FIELDS)


def decoder_settings(recipe: Recipe) -> dict[str, Any]:
    return some(recipe, DECODER_FIELDS)


def test_settings(recipe: Recipe) -> dict[str, Any]:
    return some(recipe, (*WINDOW_FIELDS, *TEST_FIELDS, "attended_frames", "task"))
