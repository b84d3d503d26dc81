"""Files in torch's first format: read exactly, views and all; what else is in them is refused in one line."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from helpers import torch_files as made
from helpers.fuzz import fuzzed, refused
from helpers.torch_files import View
from repro.convert import torch_file, torch_pickle
from repro.types import InputError

RNG = np.random.default_rng(0)
ARRAYS = {
    "conv.weight": RNG.normal(size=(2, 3, 3, 3)).astype(np.float32),
    "bn.running_var": RNG.uniform(size=2).astype(np.float32),
    "bn.num_batches_tracked": np.array(7, np.int64),
}
HELD = {"12": np.arange(24, dtype=np.float32)}


def _read(content: bytes, folder: Path) -> dict:
    path = folder / "net.pth"
    path.write_bytes(content)
    return torch_file.read_arrays(path)


def _refusal(content: bytes, folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        _read(content, folder)
    refused(caught.value, folder / "net.pth")
    return str(caught.value)


def _with_state(value: bytes) -> bytes:
    """A file whose dictionary of arrays is something else."""
    return made.front() + made.pickled(value) + made.back(HELD)


def test_every_array_comes_back_in_order_and_to_the_bit(tmp_path: Path) -> None:
    found = _read(made.written(ARRAYS), tmp_path)
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize(
    ("offset", "shape", "strides", "wanted"),
    [
        (0, (2, 3, 4), (12, 4, 1), np.arange(24).reshape(2, 3, 4)),
        # The published stem is such a one: [O, I, H, W] over numbers that lie as [H, W, I, O].
        (0, (2, 3, 4), (1, 2, 6), np.arange(24).reshape(4, 3, 2).transpose(2, 1, 0)),
        (5, (2, 2), (8, 3), np.array([[5, 8], [13, 16]])),
        (23, (), (), np.array(23)),
        (4, (3, 2), (0, 1), np.array([[4, 5]] * 3)),
    ],
    ids=["whole", "turned", "offset", "one number", "repeated"],
)
def test_strides_and_offsets_are_honoured(tmp_path, offset, shape, strides, wanted) -> None:
    (found,) = _read(made.viewed(HELD, {"a": View("12", offset, shape, strides)}), tmp_path).values()
    np.testing.assert_array_equal(found, wanted)
    assert found.flags.c_contiguous
    assert found.flags.owndata


def test_two_arrays_share_a_storage_and_no_memory(tmp_path: Path) -> None:
    views = {"a": View("12", 0, (4,), (1,)), "b": View("12", 2, (4,), (1,))}
    found = _read(made.viewed(HELD, views), tmp_path)
    found["a"][:] = 0
    np.testing.assert_array_equal(found["b"], [2, 3, 4, 5])


@pytest.mark.parametrize(
    "view",
    [
        View("12", 0, (25,), (1,)),
        View("12", 24, (), ()),
        View("12", 20, (5,), (1,)),
        View("12", 0, (2, 2), (23, 1)),
        View("12", 0, (5, 5), (1, 1)),  # within, but more numbers than there are
        View("12", 0, (2**39,), (0,)),
        View("12", 0, (2**39, 2**39, 2**39), (0, 0, 0)),
        View("12", 2**39, (1,), (1,)),
        View("12", 0, (0,), (1,)),
    ],
    ids=str,
)
def test_a_view_beyond_its_storage_is_refused(tmp_path: Path, view: View) -> None:
    assert "'a' does not lie within its storage of 24" in _refusal(made.viewed(HELD, {"a": view}), tmp_path)


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (View("12", -1, (1,), (1,)), "no view of a storage"),
        (View("12", 0, (-1,), (1,)), "no shape"),
        (View("12", 8, (2,), (-1,)), "no shape"),
        (View("12", 0, (2, 2), (1,)), "no shape"),
        (View("12", 0, (1,) * 9, (1,) * 9), "no shape"),
        (View("12", 2**70, (1,), (1,)), "no view of a storage"),
    ],
    ids=str,
)
def test_numbers_that_no_view_has_are_refused(tmp_path: Path, view: View, said: str) -> None:
    assert said in _refusal(made.viewed(HELD, {"a": view}), tmp_path)


def test_many_views_of_one_storage_do_not_fill_the_memory(tmp_path: Path) -> None:
    held = {"12": np.zeros(2**20, np.float32)}
    views = {str(at): View("12", 0, (2**20,), (1,)) for at in range(100)}
    assert "claim more numbers than a file has" in _refusal(made.viewed(held, views), tmp_path)


GADGETS = {
    "system": made.name("os", "system") + made.several(made.text("touch marker")) + b"R",
    "posix": made.name("posix", "system") + made.several(made.text("touch marker")) + b"R",
    "eval": made.name("builtins", "eval") + made.several(made.text("open('marker', 'w')")) + b"R",
    "getattr": made.name("builtins", "getattr")
    + made.several(made.name("os", "path"), made.text("join"))
    + b"R",
    "by the stack": made.text("os") + made.text("system") + b"\x93" + made.several(made.text("x")) + b"R",
    "inst": b"(" + made.text("touch marker") + b"ios\nsystem\n",
    "obj": b"(" + made.name("os", "system") + made.text("touch marker") + b"o",
    "newobj": made.name("subprocess", "Popen") + made.several(made.text("touch marker")) + b"\x81",
    "extension": b"\x82\x01",
    "torch load": made.name("torch", "load") + made.several(made.text("marker")) + b"R",
    "other storage": made.name("torch", "DoubleStorage"),
    "dotted": made.name("collections", "OrderedDict.fromkeys") + made.several(made.text("a")) + b"R",
}


@pytest.mark.parametrize("name", GADGETS)
def test_nothing_is_called_and_nothing_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "which weights do not need" in _refusal(_with_state(GADGETS[name]), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["net.pth"]


def test_what_may_be_named_is_not_called_with_other_things(tmp_path: Path) -> None:
    """Nor do attributes reach anything: they are dropped."""
    called = made.name("collections", "OrderedDict") + made.several(made.several()) + b"R"
    assert "no dictionary of arrays" in _refusal(_with_state(called), tmp_path)
    view = made.name("torch", "FloatStorage") + made.several(made.number(9)) + b"R"
    assert "'a' is no array" in _refusal(_with_state(made.state({"a": view})), tmp_path)
    bare = made.name("torch._utils", "_rebuild_tensor_v2") + b"}" + made.text("__code__") + b"Nsb"
    assert "of another kind" in _refusal(_with_state(bare), tmp_path)


@pytest.mark.parametrize(
    "place",
    [
        made.storage("12", 24, "LongStorage", part=made.several()),
        made.several(made.text("module"), made.name("torch", "FloatStorage"), made.text("12")) + b"Q",
        made.text("storage") + b"Q",
        made.number(12),
    ],
)
def test_other_storages_are_refused(tmp_path: Path, place: bytes) -> None:
    content = _with_state(made.state({"a": made.tensor(place, 0, (1,), (1,))}))
    assert "storage" in _refusal(content, tmp_path)


def test_a_storage_is_one_thing(tmp_path: Path) -> None:
    two = {
        "a": made.tensor(made.storage("12", 24), 0, (1,), (1,)),
        "b": made.tensor(made.storage("12", 24, "LongStorage"), 0, (1,), (1,)),
    }
    assert "described as two things" in _refusal(_with_state(made.state(two)), tmp_path)


def test_every_other_place_is_looked_at(tmp_path: Path) -> None:
    whole = made.written(ARRAYS)
    assert "goes on behind its last storage" in _refusal(whole + b"\0", tmp_path)
    assert "it ends within storage" in _refusal(whole[:-1], tmp_path)
    one = made.pickled(made.state({"a": made.tensor(made.storage("12", 24), 0, (24,), (1,))}))
    assert "first format" in _refusal(made.front(magic=1) + one + made.back(HELD), tmp_path)
    assert "first format" in _refusal(made.front(version=1002) + one + made.back(HELD), tmp_path)
    assert "first format" in _refusal(made.front(little_endian=False) + one + made.back(HELD), tmp_path)
    more = {**HELD, "13": HELD["12"]}
    assert "names others than its arrays do" in _refusal(made.front() + one + made.back(more), tmp_path)
    short = {"12": HELD["12"][:-1]}
    assert "has 23 numbers, not 24" in _refusal(made.front() + one + made.back(short), tmp_path)
    no_list = made.front() + one + made.pickled(made.number(1))
    assert "list of storages is none" in _refusal(no_list, tmp_path)
    spoilt = {"12": np.array([1, np.nan], np.float32)}
    views = {"a": View("12", 0, (2,), (1,))}
    assert "'a' holds NaN or infinity" in _refusal(made.viewed(spoilt, views), tmp_path)
    assert "no dictionary of arrays" in _refusal(made.viewed(HELD, {}), tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x80\x02", b"PK\x03\x04" + bytes(100), b"\x89HDF\r\n\x1a\n", b"." * 10, b"(" * 1000 + b"."],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    assert "cannot be read" in _refusal(content, tmp_path)


def test_a_pickle_that_grows_or_nests_is_refused_or_read(tmp_path: Path) -> None:
    """Doubled thirty times it would have a billion values; nested deeply, Python's own reader would crash."""
    doubled = b")" + b"".join(b"q" + bytes([at]) + b"h" + bytes([at]) + b"\x86" for at in range(30))
    assert "no dictionary" in _refusal(_with_state(doubled), tmp_path)
    nested = b")" + b"\x85" * 90_000
    assert "keys that are no strings" in _refusal(_with_state(b"}" + nested + b"Ns"), tmp_path)
    assert "more than 100000 instructions" in _refusal(_with_state(b"N" * 100_001), tmp_path)


