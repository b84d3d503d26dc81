"""Paper 3's attending decoder and its loss in plain PyTorch: `nn.LSTMCell` in a loop over the steps."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.peers.video_lstm import Weights, fill


class Decoder(nn.Module):
    """v [B, N, D] and attended vectors [B, T, V] -> scores [B, N, K], before the softmax."""

    def __init__(
        self, *, width: int, attended: int, units: int, attention_units: int, classes: int, dropout: float
    ) -> None:
        super().__init__()
        self.sigmoid = nn.Linear(width, width)
        self.cell = nn.LSTMCell(width + attended, units)
        self.look_a = nn.Linear(attended, attention_units)
        self.look_h = nn.Linear(units, attention_units, bias=False)
        self.score = nn.Linear(attention_units, 1, bias=False)
        self.dropout = nn.Dropout(dropout)
        self.scores = nn.Linear(units, classes)
        self.cell.bias_hh.requires_grad_(False)  # the equations have one bias a gate, the cell a second one

    def forward(self, v: Tensor, attended: Tensor) -> Tensor:
        x = self.dropout(torch.sigmoid(self.sigmoid(v)))
        projected = self.look_a(attended)
        h = c = v.new_zeros(len(v), self.cell.hidden_size)
        states = []
        for t in range(v.shape[1]):
            matching = self.score(torch.tanh(self.look_h(h)[:, None] + projected))[:, :, 0]
            context = (torch.softmax(matching, dim=1)[:, :, None] * attended).sum(dim=1)
            h, c = self.cell(torch.cat([x[:, t], self.dropout(context)], dim=1), (h, c))
            states.append(h)
        return self.scores(self.dropout(torch.stack(states, dim=1)))

    def copy(self, weights: Weights) -> None:
        """Take the weights of our network, of the LSTM kernels [in, 4U] with the gates in the same order."""
        part = {name.removeprefix("decoder/"): array for name, array in weights.items()}
        fill(self.sigmoid, part["sigmoid/kernel"], part["sigmoid/bias"])
        entering = np.concatenate([part["lstm_kernel"], part["lstm_extra_kernel"]])
        with torch.no_grad():
            self.cell.weight_ih.copy_(torch.tensor(entering.T.copy()))
            self.cell.weight_hh.copy_(torch.tensor(part["lstm_recurrent_kernel"].T.copy()))
            self.cell.bias_ih.copy_(torch.tensor(part["lstm_bias"]))
            self.cell.bias_hh.zero_()
        fill(self.look_a, part["attention_kernel"], part["attention_bias"])
        fill(self.look_h, part["attention_recurrent_kernel"])
        fill(self.score, part["attention_score"])
        fill(self.scores, part["scores/kernel"], part["scores/bias"])


def loss(scores: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy, its mean over steps and batch: scores [B, N, K], labels [B]."""
    steps = scores.shape[1]
    return nn.functional.cross_entropy(scores.flatten(0, 1), labels.repeat_interleave(steps))
