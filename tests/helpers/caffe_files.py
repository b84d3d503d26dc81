"""Writes Caffe files byte by byte, with nothing of what reads them: every form that circulates."""

from pathlib import Path

import numpy as np

FORMS = ("layer", "layers", "v0", "c3d")


def varint(number: int) -> bytes:
    parts = []
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


def integer(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def message(field: int, content: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(content)) + content


def blob(
    array: np.ndarray, form: str = "layer", *, legacy: bool = False, packed: bool = True, double: bool = False
) -> bytes:
    """A BlobProto. legacy: four axes filled up with leading ones; C3D's always has five."""
    numbers = np.asarray(array, "<f8" if double else "<f4")
    if form == "c3d":
        axes = b"".join(integer(1 + i, size) for i, size in enumerate((1,) * (5 - array.ndim) + array.shape))
    elif legacy:
        axes = b"".join(integer(1 + i, size) for i, size in enumerate((1,) * (4 - array.ndim) + array.shape))
    else:
        axes = message(7, message(1, b"".join(varint(size) for size in array.shape)))
    field = 6 if form == "c3d" else 8 if double else 5
    if packed:
        return axes + message(field, numbers.tobytes())
    tag = bytes([field << 3 | (1 if double else 5)])
    return axes + b"".join(tag + number.tobytes() for number in numbers.ravel())


def network(layers: dict[str, list[np.ndarray]], form: str = "layer", **blobs: bool) -> bytes:
    """A NetParameter: an input layer without blobs, then those given."""
    written = message(1, b"net")
    for name, arrays in {"data": [], **layers}.items():
        inner = [blob(array, form, **blobs) for array in arrays]
        convolution = bool(arrays) and arrays[0].ndim > 2
        if form == "layer":
            kind = b"Convolution" if convolution else b"InnerProduct"
            content = message(1, name.encode()) + message(2, kind) + b"".join(message(7, b) for b in inner)
            written += message(100, content)
        elif form == "v0":
            kind = b"conv" if convolution else b"innerproduct"
            oldest = message(1, name.encode()) + message(2, kind) + b"".join(message(50, b) for b in inner)
            written += message(2, message(1, oldest))
        else:
            number = (30 if form == "c3d" else 4) if convolution else 14
            content = message(4, name.encode()) + integer(5, number) + b"".join(message(6, b) for b in inner)
            written += message(2, content)
    return written


def drawn(kernels: dict[str, tuple[int, ...]], seed: int = 0) -> dict[str, list[np.ndarray]]:
    """Random layers in Caffe's shapes for kernels in Keras' shapes, under which the input stays visible."""
    rng = np.random.default_rng(seed)
    layers = {}
    for name, shape in kernels.items():
        caffe = (shape[-1], shape[-2], *shape[:-2])
        weights = rng.normal(0, np.sqrt(2 / np.prod(caffe[1:])), caffe)
        layers[name] = [weights.astype(np.float32), rng.normal(0, 0.1, shape[-1]).astype(np.float32)]
    return layers


def vgg_prototxt(
    path: Path, layers: dict[str, list[np.ndarray]], size: int, channels: int, *, v1: bool = False
) -> Path:
    """The deploy file of a VGG with these layers: ReLU and dropout in place, softmax at the end."""
    lines = [
        f'name: "net" input: "data" input_dim: 1 input_dim: {channels} input_dim: {size} input_dim: {size}'
    ]
    before, names = "data", list(layers)

    def add(name: str, kind: str, settings: str = "", *, in_place: bool = False) -> None:
        nonlocal before
        top = before if in_place else name
        opening = f"layers {{ type: {kind.upper()}" if v1 else f'layer {{ type: "{kind}"'
        lines.append(f'{opening} name: "{name}" bottom: "{before}" top: "{top}" {settings} }}')
        before = top

    for name, following in zip(names, [*names[1:], ""], strict=True):
        outputs = len(layers[name][1])
        if name.startswith("conv"):
            sizes = f"num_output: {outputs} pad: 1 kernel_size: 3"
            add(name, "Convolution", f"convolution_param {{ {sizes} }}")
        else:
            inner = "Inner_Product" if v1 else "InnerProduct"
            add(name, inner, f"inner_product_param {{ num_output: {outputs} }}")
        if name != "fc8":
            add(f"relu_{name}", "ReLU", in_place=True)
        if name in ("fc6", "fc7"):
            add(f"drop_{name}", "Dropout", "dropout_param { dropout_ratio: 0.5 }", in_place=True)
        if name.startswith("conv") and following[:5] != name[:5]:
            add(f"pool{name[4]}", "Pooling", "pooling_param { pool: MAX kernel_size: 2 stride: 2 }")
    add("prob", "Softmax")
    path.write_text("\n".join(lines) + "\n")
    return path
