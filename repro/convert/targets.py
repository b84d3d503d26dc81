"""The networks that published Caffe files fill: layers, shapes, and what was taken off their input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import prod

from repro.backbones import c3d, temporal, vgg

_ADDED_IN_VGG19 = ("conv3_4", "conv4_4", "conv5_4")  # each the last of its block


@dataclass(frozen=True)
class Target:
    """One network, by the names that its layers have in Keras.

    convolutions: name -> channels out, in order; kernels have 3 places in each direction. inputs: channels of
    the input. places: of the map before fc6, (h, w) or (t, h, w). classes: of fc8; None takes the file's.
    names: where the file calls a layer otherwise. identities: convolutions that a smaller network of the
    family lacks: if all are absent, each becomes the identity, which changes nothing behind a ReLU.
    mean_pixel: blue, green, red that the file's network was trained with, if not those of VGG. mean_volume:
    [L, H, W, 3] of the mean file that belongs to the weights.
    """

    convolutions: dict[str, int]
    places: tuple[int, ...]
    classes: int | None
    inputs: int = 3
    fc_units: int = vgg.FC_UNITS
    names: dict[str, str] = field(default_factory=dict)
    identities: tuple[str, ...] = ()
    mean_pixel: tuple[float, float, float] | None = None
    mean_volume: tuple[int, int, int, int] | None = None

    def kernels(self, classes: int) -> dict[str, tuple[int, ...]]:
        """Layer -> shape of its kernel in Keras: spatial..., in, out; fully connected: in, out."""
        shapes: dict[str, tuple[int, ...]] = {}
        before = self.inputs
        for name, channels in self.convolutions.items():
            shapes[name] = (*(3,) * len(self.places), before, channels)
            before = channels
        shapes["fc6"] = (prod(self.places) * before, self.fc_units)
        shapes["fc7"] = (self.fc_units, self.fc_units)
        shapes["fc8"] = (self.fc_units, classes)
        return shapes

    def name_in_file(self, layer: str) -> str:
        return self.names.get(layer, layer)


def vgg_target(
    blocks: tuple[int, ...], classes: int | None, *, width: float = 1.0, places: tuple[int, int] = (7, 7)
) -> Target:
    """VGG with the names of `backbones.vgg`; places: height and width of pool5's maps."""
    names = [name for name in vgg.endpoints(blocks) if name.startswith("conv")]
    return Target(
        {name: round(vgg.CHANNELS[int(name[4]) - 1] * width) for name in names},
        places,
        classes,
        fc_units=round(vgg.FC_UNITS * width),
    )


def places205_target(*, width: float = 1.0, places: tuple[int, int] = (7, 7)) -> Target:
    """VGG-19 for the 205 scenes of Places, from a VGG-16 (the one that is public) or a VGG-19."""
    return replace(
        vgg_target(vgg.VGG19, 205, width=width, places=places),
        identities=_ADDED_IN_VGG19,
        mean_pixel=(105.487823486, 113.741088867, 116.060394287),
    )


def temporal_target(*, width: float = 1.0, places: tuple[int, int] = (7, 7), channels: int = 20) -> Target:
    """VGG-16 on stacks of flow, x and y in turn, 128 taken off: what `backbones.temporal` does too."""
    plain = vgg_target(vgg.VGG16, None, width=width, places=places)
    first, *others = plain.convolutions
    return replace(
        plain,
        convolutions={temporal.FIRST: plain.convolutions[first]} | {n: plain.convolutions[n] for n in others},
        inputs=channels,
        names={temporal.FIRST: first},
    )


def c3d_target(
    *,
    width: float = 1.0,
    classes: int | None = 487,
    places: tuple[int, int, int] = (1, 4, 4),
    mean_volume: tuple[int, int, int, int] = (16, 128, 171, 3),
) -> Target:
    """C3D as published: its fully connected layers carry a number behind their names."""
    return Target(
        {name: round(channels * width) for name, channels in c3d.CHANNELS.items()},
        places,
        classes,
        fc_units=round(c3d.FC_UNITS * width),
        names={layer: f"{layer}-1" for layer in ("fc6", "fc7", "fc8")},
        mean_volume=mean_volume,
    )


# What `weights convert --as` takes; the file that is written has that name.
TARGETS: dict[str, Callable[[], Target]] = {
    "c3d_sports1m": c3d_target,
    "vgg19_places205": places205_target,
    "temporal_vgg16": temporal_target,
    "vgg16_imagenet": lambda: vgg_target(vgg.VGG16, 1000),
    "vgg19_imagenet": lambda: vgg_target(vgg.VGG19, 1000),
}
