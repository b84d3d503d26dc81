"""The multi-stage LSTM of papers 1 and 2 and its loss in plain PyTorch: `nn.LSTM` twice."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from benchmarks.peers.video_lstm import Weights, fill

EPSILON = 1e-7  # probabilities are cut to [EPSILON, 1 - EPSILON]


class MultiStageLSTM(nn.Module):
    """Context and action features [B, T, D] -> scores [B, T, K] of both stages, before the softmax."""

    def __init__(self, *, width: int, units: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.lstm1 = nn.LSTM(width, units, batch_first=True)
        self.lstm2 = nn.LSTM(units + width, units, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.stage1 = nn.Linear(units, classes)
        self.stage2 = nn.Linear(units, classes)
        for lstm in (self.lstm1, self.lstm2):  # the equations have one bias a gate, nn.LSTM a second one
            lstm.bias_hh_l0.requires_grad_(False)

    def forward(self, context: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
        h1 = self.dropout(self.lstm1(context)[0])
        h2 = self.dropout(self.lstm2(torch.cat([h1, action], dim=2))[0])
        return self.stage1(h1), self.stage2(h2)

    def copy(self, weights: Weights) -> None:
        """Take the weights of our network, kernels [in, 4U] with the gates in the same order."""
        for stage, name in enumerate(("lstm1", "lstm2"), start=1):
            lstm: nn.LSTM = getattr(self, name)
            with torch.no_grad():
                lstm.weight_ih_l0.copy_(torch.tensor(weights[f"{name}/kernel"].T.copy()))
                lstm.weight_hh_l0.copy_(torch.tensor(weights[f"{name}/recurrent_kernel"].T.copy()))
                lstm.bias_ih_l0.copy_(torch.tensor(weights[f"{name}/bias"]))
                lstm.bias_hh_l0.zero_()
            dense = f"stage{stage}_dense"
            fill(getattr(self, f"stage{stage}"), weights[f"{dense}/kernel"], weights[f"{dense}/bias"])


def loss(scores: tuple[Tensor, ...], labels: Tensor) -> Tensor:
    """The anticipation loss of whole clips, added over the stages, the batch's mean: labels [B].

    (1/K) sum_t -(log p_t[y] + (t/T) sum over k other than y of log(1 - p_t[k])), of every stage.
    """
    total = scores[0].new_zeros(())
    for stage in scores:
        p = torch.softmax(stage.float(), dim=2).clamp(EPSILON, 1 - EPSILON)
        _, steps, classes = p.shape
        y = nn.functional.one_hot(labels, classes)[:, None].to(p.dtype)
        missed = (y * p.log()).sum(dim=2)
        alarms = ((1 - y) * (1 - p).log()).sum(dim=2)
        t = torch.arange(1, steps + 1, device=p.device, dtype=p.dtype)
        total = total - (missed + t / steps * alarms).sum(dim=1).mean() / classes
    return total


def optimizer(model: nn.Module, learning_rate: float, momentum: float) -> torch.optim.Optimizer:
    """SGD with momentum, of what is trained."""
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    return torch.optim.SGD(weights, lr=learning_rate, momentum=momentum)
