"""VideoLSTM and its training step in plain PyTorch: convolutions in a loop over time, nothing clever.

Maps are [B, channels, h, w], as PyTorch has them. One `Conv2d` for each of W_x, W_h, W_e, with the four gates
side by side; each frame is convolved when its turn comes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Weights = Mapping[str, NDArray[np.float32]]  # `layer/weight`, as repro.backbones.weights names ours


class ConvLSTM(nn.Module):
    """One layer: `kernel` on maps x, state h, and with `extra` the other layer's state."""

    def __init__(self, inputs: int, units: int, *, extra: bool = False) -> None:
        super().__init__()
        self.x = nn.Conv2d(inputs, 4 * units, 3, padding=1)
        self.h = nn.Conv2d(units, 4 * units, 3, padding=1, bias=False)
        self.e = nn.Conv2d(units, 4 * units, 3, padding=1, bias=False) if extra else None

    def forward(self, x: Tensor, h: Tensor, c: Tensor, e: Tensor | None = None) -> tuple[Tensor, Tensor]:
        z = self.x(x) + self.h(h)
        if self.e is not None and e is not None:
            z = z + self.e(e)
        i, f, g, o = z.chunk(4, dim=1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


class VideoLSTM(nn.Module):
    """pool5 [B, T, D, h, w] of frames and of flow -> scores [B, T, K], before the softmax."""

    def __init__(
        self,
        *,
        channels: int,
        grid: tuple[int, int],
        units: int,
        attention_units: int,
        head_units: int,
        classes: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.top_start = nn.Conv2d(channels, 2 * units, 3, padding=1)
        self.bottom_start = nn.Conv2d(channels, 2 * units, 3, padding=1)
        self.bottom = ConvLSTM(channels, units, extra=True)
        self.top = ConvLSTM(channels, units)
        self.look_x = nn.Conv2d(channels, attention_units, 1)
        self.look_h = nn.Conv2d(units, attention_units, 1, bias=False)
        self.score = nn.Conv2d(attention_units, 1, 1, bias=False)
        self.hidden = nn.Linear(units * grid[0] * grid[1], head_units)
        self.dropout = nn.Dropout(dropout)
        self.scores = nn.Linear(head_units, classes)

    def forward(self, frames: Tensor, motion: Tensor) -> Tensor:
        h, c = torch.tanh(self.top_start(frames.mean(dim=1))).chunk(2, dim=1)
        h_m, c_m = torch.tanh(self.bottom_start(motion.mean(dim=1))).chunk(2, dim=1)
        scores = []
        for t in range(frames.shape[1]):
            x = frames[:, t]
            h_m, c_m = self.bottom(motion[:, t], h_m, c_m, h)
            z = self.score(torch.tanh(self.look_x(x) + self.look_h(h_m)))
            a = torch.softmax(z.flatten(1), dim=1).view_as(z)
            h, c = self.top(a * x, h, c)
            hidden = torch.tanh(self.hidden(h.flatten(1)))
            scores.append(self.scores(self.dropout(hidden)))
        return torch.stack(scores, dim=1)

    def copy(self, weights: Weights) -> None:
        """Take the weights of our network, kernels [k, k, in, out] and rows of maps in the order h, w, U."""
        part = {name.removeprefix("recurrence/"): array for name, array in weights.items()}
        for layer in ("top", "bottom"):
            cell: ConvLSTM = getattr(self, layer)
            fill(cell.x, part[f"{layer}_kernel"], part[f"{layer}_bias"])
            fill(cell.h, part[f"{layer}_recurrent_kernel"])
            if cell.e is not None:
                fill(cell.e, part[f"{layer}_extra_kernel"])
            fill(getattr(self, f"{layer}_start"), part[f"{layer}_start_kernel"], part[f"{layer}_start_bias"])
        fill(self.look_x, part["attention_kernel"][None, None], part["attention_bias"])
        fill(self.look_h, part["attention_recurrent_kernel"][None, None])
        fill(self.score, part["attention_score"][None, None])
        units = self.top.h.in_channels
        rows = part["hidden/kernel"].reshape(-1, units, self.hidden.out_features)
        fill(self.hidden, rows.transpose(1, 0, 2).reshape(part["hidden/kernel"].shape), part["hidden/bias"])
        fill(self.scores, part["scores/kernel"], part["scores/bias"])


def fill(layer: nn.Module, kernel: NDArray[np.float32], bias: NDArray[np.float32] | None = None) -> None:
    """Set a layer's weights from a kernel [..., in, out] and a bias, as Keras has them."""
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(np.moveaxis(kernel, (-1, -2), (0, 1)).copy()))
        if bias is not None and layer.bias is not None:
            layer.bias.copy_(torch.tensor(bias))


def loss(scores: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy summed over the T frames, its mean over the batch: scores [B, T, K], labels [B]."""
    batch, steps, _ = scores.shape
    of_frames = nn.functional.cross_entropy(
        scores.flatten(0, 1), labels.repeat_interleave(steps), reduction="sum"
    )
    return of_frames / batch


def optimizer(model: nn.Module, learning_rate: float, decay: float, epsilon: float) -> torch.optim.Optimizer:
    """RMSprop; PyTorch adds epsilon outside of the root, which costs the same."""
    return torch.optim.RMSprop(model.parameters(), lr=learning_rate, alpha=decay, eps=epsilon)


def train_step(model: nn.Module, rule: torch.optim.Optimizer, inputs: list[Tensor], labels: Tensor) -> Tensor:
    """Forward, loss, backward, update; the loss before the update, which nobody has waited for."""
    model.train()
    rule.zero_grad()
    value = loss(model(*inputs), labels)
    value.backward()
    rule.step()
    return value.detach()
