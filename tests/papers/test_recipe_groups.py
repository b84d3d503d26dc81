"""Which fields of a recipe decide what is stored: told by name, none forgotten."""

import ast
import sys
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import pytest

from repro.anticipation import recipe as anticipation
from repro.features.flow_store import FlowSettings
from repro.paper3 import recipe as recipe3
from repro.paper4 import recipe as recipe4
from repro.paper5 import recipe as recipe5

BY_PAPER = {3: recipe3, 4: recipe4, 5: recipe5}
MODULES = [anticipation, *BY_PAPER.values()]
EACH = pytest.mark.parametrize("module", MODULES, ids=["papers 1 and 2", "paper 3", "paper 4", "paper 5"])


def _groups(module: ModuleType) -> dict[str, tuple[str, ...]]:
    return {name: value for name, value in vars(module).items() if name.endswith("_FIELDS")}


def _with_fields_reversed(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module with its recipe's fields in the opposite order."""
    tree = ast.parse(Path(str(module.__file__)).read_text())
    (recipe,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Recipe")
    recipe.body.reverse()
    reversed_module = ModuleType("recipe_with_fields_reversed")
    monkeypatch.setitem(sys.modules, reversed_module.__name__, reversed_module)
    exec(compile(tree, str(module.__file__), "exec"), vars(reversed_module))
    return reversed_module


@EACH
def test_groups_do_not_hang_on_the_order_of_fields(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = _with_fields_reversed(module, monkeypatch)
    names, reversed_names = ([f.name for f in fields(m.Recipe)] for m in (module, other))
    assert names == reversed_names[::-1]
    assert _groups(other) == _groups(module)


@EACH
def test_every_field_is_in_a_group(module: ModuleType) -> None:
    grouped = {name for group in _groups(module).values() for name in group}
    assert grouped == {f.name for f in fields(module.Recipe)}
    for name, group in _groups(module).items():
        assert len(set(group)) == len(group), name


@pytest.mark.parametrize(
    ("paper", "beginning", "group"),
    [
        (3, ("c3d_", "vgg_", "cnn_"), "CNN_FIELDS"),
        (3, ("hollywood2_",), "DECODER_FIELDS"),
        (4, ("rgb_",), "RGB_FIELDS"),
        (4, ("flow_",), "FLOW_FIELDS"),
        (4, ("lstm_",), "SEQUENCE_FIELDS"),
        (5, ("fine_tune_",), "NETWORK_FIELDS"),
    ],
)
def test_fields_are_where_their_names_say(paper: int, beginning: tuple[str, ...], group: str) -> None:
    module = BY_PAPER[paper]
    named = {f.name for f in fields(module.Recipe) if f.name.startswith(beginning)}
    assert named <= set(_groups(module)[group])
    for other in _groups(module).keys() - {group}:
        assert not named & set(_groups(module)[other]), other


def test_paper_5s_stores_tell_their_own_fields() -> None:
    flow = {f"flow_{name}" for name in FlowSettings._fields}
    assert set(recipe5.STORED_FIELDS) == {"feature_dtype", *flow}
