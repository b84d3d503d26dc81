"""Paper 5's joint attention network and its training step in plain PyTorch: a loop over time, nothing clever.

Maps are [B, channels, T, h, w], as PyTorch's 3-d convolutions have them. The three sub-gates of a branch, and
the four gates of the layers above, stand side by side in one `Linear`, as in PyTorch's own LSTM.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.peers.video_lstm import Weights, fill
from benchmarks.peers.video_lstm import loss as cross_entropy


class Branch(nn.Module):
    """Maps [B, D, T, h, w] -> X [B, C, T, h, w] and the scores of its own classifier [B, T, K]."""

    def __init__(self, inputs: int, channels: int, places: int, fc_units: int, classes: int) -> None:
        super().__init__()
        self.reduce = nn.Conv3d(inputs, channels, 1)
        self.conv1 = nn.Conv3d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv3d(channels, channels, 3, padding=1)
        self.fc1 = nn.Linear(channels * places, fc_units)
        self.fc2 = nn.Linear(fc_units, fc_units)
        self.scores = nn.Linear(fc_units, classes, bias=False)

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        x = maps
        for conv in (self.reduce, self.conv1, self.conv2):
            x = torch.relu(conv(x))
        fc = x.transpose(1, 2).flatten(2)
        for layer in (self.fc1, self.fc2):
            fc = torch.relu(layer(fc))
        return x, self.scores(fc)


class JointLSTM(nn.Module):
    """The first layer, late fusion: x^1..x^M [B, D], h, c [B, U] -> h, c."""

    def __init__(self, width: int, units: int, branches: int) -> None:
        super().__init__()
        self.widths = (width, units, units)  # of i^k, f^k, o^k
        of_branch = range(branches)
        self.x = nn.ModuleList(nn.Linear(width, sum(self.widths)) for _ in of_branch)
        self.h = nn.ModuleList(nn.Linear(units, sum(self.widths), bias=False) for _ in of_branch)
        self.final = nn.ModuleList(
            nn.ModuleList(nn.Linear(wide, units, bias=False) for wide in self.widths) for _ in of_branch
        )
        self.candidate = nn.ModuleList(nn.Linear(width, units, bias=False) for _ in of_branch)
        self.memory = nn.Linear(units, units)

    def forward(self, xs: Sequence[Tensor], h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        z = [torch.zeros_like(h)] * 3
        candidate = self.memory(h)
        for k, x in enumerate(xs):
            sub = torch.tanh(self.x[k](x) + self.h[k](h)).split(self.widths, dim=1)
            z = [total + matrix(part) for total, matrix, part in zip(z, self.final[k], sub, strict=True)]
            candidate = candidate + self.candidate[k](x * sub[0])
        i, f, o = (torch.sigmoid(total) for total in z)
        c = f * c + i * torch.tanh(candidate)
        return o * torch.tanh(c), c


class JointAttention(nn.Module):
    """{branch: maps} -> scores before the softmax, `frame` and each branch [B, T, K]; `<branch>_gap` [B]."""

    def __init__(
        self,
        branches: Sequence[str],
        *,
        inputs: int,
        channels: int,
        grid: tuple[int, int],
        units: int,
        layers: int,
        fc_units: int,
        classes: int,
    ) -> None:
        super().__init__()
        self.grid, places = grid, grid[0] * grid[1]
        self.branches = nn.ModuleDict(
            {branch: Branch(inputs, channels, places, fc_units, classes) for branch in branches}
        )
        self.joint = JointLSTM(5 * channels, units, len(branches))
        self.others = nn.ModuleList(nn.LSTMCell(units, units) for _ in range(layers - 1))
        self.starts = nn.ModuleList(nn.Linear(len(branches) * channels, 2 * units) for _ in range(layers))
        self.attention = nn.Linear(units, places, bias=False)
        self.prob = nn.Linear(units, classes, bias=False)
        for cell in self.others:  # the equations have one bias a gate, the cell a second one
            cell.bias_hh.requires_grad_(False)

    def forward(self, maps: Mapping[str, Tensor]) -> dict[str, Tensor]:
        outputs, energies, read = {}, {}, []
        for branch, network in self.branches.items():
            x, outputs[branch] = network(maps[branch])
            of_place = x.sum(dim=1).flatten(2)
            energies[branch] = of_place / of_place.sum(dim=2, keepdim=True).clamp(min=1e-8)
            read.append(x.detach())  # G1
        mean = torch.cat([x.mean(dim=(2, 3, 4)) for x in read], dim=1)
        states = [torch.tanh(start(mean)).chunk(2, dim=1) for start in self.starts]
        top, attentions = [], []
        for t in range(read[0].shape[2]):
            attention = torch.softmax(self.attention(states[-1][0]), dim=1)
            looks = [pyramid(attention.unflatten(1, self.grid), x[:, :, t]) for x in read]
            states[0] = self.joint(looks, *states[0])
            for level, cell in enumerate(self.others, start=1):
                states[level] = cell(states[level - 1][0], states[level])
            attentions.append(attention)
            top.append(states[-1][0])
        outputs["frame"] = self.prob(torch.stack(top, dim=1))
        target = torch.stack(attentions, dim=1).detach()  # G2
        gaps = {f"{branch}_gap": (e - target).square().sum(dim=(1, 2)) for branch, e in energies.items()}
        return outputs | gaps

    def copy(self, weights: Weights) -> None:
        """Take the weights of our network, kernels [.., in, out] and FC1's rows in the order h, w, C."""
        w = {name.removeprefix("recurrence/"): array for name, array in weights.items()}
        for k, (branch, network) in enumerate(self.branches.items(), start=1):
            fill(network.reduce, w[f"{branch}_reduce/kernel"][None], w[f"{branch}_reduce/bias"])
            for conv in ("conv1", "conv2"):
                fill(getattr(network, conv), w[f"{branch}_{conv}/kernel"], w[f"{branch}_{conv}/bias"])
            kernel = w[f"{branch}_fc1/kernel"]
            rows = kernel.reshape(-1, network.conv2.out_channels, kernel.shape[1]).transpose(1, 0, 2)
            fill(network.fc1, rows.reshape(kernel.shape), w[f"{branch}_fc1/bias"])
            fill(network.fc2, w[f"{branch}_fc2/kernel"], w[f"{branch}_fc2/bias"])
            fill(network.scores, w[f"{branch}_scores/kernel"])
            self._copy_joint(k, {name.removeprefix("joint_"): array for name, array in w.items()})
        fill(self.joint.memory, w["joint_W_hc"], w["joint_b_c"])
        for level, cell in enumerate(self.others, start=2):
            with torch.no_grad():
                cell.weight_ih.copy_(torch.tensor(w[f"lstm_{level}_kernel"].T.copy()))
                cell.weight_hh.copy_(torch.tensor(w[f"lstm_{level}_recurrent_kernel"].T.copy()))
                cell.bias_ih.copy_(torch.tensor(w[f"lstm_{level}_bias"]))
                cell.bias_hh.zero_()
        for level, start in enumerate(self.starts, start=1):
            fill(start, w[f"start_{level}_kernel"], w[f"start_{level}_bias"])
        fill(self.attention, w["attention"])
        fill(self.prob, w["prob/kernel"])

    def _copy_joint(self, k: int, w: Weights) -> None:
        joint, at = self.joint, k - 1
        fill(
            joint.x[at],
            np.concatenate([w[f"W_x{gate}_{k}"] for gate in "ifo"], axis=1),
            np.concatenate([w[f"b_{gate}_{k}"] for gate in "ifo"]),
        )
        fill(joint.h[at], np.concatenate([w[f"W_h{gate}_{k}"] for gate in "ifo"], axis=1))
        for matrix, gate in zip(joint.final[at], "ifo", strict=True):
            fill(matrix, w[f"W_{gate}_{k}"])
        fill(joint.candidate[at], w[f"W_xc_{k}"])


