"""Paper 3's numbers: `stated` in the paper or `assumed` by us, and the presets that shrink them.

"Action Classification and Highlighting in Videos". "9.x" are the numbered ambiguities whose settled readings
the paper's README lists. The supplement's data set, Hollywood2, has training numbers of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

from repro.experiment.recipe import FEATURE_DTYPES, SgdInSteps, chosen, presets, some, vgg_layers
from repro.provenance import Share, assumed, stated
from repro.types import InputError

NETWORKS = "c3d obj act sce"  # C3D, and VGG-19 trained for objects, actions, scenes
C3D_LAYERS = "conv1a conv2a conv3a conv3b conv4a conv4b conv5a conv5b fc6 fc7 fc8"
VGG19 = vgg_layers((2, 2, 4, 4, 4))


@dataclass(frozen=True)
class Windows:
    """The window."""

    window_frames: int = stated(192, "4.1: videos are cropped to F = 192 frames")
    steps: int = stated(12, "4.1: N = 12 chunks of F / N = 16 frames")
    start_grid: int = assumed(8, "9.8: windows start on it; at 1 ActivityNet takes 740 GB a network")


@dataclass(frozen=True)
class Networks(SgdInSteps):
    """The convolutional networks."""

    pretraining: str = stated("published", "3.1: Sports-1M, ImageNet for objects and actions, Places205")
    width: float = stated(1.0, "3.1: C3D and VGG-19; 1 means their own number of channels")
    c3d_resized_px: tuple[int, int] = assumed((128, 171), "2.3, C3D's code: height and width before the crop")
    c3d_crop_px: int = assumed(112, "2.3, C3D's code: random in training, central else")
    vgg_px: int = assumed(224, "2.3: the network's own size", least=32)
    vgg_short_side_px: int = assumed(256, "2.3: shorter side before the crop; 0: squeezed", least=0)
    vgg_crop_sides: tuple[Share, ...] = assumed((0.875,), "2.3: fine-tuning crops 224 of 256, and mirrors")
    vgg_flip_probability: Share = assumed(0.5, "2.3: of mirroring, which is all that is said")
    object_classes: int = stated(1000, "3.1: ImageNet's")
    scene_classes: int = stated(205, "3.1: scene categories, that is Places205 (2.4)")
    validation_fraction: float = stated(0.0995, "4.1: 2,500 of 25,124 training samples", most=0.5)
    cnn_learning_rate: float = assumed(1e-4, "5: no recipe in the paper; C3D's public fine-tuning example")
    cnn_decay_every: int = assumed(5_000, "5, as above: updates between two falls of the rate")
    cnn_updates: int = assumed(20_000, "5, as above")
    cnn_batch: int = assumed(30, "5, as above")
    cnn_dropout: Share = assumed(0.5, "3.1: after fc6 and fc7, as in the public definitions")
    samples_per_visit: int = assumed(8, "an epoch draws 8 chunks or frames of every video, decoded once")
    c3d_trained_from: str = assumed("conv1a", "5: first layer that is trained", choices=C3D_LAYERS)
    vgg_trained_from: str = assumed("conv1_1", "5: first layer that is trained", choices=VGG19)
    feature_dtype: str = assumed("float16", "ActivityNet in float32: 190 GB each", choices=FEATURE_DTYPES)


@dataclass(frozen=True)
class Decoder:
    """The decoder."""

    task: str = stated(
        "activitynet",
        "4: one class a sample, softmax; A: several, sigmoids",
        choices="activitynet hollywood2",
    )
    architecture: str = stated("alstm", "3; Table 1: `lstm`; `cnn`: C3D's softmax", choices="alstm lstm cnn")
    input: str = stated("c3d", "3.1: fc6 of C3D (9.3); Table 3 also feeds others", choices=NETWORKS)
    attended: str = stated("act", "3.1, Table 1: whose features attention weights", choices=NETWORKS)
    layer: str = stated("fc8", "Table 1: of the attended network, fc6 or fc8", choices="fc6 fc8")
    attended_frames: int = stated(12, "4.1: T = 12, one every 16 frames; 24 in the supplement")
    variant: str = stated("a", "Fig. 4: attention at every step; `b`: at the last only", choices="a b")
    units: int = stated(512, "4.1: LSTM units")
    matching: int = stated(512, "4.1: width of the matching vector")
    dropout: Share = stated(0.5, "4.1: all non-recurrent connections; places by 9.7")


@dataclass(frozen=True)
class Readings:
    """Readings of the decoder that few rows change; a model's name tells those that differ, in this order."""

    fc8_softmax: bool = assumed(False, "2.4: fc8 before the softmax")
    dropout_context: bool = assumed(True, "9.7: k_t is an input of the LSTM too")
    dropout_fc_input: bool = assumed(False, "9.7: v_t before the sigmoid is none of the LSTM's connections")
    peephole: bool = assumed(False, "9.4: equations 7 to 12 have none; the Blocks library has them")
    learn_initial_state: bool = assumed(False, "3.6: h_0 = c_0 = 0")
    unit_forget_bias: bool = assumed(False, "9.19: biases start at zero")
    loss_on: str = assumed("steps", "9.6: every prediction; `mean`: their mean", choices="steps mean")


