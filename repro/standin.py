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
from repro.backbones.preprocessing import CaffeBGR
from repro.demo.renderer import VERSION
from repro.demo.stills import LABELS, render_still
from repro.paths import default_places
from repro.training.fit import fit
from repro.video.geometry import resize

SIZE_PX, WIDTH = 96, 0.125
TRAIN_STILLS, TEST_STILLS, CHUNK = 24_000, 2_000, 1_000
EPOCHS, BATCH, SEED = 8, 32, 0
LEARNING_RATE, WARM_UP_STEPS = 2e-3, 500  # Adam, then a cosine to zero
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
    """VGG-16's topology at an eighth of its width with one softmax per label, compiled.

    Every convolution and fully connected layer is batch-normalised: from scratch, VGG-16 without it did not
    learn the pose at all. `folded` takes the normalisation out again, so that plain VGG-16 is what ships.
    """
    image = keras.Input((SIZE_PX, SIZE_PX, 3), name="image")
    x = CaffeBGR(name="caffe_bgr")(image)
    for name in vgg.endpoints(vgg.VGG16):
        x = vgg.layer(name, WIDTH)(x) if name.startswith("pool") else _normalised(vgg.layer(name, WIDTH), x)
    x = keras.layers.Flatten(name="flatten")(x)
    for stage in vgg.fully_connected(WIDTH):
        x = keras.layers.Dropout(0.25, name=f"{stage.name}_dropout")(_normalised(stage, x))
    heads = {
        head: keras.layers.Dense(len(names), activation="softmax", name=head)(x)
        for head, names in LABELS.items()
    }
    model = keras.Model(image, heads, name=NAME)
    steps = EPOCHS * -(-TRAIN_STILLS // BATCH) - WARM_UP_STEPS
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps, warmup_target=LEARNING_RATE, warmup_steps=WARM_UP_STEPS
    )
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss=dict.fromkeys(heads, "sparse_categorical_crossentropy"),
        metrics={head: ["accuracy"] for head in heads},
        jit_compile=False,
    )
    return model


def _normalised(stage: keras.layers.Layer, x: keras.KerasTensor) -> keras.KerasTensor:
    """The layer, then batch normalisation, then its ReLU."""
    stage.activation = keras.activations.linear
    stage.kernel_initializer = keras.initializers.HeNormal(seed=SEED)
    normalisation = keras.layers.BatchNormalization(momentum=0.95, name=f"{stage.name}_bn")
    return keras.layers.ReLU(name=f"{stage.name}_relu")(normalisation(stage(x)))


def folded(model: keras.Model) -> dict[str, np.ndarray]:
    """Weights of plain VGG-16 that compute what the normalised network computes at test time.

    gamma (W x + b - mean) / sqrt(variance + eps) + beta = W' x + b' with W' = W s, b' = (b - mean) s + beta,
    s = gamma / sqrt(variance + eps). Returns float32 arrays by `layer/weight`.
    """
    arrays: dict[str, np.ndarray] = {}
    for stage in model.layers:
        if isinstance(stage, keras.layers.Conv2D | keras.layers.Dense) and stage.name not in LABELS:
            gamma, beta, mean, variance = model.get_layer(f"{stage.name}_bn").get_weights()
            kernel, bias = stage.get_weights()
            scale = gamma / np.sqrt(variance + model.get_layer(f"{stage.name}_bn").epsilon)
            arrays[f"{stage.name}/kernel"] = kernel * scale
            arrays[f"{stage.name}/bias"] = (bias - mean) * scale + beta
    return arrays


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
            tqdm(
                pool.map(partial(_draw_file, folder), starts),
                total=len(starts),
                desc="drawing stills",
                unit="k",
            )
        )
    parts = [dict(np.load(path, allow_pickle=False)) for path in files]
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    images = whole.pop("images")

    def part(chosen: slice, shuffle: bool) -> StillBatches:
        return StillBatches(images[chosen], {head: v[chosen] for head, v in whole.items()}, shuffle)

    return part(slice(0, TRAIN_STILLS), True), part(slice(TRAIN_STILLS, None), False)


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
        settings={"stills": TRAIN_STILLS, "renderer": VERSION},
        describe="training the stand-in VGG-16",
    )
    model = network()
    weights.load(model, result.weights)
    scores = model.evaluate(test.dataset(0), return_dict=True, verbose=0)
    path = out / f"{NAME}.npz"
    write_npz(path, {name: array.astype(np.float16) for name, array in folded(model).items()})
    _enter_in_manifest(out / "manifest.json", path, {h: float(scores[f"{h}_accuracy"]) for h in LABELS})


def _enter_in_manifest(manifest: Path, path: Path, accuracy: Mapping[str, float]) -> None:
    entries = json.loads(manifest.read_text()) if manifest.exists() else {}
    entries[NAME] = {
        "what": f"VGG-16 at 1/8 width for {SIZE_PX} px, trained on drawn stills: the small presets' ImageNet",
        "file": path.name,
        "sha256": weights.checksum(path),
        "made_by": "bash run.sh weights make",
        "stills": TRAIN_STILLS,
        "renderer": VERSION,
        "seed": SEED,
        "test_accuracy": {head: round(value, 4) for head, value in accuracy.items()},
        "classes_per_label": {head: len(names) for head, names in LABELS.items()},
    }
    write_json(manifest, entries)
