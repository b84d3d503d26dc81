"""Trains the small VGG-16 that stands in for ImageNet's on the demo set: `bash run.sh weights make`.

It sees drawn stills only (a range of seeds disjoint from every demo clip) and learns three labels that are
not action classes: the object, the scene and the pose. Full-size ImageNet weights do the same for the
paper's recipe: they know what things look like, and nothing of the actions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tqdm import tqdm

from repro.atomic import write_json, write_npz
from repro.backbones import vgg, weights
from repro.demo.stills import LABELS, render_still
from repro.paths import default_places
from repro.training.fit import fit
from repro.video.geometry import resize

SIZE_PX, WIDTH = 96, 0.125
TRAIN_STILLS, TEST_STILLS, CHUNK = 24_000, 2_000, 1_000
EPOCHS, BATCH, SEED = 10, 32, 0
LEARNING_RATE = 1e-3  # Adam; from scratch and without batch normalisation, SGD needs far longer
NAME = "standin_vgg16"


@dataclass(frozen=True)
class StillBatches:
    """Drawn stills held in memory; the order of an epoch is a function of (seed, epoch) alone."""

    images: NDArray[np.uint8]  # [n, S, S, 3]
    labels: Mapping[str, NDArray[np.int32]]  # head -> [n]
    shuffle: bool

    @property
    def steps_per_epoch(self) -> int:
        return -(-len(self.images) // BATCH)

    def dataset(self, epoch: int, start_step: int = 0) -> tf.data.Dataset:
        """Batches `start_step` onwards of an epoch; half of the images are mirrored."""
        rng = np.random.default_rng([SEED, epoch])
        order = rng.permutation(len(self.images)) if self.shuffle else np.arange(len(self.images))
        mirror = (rng.random(len(self.images)) < 0.5) & self.shuffle

        def batches():  # type: ignore[no-untyped-def]
            for step in range(start_step, self.steps_per_epoch):
                chosen = order[step * BATCH : (step + 1) * BATCH]
                images = self.images[chosen]
                images[mirror[chosen]] = images[mirror[chosen], :, ::-1]
                yield images, {head: values[chosen] for head, values in self.labels.items()}

        signature = (
            tf.TensorSpec((None, SIZE_PX, SIZE_PX, 3), tf.uint8),
            {head: tf.TensorSpec((None,), tf.int32) for head in self.labels},
        )
        return tf.data.Dataset.from_generator(batches, output_signature=signature).prefetch(2)


def network() -> keras.Model:
    """VGG-16's topology at an eighth of its width with one softmax per label, compiled."""
    trunk = vgg.vgg(
        vgg.VGG16, input_shape=(SIZE_PX, SIZE_PX, 3), width=WIDTH, classes=1, dropout=0.25
    )
    fc7 = trunk.get_layer("fc7").output
    heads = {
        head: keras.layers.Dense(len(names), activation="softmax", name=head)(fc7)
        for head, names in LABELS.items()
    }
    model = keras.Model(trunk.input, heads, name=NAME)
    he = keras.initializers.HeNormal(seed=SEED)  # Glorot's halves the signal at each of 15 ReLU layers
    for layer in model.layers:
        if layer.name.startswith(("conv", "fc")) and hasattr(layer, "kernel"):
            layer.kernel.assign(he(layer.kernel.shape))
    steps = EPOCHS * -(-TRAIN_STILLS // BATCH)
    model.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)),
        loss={head: "sparse_categorical_crossentropy" for head in heads},
        metrics={head: ["accuracy"] for head in heads},
        jit_compile=False,
    )
    return model


def _draw_chunk(first: int) -> dict[str, np.ndarray]:
    drawn = [render_still(index) for index in range(first, first + CHUNK)]
    arrays = {"images": np.stack([resize(image, SIZE_PX, SIZE_PX) for image, _ in drawn])}
    for head in LABELS:
        arrays[head] = np.array([labels[head] for _, labels in drawn], dtype=np.int32)
    return arrays


def _draw_file(folder: Path, first: int) -> Path:
    path = folder / f"stills-{first:06d}.npz"
    if not path.exists():
        write_npz(path, _draw_chunk(first))
    return path


def stills(folder: Path) -> tuple[StillBatches, StillBatches]:
    """Training and test stills, drawn by two processes into `folder` and kept there."""
    folder.mkdir(parents=True, exist_ok=True)
    starts = range(0, TRAIN_STILLS + TEST_STILLS, CHUNK)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        files = list(
            tqdm(pool.map(partial(_draw_file, folder), starts), total=len(starts), desc="drawing stills", unit="k")
        )
    parts = [dict(np.load(path, allow_pickle=False)) for path in files]
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    images = whole.pop("images")
    split = lambda cut, shuffle: StillBatches(images[cut], {h: v[cut] for h, v in whole.items()}, shuffle)  # noqa: E731
    return split(slice(0, TRAIN_STILLS), True), split(slice(TRAIN_STILLS, None), False)


def make(out: Path) -> None:
    """Draw, train, measure, and write `standin_vgg16.npz` with its entry in the manifest."""
    work = default_places().cache / "standin"
    train, test = stills(work)
    result = fit(
        network,
        train,
        validation=test,
        epochs=EPOCHS,
        folder=work / "fit",
        seed=SEED,
        select_best=False,
        settings={"stills": TRAIN_STILLS, "epochs": EPOCHS},
        describe="training the stand-in VGG-16",
    )
    model = network()
    weights.load(model, result.weights)
    scores = model.evaluate(test.dataset(0), return_dict=True, verbose=0)
    path = out / f"{NAME}.npz"
    weights.save(model, path, dtype="float16")
    _enter_in_manifest(out / "manifest.json", path, {h: float(scores[f"{h}_accuracy"]) for h in LABELS})


def _enter_in_manifest(manifest: Path, path: Path, accuracy: Mapping[str, float]) -> None:
    entries = json.loads(manifest.read_text()) if manifest.exists() else {}
    entries[NAME] = {
        "what": f"VGG-16 at 1/8 width, {SIZE_PX} px, trained on drawn stills; stands in for ImageNet's on small presets",
        "file": path.name,
        "sha256": weights.checksum(path),
        "made_by": "bash run.sh weights make",
        "stills": TRAIN_STILLS,
        "seed": SEED,
        "test_accuracy": {head: round(value, 4) for head, value in accuracy.items()},
        "classes_per_label": {head: len(names) for head, names in LABELS.items()},
    }
    write_json(manifest, entries)
