"""Paper 3's numbers: `stated` in the paper or `assumed` by us, and the presets that shrink them.

"Action Classification and Highlighting in Videos". "A1", "A2", ... are the ambiguities whose chosen readings
the paper's README lists. The supplement's data set, Hollywood2, has training numbers of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

from repro.experiment.recipe import FEATURE_DTYPES, LITE, SgdInSteps, Trunk, chosen, presets, some, vgg_layers
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
    start_grid: int = assumed(8, "A8: windows start on it; at 1 ActivityNet takes 740 GB a network")


@dataclass(frozen=True)
class Networks(Trunk, SgdInSteps):
    """The convolutional networks."""

    backbone: str = stated(
        "vgg19", "3.2: of frames; a smaller one is in C3D's place too", choices=f"vgg19 {LITE}"
    )
    pretraining: str = stated("published", "3.1: Sports-1M; 3.2: ImageNet, Places205")
    width: float = stated(1.0, "3.1, 3.2: C3D and VGG-19; 1 means their own number of channels")
    c3d_resized_px: tuple[int, int] = assumed((128, 171), "A20, C3D's code: height and width before the crop")
    c3d_crop_px: int = assumed(112, "A20, C3D's code: random in training, central else")
    vgg_px: int = assumed(224, "A20: the network's own size", least=32)
    vgg_short_side_px: int = assumed(256, "A20: shorter side before the crop; 0: squeezed", least=0)
    vgg_crop_sides: tuple[Share, ...] = assumed((0.875,), "A20: fine-tuning crops 224 of 256, and mirrors")
    vgg_flip_probability: Share = assumed(0.5, "A20: of mirroring, the paper says no more")
    object_classes: int = stated(1000, "3.2: ImageNet's")
    scene_classes: int = stated(205, "3.2: scene categories, that is Places205 (A20)")
    validation_fraction: float = stated(
        0.0995, "4: 2,500 of 25,124 training samples; they choose the epoch", least=1e-6, most=0.5
    )
    cnn_learning_rate: float = assumed(1e-4, "A21: no recipe in the paper; C3D's public fine-tuning example")
    cnn_decay_every: int = assumed(5_000, "A21: updates between two falls of the rate")
    cnn_updates: int = assumed(20_000, "A21")
    cnn_batch: int = assumed(30, "A21")
    cnn_dropout: Share = assumed(0.5, "A21: after fc6 and fc7, as in the public definitions")
    samples_per_visit: int = assumed(8, "an epoch draws 8 chunks or frames of every video, decoded once")
    c3d_trained_from: str = assumed("conv1a", "A21: first layer that is trained", choices=C3D_LAYERS)
    vgg_trained_from: str = assumed("conv1_1", "A21: first layer that is trained", choices=VGG19)
    feature_dtype: str = assumed("float16", "ActivityNet in float32: 190 GB each", choices=FEATURE_DTYPES)


@dataclass(frozen=True)
class Decoder:
    """The decoder."""

    task: str = stated(
        "activitynet",
        "4: one class a sample, softmax; supplement: several, sigmoids",
        choices="activitynet hollywood2",
    )
    architecture: str = stated(
        "alstm",
        "3; Table 1: `lstm`; `cnn`: C3D's softmax. Ours, `mean`: the attended frames all weighted alike",
        choices="alstm mean lstm cnn",
    )
    input: str = stated("c3d", "3.1: fc6 of C3D (A3); Table 3 also feeds others", choices=NETWORKS)
    attended: str = stated("act", "3.2, Table 1: whose features attention weights", choices=NETWORKS)
    layer: str = stated("fc8", "Table 1: of the attended network, fc6 or fc8", choices="fc6 fc8")
    attended_frames: int = stated(12, "4.1: T = 12, one every 16 frames; 3.2 tries 24")
    variant: str = stated("a", "Fig. 4: attention at every step; `b`: at the last only", choices="a b")
    units: int = stated(512, "4.1: LSTM units")
    matching: int = stated(512, "4.1: width of the matching vector")
    dropout: Share = stated(0.5, "4.1: all non-recurrent connections; places by A7")


@dataclass(frozen=True)
class Readings:
    """Readings of the decoder that few rows change; a model's name tells those that differ, in this order."""

    fc8: str = assumed(
        "raw", "A22: attended before any softmax, as it is", choices="raw softmax standardised"
    )
    dropout_context: bool = assumed(True, "A7: k_t is an input of the LSTM too")
    dropout_fc_input: bool = assumed(False, "A7: v_t before the sigmoid is none of the LSTM's connections")
    peephole: bool = assumed(False, "A4: equations 7 to 12 have none; the Blocks library has them")
    learn_initial_state: bool = assumed(False, "A19: h_0 = c_0 = 0")
    unit_forget_bias: bool = assumed(False, "A19: biases start at zero")
    loss_on: str = assumed("steps", "A6: every prediction; `mean`: their mean", choices="steps mean")
    over_classes: str = assumed("sum", "A23: Hollywood2's loss over its classes", choices="sum mean")


@dataclass(frozen=True)
class OnActivityNet:
    """Training it on ActivityNet."""

    learning_rate: float = stated(0.01, "4.1: SGD")
    momentum: Share = stated(0.9, "4.1")
    batch: int = stated(200, "4.1")
    hold: int = stated(2512, "4.1: the rate is fixed for 2,512 iterations", least=0)
    decay_every: int = stated(125, "4.1: then it falls every 125 iterations by a fixed ratio")
    decay_ratio: float = assumed(0.9, "A5: the ratio is not given", least=1e-6, most=1)
    most_updates: int = assumed(10_000, "A24: the length is not given; early stopping ends it")
    patience: int = assumed(10, "A24: epochs without a smaller validation loss")
    patience_from: str = assumed("hold", "A24: counted after the constant rate", choices="hold start")
    flip_probability: Share = assumed(0.5, "A25: training windows are also read mirrored")


