"""VGG-16 on stills, for object, scene and pose at once: ImageNet's of papers 1, 2 and 4."""

from __future__ import annotations

from pathlib import Path

import keras

from repro.backbones import vgg, weights
from repro.backbones.preprocessing import CaffeBGR
from repro.demo.renderer import VERSION
from repro.demo.stills import LABELS
from repro.standin.batches import SEED, train_and_test
from repro.standin.manifest import ship
from repro.standin.material import STILL_PX, TRAIN_STILLS, stills_in
from repro.standin.normalised import DROPOUT, folded, normalised, updates, with_heads
from repro.training.fit import fit

NAME, WIDTH, EPOCHS = "standin_vgg16", 0.125, 24


def network() -> keras.Model:
    """VGG-16's topology at an eighth of its width, every layer normalised, one softmax a label, compiled."""
    image = keras.Input((STILL_PX, STILL_PX, 3), name="image")
    x = CaffeBGR(name="caffe_bgr")(image)
    for name in vgg.endpoints(vgg.VGG16):
        x = vgg.layer(name, WIDTH)(x) if name.startswith("pool") else normalised(vgg.layer(name, WIDTH), x)
    x = keras.layers.Flatten(name="flatten")(x)
    for stage in vgg.fully_connected(WIDTH):
        x = keras.layers.Dropout(DROPOUT, name=f"{stage.name}_dropout")(normalised(stage, x))
    return with_heads(image, x, LABELS, steps=updates(TRAIN_STILLS, EPOCHS), name=NAME)


def make(out: Path, work: Path) -> None:
    """Draw, train, measure, ship; work: where stills and checkpoints are kept."""
    stills = stills_in(work)
    own = {name: stills[name] for name in ("images", *LABELS)}
    train, test = train_and_test(own, "images", TRAIN_STILLS, mirror=True)
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
    ship(
        out,
        NAME,
        folded(model),
        what=f"VGG-16 at 1/8 width, {STILL_PX} px, trained on drawn stills; stands in for ImageNet's on "
        "small presets",
        accuracy={head: scores[f"{head}_accuracy"] for head in LABELS},
        test=test,
        stills=TRAIN_STILLS,
    )
