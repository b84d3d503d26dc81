"""Paper 2's losses by the names its recipe uses; the equations stand in `repro.anticipation.losses`."""

from __future__ import annotations

from repro.anticipation.losses import LOSSES

__all__ = ["LOSSES"]
