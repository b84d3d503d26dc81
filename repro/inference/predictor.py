"""A trained run, ready for video files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from repro.inference.prediction import VideoPrediction


class Predictor(ABC):
    """Papers differ in the model that predicts and in the rendering.

    classes: K names. endings: of the names of the pictures and videos that `render` writes.
    """

    classes: tuple[str, ...]
    endings: tuple[str, ...] = ()

    @abstractmethod
    def predict(self, path: Path) -> VideoPrediction:
        """Predict a whole video file. Raises BrokenVideo."""

    @abstractmethod
    def render(self, prediction: VideoPrediction, *files: Path) -> None:
        """Render a prediction into its video: one file for each of `endings`. Raises BrokenVideo, OSError."""
