"""The losses of all five papers by name, as `model.compile(loss=...)` takes them; each has its equation."""

from repro.anticipation.losses import (
    AnticipationLoss,
    CrossEntropyLoss,
    EveryFrameCrossEntropyLoss,
    ExponentialGrowthLoss,
    ExponentialSoftmaxLoss,
    LinearGrowthLoss,
    RankingLoss,
    RankingMarginLoss,
    UndividedAnticipationLoss,
)
from repro.paper3.losses import WindowBinaryCrossEntropy, WindowCrossEntropy
from repro.paper4.losses import SnippetCrossEntropy
from repro.paper5.losses import ClipCrossEntropy, GapLoss

__all__ = [
    "AnticipationLoss",
    "ClipCrossEntropy",
    "CrossEntropyLoss",
    "EveryFrameCrossEntropyLoss",
    "ExponentialGrowthLoss",
    "ExponentialSoftmaxLoss",
    "GapLoss",
    "LinearGrowthLoss",
    "RankingLoss",
    "RankingMarginLoss",
    "SnippetCrossEntropy",
    "UndividedAnticipationLoss",
    "WindowBinaryCrossEntropy",
    "WindowCrossEntropy",
]
