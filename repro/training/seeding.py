"""The one place where random seeds are set."""

from __future__ import annotations

import hashlib

import keras


def seed_everything(seed: int) -> None:
    """Seed Python's `random`, NumPy's global generator, the engine and Keras, whatever ran before.

    Initial weights and the dropout generators of layers made afterwards follow from `seed`. What data
    pipelines draw is keyed by (seed, epoch, index) instead and does not depend on this.
    """
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed {seed} is outside 0 ... 2^32 - 1")
    keras.utils.set_random_seed(seed)


def seed_of(seed: int, name: str) -> int:
    """The seed that something of this name has for itself under a run's seed, the same on every machine."""
    return int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:4], "big")
