"""Where a decoder on Hollywood2 starts: at one that was trained on ActivityNet, with a head of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras

from repro.experiment.start import start_from
from repro.paper3 import networks
from repro.paper3.recipe import Recipe
from repro.training.seeding import seed_everything

HEAD = "scores"


def origin(chosen: Recipe) -> Recipe:
    """The ActivityNet model that a decoder on Hollywood2 starts from: of variant (a) and T = N, as Table 1's.

    Neither the variant nor T changes a weight, so each decoder can start from one of Table 1; how a loss
    treats several classes means nothing there.
    """
    return replace(
        chosen,
        task="activitynet",
        variant="a",
        attended_frames=chosen.steps,
        over_classes=Recipe().over_classes,
    )


def started_decoder(
    chosen: Recipe, classes: int, attended_outputs: int | None, trained: Path, seed: int
) -> keras.Model:
    """A compiled decoder with the weights of a trained one, but for the head, which `seed` draws (A17).

    Under the seed of the run the new head would be the first draw of the old one, from which the weights
    around it were trained: it would know the classes before any training. InputError where there are no
    weights.
    """
    seed_everything(seed)
    built = networks.training_decoder(chosen, classes, attended_outputs)
    start_from(built, trained, last=HEAD)
    return built
