"""VGG-19 for objects and for scenes, grown out of the VGG-16 stand-in: ImageNet's and Places205's of paper 3.

The convolutions that VGG-19 has besides start as the identity: inputs are >= 0 after ReLU, so the deeper
network computes the same (Chen et al. 2016, "Net2Net"). Its trunk stays; what follows pool5 is trained on
stored features of the stills. For scenes fc6 and fc7 are drawn anew, so that the two networks differ in fc6.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from repro.atomic import sha256_of, write_npz
from repro.backbones import vgg, weights
from repro.backbones.preprocessing import CaffeBGR
from repro.demo.renderer import VERSION
from repro.demo.stills import FINE
from repro.paths import weights_folder
from repro.standin import vgg16
from repro.standin.batches import BATCH, SEED, train_and_test
from repro.standin.manifest import ship
from repro.standin.material import STILL_PX, TEST_STILLS, TRAIN_STILLS, Arrays, stills_in
from repro.training.fit import fit

OBJECTS, SCENES = "standin_vgg19_objects", "standin_vgg19_scenes"
WIDTH, EPOCHS, DROPOUT = vgg16.WIDTH, 4, 0.5
OBJECT, SCENE = "object_by_hue", "scene_by_view"
RATES = {OBJECT: 2e-4, SCENE: 1e-3}  # Adam; gentle where fc6 and fc7 are VGG-16's
_WHAT = {OBJECT: "ImageNet's", SCENE: "Places205's"}


def deepened(arrays: Arrays) -> Arrays:
    """Weights of a VGG-16 by `layer/weight` -> those of the VGG-19 that computes the same.

    conv3_4, conv4_4 and conv5_4 get a kernel [3, 3, C, C] that is 1 at its centre from each channel to
    itself, and a bias of zero.
    """
    deeper = dict(arrays)
    for name in sorted(set(vgg.endpoints(vgg.VGG19)) - set(vgg.endpoints(vgg.VGG16))):
        before = arrays[f"{name[:-1]}3/bias"]
        kernel = np.zeros((3, 3, len(before), len(before)), before.dtype)
        kernel[1, 1] = np.eye(len(before))
        deeper[f"{name}/kernel"], deeper[f"{name}/bias"] = kernel, np.zeros_like(before)
    return deeper


def top(label: str, fc6_and_7: Arrays, rows: int) -> keras.Model:
    """fc6, fc7 and fc8 on pool5 [B, rows] -> {label: probabilities}, compiled; `fc6_and_7` may be empty."""
    pool5 = keras.Input((rows,), name="pool5")
    x: keras.KerasTensor = pool5
    for stage in vgg.fully_connected(WIDTH):
        x = keras.layers.Dropout(DROPOUT, name=f"{stage.name}_dropout")(stage(x))
    scores = keras.layers.Dense(len(FINE[label]), name="fc8")(x)
    model = keras.Model(pool5, {label: keras.layers.Softmax(name=label)(scores)})
    for name, variable in weights.named_weights(model).items():
        if name in fc6_and_7:
            variable.assign(fc6_and_7[name].astype("float32"))
    steps = EPOCHS * 2 * TRAIN_STILLS // BATCH
    model.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(RATES[label], steps)),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,
    )
    return model


def make(label: str, out: Path, work: Path) -> None:
    """Train the network of `label`, one of `FINE`, on stored pool5 features; measure and ship it."""
    source = weights_folder() / f"{vgg16.NAME}.npz"
    trunk = deepened(weights.read(source))
    features = _pool5(work, trunk, sha256_of(source))
    train, test = train_and_test(
        {"pool5": features["pool5"], label: features[label]}, "pool5", 2 * TRAIN_STILLS
    )
    start = {name: a for name, a in trunk.items() if name.startswith("fc") and label == OBJECT}
    build = partial(top, label, start, features["pool5"].shape[1])
    result = fit(
        build,
        train,
        validation=test,
        epochs=EPOCHS,
        folder=work / f"fit-vgg19-{label}",
        seed=SEED,
        select_best=False,
        settings={"stills": TRAIN_STILLS, "renderer": VERSION, "trunk": sha256_of(source)},
        describe=f"training the stand-in VGG-19 ({label})",
    )
    model = build()
    weights.load(model, result.weights)
    scores = model.evaluate(test.dataset(0), return_dict=True, verbose=0)
    trained = {n: keras.ops.convert_to_numpy(v) for n, v in weights.named_weights(model).items()}
    ship(
        out,
        OBJECTS if label == OBJECT else SCENES,
        {**trunk, **{name: array for name, array in trained.items() if name.startswith("fc")}},
        what=f"VGG-19 at 1/8 width, {STILL_PX} px: the trunk of {vgg16.NAME} with identities between, "
        f"fc6 to fc8 trained for the {label.replace('_', ' ')} of drawn stills; stands in for {_WHAT[label]} "
        "on small presets",
        accuracy={label: scores["accuracy"]},
        test=test,
        stills=TRAIN_STILLS,
    )


def _pool5(work: Path, trunk: Arrays, identity: str) -> Arrays:
    """pool5 of all stills by `trunk`, float32 [n, rows], with labels: training, mirrored training, test."""
    path = work / f"pool5-{identity[:12]}.npz"
    if not path.exists():
        stills = stills_in(work)
        images = stills.pop("images")
        order = np.concatenate([np.arange(TRAIN_STILLS)] * 2 + [np.arange(TEST_STILLS) + TRAIN_STILLS])
        forward, mirrored = (_forward(trunk, images[:, :, ::way]) for way in (1, -1))
        parts = [forward[:TRAIN_STILLS], mirrored[:TRAIN_STILLS], forward[TRAIN_STILLS:]]
        write_npz(path, {"pool5": np.concatenate(parts), **{h: v[order] for h, v in stills.items()}})
    return dict(np.load(path, allow_pickle=False))


def _forward(trunk: Arrays, images: np.ndarray) -> np.ndarray:
    """pool5 of images uint8 [n, S, S, 3], flat: float32 [n, rows]."""
    image = keras.Input((STILL_PX, STILL_PX, 3), name="image")
    x = vgg.convolutions(CaffeBGR(name="caffe_bgr")(image), vgg.VGG19, width=WIDTH)
    model = keras.Model(image, keras.layers.Flatten(name="flatten")(x))
    weights.assign(model, trunk, Path(f"{vgg16.NAME}.npz"))
    starts = tqdm(range(0, len(images), 100), desc="pool5 of stills", unit="batch", dynamic_ncols=True)
    return np.concatenate([model.predict_on_batch(images[s : s + 100]) for s in starts])
