"""The properties that the demo set is designed by, measured: `bash run.sh data demo properties`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from repro.datasets.rendered import MARKER
from repro.demo.actions import BY_SCENE, CLASSES
from repro.demo.layouts import ClipName, Ucf101
from repro.demo.make import clip_names
from repro.demo.oracles import Clips, alone, classes_after, in_order, log_probabilities
from repro.demo.probe import Ints, accuracy
from repro.demo.scenes import HEIGHT_PX, WIDTH_PX
from repro.demo.spread import ORACLE, centres_span, constant_box_recall, corners, recall
from repro.demo.stage import HEIGHTS, Stage
from repro.demo.truth import OBJECTS, SCENE, truth_of
from repro.types import InputError

SHARES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)  # of a clip; 0 is its first frame
STANDS_PX = 0.05 * WIDTH_PX  # a camera that moves less does not follow; it may shake
BY_MOTION, BY_OBJECT = ("CircleBack", "CircleForward"), ("KickAir", "KickBall")
LATE = ("HighJump", "LongJump", "Run")


class Property(NamedTuple):
    """low, high: what `measured` must lie between, ends included."""

    name: str
    low: float
    high: float
    measured: float

    @property
    def met(self) -> bool:
        """Whether the set has it."""
        return self.low <= self.measured <= self.high


class DemoSet(NamedTuple):
    """Its folder and seed, all clips, which of them the split tests, what each stage holds."""

    folder: Path
    seed: int
    clips: Sequence[ClipName]
    tested: np.ndarray
    stages: Sequence[Stage]

    @property
    def labels(self) -> Ints:
        """int64 [clips]."""
        return np.array([CLASSES.index(clip.label) for clip in self.clips])

    @property
    def groups(self) -> Ints:
        """int64 [clips]."""
        return np.array([clip.group for clip in self.clips])


def opened(folder: Path, split: int = 1) -> DemoSet:
    """The set in `folder`; InputError for none, an unfinished one, another layout, too few groups.

    split: 1 to 3; what is fitted is fitted on its training groups, and its tested groups are measured.
    """
    try:
        made = json.loads((folder / MARKER).read_text())
        if made["layout"] != Ucf101.name or not made["complete"] or made["groups"] <= max(8, 7 * split):
            raise ValueError(f"it is no complete set in UCF101's layout with enough groups for split {split}")
        clips = clip_names(made["clips_per_group"], made["groups"])
        seed = int(made["seed"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{folder} cannot be measured ({error}); make one: bash run.sh data demo make"
        ) from None
    tested = np.array([clip.in_test(split) for clip in clips])
    stages = [Stage(seed, *clip) for clip in tqdm(clips, desc="staging", unit="clip", dynamic_ncols=True)]
    return DemoSet(folder, seed, clips, tested, stages)


def measure(demo: DemoSet, network: Path | None) -> Iterator[Property]:
    """Every property in turn. network: EfficientNet-Lite0's file; None leaves the probes out."""
    yield from placed(demo)
    yield from decided(demo)
    if network is not None:
        yield from probed(demo, network)


def placed(demo: DemoSet) -> Iterator[Property]:
    """Where the actors are, and what boxes reach that look at nothing, on the tested clips."""
    actors = [_boxes(demo, clip) for clip, tested in zip(demo.clips, demo.tested, strict=True) if tested]
    across, down = centres_span(actors)
    yield Property("box centres, 99% of them: share of the width", 0.8, 1.0, across)
    yield Property("box centres, 99% of them: share of the height", 0.45, 1.0, down)
    tall = np.array([stage.height_px for stage in demo.stages]) / HEIGHT_PX
    for height in HEIGHTS:
        near = tall[np.abs(tall - height) <= 0.05 * height + 1e-9]
        yield Property(f"actors about {height} of the height", 0.25, 0.42, len(near) / len(tall))
    still = [np.ptp(stage.shot.corner[:, 0]) <= STANDS_PX for stage in demo.stages]
    yield Property("clips whose camera does not follow", 0.5, 1.0, float(np.mean(still)))
    yield Property("best constant box, recall at 0.3", 0.0, 0.2, constant_box_recall(actors, 0.3))
    for kind, name in (("cell", "one random cell a frame"), ("random", "random maps")):
        yield Property(f"{name}, recall at 0.3", 0.0, 0.2, recall(actors, kind, 0.3))
    yield Property("oracle cell of 7 x 7, recall at 0.2", 0.98, 1.0, recall(actors, ORACLE, 0.2))


