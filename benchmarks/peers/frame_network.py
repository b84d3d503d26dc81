"""The frame network of papers 1 and 2 in plain PyTorch: VGG-16, the activation map, fc6 and fc7 twice."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from benchmarks.peers.video_lstm import Weights, fill

BLOCKS = (2, 2, 3, 3, 3)  # convolutions per block
CHANNELS = (64, 128, 256, 512, 512)
MEAN_BGR = (103.939, 116.779, 123.68)


class FrameNetwork(nn.Module):
    """RGB images uint8 [B, S, S, 3] -> fc7 of the context and of the action path, [B, D] each."""

    def __init__(self, *, size: int, width: float, loc_units: int, classes: int) -> None:
        super().__init__()
        self.convs = nn.ModuleDict()
        inputs = 3
        for block, (count, channels) in enumerate(zip(BLOCKS, CHANNELS, strict=True), start=1):
            for i in range(1, count + 1):
                outputs = round(channels * width)
                self.convs[f"conv{block}_{i}"] = nn.Conv2d(inputs, outputs, 3, padding=1)
                inputs = outputs
        self.loc_conv = nn.Conv2d(inputs, loc_units, 3, padding=1)
        self.linear = nn.Linear(loc_units, classes)
        self.pool = nn.MaxPool2d(2)
        units = round(4096 * width)
        self.fc6 = nn.Linear(inputs * (size // 32) ** 2, units)
        self.fc7 = nn.Linear(units, units)
        self.register_buffer("mean", torch.tensor(MEAN_BGR).view(1, 3, 1, 1))

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        x = images.permute(0, 3, 1, 2).flip(1).to(self.mean.dtype) - self.mean
        for name, conv in self.convs.items():
            if name == "conv5_3":
                break
            x = torch.relu(conv(self.pool(x) if name[-1] == "1" and name != "conv1_1" else x))
        conv5_3 = torch.relu(self.convs["conv5_3"](x))
        units = torch.relu(self.loc_conv(x))
        chosen = self.linear(units.mean(dim=(2, 3))).argmax(dim=1)
        maps = torch.einsum("blhw,kl->bkhw", units, self.linear.weight)
        gate = torch.relu(maps[torch.arange(len(maps), device=maps.device), chosen])[:, None]
        gated = conv5_3 * gate
        wanted, gated_mean = (each.mean(dim=(1, 2, 3), keepdim=True) for each in (conv5_3, gated))
        gated = gated * (wanted / gated_mean.clamp(min=1e-12))
        return self._fc7(conv5_3), self._fc7(gated)

    def _fc7(self, maps: Tensor) -> Tensor:
        return torch.relu(self.fc7(torch.relu(self.fc6(self.pool(maps).flatten(1)))))

    def copy(self, weights: Weights) -> None:
        """Take the weights of our network, kernels [k, k, in, out] and fc6's rows in the order h, w, C."""
        for name, conv in self.convs.items():
            fill(conv, weights[f"{name}/kernel"], weights[f"{name}/bias"])
        for name in ("loc_conv", "linear", "fc7"):
            fill(getattr(self, name), weights[f"{name}/kernel"], weights[f"{name}/bias"])
        kernel = weights["fc6/kernel"]
        rows = kernel.reshape(-1, self.convs["conv5_3"].out_channels, kernel.shape[1]).transpose(1, 0, 2)
        fill(self.fc6, rows.reshape(kernel.shape), weights["fc6/bias"])
