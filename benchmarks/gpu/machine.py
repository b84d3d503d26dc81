"""What is recorded of the machine: card, memory, driver and versions."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

import keras
import torch

from repro.types import InputError

PACKAGES = ("keras", "jax", "jaxlib", "torch", "numpy", "nvidia-cudnn-cu13", "nvidia-cublas")


def machine() -> dict[str, Any]:
    """Date, engine, device and versions. Raises InputError where JAX sees another device than PyTorch."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "engine": keras.config.backend(),
        "device": _card(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
        "cuda": {"cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version(), "driver": _driver()},
    }


def _card() -> str:
    on_gpu = torch.cuda.is_available()
    if keras.config.backend() == "jax":
        import jax

        if (jax.default_backend() == "gpu") != on_gpu:
            raise InputError(
                f"JAX runs on {jax.default_backend()}, PyTorch {'sees a' if on_gpu else 'sees no'} GPU; "
                "install both for the card, or hide it from both with CUDA_VISIBLE_DEVICES="
            )
    if not on_gpu:
        return f"CPU {platform.machine()}"
    memory_gib = torch.cuda.get_device_properties(0).total_memory / 2**30
    return f"{torch.cuda.get_device_name(0)}, {memory_gib:.0f} GiB"


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _driver() -> str | None:
    command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() or None
    except (OSError, subprocess.CalledProcessError):
        return None
