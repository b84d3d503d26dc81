"""Every network of the papers, saved by Keras and loaded in its safe mode, is the same network."""

import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from helpers.every_network import every, given
from helpers.initial_weights import vary
from helpers.row_models import ADAPTERS
from repro.backbones.weights import named_weights
from repro.paths import PROJECT

NETWORKS = every()
QUICK = ("papers 1 and 2, context+action-ms_lstm-plgl", "paper 4, rgb-video_lstm", "paper 5, late")
# One of each kind. The others take minutes; their layers are tested one by one (test_registered_classes.py).
STANDARD = (
    "papers 1 and 2, context+action-ms_lstm-plgl, to fine-tune",
    "papers 1 and 2, context+action-ms_lstm-plgl, features",
    "papers 1 and 2, context+action-ms_lstm-plgl, frame by frame",
    "papers 1 and 2, flow, to fine-tune",
    "papers 1 and 2, video",
    "paper 3, c3d, activitynet, to fine-tune",
    "paper 3, act, hollywood2, to fine-tune",
    "paper 3, c3d-alstm-c3d-fc8",
    "paper 3, C3D with a mean volume",
    "paper 4, rgb, to fine-tune",
    "paper 4, rgb-lstm, views",
    "paper 5, rgb, to fine-tune",
)
WITHOUT_DROPOUT = {1: {"lstm_dropout": 0.0}, 2: {"lstm_dropout": 0.0}, 3: {}, 4: {"head_dropout": 0.0}, 5: {}}
# In a process that has imported nothing but Keras: a folder of paperN.keras and paperN.npz of inputs.
ALONE = """
import importlib, os, pathlib, sys
import keras, numpy as np
folder = pathlib.Path(sys.argv[1])
for path in sorted(folder.glob("*.keras")):
    if not os.fork():  # each with the modules of its own paper alone
        importlib.import_module(f"repro.{path.stem}.networks")
        model = keras.saving.load_model(path)
        said = model(dict(np.load(path.with_suffix(".npz"))))
        np.savez(path.with_suffix(".said.npz"), **{name: np.asarray(x) for name, x in said.items()})
        os._exit(0)
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
"""


def saved(model: keras.Model, path: Path) -> Path:
    if model.compiled and not model.optimizer.built:  # as it is once a step was taken
        model.optimizer.build(model.trainable_variables)
    model.save(path)
    return path


def says(model: keras.Model, inputs: Any) -> dict[str, np.ndarray]:
    said = model(inputs)
    said = said if isinstance(said, dict) else {"said": said}
    arrays = {name: keras.ops.convert_to_numpy(x) for name, x in said.items()}
    assert all(np.isfinite(array).all() for array in arrays.values())
    return arrays


def assert_same(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> None:
    """To the last bit: the same operations on the same numbers in the same order."""
    assert found.keys() == wanted.keys()
    for name, array in wanted.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)


def marked(name: str) -> Any:
    if name in QUICK:
        return name
    rest = () if name in STANDARD else (pytest.mark.exhaustive,)
    return pytest.param(name, marks=[pytest.mark.slow, *rest])


@pytest.mark.slow
@pytest.mark.parametrize("name", map(marked, NETWORKS))
def test_a_network_is_saved_and_loaded(name: str, tmp_path: Path) -> None:
    model = vary(NETWORKS[name](tmp_path), gain=1.0)
    inputs = given(model)
    loaded = keras.saving.load_model(saved(model, tmp_path / "x.keras"))
    assert_same(says(loaded, inputs), says(model, inputs))
    assert list(named_weights(loaded)) == list(named_weights(model))
    assert [w.trainable for w in loaded.weights] == [w.trainable for w in model.weights]
    assert float(sum(loaded.losses)) == float(sum(model.losses))  # the decay of every layer
    assert loaded.get_compile_config() == model.get_compile_config()


def test_the_quick_ones_are_among_them() -> None:
    assert {*QUICK, *STANDARD} < set(NETWORKS)


@pytest.mark.slow
@pytest.mark.parametrize("paper", ADAPTERS)
def test_a_loaded_model_trains_on(paper: int, tmp_path: Path) -> None:
    """The next step gives the same loss and weights; without dropout, of which Keras saves no generators."""
    adapter = ADAPTERS[paper]
    recipe = replace(next(iter(adapter.recipes.values())), **WITHOUT_DROPOUT[paper])
    keras.utils.set_random_seed(0)
    model = adapter.network(recipe)
    inputs, y = given(model, samples=4), adapter.targets(recipe)
    model.train_on_batch(inputs, y)
    loaded = keras.saving.load_model(saved(model, tmp_path / "x.keras"))
    for trained in (model, loaded):
        trained.reset_metrics()
    assert loaded.train_on_batch(inputs, y) == model.train_on_batch(inputs, y)
    for found, wanted in zip(loaded.weights, model.weights, strict=True):
        np.testing.assert_array_equal(found, wanted, err_msg=wanted.path)


@pytest.mark.slow
def test_importing_a_papers_networks_is_enough(tmp_path: Path) -> None:
    """In a fresh process that imports `repro.paperN.networks` alone (repro/LAYOUT.md)."""
    wanted = {}
    for paper, adapter in ADAPTERS.items():
        model = vary(adapter.network(next(iter(adapter.recipes.values()))), gain=1.0)
        inputs, path = given(model), saved(model, tmp_path / f"paper{paper}.keras")
        np.savez(path.with_suffix(".npz"), **inputs)
        wanted[path.with_suffix(".said.npz")] = says(model, inputs)
    subprocess.run([sys.executable, "-c", ALONE, str(tmp_path)], cwd=PROJECT, check=True, timeout=300)
    for path, said in wanted.items():
        with np.load(path, allow_pickle=False) as found:
            assert_same(dict(found), said)


@pytest.mark.slow
def test_what_is_saved_holds_no_code(tmp_path: Path) -> None:
    """Safe mode would refuse a Lambda layer; no class or function of ours is unregistered either."""
    path = saved(NETWORKS[QUICK[-1]](tmp_path), tmp_path / "x.keras")
    with zipfile.ZipFile(path) as archive:
        waiting, seen = [json.loads(archive.read("config.json"))], set()
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            seen.add((part.get("module"), part.get("registered_name"), part.get("class_name")))
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    assert not {"__lambda__", "Lambda"} & {name for _, _, name in seen}
    ours = {(module, registered) for module, registered, _ in seen if str(module).startswith("repro.")}
    assert ("repro.recurrent.joint_attention", "repro>JointAttentionLSTM") in ours
    assert all(str(registered).startswith("repro>") for _, registered in ours)
