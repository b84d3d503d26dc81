"""A finished run of papers 1 or 2 made small enough to ship, and what the small one reaches on test clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from repro.anticipation import base, certainty, networks
from repro.anticipation.recipe import Recipe
from repro.backbones import lite_trunk, weights
from repro.evaluation import accuracy, anticipation
from repro.evaluation.certainty import UNCERTAIN
from repro.experiment.exported import ExportedRun
from repro.inference.stream import Stream
from repro.inference.stream_predictor import StreamPredictor
from repro.types import InputError, Scores, VideoRef
from repro.video import decode

PARTS = ("first frame", "10%", "20%", "50%", "100%")  # of each test clip, for the card
SAMPLES = 5  # test clips that the card lists one by one
FACT = "shipped"  # in `model.json`


def lighter(run: ExportedRun, recipe_class: type[Recipe], folder: Path) -> ExportedRun:
    """The networks of a run over a frozen trunk in a folder of their own, and the `model.json` to be written.

    Kernels in float16; the trunk as far as it is read, its normalisation folded. InputError for a run
    that trained its whole network, which would not be small, or that cannot tell what is sure.
    """
    recipe: Recipe = run.recipe_of(recipe_class)
    if not recipe.lite:
        raise InputError(f"{run.folder} is a run of {recipe.backbone}, too large to ship; take --preset lite")
    if certainty.of_run(run) is None:
        raise InputError(f"{run.folder} cannot tell what is sure; run its command again, which adds that")
    end, classes = base.conv5_2(recipe.backbone), len(run.classes)
    below = lite_trunk.network(recipe.backbone, end, recipe.size_px, run.network_file("trunk"))
    frame = networks.trained_frame_networks(recipe, classes, run.network_file("frame")).training
    made = {
        "trunk": below,
        "frame": frame,
        "sequence": networks.trained_sequence(recipe, classes, run.weights_file),
    }
    for name, network in made.items():
        weights.save_half(network, folder / f"{name}.npz")
    return replace(
        run,
        folder=folder,
        weights="sequence.npz",
        networks={name: f"{name}.npz" for name in made if name != "sequence"},
    )


def scores(stream: Stream, refs: Sequence[VideoRef], steps: int) -> Scores:
    """What a stream says of the first `steps` frames that it reads of each video: score rows [V, T, K].

    Decoded from the files, as `predict` does. Raises BrokenVideo.
    """
    rows = np.zeros((len(refs), steps, len(stream.classes)), np.float32)
    lengths = np.zeros(len(refs), np.int64)
    for video, ref in enumerate(tqdm(refs, desc="test clips", unit="clip", dynamic_ncols=True)):
        state = stream.start()
        for number, frame in enumerate(decode.frames(ref.path, ref.segment)):
            if number % stream.every:
                continue
            lengths[video] += 1
            if number < steps * stream.every:
                prediction, state = stream.step(frame, state._replace(frame=number))
                assert prediction is not None  # a model without flow
                rows[video, number // stream.every] = prediction.probabilities
    labels = np.array([ref.label for ref in refs], np.int64)
    ids = tuple(ref.video_id for ref in refs)
    return Scores(ids, labels, lengths, np.minimum(lengths, steps), rows)


def test_facts(predictor: StreamPredictor, result: Scores, seed: int) -> dict[str, Any]:
    """Accuracy over clips, over classes, of each class and of the sure ones, 0..1; some clips, drawn."""
    assert predictor.certainty is not None
    labels, classes = result.labels, predictor.classes
    predicted = {part: anticipation.predictions_after(result, part, pooled=True) for part in PARTS}
    by_class = {
        part: accuracy.per_class(accuracy.confusion_matrix(labels, each, len(classes)))
        for part, each in predicted.items()
    }
    return {
        "videos": len(labels),
        "accuracy": {
            part: {
                "clips": _rounded(accuracy.accuracy(labels, predicted[part])),
                "classes": _rounded(np.nanmean(by_class[part])),
            }
            for part in PARTS
        },
        "by_class": {
            name: {
                "videos": int((labels == k).sum()),
                **{part: _rounded(by_class[part][k]) for part in PARTS if (labels == k).any()},
            }
            for k, name in enumerate(classes)
        },
        "sure": {
            part: {name: value and _rounded(value) for name, value in each.items()}
            for part, each in certainty.outcomes(predictor.certainty, result).items()
        },
        "samples": _samples(predictor, result, seed),
    }


def _samples(predictor: StreamPredictor, result: Scores, seed: int) -> list[dict[str, Any]]:
    """Some whole test clips, drawn by seed: class, prediction, best class and confidence of each."""
    assert predictor.certainty is not None
    labels, classes = result.labels, predictor.classes
    whole = anticipation.scores_after(result, "100%", pooled=True)
    best = anticipation.predictions_after(result, "100%", pooled=True)
    sure, confidence = predictor.certainty.sure(whole), predictor.certainty.tempered(whole).max(axis=1)
    drawn = np.sort(np.random.default_rng(seed).choice(len(labels), min(SAMPLES, len(labels)), replace=False))
    return [
        {
            "class": classes[labels[video]],
            "label": classes[best[video]] if sure[video] else UNCERTAIN,
            "best": classes[best[video]],
            "confidence": _rounded(confidence[video]),
        }
        for video in drawn
    ]


def unknown_facts(predictor: StreamPredictor, paths: Sequence[Path]) -> dict[str, Any]:
    """How many videos of other actions are uncertain. Raises BrokenVideo."""
    answers = [predictor.predict(path).answer for path in paths]
    sure = sorted(answer for answer in answers if answer != UNCERTAIN)
    return {"videos": len(paths), "uncertain": len(paths) - len(sure), "taken_for": sure}


def _rounded(value: Any) -> float:
    return round(float(value), 4)


def shipped_facts(run: ExportedRun) -> Mapping[str, Any]:
    """What was measured of a shipped model; InputError where it is none."""
    facts: Mapping[str, Any] = run.fact(FACT)
    return facts
