"""The file formats: how a network is written in each, and how what was written is called again.

keras       one file; needs Keras and this project, for the classes of its layers
savedmodel  a folder; needs TensorFlow alone
tflite      one file; needs `ai-edge-litert` alone, TensorFlow Lite's successor: built-in operations only
onnx        one file; needs `onnxruntime` alone, or another runtime of ONNX
"""

from __future__ import annotations

import logging
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from repro.atomic import naming, replacing, temporary_name, write_bytes
from repro.deploy.deployable import Arrays, Deployable
from repro.installing import install
from repro.types import InputError

ENDINGS = {"keras": ".keras", "savedmodel": ".savedmodel", "tflite": ".tflite", "onnx": ".onnx"}
# What a format needs beside requirements.txt, as requirements-export.txt pins it; a test compares the two.
PACKAGES = {
    "tflite": ("ai-edge-litert==2.3.0",),
    "onnx": ("tf2onnx==1.17.0", "onnx==1.23.2", "onnxruntime==1.32.0"),
}
OPSET = 18  # of ONNX: the newest that tf2onnx 1.17 writes
THREADS = 1  # of the interpreters of TFLite and ONNX, so that their times can be compared
Call = Callable[[Arrays], Arrays]  # inputs [1, ...] by name -> outputs [1, ...] by name


def check_installed(kind: str) -> None:
    """Raises InputError where what writes the format or reads it back is missing."""
    pins = PACKAGES.get(kind, ())
    if any(find_spec(pin.split("==")[0].replace("-", "_")) is None for pin in pins):
        raise InputError(f"--format {kind} needs more than is installed; get it with: {install(*pins)}")


@contextmanager
def made(kind: str, of: Deployable, path: Path) -> Iterator[Call]:
    """Write the network, and read it back: within the block what was written can be called.

    It gets the name `path` when the block ends without an error; else nothing is left of it. InputError for
    a folder in the way, and where the format lacks an operation.
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
        content, call = _in_memory(kind, of.model)
        yield call
        write_bytes(path, content)


def size_bytes(path: Path) -> int:
    """Of a file, or of all files of a folder."""
    return sum(each.stat().st_size for each in (path, *path.rglob("*")) if each.is_file())


def keras_call(model: keras.Model) -> Call:
    """A network in Keras, compiled, as the files are called."""
    model.jit_compile = False  # XLA is slower on a CPU and takes seconds to compile
    return lambda inputs: dict(model.predict_on_batch(inputs))


def _in_memory(kind: str, model: keras.Model) -> tuple[bytes, Call]:
    """The network for batches of one, in float32, and how it is called; InputError where that cannot be."""
    convert, call = {"tflite": (_to_tflite, _tflite_call), "onnx": (_to_onnx, _onnx_call)}[kind]
    try:
        content = convert(model)
        return content, call(content)
    except OSError:
        raise
    except Exception as error:  # of many private classes; the text of some holds the whole network
        lacking = sorted(set(re.findall(r"\btf\.([A-Z]\w+)", str(error))))
        reason = f"no operation for {', '.join(lacking)}" if lacking else " ".join(str(error).split())[:200]
        raise InputError(
            f"{kind} cannot hold {model.name}: {reason}; take --format savedmodel or keras"
        ) from error


def _to_tflite(model: keras.Model) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        _save(model, Path(folder), batch=1)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        content: bytes = converter.convert()
    return content


def _to_onnx(model: keras.Model) -> bytes:
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)  # it reports each of its steps
    import tf2onnx

    serve, signature = _function(model, batch=1)
    proto, _ = tf2onnx.convert.from_function(serve, input_signature=[signature], opset=OPSET)
    content: bytes = proto.SerializeToString()
    return content


def _function(model: keras.Model, batch: int | None) -> tuple[Any, dict[str, Any]]:
    """The network as a function of TensorFlow on a dictionary of inputs, and what these are."""
    signature = {
        name: tf.TensorSpec((batch, *tensor.shape[1:]), tensor.dtype, name=name)
        for name, tensor in model.input.items()
    }

    def serve(inputs: Any) -> Any:
        return model(inputs, training=False)

    return tf.function(serve, input_signature=[signature], autograph=False), signature


def _save(model: keras.Model, folder: Path, batch: int | None) -> None:
    """A SavedModel with one function, `serve`, on a dictionary of inputs."""
    module = tf.Module()  # Keras' own ExportArchive (3.15) stores every variable twice
    module.arrays = [variable.value for variable in model.variables]
    module.serve, _ = _function(model, batch)
    tf.saved_model.save(module, str(folder), signatures=module.serve.get_concrete_function())


def _saved_call(folder: Path) -> Call:
    loaded = tf.saved_model.load(str(folder))

    def call(inputs: Arrays) -> Arrays:
        outputs = loaded.serve({name: tf.constant(array) for name, array in inputs.items()})
        return {name: tensor.numpy() for name, tensor in outputs.items()}

    return call


def _tflite_call(content: bytes) -> Call:
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(model_content=content, num_threads=THREADS).get_signature_runner()
    return lambda inputs: dict(runner(**inputs))


def _onnx_call(content: bytes) -> Call:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return lambda inputs: dict(zip(names, session.run(names, inputs), strict=True))


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
