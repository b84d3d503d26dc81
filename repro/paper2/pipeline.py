"""Paper 2's stages: those that papers 1 and 2 share, for the rows of this paper."""

from __future__ import annotations

from repro.anticipation.pipeline import Pipeline

__all__ = ["Pipeline"]
