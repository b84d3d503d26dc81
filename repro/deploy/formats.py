"""The file formats: how a network is written in each, and how what was written is called again.

keras       one file; needs Keras and this project, for the classes of its layers
savedmodel  a folder; needs TensorFlow alone
tflite      one file; needs `ai-edge-litert` alone, TensorFlow Lite's successor, and no operations but its own
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from repro.atomic import naming, replacing, temporary_name, write_bytes
from repro.deploy.deployable import Arrays, Deployable
from repro.types import InputError

ENDINGS = {"keras": ".keras", "savedmodel": ".savedmodel", "tflite": ".tflite"}
LITERT = "ai-edge-litert==2.3.0"  # as requirements-export.txt pins it; a test compares the two
THREADS = 1  # of the TFLite interpreter, its own default
Call = Callable[[Arrays], Arrays]  # inputs [1, ...] by name -> outputs [1, ...] by name


def check_installed(kind: str) -> None:
    """Raises InputError where what reads the format back is missing."""
    if kind == "tflite":
        _interpreter_class()


@contextmanager
def made(kind: str, of: Deployable, path: Path) -> Iterator[Call]:
    """Write the network, and read it back: within the block what was written can be called.

    It gets the name `path` when the block ends without an error; else nothing is left of it. InputError for
    a folder in the way, and where TFLite lacks an operation.
    """
    if kind == "keras":
        with replacing(path, ENDINGS[kind]) as temporary:
            of.model.save(temporary)
            yield keras_call(keras.saving.load_model(temporary))
    elif kind == "savedmodel":
        with _replacing_folder(path) as temporary:
            _save(of.model, temporary, batch=None)
            yield _saved_call(temporary)
    else:
        content = to_tflite(of.model)
        yield _tflite_call(content)
        write_bytes(path, content)


def size_bytes(path: Path) -> int:
    """Of a file, or of all files of a folder."""
    return sum(each.stat().st_size for each in (path, *path.rglob("*")) if each.is_file())


def keras_call(model: keras.Model) -> Call:
    """A network in Keras, compiled, as the files are called."""
    model.jit_compile = False  # XLA is slower on a CPU and takes seconds to compile
    return lambda inputs: dict(model.predict_on_batch(inputs))


def to_tflite(model: keras.Model) -> bytes:
    """The network for batches of one, of TFLite's own operations alone, in float32.

    InputError that names the operations which it lacks.
    """
    with tempfile.TemporaryDirectory() as folder:
        _save(model, Path(folder), batch=1)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        try:
            content: bytes = converter.convert()
        except Exception as error:  # of a private class; its text holds the whole network
            lacking = sorted(set(re.findall(r"\btf\.([A-Z]\w+)", str(error))))
            raise InputError(
                f"TFLite has no operation of its own for {', '.join(lacking) or error} of {model.name}; "
                "take --format savedmodel or keras"
            ) from error
    return content


def _save(model: keras.Model, folder: Path, batch: int | None) -> None:
    """A SavedModel with one function, `serve`, on a dictionary of inputs."""
    signature = {
        name: tf.TensorSpec((batch, *tensor.shape[1:]), tensor.dtype, name=name)
        for name, tensor in model.input.items()
    }
    module = tf.Module()  # Keras' own ExportArchive (3.15) stores every variable twice
    module.arrays = [variable.value for variable in model.variables]
    module.serve = tf.function(
        lambda inputs: model(inputs, training=False), input_signature=[signature], autograph=False
    )
    tf.saved_model.save(module, str(folder), signatures=module.serve.get_concrete_function())


def _saved_call(folder: Path) -> Call:
    loaded = tf.saved_model.load(str(folder))

    def call(inputs: Arrays) -> Arrays:
        outputs = loaded.serve({name: tf.constant(array) for name, array in inputs.items()})
        return {name: tensor.numpy() for name, tensor in outputs.items()}

    return call


def _tflite_call(content: bytes) -> Call:
    interpreter = _interpreter_class()(model_content=content, num_threads=THREADS)
    runner = interpreter.get_signature_runner()
    return lambda inputs: dict(runner(**inputs))


def _interpreter_class() -> Any:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise InputError(
            f"TFLite files are run by a package that is not installed; get it with: pip install {LITERT}"
        ) from error
    return Interpreter


@contextmanager
def _replacing_folder(path: Path) -> Iterator[Path]:
    """As `atomic.replacing`, of a SavedModel: what lies there goes only if it is one too."""
    if path.exists() and not (path / "saved_model.pb").is_file():
        raise InputError(f"{path} is there and is no SavedModel; move it away, or name another --out")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_name(path)
    try:
        with naming(path, temporary):
            yield temporary
            if path.exists():
                shutil.rmtree(path)
            temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
