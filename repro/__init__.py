"""Five video action-recognition papers, reproduced in Keras and TensorFlow.

    model = repro.load()                          # the model that ships, or repro.load("runs/paper2/...")
    model.predict_video("clip.mp4").answer        # a class, or uncertain
    model.stream()                                # frame by frame
    repro.train("my/videos")                      # a model of your own videos
    repro.paper2.build(classes=3)                 # plain Keras models; repro.losses, repro.layers by name

Each is imported when it is first asked for: `import repro` alone loads neither Keras nor TensorFlow.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_FUNCTIONS = ("load", "train")  # of `repro.api`
_ROOMS = ("layers", "losses", "paper1", "paper2", "paper3", "paper4", "paper5")


def __getattr__(name: str) -> Any:
    if name in _FUNCTIONS:
        return getattr(import_module("repro.api"), name)
    if name in _ROOMS:
        return import_module(f"repro.{name}")
    raise AttributeError(f"module 'repro' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_FUNCTIONS, *_ROOMS})
