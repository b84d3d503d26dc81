"""The same precision on both sides: the settings of Keras, JAX and PyTorch for each."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras
import torch

# How far both sides may be from each other, ||a - b|| / ||b||, before a result is marked.
TOLERANCE = {"bf16": 5e-2, "tf32": 5e-3, "fp32": 1e-4}


def use(precision: str) -> None:
    """Set all engines to one of `names.PRECISIONS`; before a network is built."""
    keras.config.set_dtype_policy("mixed_bfloat16" if precision == "bf16" else "float32")
    tf32 = precision != "fp32"
    torch.backends.cudnn.benchmark = True  # XLA tries convolutions out as well
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
    if keras.config.backend() == "jax":
        import jax

        of_float32 = {"bf16": None, "tf32": "tensorfloat32", "fp32": "highest"}
        jax.config.update("jax_default_matmul_precision", of_float32[precision])


def autocast(precision: str) -> AbstractContextManager[Any]:
    """Where PyTorch's forward pass and loss belong: `torch.autocast` for bf16, else nothing."""
    return torch.autocast(device(), torch.bfloat16) if precision == "bf16" else nullcontext()


def device() -> str:
    """PyTorch's name for where everything runs: `cuda` or `cpu`."""
    return "cuda" if torch.cuda.is_available() else "cpu"
