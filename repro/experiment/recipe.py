"""What the recipes of several papers share: groups of fields, presets, which fields decide a stage.

"P4 5.2" is section 5.2 of paper 4, "P4 A25" choice A25 of the list in its README.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from repro.nearest import there_are
from repro.provenance import Share, assumed, stated
from repro.types import InputError

FEATURE_DTYPES = "float32 float16"
VGG_16 = "vgg16"
LITE = "efficientnet_lite0 efficientnet_lite1 efficientnet_lite2"
BACKBONES = f"{VGG_16} {LITE}"


def vgg_layers(blocks: tuple[int, ...]) -> str:
    """The layers of VGG that have weights, from the number of convolutions in each block, as `choices`."""
    convolutions = (f"conv{block}_{i + 1}" for block, count in enumerate(blocks, 1) for i in range(count))
    return " ".join((*convolutions, "fc6", "fc7", "fc8"))


VGG16 = vgg_layers((2, 2, 3, 3, 3))


def _in_words(backbone: str) -> str:
    return backbone.replace("efficientnet_lite", "EfficientNet-Lite").replace("vgg", "VGG-")


@dataclass(frozen=True)
class Trunk:
    """What the frame network stands on: the papers' VGG, or a smaller network where two cores must do."""

    backbone: str = stated(VGG_16, "VGG-16 (P1; P2 3.2.1; P4 5.2; P5)", choices=BACKBONES)

    @property
    def lite(self) -> bool:
        """Whether the trunk is frozen as a whole and its maps are stored."""
        return self.backbone in LITE.split()

    @property
    def network(self) -> str:
        """Its name in words: `VGG-16`, `EfficientNet-Lite0`."""
        return _in_words(self.backbone)

    @property
    def instead(self) -> tuple[str, ...]:
        """`EfficientNet-Lite0 for VGG-16`, for what is drawn and tabled of it; none of the paper's own."""
        return (f"{self.network} for {_in_words(type(self).backbone)}",) if self.lite else ()


@dataclass(frozen=True)
class Backbone(Trunk):
    """What the frame network stands on: the papers' VGG-16, or a smaller network where two cores must do."""

    frame_step: int = assumed(1, "every frame")

    def rows(self, frames: int) -> int:
        """How many of a clip's frames are read: every `frame_step`-th from the first on."""
        return -(-frames // self.frame_step)


@dataclass(frozen=True)
class Vgg16:
    """VGG-16, on frames and on flow."""

    pretraining: str = stated("imagenet", "VGG-16 pre-trained on ImageNet (P1; P2 3.2.1; P4 5.2)")
    width: float = stated(1.0, "VGG-16 (P1; P2 3.2.1; P4 5.2; P5); 1 means its own number of channels")
    flip_probability: Share = assumed(0.5, "mirroring is stated or usual, its probability is not")
    validation_fraction: float = assumed(
        0.1,
        "P1 A17; P2 A44; P4 A6: the loss on this share of the training groups selects the epoch",
        least=1e-6,
        most=0.5,
    )


@dataclass(frozen=True)
class Visits:
    """How often a clip is decoded while a network is fine-tuned."""

    frames_per_visit: int = assumed(8, "P1, P2 A29: an epoch draws 8 new ones of a clip, decoded once")


@dataclass(frozen=True)
class Sgd:
    """Gradient descent with momentum, of convolutional networks."""

    cnn_momentum: Share = assumed(0.9, "not in the papers (P3 A21; P4 A25); as in the cited recipes")
    cnn_weight_decay: float = assumed(0.0005, "as the momentum; gradient + 0.0005 w: l2(0.00025) in Keras")


@dataclass(frozen=True)
class SgdInSteps(Sgd):
    """Gradient descent whose rate falls in steps."""

    cnn_decay_ratio: Share = assumed(0.1, "as the momentum; a tenth of the rate every so many updates")


@dataclass(frozen=True)
class StoredFlow:
    """Optical flow, computed once."""

    flow_height_px: int = assumed(240, "between grey frames of native size, UCF101's 320 x 240 (P4 A26)")
    flow_width_px: int = assumed(320, "as the height")
    flow_bound_px: float = assumed(20.0, "cut at +-20 px a frame, then [0, 255] (P1 A28; P4 A26, code)")
    flow_method: str = assumed("default", "TV-L1, OpenCV's parameters (P1 A28)", choices="default fast dis")
    flow_jpeg_quality: int = assumed(90, "flow is stored as JPEG; its quality is not known", most=100)


@dataclass(frozen=True)
class FlowStart:
    """How a network on flow starts from the weights of RGB."""

    flow_conv1_init: str = assumed("mean", "P4 A25: mean over RGB for every channel", choices="mean random")


R = TypeVar("R")
Presets = dict[str, dict[str, Any]]
_SMALL: Presets = {
    "demo": {
        **{"pretraining": "standin", "width": 0.125},
        **{"flow_height_px": 96, "flow_width_px": 128, "flow_method": "fast"},
    },
    "tiny": {"pretraining": "random", "width": 0.0625, "flow_height_px": 48, "flow_width_px": 64},
    "lite": {"backbone": "efficientnet_lite0", "frame_step": 2},
}


def presets(
    recipe: type,
    *,
    demo: Mapping[str, Any],
    tiny: Mapping[str, Any],
    lite: Mapping[str, Any] | None = None,
    quick: Mapping[str, Any] | None = None,
) -> Presets:
    """What each preset changes of a recipe: `demo` for a laptop, `tiny`, on top of it, for tests, `lite` for
    real video on two cores and `quick`, on top of `demo`, for a first look, where the paper has them.

    What small networks change in all papers alike, where the recipe has it, is added.
    """
    own = [f.name for f in fields(recipe)]
    small = {name: {f: v for f, v in values.items() if f in own} for name, values in _SMALL.items()}
    of_demo = {**small["demo"], **demo}
    of_all = {"paper": {}, "demo": of_demo, "tiny": {**of_demo, **small["tiny"], **tiny}}
    if lite is not None:
        of_all["lite"] = {**small["lite"], **lite}
    if quick is not None:
        of_all["quick"] = {**of_demo, **quick}
    return of_all


def changes(recipe: type, of: Presets) -> Presets:
    """Presets that papers share without what is a paper's own number anyway: that field is not changed."""
    own = {f.name: f.default for f in fields(recipe)}
    return {
        preset: {name: value for name, value in values.items() if value != own[name]}
        for preset, values in of.items()
    }


def chosen(recipe: type[R], of: Mapping[str, Mapping[str, Any]], preset: str) -> R:
    """The recipe of a preset: `paper` (full size), `demo` (minutes on a laptop), `tiny` (tests), `lite`
    (real video on two cores), `quick` (fewer epochs than `demo`)."""
    if preset not in of:
        raise InputError(f"unknown preset {preset!r}{there_are(preset, list(of))}")
    return replace(recipe(), **of[preset])  # type: ignore[type-var]  # a recipe is a dataclass


def some(recipe: Any, *groups: type) -> dict[str, Any]:
    """The fields of these groups: what decides a stage."""
    return {f.name: vars(recipe)[f.name] for group in groups for f in fields(group)}


def named(name: str, fields: Mapping[str, Any], usual: Mapping[str, Any]) -> str:
    """`name`, then what of `fields` is not as usual: `rgb-lstm-initial=zeros`."""
    others = [f"{field}={value}" for field, value in sorted(fields.items()) if value != usual[field]]
    return "-".join([name, *others])
