"""The goldens are what tests/golden/README.md says: plain arrays of known shapes from known versions."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

from helpers.golden import GOLDEN_FOLDER, golden

ROOT = Path(__file__).resolve().parents[1]
SHAPES = {
    "peephole_lstm": {
        **{"W": (4, 20), "U": (5, 20), "b": (20,), "V_i": (5,), "V_f": (5,), "V_o": (5,)},
        **{"x": (6, 3, 4), "h_0": (3, 5), "c_0": (3, 5), "h": (6, 3, 5), "c": (6, 3, 5)},
    },
    "bahdanau": {
        **{"W_a": (6, 7), "b_a": (7,), "W_h": (4, 7), "v": (7,)},
        **{"memory": (3, 5, 6), "queries": (3, 3, 4), "lengths": (3,)},
        **{"alignments_whole": (3, 3, 5), "context_whole": (3, 3, 6)},
        **{"alignments_masked": (3, 3, 5), "context_masked": (3, 3, 6)},
    },
    "gaussian": {
        **{"image": (9, 11, 2), "cases": (2, 4)},
        **dict.fromkeys(("reflect", "symmetric", "constant"), (2, 9, 11, 2)),
    },
    "rotation": {
        **{"image": (12, 16), "angles_deg": (4,), "fill_value": ()},
        **dict.fromkeys(("nearest_constant", "nearest_nearest", "nearest_reflect"), (4, 12, 16)),
        **dict.fromkeys(("bilinear_constant", "bilinear_nearest", "bilinear_reflect"), (4, 12, 16)),
    },
    "sgdw": {
        **{"w_0": (4,), "gradients": (6, 4), "learning_rate": (), "momentum": (), "weight_decay": ()},
        **dict.fromkeys(("weights_plain", "weights_momentum", "weights_nesterov"), (6, 4)),
    },
    "pyramid": {"maps": (2, 7, 10, 3), "bins": (3, 2), "pooled": (2, 17, 3)},
    "lite_drawn": {
        **{f"efficientnet_lite{number}_logits": (1, 1000) for number in range(3)},
        **{"block10": (112,), "block14": (192,), "block15": (320,)},
    },
    "lite_published": {
        **{"efficientnet_lite0_logits": (2, 1000)},
        **dict.fromkeys(("efficientnet_lite1_logits", "efficientnet_lite2_logits"), (1, 1000)),
    },
}
ADDONS = ("requirements-oracle.txt", {"tensorflow-addons", "tensorflow-cpu", "keras", "numpy"})
LITE = ("requirements*.txt", {"efficientnet-lite-pytorch", "torch", "numpy"})


def test_every_file_is_known_and_every_known_file_is_there():
    assert {path.stem for path in GOLDEN_FOLDER.glob("*.npz")} == set(SHAPES)


@pytest.mark.parametrize("name", SHAPES)
def test_arrays_have_the_expected_shapes_and_are_finite(name):
    arrays = golden(name)
    del arrays["versions"]
    assert {key: array.shape for key, array in arrays.items()} == SHAPES[name]
    for key, array in arrays.items():
        assert np.isfinite(array).all(), key


@pytest.mark.parametrize("name", SHAPES)
def test_versions_are_those_of_the_requirements(name):
    files, packages = LITE if name.startswith("lite_") else ADDONS
    text = "\n".join(path.read_text() for path in ROOT.glob(files))
    versions = set(golden(name)["versions"].tolist())
    assert versions <= set(re.findall(r"^[\w-]+==\S+$", text, re.MULTILINE))
    assert {line.split("==")[0] for line in versions} == packages


def test_a_golden_stays_small():
    assert all(path.stat().st_size < 20_000 for path in GOLDEN_FOLDER.glob("*.npz"))


def test_the_makers_of_goldens_know_nothing_of_repro():
    makers = list(GOLDEN_FOLDER.glob("*.py"))
    assert makers
    for maker in makers:
        for node in ast.walk(ast.parse(maker.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] == "repro"], maker.name
