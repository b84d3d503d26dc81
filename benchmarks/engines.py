"""TensorFlow beside PyTorch: whether both see the same device, and how fast either multiplies matrices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from benchmarks import measuring
from repro.types import InputError

MATRIX = {"paper": 4096, "demo": 2048, "tiny": 64}  # side of the plain products that show the machine's limit
TOLERANCE = 1e-4  # relative, of whatever both sides say before they are timed
PRODUCTS = ("product_tensorflow", "product_pytorch")
Part = Callable[[], object]


def pytorch() -> Any:
    """The module torch. Raises InputError where it is missing."""
    try:
        import torch
    except ImportError as error:
        raise InputError(
            "this benchmark compares with PyTorch, which is missing; pip install -r requirements-dev.txt"
        ) from error
    return torch


def device() -> str:
    """`cuda` where both engines have a GPU, `cpu` where neither has; InputError where only one has."""
    torch = pytorch()
    on_gpu = {bool(tf.config.list_physical_devices("GPU")), torch.cuda.is_available()}
    if len(on_gpu) > 1:
        raise InputError(
            "of TensorFlow and PyTorch one sees a GPU and the other none; install PyTorch for that GPU, or "
            "hide the GPU from both with CUDA_VISIBLE_DEVICES="
        )
    if on_gpu == {False}:
        return "cpu"
    # Both in whole float32: the engines' own shortcuts for GPUs are not the same ones.
    tf.config.experimental.enable_tensor_float_32_execution(False)
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    return "cuda"


def agreement(
    ours: Mapping[str, NDArray[np.float32]], there: Mapping[str, NDArray[np.float32]]
) -> dict[str, float]:
    """The greatest relative difference of each of our outputs. Raises InputError above `TOLERANCE`."""
    differences = {
        f"relative_difference_of_{name}": float(np.abs(there[name] / value - 1).max())
        for name, value in ours.items()
    }
    # Nor where one is not a number.
    if not all(difference <= TOLERANCE for difference in differences.values()):
        raise InputError(f"ours and the peer do not agree: {differences}; nothing was timed")
    return differences


def plain_products(side: int) -> dict[str, Part]:
    """A product of two square matrices in each engine: as fast as arithmetic gets on this machine."""
    torch = pytorch()
    drawn = np.random.default_rng(0).standard_normal((side, side), np.float32)
    there, here = torch.from_numpy(drawn).to(device()), tf.constant(drawn)
    own = (
        lambda: tf.linalg.matmul(here, here)[0, 0].numpy(),
        lambda: torch.matmul(there, there)[0, 0].item(),
    )
    return dict(zip(PRODUCTS, own, strict=True))


def compared(times: measuring.Times, flop: Mapping[str, float]) -> dict[str, Any]:
    """ratio: the peer's time by ours, and over repeats; rates in GFLOP/s and what share of a plain product's.

    flop: of the parts whose work is counted, both `PRODUCTS` among them; the limit is the faster of these.
    """
    middle = measuring.medians(times)
    ratios = [each["peer"] / each["ours"] for each in measuring.by_repeat(times)]
    rates = {part: count / middle[part] / 1e6 for part, count in flop.items()}
    limit = max(rates[part] for part in PRODUCTS)
    return {
        "ratio": middle["peer"] / middle["ours"],
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "gflop_per_s": rates,
        "share_of_limit": {part: rate / limit for part, rate in rates.items() if part not in PRODUCTS},
    }


def rows(result: Mapping[str, Any]) -> list[list[str]]:
    """A row of a result's table for each part: median, least and most ms, and the rate where counted."""
    rates = result["gflop_per_s"]
    return [
        [name, *(f"{spent[key]:.0f}" for key in ("median", "min", "max")),
         f"{rates[name]:.0f}" if name in rates else ""]
        for name, spent in result["parts_ms"].items()
    ]  # fmt: skip