@dataclass(frozen=True)
class OnActivityNet:
    """Training it on ActivityNet."""

    learning_rate: float = stated(0.01, "4.1: SGD")
    momentum: Share = stated(0.9, "4.1")
    batch: int = stated(200, "4.1")
    hold: int = stated(2512, "4.1: the rate is fixed for 2,512 iterations", least=0)
    decay_every: int = stated(125, "4.1: then it falls every 125 iterations by a fixed ratio")
    decay_ratio: float = assumed(0.9, "9.5: the ratio is not given", least=1e-6, most=1)
    most_updates: int = assumed(10_000, "5: the length is not given; early stopping ends it")
    patience: int = assumed(10, "5: epochs without a smaller validation loss")
    flip_probability: Share = assumed(0.5, "2.2: training windows are also seen mirrored")


@dataclass(frozen=True)
class OnHollywood2:
    """Training it on Hollywood2."""

    hollywood2_learning_rate: float = stated(0.001, "A")
    hollywood2_momentum: Share = stated(0.6, "A")
    hollywood2_batch: int = stated(100, "A")
    hollywood2_updates: int = stated(2500, "A")
    hollywood2_hold: int = stated(1000, "A: the rate is fixed for 1,000 iterations", least=0)
    hollywood2_decay_every: int = assumed(1, "9.5: the number is missing in print")
    hollywood2_decay_ratio: float = assumed(0.999, "9.5", least=1e-6, most=1)
    hollywood2_flip_probability: Share = assumed(0.0, "2.2: the supplement names the temporal crop alone")
    start_from: str = stated("activitynet", "A: the ActivityNet model's LSTM; a run folder, or `scratch`")


@dataclass(frozen=True)
class AtTest:
    """Test."""

    random_windows: int = stated(40, "4.2: random windows of a video")
    flipped_windows: int = stated(40, "4.2: and mirrored ones", least=0)


@dataclass(frozen=True)
class Recipe(Windows, Networks, Decoder, Readings, OnActivityNet, OnHollywood2, AtTest):
    """Everything that decides a number of paper 3. Sizes in pixels or frames, rates per update.

    Raises InputError for windows that do not fit their grid.
    """

    def __post_init__(self) -> None:
        for name, parts in (("steps", self.steps), ("attended_frames", self.attended_frames)):
            if self.window_frames % (parts * self.start_grid):
                raise InputError(
                    f"window_frames {self.window_frames} is no multiple of {name} {parts} times start_grid "
                    f"{self.start_grid}; set all so that it is"
                )


# Besides sizes, how the networks are fine-tuned: the stand-ins were trained with batch normalisation that is
# folded away and forget more than they learn where all their layers are trained: of the held-out chunks C3D
# then names 30 %, with the layers before conv5a kept 59 % (600 updates).
PRESETS = presets(
    Recipe,
    demo={
        **{"window_frames": 24, "steps": 6, "start_grid": 2, "attended_frames": 6},
        **{"c3d_resized_px": (72, 96), "c3d_crop_px": 64, "c3d_trained_from": "conv5a"},
        **{"feature_dtype": "float32"},
        **{"vgg_px": 96, "vgg_short_side_px": 0, "vgg_crop_sides": (1.0, 0.875)},
        **{"vgg_trained_from": "conv5_3", "object_classes": 12, "scene_classes": 6},
        **{"cnn_learning_rate": 1e-3, "cnn_decay_every": 570, "cnn_updates": 860, "cnn_batch": 32},
        **{"units": 64, "matching": 64, "batch": 32, "hold": 400, "decay_every": 20, "most_updates": 1200},
        **{"hollywood2_batch": 32, "hollywood2_updates": 400, "hollywood2_hold": 160},
    },
    tiny={
        **{"window_frames": 12, "steps": 3, "attended_frames": 3},
        **{"c3d_resized_px": (36, 48), "c3d_crop_px": 32, "vgg_px": 32},
        **{"cnn_updates": 2, "cnn_batch": 8, "samples_per_visit": 2},
        **{"units": 6, "matching": 5, "batch": 8, "most_updates": 2},
        **{"hollywood2_batch": 8, "hollywood2_updates": 2, "random_windows": 3, "flipped_windows": 3},
    },
)


def recipe(preset: str) -> Recipe:
    """The recipe of a preset, as `chosen`."""
    return chosen(Recipe, PRESETS, preset)


def cnn_settings(recipe: Recipe) -> dict[str, Any]:
    """What decides the convolutional networks and their features."""
    return some(recipe, Networks)


def decoder_settings(recipe: Recipe) -> dict[str, Any]:
    """What decides the decoders, besides the features."""
    return some(recipe, Windows, Decoder, Readings, OnActivityNet, OnHollywood2)


def test_settings(recipe: Recipe) -> dict[str, Any]:
    """What decides a decoder's word on a video, besides the decoder."""
    own = {"attended_frames": recipe.attended_frames, "task": recipe.task}
    return {**some(recipe, Windows, AtTest), **own}


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
    r = recipe
    if r.task == "activitynet":
        rate = r.hold, r.decay_every, r.decay_ratio
        sgd = r.learning_rate, r.momentum, r.batch
        return Schedule(*sgd, *rate, r.most_updates, r.patience, r.flip_probability)
    rate = r.hollywood2_hold, r.hollywood2_decay_every, r.hollywood2_decay_ratio
    sgd = r.hollywood2_learning_rate, r.hollywood2_momentum, r.hollywood2_batch
    return Schedule(*sgd, *rate, r.hollywood2_updates, None, r.hollywood2_flip_probability)


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
    usual, read = {f.name: f.default for f in fields(Readings)}, some(recipe, Readings)
    parts += [f"{field}={value}" for field, value in read.items() if value != usual[field]]
    return "-".join([*parts, *([recipe.task] if recipe.task != "activitynet" else [])])