def test_a_file_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no torch file at"):
        torch_file.read_arrays(tmp_path)
    monkeypatch.setattr(torch_file, "MOST_BYTES", 10)
    assert "has 11 bytes" in _refusal(bytes(11), tmp_path)


SEED = made.written(ARRAYS)


@fuzzed(SEED, SEED[: len(SEED) // 2], first=0)
def test_damaged_files_are_read_or_refused(folder: Path, content: bytes) -> None:
    """Whatever is changed: arrays of the claimed shapes, or one line."""
    try:
        found = _read(content, folder)
    except InputError as error:
        refused(error, folder / "net.pth")
    else:
        assert all(np.isfinite(array).all() for array in found.values())


def test_nothing_of_torch_or_pickle_is_needed(tmp_path: Path) -> None:
    (tmp_path / "net.pth").write_bytes(made.written(ARRAYS))
    program = (
        "import sys; from pathlib import Path; from repro.convert import torch_file, torch_pickle\n"
        "assert 'pickle' not in vars(torch_file) and 'pickle' not in vars(torch_pickle)\n"
        f"found = torch_file.read_arrays(Path({str(tmp_path / 'net.pth')!r}))\n"
        "assert 'torch' not in sys.modules and len(found) == 3"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[2])


@pytest.mark.slow
def test_torch_itself_writes_such_files(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    base = torch.arange(24.0).reshape(2, 3, 4)
    tensors = {"turned": base.permute(2, 0, 1), "cut": base[:, 1:, ::2], "count": torch.tensor(3)}
    torch.save(tensors, tmp_path / "net.pth", _use_new_zipfile_serialization=False)
    found = torch_file.read_arrays(tmp_path / "net.pth")
    assert set(found) == set(tensors)
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(found[name], tensor.numpy())


def test_a_pickle_leaves_the_stream_behind_it() -> None:
    stream = io.BytesIO(made.pickled(made.number(5)) + made.pickled(made.text("a")) + b"rest")
    assert [torch_pickle.read(stream) for _ in range(2)] == [5, "a"]
    assert stream.read() == b"rest"
