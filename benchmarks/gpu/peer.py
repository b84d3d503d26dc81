"""The peer's side: plain PyTorch on the same card, with our weights, in the same precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.gpu.ours import Run
from benchmarks.gpu.precision import autocast, device
from repro.backbones.weights import named_weights


def with_weights(model: Any, network: keras.Model) -> Any:
    """A peer with the weights of our network, on the device."""
    arrays = {n: np.asarray(keras.ops.convert_to_numpy(v)) for n, v in named_weights(network).items()}
    model.copy(arrays)
    return model.to(device())


def tensor(array: NDArray[Any]) -> Tensor:
    """An array on the device, labels as PyTorch wants them."""
    whole = np.ascontiguousarray(array.astype(np.int64) if array.dtype == np.int32 else array)
    return torch.from_numpy(whole).to(device())


def training_step(
    model: nn.Module,
    rule: torch.optim.Optimizer,
    loss: Callable[[], Tensor],
    precision: str,
    before_update: Callable[[], object] = lambda: None,
) -> Run:
    """Forward, loss, backward, update. before_update: what happens to the gradients."""
    model.train()

    def step() -> Tensor:
        rule.zero_grad()
        with autocast(precision):
            value = loss()
        value.backward()
        before_update()
        rule.step()
        return value.detach()

    return Run(step, wait)


def outputs(
    model: nn.Module, say: Callable[[], dict[str, Tensor]], precision: str
) -> dict[str, NDArray[np.float32]]:
    """What the peer says without dropout, by our outputs' names."""
    model.eval()
    with torch.no_grad(), autocast(precision):
        arrays = {name: each.float().cpu().numpy() for name, each in say().items()}
    model.train()
    return arrays


def product(side: int, dtype: str) -> Run:
    """A product of two square matrices, under the precision that is set."""
    drawn = np.random.default_rng(0).standard_normal((side, side), np.float32)
    matrix = tensor(drawn).to(getattr(torch, dtype))
    return Run(lambda: matrix @ matrix, wait)


def wait() -> None:
    """Until the device has done everything that PyTorch gave it."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