@dataclass(frozen=True)
class OnHollywood2:
    """Training it on Hollywood2."""

    hollywood2_learning_rate: float = stated(0.001, "supplement")
    hollywood2_momentum: Share = stated(0.6, "supplement; at every iteration by A26")
    hollywood2_batch: int = stated(100, "supplement")
    hollywood2_updates: int = stated(2500, "supplement")
    hollywood2_hold: int = stated(1000, "supplement: the rate is fixed for 1,000 iterations", least=0)
    hollywood2_decay_every: int = assumed(1, "A5: the number is missing in print")
    hollywood2_decay_ratio: float = assumed(0.999, "A5", least=1e-6, most=1)
    hollywood2_flip_probability: Share = assumed(0.0, "A25: the supplement names the temporal crop alone")
    start_from: str = stated("activitynet", "supplement: the ActivityNet model's; a run folder, or `scratch`")


@dataclass(frozen=True)
class AtTest:
    """Test."""

    random_windows: int = stated(40, "4.1: random windows of a video")
    flipped_windows: int = stated(40, "4.1: and mirrored ones", least=0)


@dataclass(frozen=True)
class Recipe(Windows, Networks, Decoder, Readings, OnActivityNet, OnHollywood2, AtTest):
    """Everything that decides a number of paper 3. Sizes in pixels or frames, rates per update.

    Raises InputError for windows that do not fit their grid.
    """

    def __post_init__(self) -> None:
        for name, parts in (("steps", self.steps), ("attended_frames", self.attended_frames)):
            if self.window_frames % (parts * self.start_grid):
                raise InputError(
                    f"window_frames {self.window_frames} is not a multiple of {name} {parts} times "
                    f"start_grid {self.start_grid}; set all so that it is"
                )


# Besides sizes, how the networks are fine-tuned: the stand-ins were trained with batch normalisation that is
# folded away and forget more than they learn where all their layers are trained: of the held-out chunks C3D
# then names 23 %, with the layers before conv5a kept 34 % (860 updates, seed 0).
PRESETS = presets(
    Recipe,
    demo={
        **{"window_frames": 24, "steps": 6, "start_grid": 2, "attended_frames": 6},
        **{"c3d_resized_px": (84, 112), "c3d_crop_px": 80, "c3d_trained_from": "conv5a"},
        **{"feature_dtype": "float32"},
        **{"vgg_px": 112, "vgg_short_side_px": 0, "vgg_crop_sides": (1.0, 0.875)},
        **{"vgg_trained_from": "conv5_3", "object_classes": 100, "scene_classes": 108},
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
    # Windows as long as most clips of JHMDB-21, of chunks of 8 frames; every second frame is attended to.
    lite={
        **{"pretraining": "imagenet", "vgg_short_side_px": 0, "attended": "obj", "fc8": "standardised"},
        **{"window_frames": 32, "steps": 4, "start_grid": 2, "attended_frames": 16},
        **{"units": 256, "matching": 256, "batch": 32, "hold": 400, "decay_every": 20, "most_updates": 1200},
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


def several(recipe: Recipe, classes: int) -> int | None:
    """K where a video may have several classes, else None."""
    return classes if recipe.task == "hollywood2" else None


def check_backbone(recipe: Recipe) -> None:
    """InputError for a model that reads a network which a smaller backbone is not in the place of."""
    known = recipe.architecture != "cnn" and recipe.input in ("c3d", "obj")
    if recipe.lite and not (known and (recipe.attended == "obj" or not sees_frames(recipe))):
        raise InputError(
            f"{model_name(recipe)} wants a network of scenes, of actions or C3D itself; {recipe.backbone} is "
            "trained on objects alone, so leave these rows out, or take backbone=vgg19"
        )


def sees_frames(recipe: Recipe) -> bool:
    """Whether the model has attended data beside its input, weighted by attention or all alike."""
    return recipe.architecture in ("alstm", "mean")


def for_row(base: Recipe, overrides: Mapping[str, Any]) -> Recipe:
    """The recipe of a row's model. T is given as a multiple of N, so that it fits every preset."""
    changes = dict(overrides)
    if "attended_per_step" in changes:
        changes["attended_frames"] = changes.pop("attended_per_step") * base.steps
    return replace(base, **changes)


def model_name(base: Recipe, overrides: Mapping[str, Any] = MappingProxyType({})) -> str:
    """What a row's model is called: `c3d-alstm-act-fc8`, then its task and what else differs."""
    recipe = for_row(base, overrides)
    parts = [recipe.input, recipe.architecture]
    if sees_frames(recipe):
        parts = [*parts, recipe.attended, recipe.layer]
        parts += ["b"] if recipe.architecture == "alstm" and recipe.variant == "b" else []
        parts += [f"T{recipe.attended_frames}"] if recipe.attended_frames != recipe.steps else []
    usual, read = {f.name: f.default for f in fields(Readings)}, some(recipe, Readings)
    parts += [f"{field}={value}" for field, value in read.items() if value != usual[field]]
    return "-".join([*parts, *([recipe.task] if recipe.task != "activitynet" else [])])
