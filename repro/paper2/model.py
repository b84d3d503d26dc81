"""Paper 2's networks by name, for `model.summary()`; papers 1 and 2 share them in `repro.anticipation`."""

from __future__ import annotations

from repro.anticipation.networks import frame_networks, networks, sequence_model

__all__ = ["frame_networks", "networks", "sequence_model"]