def pyramid(attention: Tensor, x: Tensor) -> Tensor:
    """attention [B, h, w], x [B, C, h, w] -> [B, 5 C]: the sum over all places, then over each quadrant."""
    attended = attention[:, None] * x
    row, column = x.shape[2] // 2, x.shape[3] // 2
    quadrants = [
        attended[:, :, rows, columns]
        for rows in (slice(row), slice(row, None))
        for columns in (slice(column), slice(column, None))
    ]
    return torch.cat([part.sum(dim=(2, 3)) for part in (attended, *quadrants)], dim=1)


def loss(
    model: JointAttention, outputs: Mapping[str, Tensor], labels: Tensor, lambda_att: float, zeta: float
) -> Tensor:
    """All classifiers, lambda times the gaps, zeta times the squares of all matrices; the batch's mean."""
    value = zeta * sum(weight.square().sum() for weight in model.parameters() if weight.dim() > 1)
    for name, output in outputs.items():
        is_gap = name.endswith("_gap")
        value = value + (lambda_att * output.mean() if is_gap else cross_entropy(output, labels))
    return value


def parameter_sets(model: JointAttention) -> list[list[nn.Parameter]]:
    """What is trained: of each branch, and last of the LSTM."""
    sets = [list(network.parameters()) for network in model.branches.values()]
    of_branches = {id(weight) for weights in sets for weight in weights}
    others = [w for w in model.parameters() if w.requires_grad and id(w) not in of_branches]
    return [*sets, others]


def optimizer(model: JointAttention, learning_rate: float, epsilon: float) -> torch.optim.Optimizer:
    """Adam in PyTorch's fused form, its fastest on every device."""
    weights = [weight for each in parameter_sets(model) for weight in each]
    return torch.optim.Adam(weights, lr=learning_rate, eps=epsilon, fused=True)


def update(model: JointAttention, rule: torch.optim.Optimizer, value: Tensor, clip_norm: float) -> Tensor:
    """Backward, each set's gradients clipped, the step; the loss, which nobody has waited for."""
    rule.zero_grad()
    value.backward()
    for weights in parameter_sets(model):
        nn.utils.clip_grad_norm_(weights, clip_norm)
    rule.step()
    return value.detach()
