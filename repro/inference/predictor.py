"""A trained run, ready for video files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from repro.inference.prediction import VideoPrediction
from repro.video.decode import BrokenVideo

Maps = NDArray[np.float32]


class Predictor(ABC):
    """Papers differ in the model that predicts and in the rendering.

    classes: K names. endings: of the names of the pictures and videos that `render` writes.
    """

    classes: tuple[str, ...]
    endings: tuple[str, ...] = ()

    @abstractmethod
    def predict(self, path: Path) -> VideoPrediction:
        """Predict a whole video file. Raises BrokenVideo."""

    def attention(self, prediction: VideoPrediction, numbers: NDArray[np.integer]) -> Maps | None:
        """Where the model looks in some frames of a predicted video: float32 [m, h, w], 0 or more, or None.

        numbers: int [m], increasing. By default what the prediction holds. Raises BrokenVideo.
        """
        return None if prediction.attention is None else prediction.attention[numbers]

    def predict_each(self, paths: Sequence[Path]) -> Generator[VideoPrediction | BrokenVideo]:
        """Predict several, in their order; what is raised for one stands in its place. Closing ends all."""
        for path in paths:
            try:
                yield self.predict(path)
            except BrokenVideo as error:
                yield error

    @abstractmethod
    def render(self, prediction: VideoPrediction, *files: Path) -> None:
        """Render a prediction into its video: one file for each of `endings`. Raises BrokenVideo, OSError."""
