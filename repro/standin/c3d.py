"""C3D on clips of four frames, for what moves how, with what and where: Sports-1M's of paper 3."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import keras
import numpy as np

from repro.backbones import c3d, pretrained, weights
from repro.demo.moves import LABELS
from repro.demo.renderer import VERSION
from repro.standin.batches import SEED, train_and_test
from repro.standin.manifest import ship
from repro.standin.material import CLIP_FRAMES, CLIP_PX, CLIPS_A_MOVE, TRAIN_MOVES, clips_in
from repro.standin.normalised import DROPOUT, folded, normalised, updates, with_heads
from repro.training.fit import fit

NAME, WIDTH, CROP_PX, EPOCHS = "standin_c3d", 0.125, 80, 12
TRAIN_CLIPS = TRAIN_MOVES * CLIPS_A_MOVE


def plain(classes: int, mean: np.ndarray | None) -> keras.Model:
    """C3D at the sizes of paper 3's demo preset."""
    return c3d.c3d(
        classes, frames=CLIP_FRAMES, resized=CLIP_PX, crop=CROP_PX, width=WIDTH, dropout=DROPOUT, mean=mean
    )


def network(mean: np.ndarray | None) -> keras.Model:
    """The layers of `plain` up to fc7, every one normalised, and one softmax a label, compiled.

    The layers are fresh: they are built from the settings of `plain`'s, not taken from it.
    """
    pattern = plain(1, mean)
    clip = keras.Input(pattern.input_shape[1:], name="clip")
    x = clip
    for layer in pattern.layers[1 : [stage.name for stage in pattern.layers].index("fc8")]:
        if isinstance(layer, keras.layers.Conv3D | keras.layers.Dense):
            x = normalised(type(layer).from_config(layer.get_config()), x)
        else:
            x = layer(x)
    return with_heads(clip, x, LABELS, steps=updates(TRAIN_CLIPS, EPOCHS), name=NAME)


def mean_volume(clips: np.ndarray) -> np.ndarray:
    """The mean of RGB clips uint8 [n, L, H, W, 3], blue first: float32 [L, H, W, 3]."""
    total = np.zeros(clips.shape[1:], np.int64)
    for start in range(0, len(clips), 1000):
        total += clips[start : start + 1000].sum(axis=0, dtype=np.int64)
    return (total / len(clips))[..., ::-1].astype(np.float32)


def make(out: Path, work: Path) -> None:
    """Draw, train, measure, ship; work: where movements and checkpoints are kept."""
    train, test = train_and_test(clips_in(work), "clips", TRAIN_CLIPS)
    # As it will be shipped, so that network and file agree to the last bit.
    mean = mean_volume(np.asarray(train.inputs)).astype(np.float16).astype(np.float32)
    result = fit(
        partial(network, mean),
        train,
        validation=test,
        epochs=EPOCHS,
        folder=work / "fit-c3d",
        seed=SEED,
        select_best=False,
        settings={"clips": TRAIN_CLIPS, "renderer": VERSION},
        describe="training the stand-in C3D",
    )
    model = network(mean)
    weights.load(model, result.weights)
    scores = model.evaluate(test.dataset(0), return_dict=True, verbose=0)
    ship(
        out,
        NAME,
        {**folded(model), pretrained.MEAN_VOLUME: mean},
        what=f"C3D at 1/8 width, clips of {CLIP_FRAMES} frames of {CLIP_PX[0]}x{CLIP_PX[1]} px, trained on "
        "drawn movements; stands in for Sports-1M's on small presets",
        accuracy={head: scores[f"{head}_accuracy"] for head in LABELS},
        test=test,
        clips=TRAIN_CLIPS,
        movements=TRAIN_MOVES,
    )