def _boxes(demo: DemoSet, clip: ClipName) -> np.ndarray:
    with np.load(Ucf101().files(demo.folder, clip)[0], allow_pickle=False) as truth:
        return corners(truth["boxes"])


def decided(demo: DemoSet) -> Iterator[Property]:
    """What the truth of the frames decides, and when."""
    truth = [truth_of(stage) for stage in demo.stages]
    clips = Clips(truth, demo.labels, demo.groups, demo.tested)
    labels = demo.labels[demo.tested]
    frames, order = (log_probabilities(clips, len(CLASSES), look) for look in (alone, in_order))
    for name, logs, bands in (
        ("frame-wise oracle", frames, {0.0: (0.3, 0.5), 1.0: (0.75, 0.92)}),
        ("sequence oracle", order, {1.0: (0.95, 1.0)}),
    ):
        for share in SHARES:
            when = "first frame" if share == 0 else f"{share:.0%} of the clip"
            low, high = bands.get(share, (0.0, 1.0))
            yield Property(f"{name}, {when}", low, high, _right(logs, share, labels))
    no_objects, no_scene = (
        log_probabilities(_without(clips, columns), len(CLASSES), in_order) for columns in (OBJECTS, SCENE)
    )
    for name, low, high, logs, share, of in (
        ("at once: golf, bat, frame-wise, first frame", 0.9, 1.0, frames, 0.0, BY_SCENE),
        ("late: run, jumps, in order, 20% of the clip", 0.0, 0.6, order, 0.2, LATE),
        ("late: run, jumps, in order, whole", 0.9, 1.0, order, 1.0, LATE),
        ("by motion: circles, frame-wise, whole", 0.0, 0.65, frames, 1.0, BY_MOTION),
        ("by motion: circles, in order, whole", 0.9, 1.0, order, 1.0, BY_MOTION),
        ("by object: kicks, in order, objects hidden, whole", 0.0, 0.65, no_objects, 1.0, BY_OBJECT),
        ("by object: kicks, in order, whole", 0.8, 1.0, order, 1.0, BY_OBJECT),
        ("by scene: golf, bat, in order, scene hidden, whole", 0.0, 0.65, no_scene, 1.0, BY_SCENE),
    ):
        yield Property(name, low, high, _right(logs, share, labels, of))


def _without(clips: Clips, columns: slice) -> Clips:
    hidden = [frames.copy() for frames in clips.truth]
    for frames in hidden:
        frames[:, columns] = 0.0
    return Clips(hidden, clips.labels, clips.groups, clips.tested)


def _right(logs: Sequence[np.ndarray], share: float, labels: Ints, of: Sequence[str] = CLASSES) -> float:
    """The share of the clips of these classes that have their class after `share` of the frames."""
    chosen = np.isin(labels, [CLASSES.index(name) for name in of])
    return float((classes_after(logs, share) == labels)[chosen].mean())


def probed(demo: DemoSet, network: Path) -> Iterator[Property]:
    """What a logistic probe makes of the mean features of EfficientNet-Lite0."""
    from repro.demo.difficulty import FRAMES, features  # loads Keras

    bands = {"whole": (0.6, 0.85), "background": (0.0, 0.35)}
    for part, (low, high) in bands.items():
        of_clip = features(demo.clips, part, demo.folder, demo.seed, network).mean(axis=1)
        right = accuracy(of_clip, demo.labels, demo.groups, demo.tested)
        yield Property(f"probe of ImageNet's features, {part}, clips", low, high, right)
    frames = features(demo.clips, "actor", demo.folder, demo.seed, network)
    rows = [np.repeat(values, FRAMES) for values in (demo.labels, demo.groups, demo.tested)]
    right = accuracy(frames.reshape(len(rows[0]), -1), *rows)
    yield Property("probe of ImageNet's features, actor alone, frames", 0.0, 0.6, right)


def as_markdown(properties: Sequence[Property]) -> str:
    """The table: property, wanted, measured."""
    lines = ["| property | wanted | measured | |", "|---|---|---|---|"]
    for one in properties:
        wanted = f"{one.low:.0%} to {one.high:.0%}" if (one.low, one.high) != (0, 1) else ""
        if one.low == 0 and one.high < 1:
            wanted = f"at most {one.high:.0%}"
        elif one.high == 1 and one.low > 0:
            wanted = f"at least {one.low:.0%}"
        lines.append(f"| {one.name} | {wanted} | {one.measured:.1%} |{'' if one.met else ' not met'} |")
    return "\n".join(lines).replace("%", " %")
